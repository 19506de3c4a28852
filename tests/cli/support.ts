/**
 * The command line as users start it: a program of its own.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";

const MAIN = fromFileUrl(new URL("../../src/cli/main.ts", import.meta.url));
const CONFIG = fromFileUrl(new URL("../../deno.json", import.meta.url));

/** What a call of the command line did. */
export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function command(args: readonly string[], options: Deno.CommandOptions, flags: readonly string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", "--no-check", "--config", CONFIG, ...flags, MAIN, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...options,
    env: { NO_COLOR: "", ...options.env },
  });
}

/** Runs `workflowy` with these arguments, and Deno with these flags. */
export async function workflowy(
  args: readonly string[],
  options: Deno.CommandOptions = {},
  flags: readonly string[] = [],
): Promise<CliResult> {
  const { code, stdout, stderr } = await command(args, options, flags).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Starts it. */
workflowy.spawn = (args: readonly string[], options: Deno.CommandOptions = {}): Deno.ChildProcess =>
  command(args, { stderr: "inherit", ...options }, []).spawn();

/** What it says on stderr when a command cannot be carried out as it was given: one line. */
export async function oneLineOf(args: readonly string[], options: Deno.CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await workflowy(args, options);
  assertEquals([code, stdout], [2, ""], stderr);
  assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
  return stderr;
}

/** The lines of a stream. */
export interface Lines extends AsyncDisposable {
  /** Reads up to this line. Returns the lines before it. */
  until(line: string): Promise<string[]>;
}

/** Reads a stream line by line. */
export function linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Lines {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  return {
    async until(line) {
      const before: string[] = [];
      while (true) {
        const end = rest.indexOf("\n");
        if (end === -1) {
          const { value, done } = await reader.read();
          if (done) throw new Error(`The program ended before it wrote "${line}": ${before.join("\n")}`);
          rest += value;
          continue;
        }
        const next = rest.slice(0, end);
        rest = rest.slice(end + 1);
        if (next === line) return before;
        before.push(next);
      }
    },
    [Symbol.asyncDispose]: () => reader.cancel(),
  };
}
