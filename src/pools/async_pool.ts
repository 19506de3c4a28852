/**
 * The pool that runs bodies on this event loop.
 *
 * @module
 */

import type { Job, JobTask, Pool } from "../core/pool.ts";
import { refusePermissions } from "./permission_guard.ts";

/** Runs bodies right here; what it limits is how many are under way at a time. */
export class AsyncPool implements Pool {
  readonly maxWorkers: number;

  constructor(maxWorkers: number) {
    this.maxWorkers = maxWorkers;
  }

  check({ name, options }: JobTask): void {
    refusePermissions(name, options);
  }

  execute(job: Job): void {
    let result: unknown;
    try {
      result = job.call();
    } catch (error) {
      job.fail(error);
      return;
    }
    if (result instanceof Promise) result.then((value) => job.complete(value), (error) => job.fail(error));
    else job.complete(result);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
