import { currentTask, RetryAfterError, task } from "../../mod.ts";

function now(): number {
  return performance.timeOrigin + performance.now();
}

/** When its body began and ended, in milliseconds since the epoch. */
export const spanOf = task(
  { name: "span-of", backend: "thread", concurrency: { limit: 1, key: () => "one" } },
  async (_: number): Promise<[start: number, end: number]> => {
    const start = now();
    await new Promise((resolve) => setTimeout(resolve, 1));
    return [start, now()];
  },
);

const throttle = { limit: 5, period: 50, burst: 5 };

export const touchOnThread = task({ name: "touch-on-thread", backend: "thread", throttle }, (x: number) => x);

export const touchInProcess = task({ name: "touch-in-process", backend: "process", throttle }, (x: number) => x);

function busy(x: number): number {
  if (x === 1 && currentTask()!.attempt === 1) {
    throw new RetryAfterError("busy", { retryAfter: 150, pause: "task", countsAsAttempt: false });
  }
  return x;
}

/** Its first attempt for 1 asks for a pause. */
export const busyOnThread = task({ name: "busy-on-thread", backend: "thread", concurrency: 1 }, busy);

/** The same in a subprocess. */
export const busyInProcess = task({ name: "busy-in-process", backend: "process", concurrency: 1 }, busy);
