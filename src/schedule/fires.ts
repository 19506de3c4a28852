/**
 * What becomes of a job when it is due.
 *
 * @module
 */

import type { Logger } from "../core/logger.ts";
import { runDetached } from "../core/run_detached.ts";
import type { AttemptState } from "../tasks/handle.ts";
import type { TaskHandle } from "../tasks/task_handle.ts";
import type { FireLog } from "./fire_log.ts";
import type { Fire, Job } from "./job.ts";

/** What is to be known of the runner. */
export interface RunnerState {
  /** Whether it was not shut down. */
  readonly isOpen: boolean;
  /** Whether somebody is told of tasks that fail, or nobody is to be. */
  readonly tellsFailures: boolean;
}

/** Submits jobs' tasks and follows them to their end. */
export class Fires {
  readonly #log: FireLog;
  readonly #logger: Logger;
  readonly #runner: RunnerState;
  /** Tasks that are not over. */
  readonly #underWay = new Set<object>();
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(log: FireLog, logger: Logger, runner: RunnerState) {
    this.#log = log;
    this.#logger = logger;
    this.#runner = runner;
  }

  /** Submits a job's task, or does not, as its overlap policy says; if that fails, it is told. */
  begin(job: Job, fire: Fire): TaskHandle<unknown> | undefined {
    try {
      return this.demand(job, fire);
    } catch (error) {
      this.#logger.error(`Job "${job.name}" was due, but its task could not be submitted:`, error);
      return undefined;
    }
  }

  /** Submits a job's task, or does not, as its overlap policy says; throws if that fails. */
  demand(job: Job, fire: Fire): TaskHandle<unknown> | undefined {
    const { lastHandle, waiting, parts: { options: { overlap } } } = job;
    const isBusy = lastHandle !== undefined && !lastHandle.done;
    if (overlap === "skip" && isBusy) {
      fire.progress.end(fire.stretch);
      return undefined;
    }
    if (overlap === "queue" && (isBusy || waiting.size > 0)) {
      waiting.push(fire);
      return undefined;
    }
    if (overlap === "cancel-previous" && isBusy) lastHandle.cancel(`"${job.name}" is due again`);
    return this.#submit(job, fire);
  }

  /** Whether an attempt is one of the tasks under way, or on behalf of one. */
  include(attempt: AttemptState | undefined): boolean {
    for (let each = attempt; each !== undefined; each = each.handle.parent) {
      if (this.#underWay.has(each.handle)) return true;
    }
    return false;
  }

  /** Resolves when all tasks are over. */
  async untilOver(): Promise<void> {
    while (this.#underWay.size > 0) await (this.#idle ??= Promise.withResolvers()).promise;
  }

  #submit(job: Job, fire: Fire): TaskHandle<unknown> {
    let handle: TaskHandle<unknown>;
    try {
      // Whoever looks at the clock, or dispatches an event, may be a task: what is due is none of its own.
      handle = runDetached(() => job.parts.submit(job.idAt(fire.due), fire.args));
    } catch (error) {
      fire.progress.end(fire.stretch);
      throw error;
    }
    this.#log.begin(handle);
    job.lastHandle = handle;
    job.underWay++;
    this.#underWay.add(handle);
    void runDetached(() => handle.exception()).then((error) => this.#over(job, fire, handle, error));
    return handle;
  }

  #over(job: Job, fire: Fire, handle: TaskHandle<unknown>, error: unknown): void {
    job.underWay--;
    this.#underWay.delete(handle);
    if (handle.status === "failed" && fire.audience === undefined && !this.#runner.tellsFailures) {
      this.#logger.error(`Job "${job.name}" failed: ${handle.explain()}`, error);
    }
    // What a runner cancels as it is shut down was not done, and is on record as such.
    if (this.#runner.isOpen || handle.status !== "cancelled") this.#settle(job, fire, handle);
    if (this.#runner.isOpen) this.#beginWaiting(job);
    if (this.#underWay.size > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  #settle(job: Job, { progress, stretch }: Fire, handle: TaskHandle<unknown>): void {
    progress.end(stretch);
    this.#log.keep(job);
    this.#log.end(handle);
  }

  #beginWaiting(job: Job): void {
    while (job.underWay === 0 && job.waiting.size > 0) {
      try {
        this.#submit(job, job.waiting.shift()!);
      } catch (error) {
        this.#logger.error(`Job "${job.name}" was due, but its task could not be submitted:`, error);
      }
    }
  }
}
