/**
 * The program that `workflowy run` is given.
 *
 * @module
 */

import { CliError } from "../context.ts";
import { adviceOnPath } from "../suggest.ts";

/** Specifiers that Deno resolves itself. */
const REMOTE = /^(?:https?|jsr|npm|data|file):/;

/**
 * Checks that there is such a program, as far as that can be told before it is loaded.
 *
 * @throws {CliError} If there is none.
 */
export function checkProgram(program: string): void {
  if (REMOTE.test(program)) return;
  if (program === "-") throw new CliError("workflowy run needs a file: a program from stdin cannot be run");
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(program);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) throw error;
    throw new CliError(`There is no program "${program}"; ${adviceOnPath(program, isScript)}`);
  }
  if (info.isDirectory) {
    throw new CliError(`"${program}" is a folder; name the program in it, such as ${program}/main.ts`);
  }
}

function isScript({ name }: Deno.DirEntry): boolean {
  return /\.[cm]?[jt]sx?$/.test(name);
}
