/**
 * Makes snapshots of runners and checkpoints.
 *
 * @module
 */

import type { Checkpointer, TaskRecord } from "../core/checkpointer.ts";
import type { AttemptStatus, TaskAttempt } from "../core/observations.ts";
import type { TaskStatus } from "../core/status.ts";
import type { Handle } from "../engine/handle.ts";
import type { TaskRunner } from "../runner/task_runner.ts";
import type { TaskHandle } from "../tasks/task_handle.ts";
import { readCheckpoint, type ReadCheckpointOptions } from "../stores/read_checkpoint.ts";
import { checkLoaded } from "../stores/record_check.ts";
import { describeValue, isPlain } from "../core/describe.ts";
import { checkSnapshot, isTime } from "./check_snapshot.ts";
import { envelopeSnapshot, errorSnapshot, inShort } from "./error_snapshot.ts";
import type { AttemptSnapshot, RunSnapshot, TaskSnapshot } from "./run_snapshot.ts";

/**
 * What a picture can be made from: a runner, a checkpoint (the path of a file, options as those of `readCheckpoint()`, or a
 * checkpointer that no runner uses), or a snapshot of either.
 */
export type RunSource = TaskRunner | RunSnapshot | string | URL | ReadCheckpointOptions | Checkpointer;

/** How many characters of the arguments of a task are shown. */
const MAX_ARGS = 300;

/**
 * Makes a snapshot of a run: what pictures and reports are made from. It is plain data that can be written as JSON, and be
 * given to every function of this module in place of the run itself.
 *
 * @param source A runner; the path of a file of a `FileCheckpointer`; options as those of `readCheckpoint()`; a checkpointer that
 * no runner uses at that moment; or a snapshot, which is returned as it is.
 * @returns The snapshot. Of a runner it has what the runner knows: see `retain` of its options.
 * @throws {TypeError} If it is none of these, or a snapshot that is not as snapshots are.
 * @throws {RangeError} If a path or a prefix is empty.
 * @throws {CheckpointError} If the checkpoint cannot be read.
 *
 * @example What has failed, of a run and of its checkpoint
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { task, TaskRunner } from "@workflowy/workflowy";
 * import { snapshotOf } from "@workflowy/workflowy/observe";
 *
 * const checkpointPath = `${await Deno.makeTempDir()}/state.jsonl`;
 * const parse = task({ name: "parse" }, (text: string) => JSON.parse(text));
 * {
 *   await using runner = new TaskRunner({ checkpointPath, onTaskError: "continue" });
 *   runner.submit(parse, "[1, 2");
 *   await runner.run();
 *   const { tasks: [first] } = await snapshotOf(runner);
 *   assertEquals([first?.name, first?.status, first?.error?.name], ["parse", "failed", "SyntaxError"]);
 * }
 * const { tasks: [first] } = await snapshotOf(checkpointPath);
 * assertEquals([first?.name, first?.status, first?.error?.name], ["parse", "failed", "SyntaxError"]);
 * ```
 */
export async function snapshotOf(source: RunSource): Promise<RunSnapshot> {
  const takenAt = Date.now();
  if (typeof source === "string" || source instanceof URL) {
    return fromRecords(await Array.fromAsync(readCheckpoint(source)), titleOf(source), takenAt);
  }
  if (typeof source !== "object" || source === null) throw notToBeDrawn(source);
  if ("tasks" in source) return checkSnapshot(source);
  if ("handles" in source) return snapshotOfRunner(source, takenAt);
  const isCheckpointer = "load" in source;
  if (!isCheckpointer && !isPlain(source)) throw notToBeDrawn(source);
  const title = isCheckpointer ? "checkpoint" : titleOf(source.file ?? source.path ?? "Deno KV");
  const records = isCheckpointer
    ? await Array.fromAsync(source.load(), checkLoaded)
    : await Array.fromAsync(readCheckpoint(source));
  return fromRecords(records, title, takenAt);
}

function notToBeDrawn(source: unknown): TypeError {
  return new TypeError(`Give a runner, a checkpoint or a snapshot to draw, not ${describeValue(source)}`);
}

/** What a file is called, without its folder. */
function titleOf(path: string | URL): string {
  const name = String(path).split(/[\\/]/).at(-1)!;
  return path instanceof URL ? decodeURIComponent(name) : name;
}

/**
 * A snapshot of a runner, at once: for a program that is about to end.
 *
 * @param takenAt In milliseconds since the epoch.
 */
export function snapshotOfRunner(runner: TaskRunner, takenAt: number): RunSnapshot {
  const handles = runner.handles();
  return { version: 1, title: runner.name, takenAt, tasks: handles.map(snapshotsOf(handles)) };
}

/** What makes a snapshot of each of these handles, which tell one another by their places. */
export function snapshotsOf(handles: readonly TaskHandle<unknown>[]): (handle: TaskHandle<unknown>) => TaskSnapshot {
  const indexes = new Map<unknown, number>(handles.map((handle, index) => [handle, index]));
  const latest = new Map(handles.map(({ id }, index) => [id, index]));
  return (handle) => {
    const { status, progress, tags, done } = handle;
    const last = latest.get(handle.id);
    return compact({
      id: handle.id,
      name: handle.name,
      label: handle.label,
      tags: tags.length > 0 ? tags : undefined,
      args: previewArgs(handle.shownArgs),
      status,
      pool: handle.pool,
      dependsOn: handle.dependsOn.flatMap((other) => indexes.get(other) ?? []),
      parent: indexes.get(handle.parent),
      retriedAs: last === indexes.get(handle) ? undefined : last,
      restored: handle.restored || handle.cached ? true as const : undefined,
      progress: status === "running" && progress > 0 ? progress : undefined,
      progressMessage: handle.progressMessage,
      submittedAt: handle.submittedAt.getTime(),
      readyAt: handle.readyAt?.getTime(),
      startedAt: handle.startedAt?.getTime(),
      finishedAt: handle.finishedAt?.getTime(),
      retryAt: handle.retryAt?.getTime(),
      attempts: handle.attempts,
      history: handle.history.map(attemptOf),
      // Not peek(), by which a failure would count as known to the program.
      error: done && status !== "completed" ? errorSnapshot((handle as Handle).error) : undefined,
    });
  };
}

function attemptOf({ number, status, startedAt, finishedAt, error, worker }: TaskAttempt): AttemptSnapshot {
  return compact({
    number,
    status: statusOf(status),
    startedAt: startedAt.getTime(),
    finishedAt: finishedAt?.getTime(),
    error: error === undefined ? undefined : typeof error === "string" ? error : inShort(errorSnapshot(error)),
    worker,
  });
}

function statusOf(status: AttemptStatus): TaskStatus {
  return status === "interrupted" ? "cancelled" : status;
}

/**
 * Of a checkpoint, the time of a snapshot is that of the last change on record: whether the program still runs is not known,
 * and what ran when it was killed did not run until now.
 */
function fromRecords(records: readonly TaskRecord[], title: string, now: number): RunSnapshot {
  const sorted = records.filter(isOfTask).sort((a, b) => (a.submittedAt ?? 0) - (b.submittedAt ?? 0));
  const indexes = new Map(sorted.map(({ id }, index) => [id, index]));
  let last = -Infinity;
  const tasks = sorted.map((record): TaskSnapshot => {
    const { id, name, label, tags, status, parent, attempts, error } = record;
    const [submittedAt, startedAt, finishedAt] = [record.submittedAt, record.startedAt, record.finishedAt].map(known);
    last = Math.max(last, submittedAt ?? last, startedAt ?? last, finishedAt ?? last);
    return compact({
      id,
      name,
      label,
      tags,
      args: previewArgs(record.shownArgs ?? record.args),
      status,
      dependsOn: record.dependsOn.flatMap((other) => indexes.get(other) ?? []),
      parent: parent === undefined ? undefined : indexes.get(parent),
      submittedAt,
      startedAt,
      finishedAt,
      retryAt: known(record.retryAt),
      attempts,
      history: historyOf(record),
      error: error === undefined ? undefined : envelopeSnapshot(error),
    });
  });
  return { version: 1, title, takenAt: last === -Infinity ? now : last, tasks };
}

/** A time on record, unless no date can have it. */
function known(time: number | undefined): number | undefined {
  return isTime(time) ? time : undefined;
}

/** Checkpoints have records of jobs and of delivered signals as well. */
function isOfTask({ id, module, name }: TaskRecord): boolean {
  const isJob = name === "schedule" && module === undefined && id.startsWith("schedule:");
  const isSignal = name === "signal" && id.startsWith("signal:");
  return !isJob && !isSignal;
}

function historyOf({ history = [], status, attempts, startedAt, finishedAt, worker }: TaskRecord): AttemptSnapshot[] {
  const found = history.map((past): AttemptSnapshot =>
    compact({
      number: past.number,
      status: past.interrupted ? "cancelled" : "failed",
      startedAt: past.startedAt,
      finishedAt: known(past.finishedAt),
      worker: past.worker === undefined ? undefined : String(past.worker),
      error: past.error,
    })
  );
  if (startedAt !== undefined && attempts > 0 && found.at(-1)?.number !== attempts) {
    found.push(compact({ number: attempts, status, startedAt, finishedAt: known(finishedAt), worker }));
  }
  return found.filter(({ startedAt }) => isTime(startedAt));
}

/** The arguments of a task in one line. */
function previewArgs(args: readonly unknown[] | undefined): string | undefined {
  if (args === undefined || args.length === 0) return undefined;
  try {
    const list = Deno.inspect(args, {
      depth: 3,
      iterableLimit: 8,
      strAbbreviateSize: 120,
      breakLength: Infinity,
      compact: true,
    });
    return list.length <= MAX_ARGS ? list : `${list.slice(0, MAX_ARGS)}…`;
  } catch {
    return undefined; // a method of an argument that describes it has thrown
  }
}

/** An object without the fields that are `undefined`: a new one, as objects that fields are deleted of are slow. */
function compact<T extends object>(object: { [K in keyof T]: T[K] | undefined }): T {
  const result = {} as T;
  for (const key in object) {
    const value = object[key];
    if (value !== undefined) result[key] = value;
  }
  return result;
}
