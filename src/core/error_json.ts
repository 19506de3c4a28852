/**
 * Errors and values for `JSON.stringify()`, which makes `{}` of an error and throws at what JSON does not have.
 *
 * This is the public form of results, reports and logs: complete, and values stay as they are. What is shown to people is
 * shortened instead: `observe/api/json_form.ts` and `observe/error_snapshot.ts`.
 *
 * @module
 */

import { propertyOf } from "./describe.ts";
import { inspect } from "./log_text.ts";

/** How many errors deep `cause` and `errors` are followed: more than programs have, so that crafted errors end. */
const MAX_DEPTH = 16;

/** An error as plain data. */
export interface ErrorJson {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: unknown;
  /** Of an `AggregateError`. */
  readonly errors?: readonly unknown[];
}

/** Something that was thrown, as plain data: errors with their name, message, stack and cause, others as values. */
export function thrownToJson(thrown: unknown, depth = 0): unknown {
  if (!Error.isError(thrown)) return valueToJson(thrown);
  const [name, message] = [stringOf(thrown, "name"), stringOf(thrown, "message")];
  if (depth >= MAX_DEPTH) return { name, message };
  const json: { -readonly [K in keyof ErrorJson]: ErrorJson[K] } = { name, message };
  const [stack, cause] = [propertyOf(thrown, "stack"), propertyOf(thrown, "cause")];
  if (typeof stack === "string") json.stack = stack;
  if (cause !== undefined) json.cause = thrownToJson(cause, depth + 1);
  const errors = thrown instanceof AggregateError ? propertyOf(thrown, "errors") : undefined;
  if (Array.isArray(errors)) json.errors = errors.map((each) => thrownToJson(each, depth + 1));
  return json;
}

/** A property as a string, which it may not be. */
function stringOf(error: Error, key: "name" | "message"): string {
  const value = propertyOf(error, key);
  return typeof value === "string" ? value : inspect(value);
}

/** The same as a copy, which holds nothing but plain data. */
export function plainJson(value: unknown): unknown {
  const json = valueToJson(value);
  return json === undefined ? null : JSON.parse(JSON.stringify(json));
}

/** A value, if JSON has it; else the string that `console` shows for it. */
export function valueToJson(value: unknown): unknown {
  if (Error.isError(value)) return thrownToJson(value);
  try {
    const json = JSON.stringify(value);
    return json === undefined && value !== undefined ? inspect(value) : value;
  } catch {
    return inspect(value);
  }
}
