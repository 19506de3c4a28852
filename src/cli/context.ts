/**
 * What commands work with: the streams of the program, and what the parser has left aside for them.
 *
 * @module
 */

import type { CommandContext } from "@stricli/core";

/** A stream that strings are written to. */
export interface Output {
  /** Writes all of it at once, so that nothing is lost when the program exits. */
  readonly write: (text: string) => void;
  /** Whether colours are shown there. */
  readonly colours: boolean;
  /** How many columns the terminal has; `undefined` if it is none. */
  readonly columns: number | undefined;
  /** For the parser: a number of 4 or more means colours. */
  readonly getColorDepth: () => number;
}

/** The context of a command. */
export interface CliContext extends CommandContext {
  readonly process: {
    readonly stdout: Output;
    readonly stderr: Output;
    exitCode?: number | string | null;
  };
  /** The options for Deno that stood before the program of `run`. */
  readonly denoFlags: readonly string[];
}

/** The exit codes. Those between are for the program that was run. */
export const EXIT = { ok: 0, taskFailed: 1, usage: 2, interrupted: 130 } as const;

/** A failure that the user can do something about: its message is one sentence that says what, and all that is printed. */
export class CliError extends Error {
  override readonly name = "CliError";
}

/** The streams of this program. */
export function streams(): { readonly stdout: Output; readonly stderr: Output } {
  return { stdout: outputOf(Deno.stdout), stderr: outputOf(Deno.stderr) };
}

function outputOf(stream: typeof Deno.stdout): Output {
  const isTerminal = stream.isTerminal();
  const colours = isTerminal && !Deno.noColor;
  let isOpen = true;
  return {
    colours,
    get columns() {
      return isTerminal ? Deno.consoleSize().columns : undefined;
    },
    getColorDepth: () => colours ? 8 : 1,
    write(text) {
      const bytes = new TextEncoder().encode(text);
      try {
        for (let at = 0; isOpen && at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
      } catch (error) {
        isOpen = false; // the reader, such as `head`, wants no more
        if (error instanceof Deno.errors.BrokenPipe) return;
        throw new CliError(`The output cannot be written: ${error instanceof Error ? error.message : error}`, {
          cause: error,
        });
      }
    },
  };
}
