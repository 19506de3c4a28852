/**
 * Taking errors within data out of their envelopes.
 *
 * @module
 */

import { describeValue } from "../core/describe.ts";
import { MAX_CLASSES } from "../core/error_classes.ts";
import type { ErrorEnvelope } from "../core/error_envelope.ts";
import { Copier } from "./copier.ts";
import { bareError, setCause, setErrors, setField } from "./error_fields.ts";
import { kindOf } from "./object_kind.ts";
import { isPacked, PACKED } from "./packer.ts";
import { MAX_DEPTH } from "./walker.ts";

/** Envelopes of causes and fields add levels to what was packed. */
const MAX_PACKED_DEPTH = MAX_DEPTH + 200;

/**
 * A copy of a value in which the errors are back that `pack()` put into envelopes.
 *
 * @throws {TypeError} If an envelope is malformed.
 */
export function unpack(value: unknown): unknown {
  return new Unpacker().visit(value, 0);
}

/** Copies a value that a `Packer` made, with the errors in place of their envelopes. The value need not be trusted. */
export class Unpacker extends Copier {
  readonly #errors = new Map<object, Error>();
  /** Objects that look like packed errors, but are the user's own. */
  readonly #literals = new Set<object>();

  constructor() {
    super(MAX_PACKED_DEPTH);
  }

  /** What was thrown, out of its envelope. `path` names the envelope in messages. */
  thrown(envelope: unknown, path: string, depth: number): unknown {
    if (!isRecord(envelope)) throw malformed(path, "an object", envelope);
    if (depth > this.maxDepth) throw malformed(path, `at most ${this.maxDepth} levels deep`, envelope);
    if (Object.hasOwn(envelope, "error")) return this.#error(envelope["error"], `${path}.error`, depth);
    if (Object.hasOwn(envelope, "value")) return this.visit(envelope["value"], depth);
    throw malformed(path, "an object with an `error` or a `value`", envelope);
  }

  protected override replaced(record: object, depth: number): unknown {
    if (!isPacked(record) || this.#literals.has(record)) return undefined;
    const packed: unknown = Reflect.get(record, PACKED);
    if (isRecord(packed) && !Object.hasOwn(packed, "error") && isObject(packed["value"])) {
      this.#literals.add(packed["value"]);
    }
    return this.thrown(packed, PACKED, depth + 1);
  }

  protected override special(value: unknown): unknown {
    return value;
  }

  protected override atomic(object: object): unknown {
    return object;
  }

  protected override error(error: Error): unknown {
    return error;
  }

  protected override unsupported(object: object): unknown {
    return object;
  }

  protected override tooDeep(object: object): unknown {
    throw malformed("it", `at most ${this.maxDepth} levels deep`, object);
  }

  #error(envelope: unknown, path: string, depth: number): Error {
    const known = isObject(envelope) ? this.#errors.get(envelope) : undefined;
    if (known !== undefined) return known;
    checkEnvelope(envelope, path);
    const error = bareError(envelope);
    this.#errors.set(envelope, error);
    const { cause, errors, fields } = envelope;
    if (cause !== undefined) setCause(error, this.#held(cause, `${path}.cause`, depth + 1));
    for (const key of Object.keys(fields ?? {})) setField(error, key, this.visit(fields?.[key], depth + 1));
    if (errors !== undefined) {
      setErrors(error, errors.map((each, index) => this.#held(each, `${path}.errors[${index}]`, depth + 1)));
    }
    return error;
  }

  /** What an error holds as a cause or as one of its errors. JSON leaves nothing of an undefined one but `{}`. */
  #held(envelope: unknown, path: string, depth: number): unknown {
    if (isRecord(envelope) && Object.keys(envelope).length === 0) return undefined;
    return this.thrown(envelope, path, depth);
  }
}

function checkEnvelope(value: unknown, path: string): asserts value is ErrorEnvelope {
  if (!isRecord(value)) throw malformed(path, "an object", value);
  const { name, message, stack, classes, ownClasses, errors, fields } = value as Record<keyof ErrorEnvelope, unknown>;
  if (typeof name !== "string") throw malformed(`${path}.name`, "a string", name);
  if (typeof message !== "string") throw malformed(`${path}.message`, "a string", message);
  if (stack !== undefined && typeof stack !== "string") throw malformed(`${path}.stack`, "a string", stack);
  if (!Array.isArray(classes) || classes.length > MAX_CLASSES || !classes.every((each) => typeof each === "string")) {
    throw malformed(`${path}.classes`, `an array of at most ${MAX_CLASSES} strings`, classes);
  }
  if (ownClasses !== undefined && !(Number.isInteger(ownClasses) && Number(ownClasses) >= 0)) {
    throw malformed(`${path}.ownClasses`, "a number of classes", ownClasses);
  }
  if (errors !== undefined && !Array.isArray(errors)) throw malformed(`${path}.errors`, "an array", errors);
  if (fields !== undefined && !isRecord(fields)) throw malformed(`${path}.fields`, "an object", fields);
}

function malformed(path: string, expected: string, value: unknown): TypeError {
  return new TypeError(
    `This is not an envelope of an error: ${path} must be ${expected}, but is ${describeValue(value)}`,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return isObject(value) && kindOf(value) === "record";
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
