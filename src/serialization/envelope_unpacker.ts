/**
 * Taking errors out of their envelopes.
 *
 * @module
 */

import { describeValue } from "../core/describe.ts";
import { classFor, MAX_CLASSES, noteOrigin } from "../core/error_classes.ts";
import type { ErrorEnvelope } from "../core/error_envelope.ts";
import { isPacked, isReserved, PACKED } from "./envelope_packer.ts";
import { GraphCopy } from "./graph_copy.ts";
import { kindOf } from "./object_kind.ts";

/** Deeper than what a `Packer` writes. */
const DEEPEST = 1_200;

/** Copies a value that a `Packer` made, with the errors in place of their envelopes. The value need not be trusted. */
export class Unpacker extends GraphCopy {
  protected override readonly deepest: number = DEEPEST;
  readonly #errors = new Map<object, Error>();
  /** Objects that look like packed errors, but are the user's own. */
  readonly #literals = new Set<object>();

  /** What was thrown, out of its envelope. `path` names the envelope in messages. */
  thrown(envelope: unknown, path: string, depth: number): unknown {
    if (!isRecord(envelope)) throw malformed(path, "an object", envelope);
    if (depth > this.deepest) throw malformed(path, `at most ${this.deepest} levels deep`, envelope);
    if (Object.hasOwn(envelope, "error")) return this.#error(envelope["error"], `${path}.error`, depth);
    if (Object.hasOwn(envelope, "value")) return this.copy(envelope["value"], depth);
    throw malformed(path, "an object with an `error` or a `value`", envelope);
  }

  /** What an error holds as a cause or as one of its errors. JSON leaves nothing of an undefined one but `{}`. */
  #held(envelope: unknown, path: string, depth: number): unknown {
    if (isRecord(envelope) && Object.keys(envelope).length === 0) return undefined;
    return this.thrown(envelope, path, depth);
  }

  protected override record(source: object, depth: number): unknown {
    if (!isPacked(source) || this.#literals.has(source)) {
      return this.fill(this.remember(source, {}), source, depth);
    }
    const packed: unknown = Reflect.get(source, PACKED);
    if (isRecord(packed) && !Object.hasOwn(packed, "error") && isObject(packed["value"])) {
      this.#literals.add(packed["value"]);
    }
    return this.thrown(packed, PACKED, depth + 1);
  }

  protected override error(error: Error): unknown {
    return error;
  }

  protected override foreign(value: unknown): unknown {
    return value;
  }

  protected override unreadable(_value: object, error: unknown): never {
    throw error;
  }

  protected override tooDeep(value: object): unknown {
    throw malformed("it", `at most ${this.deepest} levels deep`, value);
  }

  #error(envelope: unknown, path: string, depth: number): Error {
    const known = isObject(envelope) ? this.#errors.get(envelope) : undefined;
    if (known !== undefined) return known;
    checkEnvelope(envelope, path);
    const error = bareError(envelope);
    this.#errors.set(envelope, error);
    noteOrigin(error, envelope.classes);
    const { cause, errors, fields } = envelope;
    if (cause !== undefined) define(error, "cause", this.#held(cause, `${path}.cause`, depth + 1), "hidden");
    const own = error instanceof SuppressedError ? "hidden" : "enumerable";
    for (const key of Object.keys(fields ?? {})) {
      if (!isReserved(key)) define(error, key, this.copy(fields?.[key], depth + 1), own);
    }
    if (errors !== undefined) {
      const thrown = errors.map((each, index) => this.#held(each, `${path}.errors[${index}]`, depth + 1));
      define(error, "errors", thrown, "hidden");
    }
    return error;
  }
}

/** The error with nothing but its class, name, message and stack. */
function bareError({ name, message, stack, classes, ownClasses }: ErrorEnvelope): Error {
  const { prototype } = classFor(classes, ownClasses ?? 0);
  const error = prototype instanceof DOMException || prototype === DOMException.prototype
    ? new DOMException(message, name)
    : message === ""
    ? new Error()
    : new Error(message);
  Object.setPrototypeOf(error, prototype);
  if (error.message !== message) define(error, "message", message, "hidden");
  if (error.name !== name) define(error, "name", name, "hidden");
  if (stack === undefined) Reflect.deleteProperty(error, "stack");
  else define(error, "stack", stack, "hidden");
  return error;
}

function define(error: Error, key: string, value: unknown, as: "hidden" | "enumerable"): void {
  Object.defineProperty(error, key, { value, configurable: true, enumerable: as === "enumerable", writable: true });
}

function checkEnvelope(value: unknown, path: string): asserts value is ErrorEnvelope {
  if (!isRecord(value)) throw malformed(path, "an object", value);
  const { name, message, stack, classes, ownClasses, errors, fields } = value as Record<keyof ErrorEnvelope, unknown>;
  if (typeof name !== "string") throw malformed(`${path}.name`, "a text", name);
  if (typeof message !== "string") throw malformed(`${path}.message`, "a text", message);
  if (stack !== undefined && typeof stack !== "string") throw malformed(`${path}.stack`, "a text", stack);
  if (!Array.isArray(classes) || classes.length > MAX_CLASSES || !classes.every((each) => typeof each === "string")) {
    throw malformed(`${path}.classes`, `an array of at most ${MAX_CLASSES} texts`, classes);
  }
  if (ownClasses !== undefined && !(Number.isInteger(ownClasses) && Number(ownClasses) >= 0)) {
    throw malformed(`${path}.ownClasses`, "a number of classes", ownClasses);
  }
  if (errors !== undefined && !Array.isArray(errors)) throw malformed(`${path}.errors`, "an array", errors);
  if (fields !== undefined && !isRecord(fields)) throw malformed(`${path}.fields`, "an object", fields);
}

function malformed(path: string, expected: string, value: unknown): TypeError {
  return new TypeError(`This is no envelope of an error: ${path} must be ${expected}, but is ${describeValue(value)}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return isObject(value) && kindOf(value) === "record";
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
