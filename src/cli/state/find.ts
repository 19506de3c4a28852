/**
 * Finding the task that a user means.
 *
 * @module
 */

import type { Snapshot, StateTask } from "./snapshot.ts";
import { CliError } from "../context.ts";
import { closest } from "../suggest.ts";

/** How many tasks a sentence names. */
const MAX_NAMED = 5;

/**
 * The task of that id or key; or the only one whose id begins with it, whose name or label it is.
 *
 * @throws {CliError} If there is none, or there are several.
 */
export function findTask(given: string, { tasks, source, isLive }: Snapshot): StateTask {
  const wanted = withoutEllipsis(given);
  const exact = tasks.get(wanted);
  if (exact !== undefined) return exact;
  const all = [...tasks.values()];
  for (
    const isMeant of [
      ({ key }: StateTask) => key === wanted,
      ({ view: { id } }: StateTask) => id.startsWith(wanted),
      ({ view: { name, label } }: StateTask) => name === wanted || label === wanted,
    ]
  ) {
    const found = all.filter(isMeant);
    if (found.length === 1) return found[0]!;
    if (found.length > 1) throw new CliError(`"${wanted}" may mean ${found.length} tasks: ${named(found)}`);
  }
  if (all.length === 0) throw new CliError(`"${source}" has no tasks`);
  const meant = closest(wanted, tasks.keys());
  throw new CliError(
    `"${source}" has no task "${wanted}"; ${
      meant === undefined ? `workflowy state ${isLive ? "list" : source} lists its tasks` : `did you mean "${meant}"?`
    }`,
  );
}

/** An id as it stands in a narrow window, without the sign that it was cut. */
export function withoutEllipsis(id: string): string {
  return id.replace(/…$/, "");
}

function named(found: readonly StateTask[]): string {
  const ids = found.slice(0, MAX_NAMED).map(({ view: { id } }) => id);
  return ids.join(", ") + (found.length > MAX_NAMED ? " …" : "");
}
