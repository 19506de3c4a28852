/**
 * Schedules jobs once, in a process that has done nothing else: `once.ts MEASUREMENT CONTENDER JOBS`. Prints what was
 * measured as JSON.
 *
 * @module
 */

import { heapAtRest } from "../harness.ts";
import { CONTENDERS, type Jobs } from "./contenders.ts";

/** How long it takes to make and start jobs, and how much memory they need. */
export interface Made {
  /** In microseconds a job. */
  readonly making: number;
  /** In milliseconds, for all of them. */
  readonly starting: number;
  /** Bytes a job in V8's heap. */
  readonly heap: number;
  /** Bytes a job in the memory of the process, which includes timers. */
  readonly resident: number;
}

/** How many jobs are due in each second. */
export const DUE = 1_000;
/** How many seconds count, after the first ones. */
const SECONDS = 3;
const FIRST_SECONDS = 2;
/** The event loop is kept busy from before jobs are due until all of them are. */
const BUSY_BEFORE_MS = 60;
const BUSY_AFTER_MS = 30;
/** Few enough to need no memory, and many enough to have run all code. */
const FIRST_JOBS = 20;

async function make(jobs: Jobs, count: number): Promise<Made> {
  for (let index = 0; index < FIRST_JOBS; index++) jobs.add("later", index);
  const heapBefore = await heapAtRest();
  const residentBefore = Deno.memoryUsage().rss;
  const begun = performance.now();
  for (let index = 0; index < count; index++) jobs.add("later", index);
  const made = performance.now();
  jobs.start();
  const started = performance.now();
  const heap = (await heapAtRest() - heapBefore) / count;
  const resident = (Deno.memoryUsage().rss - residentBefore) / count;
  return { making: (made - begun) * 1000 / count, starting: started - made, heap, resident };
}

/** Microseconds a job, from when the event loop is free until the last job that is due has started. */
async function fire(jobs: Jobs, count: number): Promise<number[]> {
  for (let index = 0; index < count; index++) jobs.add(index % (count / DUE) === 0 ? "each second" : "later", index);
  let left = 0;
  let fired = Promise.withResolvers<void>();
  jobs.onFire = () => {
    if (--left === 0) fired.resolve();
  };
  let second = Math.ceil(Date.now() / 1000) * 1000 + 1000;
  await sleepUntil(second);
  beBusyUntil(second);
  jobs.start();
  const micros: number[] = [];
  for (let count = -FIRST_SECONDS; count < SECONDS; count++) {
    second += 1000;
    await sleepUntil(second);
    left = DUE;
    fired = Promise.withResolvers();
    beBusyUntil(second + BUSY_AFTER_MS);
    const free = performance.now();
    await fired.promise;
    if (count >= 0) micros.push((performance.now() - free) * 1000 / DUE);
  }
  return micros;
}

/** Sleeps until shortly before a time. */
function sleepUntil(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, time - BUSY_BEFORE_MS - Date.now()));
}

function beBusyUntil(time: number): void {
  while (Date.now() < time);
}

if (import.meta.main) {
  const [measurement, name, count] = Deno.args;
  const contender = CONTENDERS.find((each) => each.name === name);
  if (contender === undefined) throw new Error(`There is no contender "${name}"`);
  const jobs = await contender.open();
  console.log(JSON.stringify(await (measurement === "make" ? make : fire)(jobs, Number(count))));
  Deno.exit();
}
