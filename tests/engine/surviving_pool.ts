import type { Job, Pool, PoolHost } from "../../mod.ts";

/** A pool whose bodies survive their runner: what it executes is completed by the test. */
export class SurvivingPool implements Pool {
  maxWorkers = 1;
  readonly prefetch = 0;
  host: PoolHost | undefined;
  readonly jobs: Job[] = [];
  readonly left: Job[] = [];
  readonly ended: string[] = [];
  readonly aborted: string[] = [];
  isDisposed = false;
  reason: string | undefined;

  attach(host: PoolHost): void {
    this.host = host;
  }

  execute(job: Job): void {
    this.jobs.push(job);
    job.abortListener = { onAbort: () => void this.aborted.push(job.id) };
  }

  leave(job: Job): void {
    job.abortListener = undefined;
    this.left.push(job);
  }

  settled(id: string): void {
    this.ended.push(id);
  }

  explain(): string | undefined {
    return this.reason;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true;
    return Promise.resolve();
  }
}
