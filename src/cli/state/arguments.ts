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
  readonly source: string;
  readonly action: StateAction;
  /** The task, for `show` and `why`. */
  readonly id: string | undefined;
}

const USAGE = "workflowy state CHECKPOINT [list|show ID|why ID|failed|orphans|history|stats]";

/**
 * Tells the words apart: the action may stand before the checkpoint or after it, or be left out.
 *
 * @param isThere Whether there is a file of that name, which may be called like an action.
 * @throws {CliError} If they make no sense.
 */
export function stateArguments(words: readonly string[], isThere: (path: string) => boolean): StateArguments {
  const at = words.slice(0, 2).findIndex((word, index) =>
    isAction(word) && !(index === 0 && words.length === 1 && isThere(word))
  );
  const action = at === -1 ? undefined : words[at] as StateAction;
  const [source, ...rest] = at === -1 ? words : words.toSpliced(at, 1);
  if (source === undefined) throw new CliError(`Name a checkpoint: ${USAGE}`);
  if (action === undefined) {
    if (rest.length === 0) return { source, action: "list", id: undefined };
    const typed = isThere(source) || source.includes(":") ? rest[0]! : source;
    const meant = closest(typed, ACTIONS);
    throw new CliError(
      `"${typed}" is none of ${ACTIONS.join(", ")}${meant === undefined ? "" : `; did you mean "${meant}"?`}`,
    );
  }
  const takesId = action === "show" || action === "why";
  const [id, ...more] = rest;
  if (takesId && id === undefined) throw new CliError(`Name a task: workflowy state ${source} ${action} ID`);
  const excess = takesId ? more[0] : id;
  if (excess !== undefined) throw new CliError(`"${excess}" is one word too many: ${USAGE}`);
  return { source, action, id };
}

function isAction(word: string): boolean {
  return ACTIONS.some((action) => action === word);
}
