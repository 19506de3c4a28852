/**
 * Runners whose time, chance and faults a test decides on.
 *
 * @module
 */

import type { Checkpointer } from "../core/checkpointer.ts";
import { areOptions, callable, finiteNumber, nonEmptyString, refuseUnknown, wholeNumberFrom } from "../core/checks.ts";
import { describeValue } from "../core/describe.ts";
import { type Duration, toDelay } from "../core/duration.ts";
import type { Job } from "../core/pool.ts";
import { Attempt, currentAttempt } from "../engine/attempt.ts";
import type { Engine } from "../engine/engine.ts";
import { SURROUNDINGS, type Surroundings } from "../runner/surroundings.ts";
import type { TaskRunnerOptions } from "../runner/options.ts";
import type { ResumeOptions } from "../runner/resume_options.ts";
import { TaskRunner } from "../runner/task_runner.ts";
import type { AnyTask } from "../tasks/task.ts";
import { Faults } from "./faults.ts";
import { Timekeeper } from "./timekeeper.ts";
import { VirtualClock } from "./virtual_clock.ts";

/**
 * The options of a {@linkcode TestEnvironment}.
 *
 * @example A test that begins on a Friday
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { TestEnvironment, type TestEnvironmentOptions } from "@workflowy/workflowy/testing";
 *
 * const options: TestEnvironmentOptions = { now: "2026-03-06T17:00:00Z", seed: 7 };
 * assertEquals(new TestEnvironment(options).now.getUTCDay(), 5);
 * ```
 */
export interface TestEnvironmentOptions {
  /** What the clock shows at first. A number is milliseconds since the epoch. Default: 1 January 2026, 0:00 UTC. */
  readonly now?: Date | string | number | undefined;
  /** Decides on all waits that are randomized (`jitter`). A finite number. Default: 1. */
  readonly seed?: number | undefined;
}

/**
 * An attempt at a task that may be the one for a fault.
 *
 * @example A fault of one submission
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { task } from "@workflowy/workflowy";
 * import { type TestAttempt, TestEnvironment } from "@workflowy/workflowy/testing";
 *
 * const load = task({ name: "load", retries: 1 }, (page: number) => page);
 * const test = new TestEnvironment();
 * test.failAttempts(load, ({ attempt, args }: TestAttempt) => attempt === 1 && args[0] === 2);
 * await using runner = test.runner();
 * const handles = load.with({ runner }).map([1, 2]);
 * await runner.run();
 * assertEquals(handles.map(({ attempts }) => attempts), [1, 2]);
 * ```
 */
export interface TestAttempt {
  /** The id of its handle. */
  readonly id: string;
  /** Its number, from 1. */
  readonly attempt: number;
  /** The arguments, with values in place of handles. */
  readonly args: readonly unknown[];
}

/**
 * Which attempts a fault concerns: those of that number, from 1, of each submission, or those for which a function returns
 * `true`.
 *
 * @example Every other attempt
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { task } from "@workflowy/workflowy";
 * import { TestEnvironment, type WhichAttempts } from "@workflowy/workflowy/testing";
 *
 * const odd: WhichAttempts = ({ attempt }) => attempt % 2 === 1;
 * const load = task({ name: "load", retries: 1 }, () => "loaded");
 * const test = new TestEnvironment();
 * test.loseWorkers(load, odd);
 * await using runner = test.runner();
 * assertEquals(await runner.submit(load), "loaded");
 * ```
 */
export type WhichAttempts = number | ((attempt: TestAttempt) => boolean);

/**
 * For tests of workflows: runners on a virtual clock, and faults when a test wants them.
 *
 * Time passes by itself, from timer to timer, while `run()` is under way or something outside of tasks waits for a handle, as
 * the `stop()` of a scheduler does: a sleep of three days takes no time. All of a runner's times go by it: `sleep()` and other
 * waits, backoffs, throttles, deadlines, timeouts on every backend, and the jobs of its schedulers. It stands still while a
 * body is at work or something is saved, so that what happens, happens in the same order each time; and while a runner serves,
 * unless a test lets it pass.
 * By the computer's time go `Date.now()` and `setTimeout()` in bodies, the start, the `idleTimeout` and the events of workers,
 * and locks and leases of stores. As a body at work stops the time, it never runs out of its `timeout`: `hangAttempts()`
 * stands for one that does.
 *
 * All runners of one environment have the same clock, as those before and after a restart.
 *
 * @example Three days
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { sleep, task } from "@workflowy/workflowy";
 * import { TestEnvironment } from "@workflowy/workflowy/testing";
 *
 * const remind = task({ name: "remind" }, async (name: string) => {
 *   await sleep("3d");
 *   return `Do you remember, ${name}?`;
 * });
 *
 * const test = new TestEnvironment({ now: "2026-03-06T17:00:00Z" });
 * await using runner = test.runner();
 * assertEquals(await runner.submit(remind, "Ada"), "Do you remember, Ada?");
 * assertEquals(test.now, new Date("2026-03-09T17:00:00Z"));
 * ```
 */
export class TestEnvironment {
  readonly #clock: VirtualClock;
  readonly #timekeeper: Timekeeper;
  readonly #faults: Faults;
  readonly #surroundings: Surroundings;

  /**
   * Makes an environment. It has nothing to dispose of.
   *
   * @param options What the clock shows, and the seed. Default: 1 January 2026, and 1.
   * @throws {TypeError} If an option is unknown or of a wrong kind.
   * @throws {RangeError} If `now` is not a valid time, or `seed` is not finite.
   */
  constructor(options: TestEnvironmentOptions = {}) {
    const label = "of a TestEnvironment";
    refuseUnknown(options, ["now", "seed"], label);
    const { now = "2026-01-01T00:00:00Z", seed = 1 } = options;
    if (!(now instanceof Date) && typeof now !== "string" && typeof now !== "number") {
      throw new TypeError(`now ${label} must be a Date, a string or a number, not ${describeValue(now)}`);
    }
    const epoch = new Date(now).getTime();
    if (Number.isNaN(epoch)) throw new RangeError(`now ${label} must be a valid time, not ${describeValue(now)}`);
    const timekeeper = this.#timekeeper = new Timekeeper((engine) => this.#parkedIn(engine));
    const clock = this.#clock = new VirtualClock(epoch, timekeeper);
    timekeeper.keep(clock);
    const faults = this.#faults = new Faults(() => timekeeper.wake());
    this.#surroundings = {
      clock,
      random: randomOf(finiteNumber(seed, `seed ${label}`)),
      pool: faults.pool,
      checkpointer: faults.checkpointer,
      joined: (engine) => timekeeper.join(engine),
    };
  }

  /** What the clock shows. */
  get now(): Date {
    return new Date(this.#clock.now());
  }

  /** How much time has passed, in milliseconds. */
  get elapsed(): number {
    return this.#clock.elapsed();
  }

  /**
   * Makes a runner on this clock. Dispose of it as of any other.
   *
   * @param options Those of `new TaskRunner()`. Default: the same.
   * @returns The runner.
   * @throws {TypeError} If an option is unknown or of a wrong kind.
   * @throws {RangeError} If a value is out of range.
   *
   * @example A backoff of a minute
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task } from "@workflowy/workflowy";
   * import { TestEnvironment } from "@workflowy/workflowy/testing";
   *
   * const load = task({ name: "load", retries: 1, backoffBase: "1m", backoffMax: "1m" }, () => "loaded");
   * const test = new TestEnvironment();
   * test.failAttempts(load, 1);
   * await using runner = test.runner({ maxWorkers: 1 });
   * assertEquals([await runner.submit(load), test.elapsed], ["loaded", 60_000]);
   * ```
   */
  runner(options: TaskRunnerOptions = {}): TaskRunner {
    return new TaskRunner(this.#within(options));
  }

  /**
   * Makes a runner on this clock that continues where an earlier one was, as `TaskRunner.resume()` does.
   *
   * @param from What to continue from.
   * @param options Those of `TaskRunner.resume()`. Default: the same.
   * @returns The runner, once all that was saved is read.
   * @throws {CheckpointError} If what was saved cannot be read or is in use, or nothing can be saved there.
   * @throws {TypeError} If an option is unknown or of a wrong kind.
   * @throws {RangeError} If a value is out of range.
   *
   * @example A sleep that a restart does not begin again
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { MemoryCheckpointer, sleep, task } from "@workflowy/workflowy";
   * import { TestEnvironment } from "@workflowy/workflowy/testing";
   *
   * const day = task({ name: "day" }, async () => await sleep("24h"));
   * const test = new TestEnvironment();
   * const checkpointer = new MemoryCheckpointer();
   * {
   *   await using runner = test.runner({ checkpointer });
   *   void runner.serve();
   *   runner.submit(day);
   *   await test.advance("1h");
   * }
   * await using runner = await test.resume(checkpointer);
   * await Promise.all(runner.resubmitOrphans());
   * assertEquals(test.elapsed, 24 * 3_600_000);
   * ```
   */
  resume(from: string | URL | Checkpointer, options: ResumeOptions = {}): Promise<TaskRunner> {
    return TaskRunner.resume(from, this.#within(options));
  }

  /**
   * Lets time pass, also while nothing waits for it: timers fire in order, and what follows from each has happened before
   * the next one.
   *
   * @param time How much, or until when. A number is milliseconds. A time that has passed lets no time pass.
   * @returns A promise that resolves when the time has passed and all that follows from it has happened.
   * @throws {TypeError} If `time` is of a wrong kind.
   * @throws {RangeError} If it is not a valid duration or date.
   * @throws {Error} If the body of a task calls it, which would wait for itself.
   *
   * @example The jobs of two days
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Scheduler, task } from "@workflowy/workflowy";
   * import { TestEnvironment } from "@workflowy/workflowy/testing";
   *
   * const test = new TestEnvironment();
   * await using runner = test.runner();
   * await using scheduler = new Scheduler({ runner });
   * const times: string[] = [];
   * scheduler.cron("0 9 * * *").do(task({ name: "report" }, () => void times.push(test.now.toISOString())));
   * scheduler.start();
   * await test.advance("2d");
   * assertEquals(times, ["2026-01-01T09:00:00.000Z", "2026-01-02T09:00:00.000Z"]);
   * ```
   */
  async advance(time: Duration | Date): Promise<void> {
    const at = this.#timeOf(time, "time of advance()");
    if (currentAttempt() !== undefined) {
      throw new Error("Cannot advance() the time within a task, which would wait for itself: await sleep() there");
    }
    await this.#timekeeper.passUntil(at);
  }

  /**
   * Lets time pass until a promise settles: for what is not a handle or `run()`, for which time passes anyway.
   *
   * @typeParam T What the promise yields.
   * @param promise The promise.
   * @returns What it yields.
   * @throws What it rejects with.
   * @throws {TypeError} If it is not a promise.
   *
   * @example Stop a service that has five seconds left
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { sleep, task } from "@workflowy/workflowy";
   * import { TestEnvironment } from "@workflowy/workflowy/testing";
   *
   * const test = new TestEnvironment();
   * await using runner = test.runner();
   * const served = runner.serve();
   * const handle = runner.submit(task({ name: "long" }, async () => await sleep("1h")));
   * await test.until(runner.stop({ within: "5s" }));
   * await served;
   * assertEquals([handle.status, test.elapsed], ["cancelled", 5_000]);
   * ```
   */
  async until<T>(promise: PromiseLike<T>): Promise<T> {
    if (typeof promise?.then !== "function") {
      throw new TypeError(`until() needs a promise, not ${describeValue(promise)}`);
    }
    let isSettled = false;
    const settled = () => {
      isSettled = true;
      this.#timekeeper.wake();
    };
    promise.then(settled, settled);
    this.#timekeeper.awaited(() => isSettled);
    return await promise;
  }

  /**
   * Calls a function when that time has come: for what comes from outside while a run is under way.
   *
   * @param time How long from now, or when. A number is milliseconds.
   * @param fn The function. What it returns is not used; what it throws, or rejects with, fails the test.
   * @throws {TypeError} If `time` or `fn` is of a wrong kind.
   * @throws {RangeError} If `time` is not a valid duration or date.
   *
   * @example An approval after two hours
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task, waitFor } from "@workflowy/workflowy";
   * import { TestEnvironment } from "@workflowy/workflowy/testing";
   *
   * const order = task({ name: "order" }, async () => await waitFor<string>("approval", { timeout: "1d" }));
   * const test = new TestEnvironment();
   * await using runner = test.runner();
   * test.after("2h", () => runner.deliver("approval", "granted"));
   * assertEquals([await runner.submit(order), test.elapsed], ["granted", 2 * 3_600_000]);
   * ```
   */
  after(time: Duration | Date, fn: () => unknown): void {
    const at = this.#timeOf(time, "time of after()");
    callable(fn, "What after() calls");
    this.#clock.set(() => void Promise.try(fn), at - this.#clock.elapsed());
  }

  /**
   * Lets attempts at a task fail, in place of their bodies, wherever they run.
   *
   * @param task The task, or its name.
   * @param which Which attempts.
   * @param error What they fail with. Default: an `Error` that says so.
   * @returns What ends that. The last fault that was asked for counts.
   * @throws {TypeError} If the task or which attempts are not given.
   * @throws {RangeError} If the name of the task is empty, or the number of the attempt is not a whole number from 1.
   *
   * @example The first attempt of each submission
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task } from "@workflowy/workflowy";
   * import { TestEnvironment } from "@workflowy/workflowy/testing";
   *
   * const load = task({ name: "load", retries: 2 }, () => "loaded");
   * const test = new TestEnvironment();
   * test.failAttempts(load, 1, new Error("busy"));
   * await using runner = test.runner();
   * const handle = runner.submit(load);
   * assertEquals([await handle, handle.attempts, test.elapsed], ["loaded", 2, 1_000]);
   * ```
   */
  failAttempts(task: AnyTask | string, which: WhichAttempts, error?: unknown): Disposable {
    return this.#faults.add(nameOf(task), concerns(which), this.#faults.fail(error));
  }

  /**
   * Lets attempts at a task do nothing until they are aborted, by their timeout, say.
   *
   * @param task The task, or its name.
   * @param which Which attempts.
   * @returns What ends that. The last fault that was asked for counts.
   * @throws {TypeError} If the task or which attempts are not given.
   * @throws {RangeError} If the name of the task is empty, or the number of the attempt is not a whole number from 1.
   *
   * @example A timeout
   * ```ts
   * import { assertEquals, assertRejects } from "@std/assert";
   * import { task, TaskTimeoutError } from "@workflowy/workflowy";
   * import { TestEnvironment } from "@workflowy/workflowy/testing";
   *
   * const load = task({ name: "load", timeout: "30s" }, () => "loaded");
   * const test = new TestEnvironment();
   * test.hangAttempts(load, 1);
   * await using runner = test.runner();
   * await assertRejects(() => runner.submit(load).result(), TaskTimeoutError);
   * assertEquals(test.elapsed, 30_000);
   * ```
   */
  hangAttempts(task: AnyTask | string, which: WhichAttempts): Disposable {
    return this.#faults.add(nameOf(task), concerns(which), this.#faults.hang);
  }

  /**
   * Lets the worker end that runs an attempt at a task: it fails with a `WorkerLostError`. No worker is needed for that.
   *
   * @param task The task, or its name.
   * @param which Which attempts.
   * @returns What ends that. The last fault that was asked for counts.
   * @throws {TypeError} If the task or which attempts are not given.
   * @throws {RangeError} If the name of the task is empty, or the number of the attempt is not a whole number from 1.
   *
   * @example A worker that is lost once
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task } from "@workflowy/workflowy";
   * import { TestEnvironment } from "@workflowy/workflowy/testing";
   *
   * const resize = task({ name: "resize", retries: 1 }, (width: number) => width / 2);
   * const test = new TestEnvironment();
   * test.loseWorkers(resize, 1);
   * await using runner = test.runner();
   * assertEquals(await runner.submit(resize, 8), 4);
   * ```
   */
  loseWorkers(task: AnyTask | string, which: WhichAttempts): Disposable {
    return this.#faults.add(nameOf(task), concerns(which), this.#faults.lose);
  }

  /**
   * Lets a save of a checkpoint fail, of any runner of this environment.
   *
   * @param count Which one, from now on. Default: 1, the next one.
   * @param error What it fails with; a `CheckpointError` has it as its `cause`. Default: an `Error` that says so.
   * @throws {TypeError} If `count` is not a number.
   * @throws {RangeError} If it is not a whole number of at least 1.
   *
   * @example A full disk
   * ```ts
   * import { assertRejects } from "@std/assert";
   * import { CheckpointError, MemoryCheckpointer, task } from "@workflowy/workflowy";
   * import { TestEnvironment } from "@workflowy/workflowy/testing";
   *
   * const test = new TestEnvironment();
   * test.failSave(1, new Error("the disk is full"));
   * await using runner = test.runner({ checkpointer: new MemoryCheckpointer() });
   * runner.submit(task({ name: "load" }, () => "loaded"));
   * await assertRejects(() => runner.run(), CheckpointError, "the disk is full");
   * ```
   */
  failSave(count = 1, error?: unknown): void {
    wholeNumberFrom(1)(count, "count of failSave()");
    this.#faults.failSave(count, error);
  }

  #within<O extends object>(options: O): O {
    if (!areOptions(options, () => true)) return options; // the runner refuses it
    return { ...options, [SURROUNDINGS]: this.#surroundings };
  }

  /** A time by `elapsed()`. */
  #timeOf(time: Duration | Date, what: string): number {
    const delay = toDelay(time, what);
    return this.#clock.elapsed() + (typeof delay === "number" ? delay : delay.getTime() - this.#clock.now());
  }

  /** How many bodies of an engine hang; those that were aborted no longer count as running there. */
  #parkedIn(engine: Engine): number {
    let count = 0;
    for (const job of this.#faults.parked) {
      if (job instanceof Attempt && job.owner === engine && job.handle.attempt === job) count++;
    }
    return count;
  }
}

function nameOf(task: AnyTask | string): string {
  return nonEmptyString(typeof task === "string" ? task : task?.name, "The name of the task that a fault is for");
}

function concerns(which: WhichAttempts): (job: Job) => boolean {
  if (typeof which !== "number" && typeof which !== "function") {
    throw new TypeError(
      `Say which attempts a fault is for: the number of one, or a function, not ${describeValue(which)}`,
    );
  }
  if (typeof which === "number") {
    wholeNumberFrom(1)(which, "The number of the attempt that a fault is for");
    return ({ number }) => number === which;
  }
  return ({ id, number, args }) => which({ id, attempt: number, args });
}

/** Numbers from 0 to 1, always the same ones for one seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
