/**
 * What is too large to be a string.
 *
 * @module
 */

/** What V8 says if a string would be longer than it can be. */
const TOO_LONG = "Invalid string length";

/** What something has that is too large, in words. */
export const TOO_LARGE = "more than 500 million bytes";

/** The error that V8 throws if a string would be longer than it can be. */
export function tooLong(): RangeError {
  return new RangeError(TOO_LONG);
}

/** Whether something was thrown as a string would be longer than it can be. */
export function isTooLong(error: unknown): boolean {
  return error instanceof RangeError && error.message === TOO_LONG;
}

/** What to do about a value that is too large. @param what What is done with a value of that kind. */
export function keepElsewhere(what: "pass" | "return"): string {
  return `keep large values elsewhere, such as in a file, and ${what} where they are`;
}
