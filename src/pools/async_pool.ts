/**
 * The pool that runs bodies on this event loop.
 *
 * @module
 */

import type { Job, Outcome, Pool } from "../core/pool.ts";

/** Runs bodies right here; what it limits is how many are under way at a time. */
export class AsyncPool implements Pool {
  readonly maxWorkers: number;

  constructor(maxWorkers: number) {
    this.maxWorkers = maxWorkers;
  }

  execute(job: Job): Outcome | Promise<Outcome> {
    try {
      const result = job.call();
      return result instanceof Promise ? result.then(completed, failed) : completed(result);
    } catch (error) {
      return failed(error);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

function completed(value: unknown): Outcome {
  return { kind: "completed", value };
}

function failed(error: unknown): Outcome {
  return { kind: "failed", error };
}
