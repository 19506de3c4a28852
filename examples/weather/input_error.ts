/**
 * An error in the user's input: a file or an option. It is shown in one line, without a stack trace, as it is not a bug.
 *
 * @module
 */

export class InputError extends Error {
  override name = "InputError";
}
