/**
 * What the tool writes at the end of a program, for the command line to make reports of.
 *
 * @module
 */

import type { TaskDetails } from "../../observe/api/task_view.ts";
import { detailsOfHandle } from "../../observe/api/view_of_handle.ts";
import type { RunSnapshot, TaskSnapshot } from "../../observe/run_snapshot.ts";
import { snapshotOfRunner } from "../../observe/snapshot_of.ts";
import type { TaskRunner } from "../../runner/task_runner.ts";

/** The version of a {@linkcode JsonReport}. */
const VERSION = 1;

/** The report in JSON. */
export interface JsonReport {
  readonly v: typeof VERSION;
  readonly program: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly durationMs: number;
  /** Whether no task failed, or what failed was retried with success; waits of bodies do not count. */
  readonly ok: boolean;
  /** How many tasks were submitted; runners that are awaited, or serve, forget the oldest of them. */
  readonly submitted: number;
  /** How many of `tasks` have each status. */
  readonly counts: Readonly<Record<string, number>>;
  readonly tasks: readonly ReportedTask[];
}

/** A task in a report. */
export interface ReportedTask extends TaskDetails {
  /** Whether it was retried, so that a later task of its runner has its id. */
  readonly retried?: true;
}

/** The outcome of a program. */
export interface ProgramOutcome {
  readonly program: string;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly submitted: number;
  readonly failed: number;
}

/** The report of all runners. */
export function reportOf(runners: readonly TaskRunner[], outcome: ProgramOutcome): JsonReport {
  const { program, startedAt, finishedAt, submitted, failed } = outcome;
  const tasks = runners.flatMap(tasksOf);
  const counts: Record<string, number> = {};
  for (const { status } of tasks) counts[status] = (counts[status] ?? 0) + 1;
  return {
    v: VERSION,
    program,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    durationMs: finishedAt.getTime() - startedAt.getTime(),
    ok: failed === 0,
    submitted,
    counts,
    tasks,
  };
}

function tasksOf(runner: TaskRunner): ReportedTask[] {
  const handles = runner.handles();
  const latest = new Map(handles.map((handle) => [handle.id, handle]));
  return handles.map((handle) => {
    const details = detailsOfHandle(handle);
    return latest.get(handle.id) === handle ? details : { ...details, retried: true };
  });
}

/** One snapshot of all runners. */
export function snapshotIn(runners: readonly TaskRunner[], { program, finishedAt }: ProgramOutcome): RunSnapshot {
  const takenAt = finishedAt.getTime();
  const tasks: TaskSnapshot[] = [];
  for (const runner of runners) {
    const first = tasks.length;
    for (const task of snapshotOfRunner(runner, takenAt).tasks) {
      const { dependsOn, parent, retriedAs } = task;
      tasks.push({
        ...task,
        dependsOn: dependsOn.map((index) => first + index),
        ...(parent !== undefined && { parent: first + parent }),
        ...(retriedAs !== undefined && { retriedAs: first + retriedAs }),
      });
    }
  }
  return { version: 1, title: program, takenAt, tasks };
}
