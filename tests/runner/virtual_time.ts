/**
 * Waiting for tasks on a virtual clock.
 *
 * @module
 */

import { FakeTime } from "@std/testing/time";
import { turn } from "../support.ts";

/** Lets that many milliseconds pass, and then what follows from it happen, also if a slice of tasks has ended meanwhile. */
export async function pass(time: FakeTime, milliseconds: number): Promise<void> {
  await turn();
  await time.tickAsync(milliseconds);
  await turn();
}

/** Lets time pass, from timer to timer, until a promise settles; returns its value. */
export async function untilSettled<T>(time: FakeTime, promise: PromiseLike<T>): Promise<T> {
  let isSettled = false;
  const settled = () => void (isSettled = true);
  promise.then(settled, settled);
  for (let steps = 0; !isSettled; steps++) {
    if (steps > 100_000) throw new Error(`It has not settled after ${time.now - time.start} ms of virtual time`);
    for (let turns = 0; turns < 4; turns++) await turn();
    if (!isSettled) await time.nextAsync();
  }
  return await promise;
}

/** Calls a function on a virtual clock. */
export async function onVirtualTime(test: (time: FakeTime) => Promise<void>): Promise<void> {
  using time = new FakeTime();
  await test(time);
}

/** The most starts within any window of that length. */
export function mostWithin(times: readonly number[], period: number): number {
  let most = 0;
  for (const end of times) most = Math.max(most, times.filter((each) => each > end - period && each <= end).length);
  return most;
}
