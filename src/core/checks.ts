/**
 * Checks of values that users pass in.
 *
 * @module
 */

import { describeValue, isPlain } from "./describe.ts";
import { type Duration, toMilliseconds } from "./duration.ts";

/**
 * Returns the value in the form that the engine uses.
 *
 * @param value What was passed in.
 * @param what How errors name it, such as `timeout of task "load"`.
 * @throws {TypeError} If it is of the wrong kind.
 * @throws {RangeError} If it is out of range.
 */
export type Check<T = unknown> = (value: unknown, what: string) => T;

/**
 * Rejects options with unknown names.
 *
 * @param known The names of all options.
 * @param owner What the options belong to, as errors say it, such as `of the runner`.
 * @throws {TypeError} If `options` is not an object, or one of its keys is unknown, or it is an object of a class that has
 * none of them: what was to be the value of an option.
 */
export function refuseUnknown(options: unknown, known: readonly string[], owner: string): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`The options ${owner} must be an object, not ${describeValue(options)}`);
  }
  const given = Object.keys(options);
  if (!areOptions(options, (option) => known.includes(option))) {
    const example = `{ ${known.join(", ")} }`;
    throw new TypeError(`The options ${owner} must be an object such as ${example}, not ${describeValue(options)}`);
  }
  for (const option of given) {
    if (known.includes(option)) continue;
    throw new TypeError(`Unknown option "${option}" ${owner}: the options are ${known.join(", ")}`);
  }
}

/**
 * Whether a value can be options: a plain object, or one of a class that has at least one of them. Another object, such as a
 * runner or a signal, was to be the value of an option.
 *
 * @param isKnown Whether there is an option of that name.
 */
export function areOptions(value: unknown, isKnown: (option: string) => boolean): value is object {
  if (typeof value !== "object" || value === null) return false;
  return isPlain(value) || Object.keys(value).some(isKnown);
}

/** `true` or `false`. */
export function boolean(value: unknown, what: string): boolean {
  if (typeof value !== "boolean") throw new TypeError(`${what} must be true or false, not ${describeValue(value)}`);
  return value;
}

/** A function. */
export function callable(value: unknown, what: string): unknown {
  if (typeof value !== "function") throw new TypeError(`${what} must be a function, not ${describeValue(value)}`);
  return value;
}

/** One of the strings in `values`. */
export function oneOf(values: readonly string[]): Check {
  return (value, what) => {
    if (values.includes(value as string)) return value;
    const wanted = `${what} must be one of ${values.map((each) => `"${each}"`).join(", ")}`;
    if (typeof value === "string") throw new RangeError(`${wanted}, not "${value}"`);
    throw new TypeError(`${wanted}, not ${describeValue(value)}`);
  };
}

/** A string of at least one character. */
export function nonEmptyString(value: unknown, what: string): string {
  if (typeof value !== "string") throw new TypeError(`${what} must be a string, not ${describeValue(value)}`);
  if (value === "") throw new RangeError(`${what} must not be empty`);
  return value;
}

/** A number that is not infinite. */
export function finiteNumber(value: unknown, what: string): number {
  if (typeof value !== "number") throw new TypeError(`${what} must be a number, not ${describeValue(value)}`);
  if (!Number.isFinite(value)) throw new RangeError(`${what} must be a finite number, not ${value}`);
  return value;
}

/** A whole number of at least `least`. `Infinity` passes: it means "without limit". */
export function wholeNumberFrom(least: number): Check<number> {
  return (value, what) => {
    if (typeof value !== "number") throw new TypeError(`${what} must be a number, not ${describeValue(value)}`);
    if (value >= least && (Number.isInteger(value) || value === Infinity)) return value;
    throw new RangeError(`${what} must be a whole number of at least ${least}, not ${value}`);
  };
}

/** The number of a port, or 0 for any free one. */
export function portNumber(value: unknown, what: string): number {
  if (typeof value !== "number") throw new TypeError(`${what} must be a number, not ${describeValue(value)}`);
  if (Number.isInteger(value) && value >= 0 && value <= MAX_PORT) return value;
  throw new RangeError(`${what} must be a whole number from 0 to ${MAX_PORT}, not ${value}`);
}

const MAX_PORT = 65_535;

/** A {@linkcode Duration} above 0, returned in milliseconds. */
export function positiveMilliseconds(value: unknown, what: string): number {
  const milliseconds = toMilliseconds(value as Duration, what);
  if (milliseconds > 0) return milliseconds;
  throw new RangeError(`${what} must be more than 0; leave it out for the default`);
}

/** A URL, returned as a string. */
export function toUrl(value: unknown, what: string): string {
  if (value instanceof URL) return value.href;
  if (typeof value !== "string") throw new TypeError(`${what} must be a URL, not ${describeValue(value)}`);
  if (URL.canParse(value)) return value;
  throw new RangeError(`${what} must be an absolute URL such as import.meta.url, not "${value}"`);
}

/** An `AbortSignal`. */
export function abortSignal(value: unknown, what: string): AbortSignal {
  if (value instanceof AbortSignal) return value;
  throw new TypeError(`${what} must be an AbortSignal, not ${describeValue(value)}`);
}
