/**
 * Errors as plain data.
 *
 * @module
 */

/** An error as plain data. */
export interface ErrorEnvelope {
  /** Its `name`. */
  readonly name: string;
  /** Its `message`. */
  readonly message: string;
  /** Its `stack`, if it has one. */
  readonly stack?: string;
  /** The names of its classes, from the most derived one up to and including `"Error"`. */
  readonly classes: readonly string[];
  /** How many of the first `classes` only share their name with a class of Deno's or of this package (default: 0). */
  readonly ownClasses?: number;
  /** Its `cause`, if it has one. */
  readonly cause?: ThrownEnvelope;
  /** The `errors` of an `AggregateError`, or of an error like it. */
  readonly errors?: readonly ThrownEnvelope[];
  /** Its own enumerable fields, with the errors in them packed. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Anything that was thrown, as plain data: an error, or another value, with the errors in it packed. */
export type ThrownEnvelope = { readonly error: ErrorEnvelope } | { readonly value: unknown };
