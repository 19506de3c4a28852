/**
 * The numbers of a runner from moment to moment, as progress is shown.
 *
 * @module
 */

import { elapsed } from "../../core/elapsed.ts";
import type { TaskStatus } from "../../core/status.ts";
import type { Handle } from "../../engine/handle.ts";
import type { TaskRunner } from "../../runner/task_runner.ts";
import type { TaskHandle } from "../../tasks/task_handle.ts";
import { errorSnapshot, inShort } from "../error_snapshot.ts";
import { oneLine } from "../printable.ts";
import { lastCounts } from "../statuses.ts";
import type { ProgressView, ShownTask } from "./frame.ts";
import { nameOf, type Obstacle, type ProgressState } from "./progress_state.ts";

/** How many tasks of each kind a view has. */
const MAX_SHOWN = 12;
/** How far back the rate looks: what is older counts a third, in milliseconds. */
const RATE_SPAN_MS = 4_000;
/** Why tasks wait is asked for this often, as each answer is a sentence to be made. */
const OBSTACLES_EACH_MS = 400;

/** Makes views. */
export class ProgressViews {
  readonly #runner: TaskRunner;
  readonly #state: ProgressState;
  readonly #startedAt = elapsed();
  #lastAt = this.#startedAt;
  #lastFinished: number;
  #rate = 0;
  #hasEnd = true;
  #obstacles: readonly Obstacle[] = [];
  #obstaclesAt = -Infinity;

  constructor(runner: TaskRunner, state: ProgressState) {
    this.#runner = runner;
    this.#state = state;
    this.#lastFinished = endedOf(runner.statistics());
  }

  /** Says whether the runner comes to an end by itself. */
  setEnd(hasEnd: boolean): void {
    this.#hasEnd = hasEnd;
  }

  /** What is to be shown now. */
  next(): ProgressView {
    const state = this.#state;
    const now = elapsed();
    const statistics = this.#runner.statistics();
    const { submitted, pending, ready, running, retrying } = statistics;
    const ended = endedOf(statistics);
    this.#updateRate(ended - state.restored, now);
    const last = lastCounts(statistics);
    const finished = endedOf(last);
    const replaced = ended - finished;
    if (now - this.#obstaclesAt >= OBSTACLES_EACH_MS) {
      this.#obstacles = ready > 0 ? state.obstacles(MAX_SHOWN) : [];
      this.#obstaclesAt = now;
    }
    const wallNow = Date.now();
    return {
      finished,
      total: submitted - replaced,
      failed: last.failed,
      cancelled: last.cancelled,
      skipped: last.skipped,
      hasRetried: replaced > 0,
      running,
      retrying,
      waiting: pending + ready,
      rate: this.#rate,
      elapsedMs: now - this.#startedAt,
      hasEnd: this.#hasEnd,
      runningTasks: firstOf(state.running(), (handle) => runningTask(handle, wallNow)),
      retryingTasks: firstOf(state.retrying, (handle) => retryingTask(handle, wallNow)),
      obstacles: this.#obstacles,
    };
  }

  /** The rate of what has finished in this run, smoothed. */
  #updateRate(finished: number, now: number): void {
    const passed = now - this.#lastAt;
    if (passed <= 0) return;
    const current = ((finished - this.#lastFinished) / passed) * 1_000;
    const sinceStart = now - this.#startedAt;
    // At first, the mean since the start.
    const weight = 1 - Math.exp(-passed / Math.max(1, Math.min(RATE_SPAN_MS, sinceStart)));
    this.#rate += (current - this.#rate) * weight;
    this.#lastFinished = finished;
    this.#lastAt = now;
  }
}

function endedOf({ completed, failed, cancelled, skipped }: Readonly<Record<TaskStatus, number>>): number {
  return completed + failed + cancelled + skipped;
}

function firstOf(
  handles: Iterable<TaskHandle<unknown>>,
  show: (handle: TaskHandle<unknown>) => ShownTask,
): ShownTask[] {
  const shown: ShownTask[] = [];
  for (const handle of handles) {
    shown.push(show(handle));
    if (shown.length === MAX_SHOWN) break;
  }
  return shown;
}

function runningTask(handle: TaskHandle<unknown>, now: number): ShownTask {
  const { attempts, progress, progressMessage = "", startedAt } = handle;
  return {
    who: nameOf(handle),
    ms: startedAt === undefined ? 0 : Math.max(0, now - startedAt.getTime()),
    progress,
    message: oneLine(progressMessage),
    attempt: attempts > 1 ? attemptOf(handle, attempts) : "",
  };
}

function retryingTask(handle: TaskHandle<unknown>, now: number): ShownTask {
  const { lastError } = (handle as Handle).details ?? {};
  const recorded = handle.history.at(-1)?.error; // a string, if that attempt was in an earlier run
  const error = lastError === undefined && typeof recorded === "string" ? recorded : inShort(errorSnapshot(lastError));
  return {
    who: nameOf(handle),
    ms: handle.retryAt === undefined ? 0 : Math.max(0, handle.retryAt.getTime() - now),
    progress: 0,
    message: oneLine(error).slice(0, 300),
    attempt: attemptOf(handle, handle.attempts + 1),
  };
}

function attemptOf(handle: TaskHandle<unknown>, attempt: number): string {
  const { spec, details } = handle as Handle;
  return `attempt ${attempt} of ${spec.options.maxAttempts + (details?.uncounted ?? 0)}`;
}
