/**
 * Making jobs of tasks.
 *
 * @module
 */

import { describeValue } from "../core/describe.ts";
import type { TaskRunner } from "../runner/task_runner.ts";
import { SPEC, type TaskSpec } from "../tasks/spec.ts";
import { SUBMIT_WITH, type SubmitOptions } from "../tasks/submitter.ts";
import type { Task } from "../tasks/task.ts";
import { Job, type JobArgs, type JobParts, type SubmitRun } from "./job.ts";
import type { ResolvedJobOptions } from "./job_options.ts";
import type { JobRecords } from "../runner/job_records.ts";
import type { JobRegistry } from "./job_registry.ts";
import { AtTrigger, type Trigger } from "./trigger.ts";

/** What a factory needs of its scheduler. */
export interface JobFactoryParts {
  readonly runner: TaskRunner;
  readonly records: JobRecords;
  readonly registry: JobRegistry;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Called when the phase of a job has changed. */
  readonly onChange: (job: Job) => void;
  /** Starts a run for a time, or one more now. */
  readonly runNow: JobParts["runNow"];
}

/** Makes the jobs of a scheduler. */
export class JobFactory {
  readonly #parts: JobFactoryParts;

  constructor(parts: JobFactoryParts) {
    this.#parts = parts;
  }

  /**
   * A job with a free name, which is not registered yet.
   *
   * @param trigger When it is due; `undefined` if it waits for events.
   * @param args The arguments of its task, unless it waits for events.
   * @throws {TypeError} If `task` is not a task, or is bound to another runner.
   * @throws {CheckpointError} If the runner's checkpoint cannot keep the arguments.
   * @throws {RangeError} If there is a job of that name or key.
   */
  make<A extends unknown[], R>(
    options: ResolvedJobOptions,
    task: Task<A, R>,
    trigger: Trigger | undefined,
    args: JobArgs,
  ): Job {
    const { registry, clock, onChange, runNow } = this.#parts;
    const spec = this.#specOf(task);
    if (typeof args !== "function") this.#parts.records.checkArgs(spec, args);
    const { name, key } = registry.nameFor(options, task.name);
    const submit = this.#submitterOf(task, spec, name, key);
    const now = clock();
    const countedFrom = trigger instanceof AtTrigger ? Math.min(now, trigger.time - 1) : now;
    const taskName = task.name;
    return new Job({ name, key, options, taskName, trigger, args, submit, onChange, runNow }, countedFrom);
  }

  #specOf<A extends unknown[], R>(task: Task<A, R>): TaskSpec {
    if (task === null || (typeof task !== "object" && typeof task !== "function") || !(SPEC in task)) {
      throw new TypeError(`do() needs a task, not ${describeValue(task)}: make it one, with task()`);
    }
    const runner = task[SUBMIT_WITH]?.runner;
    if (runner === undefined || runner === this.#parts.runner) return task[SPEC] as TaskSpec;
    throw new TypeError(`Cannot schedule "${task.name}" here, as .with({ runner }) bound it to another runner`);
  }

  #submitterOf<A extends unknown[], R>(task: Task<A, R>, spec: TaskSpec, name: string, job: string): SubmitRun {
    const { records } = this.#parts;
    const options = { source: "schedule", ...task[SUBMIT_WITH] };
    return ({ due, number, isExtra, args }, signal) => {
      const id = { job, due, number, isExtra };
      return records.submitRun(id, spec, argsAt(args, due, name), signal ? withSignal(options, signal) : options);
    };
  }
}

/** The same options, so that this signal cancels the task, too. */
function withSignal(options: SubmitOptions, signal: AbortSignal): SubmitOptions {
  return { ...options, signal: options.signal === undefined ? signal : AbortSignal.any([options.signal, signal]) };
}

function argsAt(args: JobArgs, due: number, job: string): readonly unknown[] {
  const made: unknown = typeof args === "function" ? args(new Date(due)) : args;
  if (Array.isArray(made)) return made;
  throw new TypeError(
    `the arguments of job "${job}" must be an array, not ${
      describeValue(made)
    }: return one, or give a function among the arguments as ` +
      `() => [fn]`,
  );
}
