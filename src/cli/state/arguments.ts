/**
 * The words of `workflowy state`, in whatever order.
 *
 * @module
 */

import { CliError } from "../context.ts";
import { closest } from "../suggest.ts";

/** What `state` can do. */
export const ACTIONS = ["list", "show", "why", "failed", "orphans", "history", "stats"] as const;

/** One of {@linkcode ACTIONS}. */
export type StateAction = typeof ACTIONS[number];

/** What is to be done. */
export interface StateArguments {
  /** The checkpoint or program; `undefined` for the only program that runs. */
  readonly source: string | undefined;
  readonly action: StateAction;
  /** The task, for `show` and `why`. */
  readonly id: string | undefined;
}

/** How the command is called. */
const USAGE = "workflowy state [CHECKPOINT|PROGRAM] [list|show ID|why ID|failed|orphans|history|stats]";

/**
 * Tells the words apart: the action may stand before the checkpoint or after it, or be left out.
 *
 * @param isThere Whether there is a file of that name, which may be called like an action.
 * @throws {CliError} If they make no sense.
 */
export function stateArguments(words: readonly string[], isThere: (path: string) => boolean): StateArguments {
  const isCheckpoint = (word: string) => isThere(word) || /^(?:kv|file|postgres(?:ql)?):/.test(word);
  const at = words.slice(0, 2).findIndex((word, index) =>
    isAction(word) && !(index === 0 && words.length === 1 && isThere(word))
  );
  const action = at === -1 ? "list" : words[at] as StateAction;
  const others = at === -1 ? words : words.toSpliced(at, 1);
  const takesId = action === "show" || action === "why";
  const isOfProgram = at === 0 && takesId && others.length === 1 && !isCheckpoint(others[0]!);
  const [source, id, ...more] = isOfProgram ? [undefined, ...others] : others;
  if (at === -1 && source !== undefined && id !== undefined) {
    const typed = isCheckpoint(source) ? id : source;
    const meant = closest(typed, ACTIONS);
    throw new CliError(
      `"${typed}" is none of ${ACTIONS.join(", ")}${meant === undefined ? "" : `; did you mean "${meant}"?`}`,
    );
  }
  if (takesId && id === undefined) {
    throw new CliError(`Name a task: workflowy state ${source === undefined ? "" : `${source} `}${action} ID`);
  }
  const excess = takesId ? more[0] : id;
  if (excess !== undefined) throw new CliError(`"${excess}" is one word too many: ${USAGE}`);
  return { source, action, id };
}

function isAction(word: string): boolean {
  return ACTIONS.some((action) => action === word);
}
