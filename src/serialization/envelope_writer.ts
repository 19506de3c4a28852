/**
 * Copies of values in which envelopes stand for errors.
 *
 * @module
 */

import type { ValueEncoding } from "../core/checkpointer.ts";
import { describeError, describeValue, propertyOf } from "../core/describe.ts";
import { isError, lineageOf } from "../core/error_classes.ts";
import type { ErrorEnvelope, ThrownEnvelope } from "../core/error_envelope.ts";
import { copyAtomic, isSharedMemory } from "./atomic.ts";
import { type ContainerKind, Copier } from "./copier.ts";
import { CLONE_LEVEL, encodingOf, JSON_LEVEL, levelOfPrimitive, NO_LEVEL } from "./encoding.ts";
import { isReserved } from "./error_fields.ts";

/** Longer chains of causes are cut, as a chain may be endless. */
const MAX_CAUSES = 32;
/** More `errors` of one error are left out. */
const MAX_ERRORS = 100;
/** More errors of one value are left out; one that is reached twice counts twice, as JSON writes it twice. */
const MAX_ERRORS_IN_ALL = 1_000;

/** An error that was reached; its weight, the number of errors in it, is not known before all of them are. */
interface ReachedError {
  readonly envelope: ErrorEnvelope;
  weight?: number;
}

/**
 * Copies a value and puts errors into envelopes. What cannot be encoded becomes a string that describes it wherever an error
 * holds it: losing a field is better than losing the error.
 */
export abstract class EnvelopeWriter extends Copier {
  #level = JSON_LEVEL;
  #errors: Map<Error, ReachedError> | undefined;
  /** How many errors hold what is being copied. */
  #errorDepth = 0;
  #weight = 0;

  /** How what was copied so far can be encoded. */
  get encoding(): ValueEncoding {
    return encodingOf(this.#level);
  }

  /** The envelope of something that was thrown. Never throws. */
  thrown(thrown: unknown, depth: number): ThrownEnvelope {
    return attempt<ThrownEnvelope>(
      () => isError(thrown) ? this.#thrownError(thrown, depth) : { value: this.visit(thrown, depth) },
      () => ({ value: describe(thrown) }),
    );
  }

  /** Whether strings stand for what cannot be encoded. */
  protected get describes(): boolean {
    return this.#errorDepth > 0;
  }

  /** What stands for a function, a symbol or an unsupported object that is not described. */
  protected abstract stranger(value: unknown): unknown;

  /** What stands for an object that is copied as a whole and not held by an error. */
  protected abstract atom(object: object, depth: number): unknown;

  /** Notes that a part has that level. */
  protected raise(level: number): void {
    if (level > this.#level) this.#level = level;
  }

  protected override special(value: unknown): unknown {
    const level = levelOfPrimitive(value);
    if (level === NO_LEVEL) return this.describes ? describe(value) : this.stranger(value);
    this.raise(level);
    return value;
  }

  protected override reached(object: object, depth: number): unknown {
    const copy = super.reached(object, depth);
    // JSON would make two of it.
    if (copy !== undefined) this.raise(CLONE_LEVEL);
    return copy;
  }

  protected override enter(_container: object, _kind: ContainerKind, isPlain: boolean): void {
    if (!isPlain) this.raise(CLONE_LEVEL);
  }

  protected override failed(object: object, thrown: unknown): unknown {
    return this.describes ? describe(object) : super.failed(object, thrown);
  }

  protected override unsupported(object: object): unknown {
    return this.describes ? describe(object) : this.stranger(object);
  }

  protected override atomic(object: object, depth: number): unknown {
    this.raise(CLONE_LEVEL);
    if (!this.describes) return this.atom(object, depth);
    return isSharedMemory(object) ? describe(object) : this.copyAtom(object, depth);
  }

  protected override tooDeep(object: object): unknown {
    if (this.describes) return describe(object);
    throw new TypeError(`Cannot copy a value of more than ${this.maxDepth} levels`);
  }

  /** A copy of an object that is copied as a whole. */
  protected copyAtom(object: object, depth: number): object {
    return this.remember(object, copyAtomic(object, (buffer) => this.visit(buffer, depth)));
  }

  #thrownError(error: Error, depth: number): ThrownEnvelope {
    const reached = this.#errors?.get(error);
    if (reached !== undefined && reached.weight === undefined) return leftOut(error, "it is among its own causes");
    const weight = reached?.weight ?? 1;
    if (this.#weight + weight > MAX_ERRORS_IN_ALL) return leftOut(error, "there are too many errors");
    if (reached !== undefined) {
      this.#weight += weight;
      this.raise(CLONE_LEVEL);
      return { error: reached.envelope };
    }
    if (this.#errorDepth >= MAX_CAUSES) return leftOut(error, "the chain of causes is too long");
    return { error: this.#pack(error, depth) };
  }

  #pack(error: Error, depth: number): ErrorEnvelope {
    const before = this.#weight++;
    const envelope = shallowEnvelope(error);
    const reached: ReachedError = { envelope };
    (this.#errors ??= new Map()).set(error, reached);
    this.#errorDepth++;
    try {
      Object.assign(envelope, this.#held(error, depth));
    } finally {
      this.#errorDepth--;
      reached.weight = this.#weight - before;
    }
    return envelope;
  }

  #held(error: Error, depth: number): Pick<ErrorEnvelope, "cause" | "errors" | "fields"> {
    const cause = causeOf(error);
    const errors = errorsOf(error);
    const fields: Record<string, unknown> = {};
    for (const key of fieldsOf(error)) {
      if (errors === undefined || key !== "errors") fields[key] = this.visit(propertyOf(error, key), depth + 1);
    }
    return {
      ...(cause !== undefined && { cause: this.thrown(cause.value, depth + 1) }),
      ...(errors !== undefined && { errors: this.#each(errors, depth + 1) }),
      ...(Object.keys(fields).length > 0 && { fields }),
    };
  }

  #each(errors: readonly unknown[], depth: number): ThrownEnvelope[] {
    const packed = Array.from(errors.slice(0, MAX_ERRORS), (each) => this.thrown(each, depth));
    const rest = errors.length - packed.length;
    return rest === 0 ? packed : [...packed, { value: `${rest} more were left out` }];
  }
}

function shallowEnvelope(error: Error): ErrorEnvelope {
  const { classes, ownClasses } = attempt(() => lineageOf(error), () => ({ classes: ["Error"], ownClasses: 0 }));
  const name = attempt<unknown>(() => error.name, () => undefined);
  const stack = attempt<unknown>(() => error.stack, () => undefined);
  return {
    name: typeof name === "string" ? name : classes[0] ?? "Error",
    message: messageOf(error),
    ...(typeof stack === "string" && { stack }),
    classes,
    ...(ownClasses > 0 && { ownClasses }),
  };
}

function messageOf(error: Error): string {
  const message: unknown = propertyOf(error, "message");
  if (typeof message === "string") return message;
  return message === undefined ? "" : describe(message);
}

function causeOf(error: Error): { readonly value: unknown } | undefined {
  const isOwn = attempt(() => Object.hasOwn(error, "cause"), () => false);
  const value = propertyOf(error, "cause");
  return isOwn || (value !== undefined && typeof value !== "function") ? { value } : undefined;
}

/** The `errors` that an error is made of, if they are not merely data. */
function errorsOf(error: Error): readonly unknown[] | undefined {
  return attempt(() => {
    if (!Object.hasOwn(error, "errors")) return undefined;
    const errors: unknown = Reflect.get(error, "errors");
    if (!Array.isArray(errors)) return undefined;
    return error instanceof AggregateError || errors.slice(0, MAX_ERRORS).some(isError) ? errors : undefined;
  }, () => undefined);
}

/** The names of an error's fields. Those of a `SuppressedError` are not enumerable. */
function fieldsOf(error: Error): string[] {
  return attempt(() => {
    const own = Object.keys(error).filter((key) => !isReserved(key));
    if (!(error instanceof SuppressedError)) return own;
    return [...new Set([...own, ...["error", "suppressed"].filter((key) => Object.hasOwn(error, key))])];
  }, () => []);
}

function leftOut(error: Error, why: string): ThrownEnvelope {
  const text = attempt(() => describeError(error), () => "an error");
  return { value: `${text} (left out, as ${why})` };
}

function describe(value: unknown): string {
  return attempt(() => describeValue(value), () => "a value that cannot be described");
}

/** What getters and proxies of an error throw must not hide the error itself. */
function attempt<T>(action: () => T, otherwise: () => T): T {
  try {
    return action();
  } catch {
    return otherwise();
  }
}
