/**
 * Putting errors into envelopes, be they thrown or within data.
 *
 * @module
 */

import { describeError, describeValue } from "../core/describe.ts";
import { isError, lineageOf } from "../core/error_classes.ts";
import type { ErrorEnvelope, ThrownEnvelope } from "../core/error_envelope.ts";
import { GraphCopy } from "./graph_copy.ts";

/**
 * The only name in an object that stands for an error within data; its value is a {@linkcode ThrownEnvelope}. An object
 * of the user's with this one name is packed as the `value` of such an envelope, and is not mistaken for an error.
 */
export const PACKED = "$workflowy";

/** Longer chains of causes are cut. */
const DEEPEST_ERROR = 32;
/** More `errors` of one error are left out. */
const MOST_ERRORS = 100;
/** More errors of one value are left out; one that is reached twice counts twice, as JSON writes it twice. */
const MOST_ERRORS_IN_ALL = 1_000;
/** Deeper data in the fields of an error becomes text. */
const DEEPEST_FIELD = 100;

/** What is known of an error that was met; its weight, the number of errors in it, is open while it is being packed. */
interface Met {
  readonly envelope: ErrorEnvelope;
  weight?: number;
}

/** Copies a value, with its errors in envelopes. What cannot travel becomes text wherever an error holds it. */
export class Packer extends GraphCopy {
  protected override readonly deepest: number;
  /** What becomes of what cannot travel and is held by no error. */
  readonly #strangers: "keep" | "describe";
  readonly #met = new Map<Error, Met>();
  #errorDepth = 0;
  #weight = 0;

  /** Makes a packer for one value. */
  constructor(strangers: "keep" | "describe", deepest = DEEPEST_FIELD) {
    super();
    this.#strangers = strangers;
    this.deepest = deepest;
  }

  /** The envelope of something that was thrown. Never throws. */
  thrown(thrown: unknown, depth: number): ThrownEnvelope {
    return attempt<ThrownEnvelope>(
      () => isError(thrown) ? this.#thrownError(thrown, depth) : { value: this.copy(thrown, depth) },
      () => ({ value: describe(thrown) }),
    );
  }

  protected override error(error: Error, depth: number): unknown {
    return { [PACKED]: this.thrown(error, depth) };
  }

  protected override record(source: object, depth: number): unknown {
    if (!isPacked(source)) return this.fill(this.remember(source, {}), source, depth);
    const copy = {};
    const packed = this.remember(source, { [PACKED]: { value: copy } });
    this.fill(copy, source, depth);
    return packed;
  }

  protected override foreign(value: unknown): unknown {
    return this.#keepsStrangers ? value : describe(value);
  }

  protected override tooDeep(value: object): unknown {
    if (this.#keepsStrangers) throw new TypeError(`Cannot pack a value of more than ${this.deepest} levels`);
    return describe(value);
  }

  protected override unreadable(value: object, error: unknown): unknown {
    if (this.#keepsStrangers) throw error;
    return describe(value);
  }

  get #keepsStrangers(): boolean {
    return this.#strangers === "keep" && this.#errorDepth === 0;
  }

  #thrownError(error: Error, depth: number): ThrownEnvelope {
    const met = this.#met.get(error);
    if (met !== undefined && met.weight === undefined) return leftOut(error, "it is among its own causes");
    const weight = met?.weight ?? 1;
    if (this.#weight + weight > MOST_ERRORS_IN_ALL) return leftOut(error, "there are too many errors");
    if (met !== undefined) {
      this.#weight += weight;
      return { error: met.envelope };
    }
    if (this.#errorDepth >= DEEPEST_ERROR) return leftOut(error, "the chain of causes is too long");
    return { error: this.#firstMet(error, depth) };
  }

  #firstMet(error: Error, depth: number): ErrorEnvelope {
    const before = this.#weight++;
    const envelope = shallowEnvelope(error);
    const met: Met = { envelope };
    this.#met.set(error, met);
    this.#errorDepth++;
    try {
      Object.assign(envelope, this.#held(error, depth));
    } finally {
      this.#errorDepth--;
      met.weight = this.#weight - before;
    }
    return envelope;
  }

  #held(error: Error, depth: number): Pick<ErrorEnvelope, "cause" | "errors" | "fields"> {
    const cause = causeOf(error);
    const errors = errorsOf(error);
    const fields: Record<string, unknown> = {};
    for (const key of fieldsOf(error)) {
      if (errors === undefined || key !== "errors") fields[key] = this.copy(read(error, key), depth + 1);
    }
    return {
      ...(cause !== undefined && { cause: this.thrown(cause.value, depth + 1) }),
      ...(errors !== undefined && { errors: this.#errors(errors, depth + 1) }),
      ...(Object.keys(fields).length > 0 && { fields }),
    };
  }

  #errors(errors: readonly unknown[], depth: number): ThrownEnvelope[] {
    const packed = Array.from(errors.slice(0, MOST_ERRORS), (each) => this.thrown(each, depth));
    const rest = errors.length - packed.length;
    return rest === 0 ? packed : [...packed, { value: `${rest} more were left out` }];
  }
}

/** Whether an object looks like one that stands for an error. */
export function isPacked(object: object): boolean {
  return Object.hasOwn(object, PACKED) && Object.keys(object).length === 1;
}

/** Whether an error's own property of this name is part of every error, or would break it, and is thus no field. */
export function isReserved(key: string): boolean {
  return key === "stack" || key === "cause" || key in Error.prototype;
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
  const message: unknown = read(error, "message");
  if (typeof message === "string") return message;
  return message === undefined ? "" : describe(message);
}

function causeOf(error: Error): { readonly value: unknown } | undefined {
  const isOwn = attempt(() => Object.hasOwn(error, "cause"), () => false);
  const value = read(error, "cause");
  return isOwn || (value !== undefined && typeof value !== "function") ? { value } : undefined;
}

/** The `errors` that an error is made of, if they are not merely data. */
function errorsOf(error: Error): readonly unknown[] | undefined {
  return attempt(() => {
    if (!Object.hasOwn(error, "errors")) return undefined;
    const errors: unknown = Reflect.get(error, "errors");
    if (!Array.isArray(errors)) return undefined;
    return error instanceof AggregateError || errors.slice(0, MOST_ERRORS).some(isError) ? errors : undefined;
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

function read(error: Error, key: string): unknown {
  return attempt<unknown>(() => Reflect.get(error, key), () => `(reading the error's ${key} threw)`);
}

function leftOut(error: Error, why: string): ThrownEnvelope {
  const text = attempt(() => describeError(error), () => "an error");
  return { value: `${text} (left out, as ${why})` };
}

function describe(value: unknown): string {
  return attempt(() => describeValue(value), () => "a value that cannot be described");
}

/** Whoever reports an error must bear what other people's getters and proxies throw. */
function attempt<T>(action: () => T, otherwise: () => T): T {
  try {
    return action();
  } catch {
    return otherwise();
  }
}
