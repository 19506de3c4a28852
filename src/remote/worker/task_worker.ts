/**
 * A worker: it takes jobs from an engine, runs them in a pool of its own, and reports what happens.
 *
 * @module
 */

import { describeError, messageOf } from "../../core/describe.ts";
import { TaskCancelledError } from "../../core/errors.ts";
import { IdleGate } from "../../core/idle_gate.ts";
import type { ResolvedTaskOptions } from "../../core/options.ts";
import { NonRetryableError } from "../../core/retry_errors.ts";
import type { Logger } from "../../core/logger.ts";
import type { Pool } from "../../core/pool.ts";
import { withdrawWaiting } from "../../pools/assignment.ts";
import type { WorkerEngine, WorkerLink, WorkerListener } from "../engine.ts";
import { sayIfLate } from "../late_connection.ts";
import type { AttemptEvent } from "../protocol/event_frame.ts";
import { encodeHello } from "../protocol/hello_frame.ts";
import { asArgs, decodeJob, type RemoteJob } from "../protocol/job_frame.ts";
import { decodeOrder } from "../protocol/order_frame.ts";
import type { Outcome } from "../protocol/outcome_frame.ts";
import { argsKey, decodeValue } from "../protocol/value_frame.ts";
import { FreezeWatch } from "./freeze_watch.ts";
import { HeldJob, type HeldJobOwner } from "./held_job.ts";
import { PrintWatch } from "./print_watch.ts";
import { Reports } from "./reports.ts";
import type { TaskTable } from "./task_table.ts";

/** How many heartbeats there are in a lease. */
const BEATS = 3;
/** How many jobs stand in line at most, beyond those that have a slot. */
const MAX_LINE = 400;
/**
 * How often it is looked, while jobs stand in line, whether all slots have bodies that take long, in milliseconds. It is more
 * than the line takes that a worker asks for.
 */
const LOOK_MS = 50;

/** What a worker is made with. */
export interface TaskWorkerOptions {
  /** Names it; no other worker has that name. */
  readonly worker: string;
  readonly tags: readonly string[];
  readonly leaseMs: number;
  /** Where bodies run. */
  readonly pool: Pool;
  readonly tasks: TaskTable;
  readonly logger: Logger;
}

/** What a worker does, in numbers. */
export interface TaskWorkerState {
  readonly isConnected: boolean;
  readonly isLeaving: boolean;
  /** How many jobs it has whose outcomes are not kept yet. */
  readonly jobs: number;
}

/** Runs jobs until it is told to leave. */
export class TaskWorker implements WorkerListener, HeldJobOwner {
  readonly #options: TaskWorkerOptions;
  /** Jobs whose bodies have not ended. */
  readonly #held = new Map<string, HeldJob>();
  /** Attempts that have ended, or never begin here, and whose outcomes are not known to be kept. */
  readonly #unconfirmed = new Map<string, RemoteJob>();
  /** Jobs that have begun, of which the runner does not know yet. */
  #unannounced: HeldJob[] = [];
  #link: WorkerLink | undefined;
  #reports: Reports | undefined;
  #isConnected = false;
  #isLeaving = false;
  #freezeWatch: FreezeWatch | undefined;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #look: ReturnType<typeof setTimeout> | undefined;
  /** Bodies that ran when it was looked last. */
  #seen = new Set<HeldJob>();
  /** Bodies that take long, and have all slots: nothing is to stand behind them. */
  #blockers: ReadonlySet<HeldJob> | undefined;
  readonly #idle = new IdleGate();
  readonly #failure = Promise.withResolvers<never>();
  readonly #prints: PrintWatch;
  /** Options of tasks that the pool accepts. */
  readonly #checked = new WeakSet<ResolvedTaskOptions>();

  constructor(options: TaskWorkerOptions) {
    this.#options = options;
    this.#prints = new PrintWatch(options.pool);
    this.failure.catch(() => {}); // whether someone waits for it or not
  }

  /** Rejects if the engine will not have this worker any more. */
  get failure(): Promise<never> {
    return this.#failure.promise;
  }

  get state(): TaskWorkerState {
    return {
      isConnected: this.#isConnected,
      isLeaving: this.#isLeaving,
      jobs: this.#held.size + this.#unconfirmed.size,
    };
  }

  /**
   * Connects it; from then on it takes jobs.
   *
   * @param signal Aborted when it is not to start any more.
   * @throws If the engine cannot be used.
   */
  async start(engine: WorkerEngine, signal: AbortSignal): Promise<void> {
    const { worker, leaseMs, logger } = this.#options;
    const opening = engine.openWorker(worker, this, signal);
    const link = this.#link = await sayIfLate(opening, logger, `The worker "${worker}"`);
    this.#reports = new Reports(link, worker, () => this.#ahead, () => this.#announce());
    this.#isConnected = true;
    this.#freezeWatch = new FreezeWatch(leaseMs, () => this.#thawed());
    this.#heartbeat = setInterval(() => this.#beat(), leaseMs / BEATS);
    this.#beat();
    this.#ask();
  }

  /** Takes no more jobs, and resolves once the outcomes of those that it has are kept. */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    this.#returnLine();
    this.#beat();
    await this.#link?.stop();
    await this.#idle.until(() => this.#held.size === 0 && this.#unconfirmed.size === 0);
    this.#beat();
  }

  /** Ends all bodies, and the connection. */
  async close(): Promise<void> {
    this.#freezeWatch?.stop();
    clearInterval(this.#heartbeat);
    clearTimeout(this.#look);
    this.#prints.stop();
    await this.#options.pool[Symbol.asyncDispose]();
    await this.#link?.close();
  }

  job(frame: Uint8Array): void {
    let remote: RemoteJob;
    try {
      remote = decodeJob(frame);
    } catch (error) {
      return this.#refuse(error);
    }
    const key = keyOf(remote);
    if (this.#held.has(key) || this.#unconfirmed.get(key)?.submission === remote.submission) return;
    if (this.#isLeaving) this.#report(remote, { kind: "returned", submission: remote.submission });
    else if (this.#freezeWatch?.look() === true) this.#report(remote, { kind: "lost" }); // it was sent before
    else if (remote.args === undefined) this.#fetch(remote);
    else this.#run(remote, remote.args);
  }

  orders(frame: Uint8Array): void {
    try {
      const order = decodeOrder(frame);
      if (order.kind === "rollCall") return this.#beat();
      if (order.kind === "prints") return this.#watchPrints(order.run);
      const reason = order.kind === "abort" ? order.reason : new TaskCancelledError("Its runner has given it up");
      this.#held.get(keyOf(order))?.abort(reason ?? new TaskCancelledError("It was cancelled"));
    } catch (error) {
      this.#refuse(error);
    }
  }

  disconnected(): void {
    this.#isConnected = false;
  }

  reconnected(): void {
    this.#isConnected = true;
    this.#beat();
    this.#ask();
  }

  failed(error: Error): void {
    this.#isConnected = false;
    this.#failure.reject(error);
  }

  began(job: HeldJob): void {
    this.#unannounced.push(job);
    this.#reports?.schedule();
  }

  tell({ remote }: HeldJob, event: AttemptEvent): void {
    if (event.kind !== "begun") this.#announce(); // it is known to run before it is known what it says
    this.#reports?.event(remote, event);
  }

  ended(job: HeldJob, outcome: Outcome): void {
    this.#held.delete(keyOf(job.remote));
    if (this.#blockers?.has(job) === true) this.#blockers = undefined;
    this.#report(job.remote, outcome);
    this.#ask();
  }

  /** Large arguments are fetched. Meanwhile the worker says that it has the job. */
  async #fetch(remote: RemoteJob): Promise<void> {
    const { run, token } = remote;
    const key = keyOf(remote);
    this.#unconfirmed.set(key, remote);
    try {
      const bytes = await this.#link!.blobs.get(run, argsKey(token));
      // A runner that was killed may have had them. The one that continues has them as well, and submits the job again.
      if (bytes === undefined) return this.#report(remote, { kind: "returned", submission: remote.submission });
      const args = asArgs(decodeValue(bytes));
      this.#unconfirmed.delete(key);
      this.#run(remote, args);
    } catch (error) {
      this.#report(remote, { kind: "failed", error });
    }
  }

  #run(remote: RemoteJob, args: readonly unknown[]): void {
    const { pool, tasks } = this.#options;
    const spec = tasks.find(remote);
    if (spec === undefined) {
      this.#report(remote, { kind: "unserved" });
      return this.#ask();
    }
    const job = new HeldJob(remote, args, spec, tasks.optionsFor(spec, remote), this);
    this.#held.set(keyOf(remote), job);
    this.#watchLine();
    if (remote.prints) this.#prints.start();
    try {
      this.#check(job);
      if (pool.prefetch === undefined) job.begin();
      const executing = pool.execute(job);
      if (executing instanceof Promise) executing.catch((error) => job.fail(error));
    } catch (error) {
      job.fail(error);
    }
  }

  /** @throws {NonRetryableError} If the pool of this worker cannot hold a task to what it may do. */
  #check(job: HeldJob): void {
    const { pool, worker } = this.#options;
    if (this.#checked.has(job.options)) return;
    try {
      pool.check?.(job, []);
      this.#checked.add(job.options);
    } catch (error) {
      const why = messageOf(error);
      throw new NonRetryableError(`The worker "${worker}" does not run "${job.id}": ${why}`, { cause: error });
    }
  }

  #report(remote: RemoteJob, outcome: Outcome): void {
    const key = keyOf(remote);
    this.#unconfirmed.set(key, remote);
    this.#reports!.outcome(remote, outcome, () => {
      if (this.#unconfirmed.get(key) === remote) this.#unconfirmed.delete(key); // it may have come again meanwhile
      if (this.#unconfirmed.size === 0) this.#idle.open();
    });
  }

  /** Asks for as many jobs as there is room for: one for each free slot, and a few milliseconds of work. */
  #ask(): void {
    if (this.#isLeaving) return;
    this.#link?.want(Math.max(0, this.#options.pool.maxWorkers + this.#ahead - this.#held.size));
  }

  /** A local pool knows how long its jobs take. */
  get #ahead(): number {
    if (this.#blockers !== undefined) return 0;
    return Math.min(this.#options.pool.prefetch ?? 0, MAX_LINE);
  }

  #watchLine(): void {
    if (this.#held.size <= this.#options.pool.maxWorkers) return;
    this.#look ??= setTimeout(() => this.#lookAtLine(), LOOK_MS);
  }

  /** If bodies take long, what stands behind them may run elsewhere. */
  #lookAtLine(): void {
    this.#look = undefined;
    const running = [...this.#held.values()].filter(({ state }) => state === "begun");
    const long = running.filter((job) => this.#seen.has(job));
    this.#seen = new Set(running);
    if (long.length >= this.#options.pool.maxWorkers) {
      this.#blockers = new Set(long);
      this.#returnLine();
    }
    this.#watchLine();
  }

  /** Gives what has certainly not begun back to its runners. */
  #returnLine(): void {
    for (const job of [...this.#held.values()]) {
      if (job.state === "line" && withdrawWaiting(job)) {
        job.end({ kind: "returned", submission: job.remote.submission });
      }
    }
  }

  /** The runner of a run has an observer now that wants to know what bodies print. */
  #watchPrints(run: string): void {
    for (const job of this.#held.values()) {
      if (job.remote.run !== run) continue;
      job.prints = true;
      this.#prints.start();
    }
  }

  /** Says of jobs that they run: of those that still do. */
  #announce(): void {
    const jobs = this.#unannounced;
    if (jobs.length === 0) return;
    this.#unannounced = [];
    for (const job of jobs) if (job.state === "begun") this.tell(job, { kind: "begun" });
  }

  /** Says who this is, and which attempts it has. */
  #beat(): void {
    const link = this.#link;
    if (link === undefined || this.#reports === undefined) return;
    const { worker, tags, pool: { maxWorkers }, tasks } = this.#options;
    let busy = 0;
    let prints = false;
    for (const job of this.#held.values()) {
      const { state, remote } = job;
      if (state === "begun") busy++;
      prints ||= job.prints;
      this.#reports.event(remote, { kind: state === "begun" ? "begun" : "held" });
    }
    if (!prints) this.#prints.stop();
    for (const remote of this.#unconfirmed.values()) this.#reports.event(remote, { kind: "held" });
    this.#reports.flush();
    const leaving = this.#isLeaving;
    const hello = {
      worker,
      tags,
      slots: maxWorkers,
      busy: Math.min(busy, maxWorkers),
      ahead: this.#ahead,
      leaving,
      tasks: tasks.describe(),
    };
    link.hello(encodeHello(hello, link.maxMessage));
  }

  /** Runners may have given up on what this worker has. What has not begun, does not any more; for the rest, they are asked. */
  #thawed(): void {
    const { logger } = this.#options;
    logger.warn("This worker stood still for so long that its runners may have taken it for lost");
    for (const job of [...this.#held.values()]) {
      if (job.state !== "line") continue;
      job.abortReason = new TaskCancelledError("The worker stood still before it began");
      job.abortListener?.onAbort(job.abortReason);
      job.end({ kind: "lost" });
    }
    this.#beat();
  }

  #refuse(error: unknown): void {
    this.#options.logger.warn(`Ignored a message that is none of a runner of this version: ${describeError(error)}`);
  }
}

function keyOf({ run, token }: { readonly run: string; readonly token: string }): string {
  return `${run} ${token}`;
}
