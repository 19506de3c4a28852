/**
 * Earlier runs, as far as records tell: they do not say which run a task belongs to, but times of work with long breaks between
 * them do.
 *
 * @module
 */

import type { TaskStatus } from "../../core/status.ts";
import type { RunView } from "./messages.ts";

/** After this long without work, what comes next is another run, in milliseconds. */
const BREAK_MS = 60_000;
/** How many are told, the last ones. */
export const MAX_RUNS = 50;

/** A task that has finished. Times are in milliseconds since the epoch. */
export interface PastTask {
  readonly status: TaskStatus;
  readonly startedAt: number | undefined;
  readonly finishedAt: number;
}

/** The runs in which some tasks finished, the first one first. */
export function pastRuns(tasks: Iterable<PastTask>): RunView[] {
  const inOrder = [...tasks].map((task) => ({
    ...task,
    from: Math.min(task.startedAt ?? task.finishedAt, task.finishedAt),
  }))
    .sort((a, b) => a.from - b.from);
  const runs: { mode: string; startedAt: number; finishedAt: number; counts: Record<string, number> }[] = [];
  for (const { status, from, finishedAt } of inOrder) {
    let run = runs.at(-1);
    if (run === undefined || from > run.finishedAt + BREAK_MS) {
      runs.push(run = { mode: "on record", startedAt: from, finishedAt, counts: {} });
    }
    run.finishedAt = Math.max(run.finishedAt, finishedAt);
    run.counts[status] = (run.counts[status] ?? 0) + 1;
  }
  return runs.slice(-MAX_RUNS);
}
