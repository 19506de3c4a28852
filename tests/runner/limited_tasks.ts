import { currentTask, RetryAfterError, task } from "../../mod.ts";

/** When its body began and ended, in milliseconds since the epoch. */
export const spanOf = task(
  { name: "span-of", backend: "thread", concurrency: { limit: 1, key: () => "one" } },
  async (_: number): Promise<[start: number, end: number]> => {
    const start = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 1));
    return [start, Date.now()];
  },
);

const throttle = { limit: 5, period: 50, burst: 5 };

/** When its body started, in milliseconds since the epoch. */
export const startOnThread = task({ name: "start-on-thread", backend: "thread", throttle }, (_: number) => Date.now());

/** The same in a subprocess. */
export const startInProcess = task(
  { name: "start-in-process", backend: "process", throttle },
  (_: number) => Date.now(),
);

/** The same without limits. */
export const plainStart = task({ name: "plain-start", backend: "thread" }, (_: number) => Date.now());

/** Ends its worker as soon as it starts. */
export const endsWorker = task(
  { name: "ends-worker", backend: "thread", throttle: { limit: 1, period: 20 } },
  (_: number) => Deno.exit(1),
);

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
