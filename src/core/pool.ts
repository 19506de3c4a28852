/**
 * The port through which the runner has task bodies run.
 *
 * @module
 */

import type { Logger, LogLevel } from "./logger.ts";
import type { WorkerEvent } from "./observations.ts";
import type { ResolvedTaskOptions } from "./options.ts";

/** A task, as a pool sees it. */
export interface JobTask {
  /** The task's name. */
  readonly name: string;
  /** Its options, checked and complete. */
  readonly options: ResolvedTaskOptions;
  /** The name under which its module defines it, where `.with({ name })` gave it another one. */
  readonly definedAs: string;
}

/** Receives the abort of an attempt. */
export interface AbortListener {
  /**
   * Called once, when the attempt is aborted.
   *
   * @param reason A `TaskTimeoutError` if the attempt took longer than its timeout; else what `cancel()` was called with, or a
   * `TaskCancelledError` if that is nothing.
   */
  onAbort(reason: unknown): void;
}

/** One attempt at a task, as a pool sees it. */
export interface Job extends JobTask {
  /** The id of the task's handle. */
  readonly id: string;
  /** The number of the attempt, from 1. */
  readonly number: number;
  /**
   * How often the task had ended before, also in earlier runs, and was run again: what is heard of an attempt of an earlier
   * round is of no use in this one. Default: 0.
   */
  readonly round?: number | undefined;
  /** The arguments, with values in place of handles. */
  readonly args: readonly unknown[];
  /** For the body, as `currentTask().headers`: what observers have added. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Aborted when the attempt is cancelled or times out. Created when first read. */
  readonly signal: AbortSignal;
  /** Set by the pool: called when the attempt is aborted. It is cheaper than a listener of `signal`. Default: none. */
  abortListener: AbortListener | undefined;
  /** Set by the pool: the name of the thread, subprocess or machine where it runs. Default: none, as on the event loop. */
  worker?: string | undefined;
  /**
   * Calls the body, so that `currentTask()` works in it. A pool that runs bodies elsewhere does not use this.
   *
   * @returns What the body returns, perhaps a promise.
   */
  call(): unknown;
  /**
   * Reports that the body begins. Only for a pool that has a `prefetch`.
   *
   * @returns Whether it may begin. If the task has been cancelled it may not, and its outcome is not needed.
   */
  begin(): boolean;
  /** Whether {@linkcode Job.started} is wanted, as there is a limit to how often bodies start. Default: it is not. */
  readonly wantsStart?: boolean;
  /**
   * Reports that the body starts, which may be a while after it began: its module had to be loaded first, for example. Only
   * for a pool that `reportsStarts`.
   */
  started?(): void;
  /**
   * Reports progress.
   *
   * @param fraction From 0 to 1.
   * @param message For people. Default: none.
   */
  progress(fraction: number, message?: string): void;
  /**
   * Writes to the runner's logger.
   *
   * @param level The level of the message.
   * @param data What to write, as for `console.log()`.
   */
  log(level: LogLevel, data: readonly unknown[]): void;
  /**
   * Reports what the body has printed. Only for a pool that is watched by someone who wants to know it.
   *
   * @param source Whether it was printed by `console`, or by other means.
   * @param level How important it is.
   * @param text What was printed, with line breaks and colours.
   * @returns Whether an observer shows it, so that the pool does not print it.
   */
  print?(source: "console" | "output", level: LogLevel, text: string): boolean;
  /**
   * Reports that the body returned. Of `complete()`, `fail()` and `timeout()`, the first call counts.
   *
   * @param value What it returned.
   */
  complete(value: unknown): void;
  /**
   * Reports that the body threw, or could not be run.
   *
   * @param error What it threw.
   */
  fail(error: unknown): void;
  /** Reports that the body was stopped because it took longer than the task's timeout. */
  timeout(): void;
}

/**
 * Watches a pool, for the observers of a runner.
 *
 * @example A pool that tells what happens to its only worker
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import type { PoolWatcher } from "@workflowy/workflowy";
 *
 * const seen: string[] = [];
 * const watcher: PoolWatcher = { prints: false, worker: ({ kind, worker }) => void seen.push(`${worker} ${kind}`) };
 * watcher.worker({ kind: "started", worker: "machine-1", at: new Date() }); // as the pool does
 * assertEquals(seen, ["machine-1 started"]);
 * ```
 */
export interface PoolWatcher {
  /** Whether it wants to know what bodies print: see {@linkcode Job.print}. */
  readonly prints: boolean;
  /**
   * Called when something has happened to a worker.
   *
   * @param event What happened, without the name of the pool, which may have several.
   */
  worker(event: Omit<WorkerEvent, "pool">): void;
}

/** The state of a pool in numbers. */
export interface PoolState {
  /** How many workers (threads or subprocesses) are alive. */
  readonly workers: number;
  /** How many threads could not be stopped, because they loop. */
  readonly quarantined: number;
  /** Those workers that are programs of their own, perhaps on other machines. Default: none. */
  readonly remote?: readonly RemoteWorker[];
}

/** A program that runs task bodies for a pool. */
export interface RemoteWorker {
  /** Its name. */
  readonly name: string;
  /** How many bodies it runs at a time. */
  readonly slots: number;
  /** How many of them are taken, by any runner. */
  readonly busy: number;
  /** What it was given to be told from others. */
  readonly tags: readonly string[];
}

/** The runner that uses a pool, as the pool sees it. */
export interface PoolHost {
  /** What the runner calls the pool. */
  readonly name: string;
  /** Names the run: the same in all programs that continue from one checkpoint, and no other's. */
  readonly run: string;
  /** Whether an earlier program of this run may have left attempts under way. */
  readonly resumed: boolean;
  /** Resolves once the run is on record, if it is to be: before that, nothing should begin that outlives the program. */
  readonly recorded: Promise<void>;
  /** The runner's logger, which does not throw. */
  readonly logger: Logger;
  /** Tells the runner that `maxWorkers` or `prefetch` is another one now: a whole number from 0, or the one before stays. */
  changed(): void;
}

/**
 * A place where task bodies run. A runner never gives a pool more jobs at a time than `maxWorkers` and `prefetch` allow.
 *
 * What calls other than `execute()` and `check()` throw, or reject with, is logged with the name of the pool, and harms no task;
 * but tasks of a pool whose `attach()` fails fail as well. `prefetch` stays defined, or not, as it is at first.
 *
 * A runner does not dispose of a pool that it was given as an object, but of one that it has made by calling a function. A
 * pool that is used under several names, or by several runners, gets as many jobs from each.
 *
 * @example A pool that counts what it runs
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type Job, type Pool, task, TaskRunner } from "@workflowy/workflowy";
 *
 * class CountingPool implements Pool {
 *   readonly maxWorkers = 2;
 *   count = 0;
 *   async execute(job: Job) {
 *     this.count++;
 *     try {
 *       job.complete(await job.call());
 *     } catch (error) {
 *       job.fail(error);
 *     }
 *   }
 *   async [Symbol.asyncDispose]() {}
 * }
 *
 * await using pool = new CountingPool();
 * await using runner = new TaskRunner({ pools: { counted: pool } });
 * const double = task({ name: "double", pool: "counted" }, (x: number) => 2 * x);
 * assertEquals(await runner.submit(double, 4), 8);
 * assertEquals(pool.count, 1);
 * ```
 */
export interface Pool extends AsyncDisposable {
  /** How many jobs it takes at a time. */
  readonly maxWorkers: number;
  /**
   * How many jobs it takes beyond `maxWorkers`, to have them at hand. A pool that defines this, even as 0, must call
   * `job.begin()` when a body begins. Until then the task is ready, and may be cancelled without having run. Default: jobs
   * begin when they are executed.
   */
  readonly prefetch?: number;
  /** Whether it calls `job.started()` for jobs that want it. Default: bodies start when they begin. */
  readonly reportsStarts?: boolean;
  /** Its state in numbers, for `TaskRunner.statistics()`. Default: no workers. */
  readonly state?: PoolState;
  /**
   * Tells a watcher what happens to workers, and jobs what bodies print, until what this returns is disposed of. Default: there
   * is nothing to tell.
   *
   * @param watcher Whom to tell.
   * @returns What ends it.
   */
  watch?(watcher: PoolWatcher): Disposable;
  /**
   * How long it may take until the end of a body is known that was aborted, in milliseconds: a retry waits for that. Default:
   * 3,000 for a pool with a `prefetch`.
   */
  readonly longestEnd?: number;
  /**
   * Called once by each runner, before its first job.
   *
   * @param host The runner.
   */
  attach?(host: PoolHost): void;
  /**
   * Told that the end of a task is on record, if it is to be: what the pool keeps of its attempts is of no more use.
   *
   * @param id The id of the task's handle.
   */
  settled?(id: string): void;
  /**
   * Lets an attempt continue without this program, which ends: the same attempt is executed again by the program that
   * resumes the run, and gets its outcome there. The job is not to be used any more. A pool that defines this has bodies that
   * survive their runner. Default: attempts end with the program.
   *
   * @param job The attempt.
   */
  leave?(job: Job): void;
  /**
   * Says why nothing starts in it, as the end of a sentence that begins with the name of a task. Default: it waits for a slot.
   *
   * @returns The reason, or `undefined` if there is none but a lack of free slots.
   */
  explain?(): string | undefined;
  /**
   * Checks a task that is being submitted. Default: every task is accepted.
   *
   * @param task The task.
   * @param args Its arguments. There may be handles among them, whose values are not known yet.
   * @throws {TypeError} If the pool cannot run it.
   */
  check?(task: JobTask, args: readonly unknown[]): void;
  /**
   * Runs one attempt, and reports its outcome to the job once, now or later. If this throws or rejects, the attempt fails
   * with that error. After the attempt was aborted, its outcome is not used, but tells that the body has ended.
   *
   * @param job The attempt.
   * @returns Nothing, or a promise whose rejection fails the attempt.
   */
  execute(job: Job): void | Promise<void>;
}
