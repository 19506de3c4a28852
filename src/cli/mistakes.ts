/**
 * What is wrong with a command line, in sentences.
 *
 * @module
 */

import { ArgumentScannerError, formatMessageForArgumentScannerError } from "@stricli/core";
import { closest, didYouMean } from "./suggest.ts";

/** What the parser says about options and arguments that it cannot take. */
export function mistakeIn(error: unknown): string {
  if (!(error instanceof ArgumentScannerError)) return error instanceof Error ? error.message : String(error);
  return formatMessageForArgumentScannerError(error, {
    FlagNotFoundError: ({ input, corrections }) => {
      const meant = closest(input, corrections); // the parser's are those that are the least far, however far that is
      return `There is no option "--${input}"${
        meant === undefined ? "; --help lists all" : `; did you mean "--${meant}"?`
      }`;
    },
    AliasNotFoundError: ({ input }) => `There is no option "-${input}"; --help lists all`,
    ArgumentParseError: ({ externalFlagNameOrPlaceholder: name, input, exception }) =>
      exception instanceof SyntaxError // by the parser's own reader of booleans
        ? `--${name} must be true or false, or stand alone, not "${input}"`
        : `--${name} must be ${exception instanceof Error ? exception.message : exception}`,
    EnumValidationError: ({ externalFlagName: name, input, values }) =>
      `--${name} must be ${listed(values)}, not "${input}"${didYouMean(input, values)}`,
    UnsatisfiedFlagError: ({ externalFlagName: name }) => `--${name} needs a value`,
    UnexpectedPositionalError: ({ input }) => `"${input}" is one word too many; --help shows what can stand there`,
    UnsatisfiedPositionalError: ({ placeholder }) => `The ${placeholder} is missing; --help shows where it stands`,
  });
}

/** What stands in place of a command, and is none. */
export function unknownCommand(input: string, corrections: readonly string[]): string {
  if (input.startsWith("-")) return `There is no option "${input}"${didYouMean(input, ["--help", "--version"])}`;
  const suggestion = didYouMean(input, corrections.map((each) => each.replaceAll("`", "")));
  return `There is no command "${input}"${suggestion === "" ? "; --help lists all" : suggestion}`;
}

function listed(values: readonly string[]): string {
  return values.length === 1 ? values[0]! : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
}
