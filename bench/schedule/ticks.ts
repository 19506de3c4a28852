/**
 * Ticks of schedulers on a clock of the benchmark's own.
 *
 * @module
 */

import { takeTurns } from "../checkpoints/turns.ts";
import { makeRoom, type Timing } from "../harness.ts";
import { Scheduler, task, TaskRunner } from "../../mod.ts";
import { LINEAR_SCAN, LinearScan } from "./linear_scan.ts";
import { DUE } from "./once.ts";

/** Ticks at which nothing was due, and ticks with jobs that were. */
export interface TickTimings {
  /** Microseconds a tick. */
  readonly idle: readonly Timing[];
  /** Microseconds a job that was due, for the tick itself. */
  readonly ticks: readonly Timing[];
  /** The same, until the last one's task was run. */
  readonly runs: readonly Timing[];
}

export const EVERY = "ours, every()";
export const CRON = "ours, cron()";
/** The part that is the runner's. */
export const SUBMIT = "submit() of as many";

const ROUNDS = 30;
const WARM_UPS = 10;
/** Ticks with nothing due are repeated for that long, some at a time. */
const IDLE_MS = 3;
const IDLE_TICKS = 20;
const MINUTE_MS = 60_000;
const LATER_MS = 9 * 86_400_000;
/** In February, so that the first of January is far away. */
const START = Date.UTC(2026, 1, 1);

/** Times ticks among that many jobs, some of which are due each minute. */
export async function compareTicks(jobs: number): Promise<TickTimings> {
  const tickers = [everyTicker(jobs), cronTicker(jobs), scanTicker(jobs), submitTicker()];
  const idlers = tickers.filter(({ name }) => name !== SUBMIT);
  const timings = { idle: timingsOf(idlers), ticks: timingsOf(tickers), runs: timingsOf(tickers) };
  for (const [rounds, counts] of [[WARM_UPS, false], [ROUNDS, true]] as const) {
    await takeTurns(
      tickers.map((ticker, index) => ({
        async turn() {
          const { tick, run } = await dueTurn(ticker);
          if (!counts) return;
          timings.ticks[index]!.micros.push(tick);
          timings.runs[index]!.micros.push(run);
        },
      })),
      rounds,
    );
    await takeTurns(
      idlers.map((ticker, index) => ({
        // deno-lint-ignore require-await -- turns are asynchronous
        async turn() {
          const taken = idleTurn(ticker);
          if (counts) timings.idle[index]!.micros.push(taken);
        },
      })),
      rounds,
    );
  }
  for (const ticker of tickers) await ticker.close();
  return timings;
}

/** Something that ticks. */
interface Ticker {
  readonly name: string;
  readonly work: Work;
  tick(): void;
  /** Lets a minute pass. */
  wait(): void;
  close(): PromiseLike<void>;
}

/** Tasks of which one can wait for the last. */
class Work {
  readonly task = task({ name: "work" }, () => {
    if (--this.#left === 0) this.#finished.resolve();
  });
  #left = 0;
  #finished = Promise.withResolvers<void>();

  untilRun(count: number): Promise<void> {
    this.#left = count;
    this.#finished = Promise.withResolvers();
    return this.#finished.promise;
  }
}

async function dueTurn(ticker: Ticker): Promise<{ readonly tick: number; readonly run: number }> {
  ticker.wait();
  const finished = ticker.work.untilRun(DUE);
  makeRoom();
  const start = performance.now();
  ticker.tick();
  const ticked = performance.now();
  await finished;
  const run = performance.now() - start;
  // Work that is left of the last tasks must not count for the next turn.
  await new Promise((resolve) => setTimeout(resolve, 0));
  return { tick: (ticked - start) * 1000 / DUE, run: run * 1000 / DUE };
}

function idleTurn(ticker: Ticker): number {
  const start = performance.now();
  let ticks = 0;
  let taken = 0;
  while (taken < IDLE_MS) {
    for (let count = 0; count < IDLE_TICKS; count++) ticker.tick();
    ticks += IDLE_TICKS;
    taken = performance.now() - start;
  }
  return taken * 1000 / ticks;
}

function everyTicker(jobs: number): Ticker {
  return ourTicker(EVERY, jobs, (scheduler, isDue) => scheduler.every(isDue ? "1m" : LATER_MS));
}

function cronTicker(jobs: number): Ticker {
  return ourTicker(CRON, jobs, (scheduler, isDue, index) => {
    return scheduler.cron(isDue ? "* * * * *" : `${index % 60} 0 1 1 *`, { timezone: "UTC" });
  });
}

function ourTicker(
  name: string,
  jobs: number,
  timesOf: (scheduler: Scheduler, isDue: boolean, index: number) => ReturnType<Scheduler["every"]>,
): Ticker {
  const work = new Work();
  let now = START;
  const scheduler = new Scheduler({ clock: () => now });
  for (let index = 0; index < jobs; index++) {
    timesOf(scheduler, index % (jobs / DUE) === 0, index).do(work.task);
  }
  return {
    name,
    work,
    tick: () => void scheduler.tick(),
    wait: () => void (now += MINUTE_MS),
    close: () => scheduler[Symbol.asyncDispose](),
  };
}

function scanTicker(jobs: number): Ticker {
  const work = new Work();
  const runner = new TaskRunner();
  void runner.serve();
  let now = START;
  const scan = new LinearScan(runner, () => now);
  for (let index = 0; index < jobs; index++) {
    scan.every(index % (jobs / DUE) === 0 ? MINUTE_MS : LATER_MS, work.task);
  }
  scan.start();
  return {
    name: LINEAR_SCAN,
    work,
    tick: () => void scan.tick(),
    wait: () => void (now += MINUTE_MS),
    close: () => runner.shutdown(),
  };
}

function submitTicker(): Ticker {
  const work = new Work();
  const runner = new TaskRunner();
  void runner.serve();
  return {
    name: SUBMIT,
    work,
    tick() {
      for (let count = 0; count < DUE; count++) runner.submit(work.task);
    },
    wait() {},
    close: () => runner.shutdown(),
  };
}

function timingsOf(tickers: readonly Ticker[]): { readonly name: string; readonly micros: number[] }[] {
  return tickers.map(({ name }) => ({ name, micros: [] }));
}
