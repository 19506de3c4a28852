/**
 * What the body of a task sees of the task.
 *
 * @module
 */

import { describeValue } from "../core/describe.ts";
import { TaskCancelledError, TaskTimeoutError } from "../core/errors.ts";
import { parseRunId } from "../core/job_run_id.ts";
import type { Logger, LogLevel } from "../core/logger.ts";

/** Writes to the runner's logger, with the id of the task in front. A direct call uses the level "info". */
export type TaskLog = ((...data: unknown[]) => void) & Pick<Logger, LogLevel>;

/**
 * The running task, as its body sees it. {@linkcode currentTask} returns it.
 *
 * @example Report progress
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { currentTask, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const count = task(function countTo(n: number) {
 *   const me = currentTask()!;
 *   for (let i = 1; i <= n; i++) me.progress(i / n, `${i} of ${n}`);
 *   return me.attempt;
 * });
 * await using runner = new TaskRunner();
 * const handle = runner.submit(count, 3);
 * assertEquals(await handle, 1);
 * assertEquals([handle.progress, handle.progressMessage], [1, "3 of 3"]);
 * ```
 */
export interface TaskContext {
  /** The id of the task's handle. */
  readonly id: string;
  /** The task's name. */
  readonly name: string;
  /** The number of this attempt, from 1. */
  readonly attempt: number;
  /** The time for which the task runs, before any jitter, if a scheduler submitted it; otherwise `undefined`. */
  readonly scheduledAt: Date | undefined;
  /** What observers have added for the body, such as a `traceparent`: see `Observer.around`. Mostly none. */
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted when the attempt is cancelled or times out. Its `reason` says why. */
  readonly signal: AbortSignal;
  /** Whether the attempt was cancelled or has timed out. In workers it also changes during a synchronous loop. */
  readonly cancelled: boolean;
  /**
   * Throws if the attempt should end.
   *
   * @throws {TaskCancelledError} If the attempt was cancelled. Its `reason` is what `cancel()` was called with.
   * @throws {TaskTimeoutError} If it has timed out.
   */
  throwIfCancelled(): void;
  /**
   * Reports the progress of the task to its handle and to listeners.
   *
   * @param fraction From 0 to 1. Values outside are set to the nearer bound.
   * @param message For people. Default: none.
   * @throws {TypeError} If `fraction` is not a number.
   */
  progress(fraction: number, message?: string): void;
  /** Writes to the runner's logger, with the id of the task in front. */
  readonly log: TaskLog;
}

/** The attempt behind a {@linkcode TaskContext}. */
export interface ContextSource {
  readonly id: string;
  readonly name: string;
  readonly number: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal: AbortSignal;
  /** Why it was aborted: a {@linkcode TaskTimeoutError}, or what `cancel()` was called with; `undefined` before. */
  readonly abortReason: unknown;
  progress(fraction: number, message?: string): void;
  log(level: LogLevel, data: readonly unknown[]): void;
}

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** The context of an attempt that runs on this event loop. */
export class Context implements TaskContext {
  readonly #source: ContextSource;
  #log: TaskLog | undefined;

  constructor(source: ContextSource) {
    this.#source = source;
  }

  get id(): string {
    return this.#source.id;
  }

  get name(): string {
    return this.#source.name;
  }

  get attempt(): number {
    return this.#source.number;
  }

  get scheduledAt(): Date | undefined {
    const run = parseRunId(this.#source.id);
    return run && new Date(run.due);
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#source.headers ?? NO_HEADERS;
  }

  get signal(): AbortSignal {
    return this.#source.signal;
  }

  get cancelled(): boolean {
    return this.#source.abortReason !== undefined;
  }

  throwIfCancelled(): void {
    const { abortReason, id, name } = this.#source;
    if (abortReason === undefined) return;
    if (abortReason instanceof TaskTimeoutError || abortReason instanceof TaskCancelledError) throw abortReason;
    throw new TaskCancelledError(`"${id}" was cancelled`, { task: name, reason: abortReason });
  }

  progress(fraction: number, message?: string): void {
    if (typeof fraction !== "number" || Number.isNaN(fraction)) {
      throw new TypeError(`The progress of "${this.id}" must be a number from 0 to 1, not ${describeValue(fraction)}`);
    }
    this.#source.progress(Math.min(1, Math.max(0, fraction)), message);
  }

  get log(): TaskLog {
    return this.#log ??= makeLog(this.#source);
  }
}

function makeLog(source: ContextSource): TaskLog {
  const at = (level: LogLevel) => (...data: unknown[]) => source.log(level, data);
  return Object.assign(at("info"), { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") });
}
