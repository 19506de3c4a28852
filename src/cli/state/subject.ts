/**
 * What a command that looks at something is about: a checkpoint, or a program that runs.
 *
 * @module
 */

import { CliError } from "../context.ts";
import { isListed, type ProgramClient, programNamed, programNames, programOf, reachable } from "../control/client.ts";
import { closest } from "../suggest.ts";
import { type Source, sourceOf } from "./source.ts";

/** The options that say which one is meant. */
export interface SubjectFlags {
  /** As `--program` of the commands that reach a program. */
  readonly program?: string;
  /** The name, the id or the number of one of its runners. */
  readonly runner?: string;
  /** That of a checkpoint in a database. */
  readonly prefix?: string;
}

/** One of the two. */
export type Subject =
  | { readonly program: ProgramClient; readonly checkpoint?: undefined }
  | { readonly program?: undefined; readonly checkpoint: Source };

/**
 * What is meant by a word: a program that runs, as `workflowy ps` lists it (its file may be here as well), another file, the
 * number or name of a program that runs, or else a checkpoint; without a word the program that runs.
 *
 * @param others Words that may have been mistyped as well.
 * @throws {CliError} If there is no such thing.
 */
export function subjectOf(
  word: string | undefined,
  flags: SubjectFlags,
  others: readonly string[] = [],
): Subject {
  const { program, runner, prefix } = flags;
  if (word === undefined) {
    if (prefix !== undefined) throw new CliError("Name the checkpoint that --prefix belongs to, such as kv:state.kv");
    if (program === undefined && reachable().length === 0) {
      throw new CliError("Name a checkpoint, as no program runs that can be reached: --help shows how");
    }
    return { program: programOf(flags) };
  }
  if (program !== undefined) throw new CliError(`Give a checkpoint or --program, not both: ${word}`);
  if (!isFile(word) || isListed(word)) {
    const found = programNamed(word, runner);
    if (found !== undefined) return { program: found };
    const meant = /[./:]/.test(word) ? undefined : closest(word, [...others, ...programNames()]);
    if (meant !== undefined && meant !== word) {
      throw new CliError(`There is no checkpoint or program "${word}"; did you mean "${meant}"?`);
    }
  }
  if (runner !== undefined) throw new CliError(`--runner belongs to a program that runs, and "${word}" is none`);
  return { checkpoint: sourceOf(word, prefix) };
}

/** Whether there is a file of that name. */
export function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
