/**
 * A pool whose jobs run in workers: threads or subprocesses.
 *
 * Workers are started when there is work for them, kept for more, and ended when they have been idle for long. A worker
 * that is quick gets several jobs at a time, so that it need not wait for each: as many as it does in a few milliseconds.
 * Those behind one that takes longer are revoked.
 *
 * @module
 */

import { WorkerLostError } from "../core/errors.ts";
import { elapsed } from "../core/elapsed.ts";
import { describeError } from "../core/describe.ts";
import { Fifo } from "../core/fifo.ts";
import { inputRead } from "../core/io_turns.ts";
import type { Logger } from "../core/logger.ts";
import type { WorkerEvent } from "../core/observations.ts";
import type { Job, Pool, PoolState, PoolWatcher } from "../core/pool.ts";
import { runDetached } from "../core/run_detached.ts";
import { MAX_TIMEOUT_MS } from "../core/timers.ts";
import { Assignment, type AssignmentHolder } from "./assignment.ts";
import type { Loss, OpenWorker, WorkerKind } from "./channel.ts";
import { GroupMix } from "./group_mix.ts";
import { Pace } from "./pace.ts";
import type { SessionOwner, TaskReference } from "./session_owner.ts";
import type { TaskGroups } from "./task_groups.ts";
import { TaskReferences } from "./task_references.ts";
import { HashingWitness } from "./witness.ts";
import { WorkerSession } from "./worker_session.ts";

/**
 * How many milliseconds of work a worker has in its queue at most. A batch to a worker and back takes up to 0.2 ms, ten or
 * twenty times less, so that it is never without work; and what stands behind a job that turns out to be long has waited
 * hardly longer than the 5 ms after which it is revoked.
 */
const AHEAD_MS = 3;
/** How many jobs that are at most: the shortest jobs take some 3 µs, and one batch should not block the event loop. */
const MAX_QUEUE = 1_000;
/**
 * How many bytes of arguments stand behind the job that a worker runs: a pipe or a thread takes some of them in a
 * millisecond, and they are there twice until they are read.
 */
const MAX_AHEAD_BYTES = 1 << 20;
/** After how many milliseconds queues are looked at again whose first job may be a long one: as `STUCK_MS`. */
const WATCH_MS = 5;

/** What a worker pool is made with. */
export interface WorkerPoolOptions {
  /** How many workers work at a time. */
  readonly maxWorkers: number;
  /** How many jobs a worker is given before another takes its place. */
  readonly maxTasksPerWorker: number;
  /** How long a worker may be idle until it is ended, in milliseconds. */
  readonly idleTimeout: number;
  /** How many milliseconds of work the pool asks for beyond what its workers run. Default: what stands in their queues. */
  readonly prefetchMs?: number | undefined;
  /** One that does not throw. */
  readonly logger: Logger;
}

/** Runs jobs in workers. */
export class WorkerPool implements Pool, SessionOwner<WorkerSession>, AssignmentHolder {
  readonly maxWorkers: number;
  readonly reportsStarts = true;
  readonly #kind: WorkerKind;
  readonly #open: OpenWorker;
  readonly #groups: TaskGroups;
  readonly #options: WorkerPoolOptions;
  /** Workers that take jobs, or will. */
  readonly #sessions = new Set<WorkerSession>();
  /** Workers that take no more jobs and have not ended. */
  readonly #leaving = new Set<WorkerSession>();
  /** Workers that do not respond and cannot be ended. */
  readonly #quarantined = new Set<WorkerSession>();
  /** Jobs that no worker has, by group. */
  readonly #waiting = new Map<string, Fifo<Assignment>>();
  readonly #references = new TaskReferences();
  readonly #mix = new GroupMix();
  readonly #watchers = new Set<{ readonly watcher: PoolWatcher }>();
  /** Whether one of them wants to know what bodies print. */
  #taps = false;
  /** Those that are about to be gone, as they were lost. */
  readonly #lost = new WeakSet<WorkerSession>();
  readonly #unflushed = new Set<WorkerSession>();
  readonly #witness = new HashingWitness();
  readonly #pace = new Pace();
  #hasWarned = false;
  #watch: ReturnType<typeof setTimeout> | undefined;
  #switchTimer: ReturnType<typeof setTimeout> | undefined;
  #idleTimer: ReturnType<typeof setTimeout> | undefined;
  #disposed: Promise<void> | undefined;

  constructor(kind: WorkerKind, open: OpenWorker, groups: TaskGroups, options: WorkerPoolOptions) {
    this.#kind = kind;
    this.#open = open;
    this.#groups = groups;
    this.#options = options;
    this.maxWorkers = options.maxWorkers;
  }

  get prefetch(): number {
    // Jobs of several groups are taken for as long as it takes to switch, to be run one group after the other.
    const { prefetchMs = AHEAD_MS } = this.#options;
    const ahead = this.#aheadFor(this.#mix.isMixed ? Math.max(this.#mix.switchMs, prefetchMs) : prefetchMs);
    return ahead === 0 ? 0 : this.maxWorkers * ahead; // not Infinity * 0
  }

  get state(): PoolState {
    return { workers: this.#sessions.size + this.#leaving.size, quarantined: this.#quarantined.size };
  }

  execute(job: Job): void {
    this.#kind.requireRights?.(job); // which it may have lost since
    const assignment = new Assignment(job, this.#groups.of(job), this);
    const { group } = assignment;
    this.#mix.add(group);
    const line = this.#lineOf(group);
    const session = line.size === 0 ? this.#sessionFor(assignment) : undefined;
    if (session !== undefined) {
      this.#assign(session, assignment);
    } else {
      line.push(assignment);
      this.#grow(line);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed === undefined) {
      const disposed = Promise.withResolvers<void>();
      this.#disposed = disposed.promise;
      this.#dispose().then(disposed.resolve, disposed.reject);
    }
    return this.#disposed;
  }

  get taps(): boolean {
    return this.#taps;
  }

  watch(watcher: PoolWatcher): Disposable {
    const entry = { watcher };
    this.#watchers.add(entry);
    this.#updateTaps();
    return {
      [Symbol.dispose]: () => {
        if (this.#watchers.delete(entry)) this.#updateTaps();
      },
    };
  }

  started(session: WorkerSession, milliseconds: number): void {
    this.#mix.started(milliseconds);
    this.#tell("started", session);
  }

  lost(session: WorkerSession, { message, options }: Loss): void {
    this.#lost.add(session);
    if (this.#watchers.size > 0) this.#tell("lost", session, new WorkerLostError(message, options));
  }

  caughtUp(session: WorkerSession): void {
    const line = this.#waiting.get(session.group);
    if (line !== undefined) this.#feed(session, line);
    if (session.load > 0) return;
    if (session.sent >= this.#options.maxTasksPerWorker) session.retire();
    else if (session.state === "serving") this.#makeRoom(session);
    this.#watchIdle();
  }

  giveBack(assignments: readonly Assignment[]): void {
    // In front: they were there first.
    const lines = new Map<string, Fifo<Assignment>>();
    for (const assignment of assignments) {
      assignment.holder = this;
      let line = lines.get(assignment.group);
      if (line === undefined) lines.set(assignment.group, line = new Fifo());
      line.push(assignment);
    }
    for (const [group, line] of lines) {
      for (const each of this.#lineOf(group)) line.push(each);
      this.#waiting.set(group, line);
    }
    runDetached(() => queueMicrotask(() => this.#serveAll()));
  }

  /** A job that no worker has is dropped. */
  abort(assignment: Assignment): void {
    assignment.settle();
  }

  retired(session: WorkerSession): void {
    this.#sessions.delete(session);
    this.#leaving.add(session);
    this.#serveAll();
  }

  quarantined(session: WorkerSession, task: string): void {
    this.#sessions.delete(session);
    this.#leaving.delete(session);
    this.#quarantined.add(session);
    this.#tell("quarantined", session);
    this.#warnOf(task);
    this.#serveAll();
  }

  released(session: WorkerSession): void {
    this.#quarantined.delete(session);
    this.#leaving.add(session);
  }

  gone(session: WorkerSession, failure: Loss | undefined): void {
    for (const set of [this.#sessions, this.#leaving, this.#quarantined]) set.delete(session);
    if (!this.#lost.delete(session)) this.#tell("ended", session);
    if (failure !== undefined) this.#failNext(session.group, failure);
    this.#serveAll();
  }

  observeDuration(milliseconds: number): void {
    this.#pace.observe(milliseconds);
  }

  referenceTo(job: Job): TaskReference {
    return this.#references.of(job);
  }

  /** How many jobs may stand behind the one that a worker runs. */
  get #maxAhead(): number {
    return this.#aheadFor(AHEAD_MS);
  }

  /** How many jobs take that many milliseconds together. */
  #aheadFor(milliseconds: number): number {
    return Math.min(MAX_QUEUE, Math.floor(milliseconds / this.#pace.milliseconds));
  }

  /** Whether there may be one more worker. Those that are ending count: each still has its memory, and may use it. */
  get #hasPlace(): boolean {
    return this.#sessions.size + this.#leaving.size < this.maxWorkers;
  }

  #updateTaps(): void {
    const taps = [...this.#watchers].some(({ watcher }) => watcher.prints);
    if (taps === this.#taps) return;
    this.#taps = taps;
    for (const sessions of [this.#sessions, this.#leaving]) for (const session of sessions) session.tap(taps);
  }

  #tell(kind: WorkerEvent["kind"], { name: worker }: WorkerSession, error?: unknown): void {
    for (const { watcher } of this.#watchers) {
      watcher.worker({ kind, worker, at: new Date(), ...(error !== undefined && { error }) });
    }
  }

  /** With the smallest number that no worker has, so that there are no more names than workers at a time. */
  #freeName(): string {
    const taken = new Set<string>();
    for (const set of [this.#sessions, this.#leaving, this.#quarantined]) for (const { name } of set) taken.add(name);
    for (let number = 1;; number++) {
      const name = `${this.#kind.name}-${number}`;
      if (!taken.has(name)) return name;
    }
  }

  #lineOf(group: string): Fifo<Assignment> {
    let line = this.#waiting.get(group);
    if (line === undefined) this.#waiting.set(group, line = new Fifo());
    return line;
  }

  /** A worker that can take a job now. */
  #sessionFor(assignment: Assignment): WorkerSession | undefined {
    let found: WorkerSession | undefined;
    for (const session of this.#sessions) {
      if (session.group !== assignment.group || !this.#hasRoom(session, assignment)) continue;
      if (session.load === 0) return session;
      if (found === undefined || session.load < found.load) found = session;
    }
    // Rather another worker than a place behind a job.
    return this.#hasPlace ? undefined : found;
  }

  #hasRoom(session: WorkerSession, { moved, bytes }: Assignment): boolean {
    if (!session.acceptsJob || session.sent >= this.#options.maxTasksPerWorker) return false;
    if (session.load === 0) return true;
    return moved.length === 0 && session.load <= this.#maxAhead && session.bytes + bytes <= MAX_AHEAD_BYTES;
  }

  #assign(session: WorkerSession, assignment: Assignment): void {
    session.assign(assignment);
    if (session.load > 1) this.#watchQueues();
    if (this.#unflushed.size === 0) runDetached(() => queueMicrotask(() => this.#flush()));
    this.#unflushed.add(session);
  }

  #flush(): void {
    for (const session of this.#unflushed) session.flush();
    this.#unflushed.clear();
  }

  #feed(session: WorkerSession, line: Fifo<Assignment>): void {
    for (let next = firstWaiting(line); next !== undefined && this.#hasRoom(session, next); next = firstWaiting(line)) {
      line.shift();
      this.#assign(session, next);
    }
    if (line.size === 0) this.#waiting.delete(session.group);
  }

  /** Gives waiting jobs to workers, and starts workers where there are too few. */
  #serveAll(): void {
    if (this.#disposed !== undefined) return;
    for (const [group, line] of this.#waiting) {
      for (let next = firstWaiting(line); next !== undefined; next = firstWaiting(line)) {
        const session = this.#sessionFor(next);
        if (session === undefined) break;
        line.shift();
        this.#assign(session, next);
      }
      if (line.size === 0) this.#waiting.delete(group);
      else this.#grow(line);
    }
  }

  /** Starts a worker for jobs that no worker can take, if there may be one more. */
  #grow(line: Fifo<Assignment>): void {
    const first = firstWaiting(line);
    if (first === undefined || this.#disposed !== undefined) return;
    const { group, job } = first;
    const own = [...this.#sessions].filter((each) => each.group === group);
    const starting = own.filter(({ state }) => state === "starting").length;
    if (starting >= line.size) return;
    if (!this.#hasPlace) {
      if (starting + this.#leaving.size >= line.size) return; // they make room
      const idle = [...this.#sessions].filter((each) =>
        each.group !== group && each.load === 0 && each.state === "serving"
      );
      const dispensable = own.length === 0 ? idle[0] : idle.find((each) => this.#isDispensable(each));
      dispensable?.retire(); // once it is gone, those that wait are served
      if (dispensable === undefined && idle.length > 0) this.#watchPlaces();
      return;
    }
    const session = new WorkerSession(this, group, this.#freeName(), this.#witness, job);
    this.#sessions.add(session);
    try {
      session.connect(runDetached(() => this.#open(job, session, this.#taps)));
      // Deno loads Node's timers for the first setTimeout(). That takes milliseconds, which are free while the worker starts.
      this.#watchIdle();
    } catch (cause) {
      session.gone({ message: `A worker could not be started: ${describeError(cause)}`, options: { cause } });
    }
  }

  /** An idle worker makes way for one of another group, if one is wanted that has none. */
  #makeRoom(session: WorkerSession): void {
    if (this.#hasPlace) return;
    const groups = new Set([...this.#sessions].map(({ group }) => group));
    let wanted = 0;
    for (const [group, line] of this.#waiting) if (!groups.has(group)) wanted += line.size;
    if (wanted > this.#leaving.size) session.retire();
    else if (this.#waiting.size > 0) this.#watchPlaces();
  }

  /** Whether a worker has had no work for so long that its place is better given to one of another group. */
  #isDispensable({ idleSince }: WorkerSession): boolean {
    return elapsed() - idleSince >= this.#mix.switchMs;
  }

  /** Looks again whether a worker that has no work is still without it. */
  #watchPlaces(): void {
    this.#switchTimer ??= runDetached(() =>
      setTimeout(() => {
        this.#switchTimer = undefined;
        this.#serveAll();
      }, this.#mix.switchMs + 1)
    );
  }

  /** The job that a worker was started for cannot run, as workers for it do not start. */
  #failNext(group: string, { message, options }: Loss): void {
    const line = this.#waiting.get(group);
    const next = line === undefined ? undefined : firstWaiting(line);
    if (next === undefined) return;
    line?.shift();
    next.settle();
    next.job.fail(new WorkerLostError(message, { ...options, task: next.job.name }));
  }

  #watchQueues(): void {
    this.#watch ??= runDetached(() => setTimeout(() => this.#lookAtQueues(), WATCH_MS));
  }

  async #lookAtQueues(): Promise<void> {
    const listening = [...this.#sessions].filter((session) => session.listen());
    if (listening.length > 0) await inputRead();
    this.#watch = undefined;
    let isMore = false;
    for (const session of [...this.#sessions]) if (session.revokeStalled()) isMore = true;
    if (isMore && this.#disposed === undefined) this.#watchQueues();
  }

  #watchIdle(): void {
    const { idleTimeout } = this.#options;
    if (this.#idleTimer !== undefined || idleTimeout === Infinity || this.#disposed !== undefined) return;
    this.#setIdleTimer(idleTimeout);
  }

  #endIdle(): void {
    const { idleTimeout } = this.#options;
    const now = elapsed();
    this.#idleTimer = undefined;
    let oldest = Infinity;
    for (const session of [...this.#sessions]) {
      if (session.load > 0 || session.state !== "serving") continue;
      // A timer may ring a millisecond early.
      if (now - session.idleSince >= idleTimeout - 1) session.retire();
      else oldest = Math.min(oldest, session.idleSince);
    }
    if (oldest === Infinity) return;
    this.#setIdleTimer(oldest + idleTimeout - now);
  }

  #setIdleTimer(milliseconds: number): void {
    this.#idleTimer = runDetached(() => setTimeout(() => this.#endIdle(), Math.min(milliseconds, MAX_TIMEOUT_MS)));
  }

  async #dispose(): Promise<void> {
    clearTimeout(this.#watch);
    clearTimeout(this.#switchTimer);
    clearTimeout(this.#idleTimer);
    await Promise.all([...this.#sessions, ...this.#leaving].map((session) => session.shut()));
    await this.#kind.dispose();
    await this.#witness.stopped();
    const { size } = this.#quarantined;
    if (size === 0) return;
    this.#options.logger.warn(
      `The program will not exit by itself, because ${
        size === 1 ? "a thread loops" : `${size} threads loop`
      } in a task ` +
        `and cannot be ended: call Deno.exit() at its end, or run the task with backend: "process"`,
    );
  }

  #warnOf(task: string): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#options.logger.warn(
      `"${task}" does not respond to being cancelled or out of time, and its thread cannot be ended: it was replaced, and ` +
        `continues to use a processor. Let the task look at currentTask().cancelled in its loops, or run it with ` +
        `backend: "process"`,
    );
  }
}

/** The first job in line that is still wanted; those that were dropped are taken out. */
function firstWaiting(line: Fifo<Assignment>): Assignment | undefined {
  while (line.first !== undefined && line.first.state !== "waiting") line.shift();
  return line.first;
}
