/**
 * What is wrong with what the user gave, a file or an option. It is shown as one line, without a stack trace, as it is
 * no fault of the program.
 *
 * @module
 */

export class InputError extends Error {
  override name = "InputError";
}
