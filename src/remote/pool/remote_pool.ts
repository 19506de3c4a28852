/**
 * A pool whose jobs run in workers elsewhere.
 *
 * It is the arbiter of the attempts of its runner: it alone says that one has begun, is lost, or has ended. Workers say
 * what they have; an attempt of which nothing is heard for a lease is lost, and what its worker says later is not used.
 *
 * @module
 */

import { describeError } from "../../core/describe.ts";
import { NonRetryableError } from "../../core/retry_errors.ts";
import { TaskCancelledError, WorkerLostError } from "../../core/errors.ts";
import type { Logger } from "../../core/logger.ts";
import type { Job, JobTask, Pool, PoolHost, PoolState, PoolWatcher } from "../../core/pool.ts";
import { runDetached } from "../../core/run_detached.ts";
import { checkCloneable } from "../../serialization/cloneable.ts";
import type { RunnerEngine, RunnerLink, RunnerListener } from "../engine.ts";
import { type AttemptEvent, decodeEvents, type EventRecord } from "../protocol/event_frame.ts";
import { decodeHello } from "../protocol/hello_frame.ts";
import { sayIfLate } from "../late_connection.ts";
import { encodeJob } from "../protocol/job_frame.ts";
import { encodeOrder, type Order } from "../protocol/order_frame.ts";
import { decodeOutcomes, type Outcome, type OutcomeRecord } from "../protocol/outcome_frame.ts";
import { tokenOf } from "../protocol/token.ts";
import { argsKey, decodeValue, resultKey } from "../protocol/value_frame.ts";
import { EarlierAttempts, type EarlierOwner } from "./earlier_attempts.ts";
import { EndedJobs } from "./ended_jobs.ts";
import { Entry, type EntryOwner } from "./entry.ts";
import { Fleet } from "./fleet.ts";
import { type KeptBatch, KeptOutcomes } from "./kept_outcomes.ts";
import { LOOKS, type SilenceOwner, SilenceWatch } from "./silence_watch.ts";

/**
 * How many jobs are submitted at most beyond those that have a slot: enough for full speed. What is in the engine's queue has
 * lost its priority, and other runners wait behind it.
 */
const MAX_AHEAD = 400;
/** How often what is to happen is asked for again, in milliseconds. */
const REPEAT_MS = 1_000;
/** How many leases it may take until the end of an aborted body is known: one of silence, and some for the way. */
const END_LEASES = 1.5;
/** How many attempts that were given up on are remembered, to tell a worker that has one. */
const MAX_GIVEN_UP = 10_000;

/** What a remote pool is made with. */
export interface RemotePoolOptions {
  /** What workers and runners call it. */
  readonly name: string;
  /** For how long a worker may be silent until what it has is lost, in milliseconds. */
  readonly leaseMs: number;
  /** How many tasks run at a time, at most. */
  readonly maxWorkers: number;
}

/** A pool on an engine. */
export class RemotePool implements Pool, RunnerListener, EntryOwner, SilenceOwner, EarlierOwner {
  readonly longestEnd: number;
  readonly #engine: RunnerEngine;
  readonly #options: RemotePoolOptions;
  readonly entries = new Map<string, Entry>();
  /** The same, by the ids of their tasks: the latest attempt of each. */
  readonly #latest = new Map<string, Entry>();
  /**
   * By the id of their task, attempts of its next round that wait for the end of the last one, which was cancelled before it was
   * known to have begun: its body may be at work.
   */
  readonly #next = new Map<string, Entry>();
  /** Those of an earlier program of the run, if there was one. */
  #earlier: EarlierAttempts | undefined;
  /** Attempts that ended here while a worker may still have them. */
  readonly #givenUp = new Set<string>();
  /** Attempts that continue without this program: what is heard of them is for the next one. */
  readonly #left = new Set<string>();
  /** Attempts whose last lines may still be on their way. */
  readonly #ended = new EndedJobs();
  readonly #fleet = new Fleet();
  readonly #kept = new KeptOutcomes((batch) => this.#forget(batch));
  /** Batches of outcomes that the engine is to forget. */
  #forgotten: KeptBatch[] = [];
  readonly #watchers = new Set<PoolWatcher>();
  #host: PoolHost | undefined;
  #link: RunnerLink | undefined;
  #opened: Promise<void> | undefined;
  /** Set if the engine cannot be used. */
  #broken: { readonly error: unknown } | undefined;
  readonly #silence: SilenceWatch;
  /** Aborted when it is disposed of. */
  readonly #closing = new AbortController();
  #disposed: Promise<void> | undefined;
  /** Of this program only: an earlier one of the run has begun elsewhere. */
  #lastSubmission = crypto.getRandomValues(new Uint32Array(1))[0]!;
  #timers: ReturnType<typeof setInterval>[] = [];

  constructor(engine: RunnerEngine, options: RemotePoolOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#silence = new SilenceWatch(options.leaseMs, this.#fleet, this);
    this.longestEnd = options.leaseMs * END_LEASES;
  }

  /** As many as live workers have slots. One is there in any case, for the first worker to come. */
  get maxWorkers(): number {
    return Math.max(1, Math.min(this.#fleet.slots, this.#options.maxWorkers));
  }

  get prefetch(): number {
    // What the workers have room for is more than what this runner may have at work.
    if (this.#fleet.slots > this.#options.maxWorkers) return 0;
    return Math.min(this.#fleet.ahead, MAX_AHEAD);
  }

  get state(): PoolState {
    return { workers: this.#fleet.size, quarantined: 0, remote: this.#fleet.describe() };
  }

  watch(watcher: PoolWatcher): Disposable {
    this.#watchers.add(watcher);
    this.#askForPrints();
    return { [Symbol.dispose]: () => void this.#watchers.delete(watcher) };
  }

  attach(host: PoolHost): void {
    if (this.#host !== undefined) throw new TypeError("A remote pool belongs to one runner: make another one");
    this.#host = host;
    if (host.resumed) this.#earlier = new EarlierAttempts(this, this.#closing.signal);
    this.#opened = runDetached(() => this.#open(host));
    this.#opened.catch((error) => {
      if (!this.#closing.signal.aborted) this.#fail(error);
    });
  }

  check(task: JobTask, args: readonly unknown[]): void {
    if (task.options.module === undefined) {
      throw new TypeError(
        `Cannot run "${task.name}" on another machine, whose workers have to import it: make it a task, with task() at ` +
          `the top level of a module`,
      );
    }
    try {
      checkCloneable(args, "args", undefined, "separate");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new TypeError(`Cannot submit "${task.name}" to run on another machine: ${error.message}`, { cause: error });
    }
  }

  execute(job: Job): void {
    const entry = new Entry(tokenOf(job), job, this);
    const earlier = this.#latest.get(job.id);
    if (earlier !== undefined && earlier.job.round !== job.round) this.#next.set(job.id, entry);
    else this.#start(entry);
  }

  leave(job: Job): void {
    const next = this.#next.get(job.id);
    if (next?.job === job) return this.#remove(next);
    const entry = this.entries.get(tokenOf(job));
    if (entry === undefined) return;
    entry.hasApart = false; // its arguments are still to be fetched
    this.#left.add(entry.token);
    this.#remove(entry);
  }

  settled(id: string): void {
    const entry = this.#latest.get(id);
    if (entry !== undefined) entry.isOnRecord = true; // nothing will ask for its outcome
    this.#kept.settled(id);
  }

  explain(): string | undefined {
    const { name } = this.#options;
    if (this.#link === undefined) return `its pool is not connected to ${this.#engine.name} yet`;
    if (!this.#silence.isConnected) return `its pool has lost its connection to ${this.#engine.name}`;
    if (this.#fleet.size > 0) return undefined;
    return `no worker of "${name}" has been heard of: start one with serveTasks({ name: "${name}", … })`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#disposed ??= this.#close();
  }

  aborted(entry: Entry): void {
    const mayBeElsewhere = this.#earlier !== undefined && this.entries.get(entry.token) === entry;
    if (entry.state === "waiting" && mayBeElsewhere) return; // a worker may have it: that is found out first
    if (entry.state === "waiting" || entry.state === "preparing") this.endAborted(entry);
    else if (entry.state !== "fetching") this.#tellAbort(entry);
  }

  endAborted(entry: Entry): void {
    this.#failEntry(entry, entry.abort?.reason ?? new TaskCancelledError(`"${entry.job.id}" was cancelled`));
  }

  lose(entry: Entry): void {
    this.#giveUp(entry.token);
    this.#end(entry, { kind: "lost" });
  }

  submit(entry: Entry): void {
    if (this.#link !== undefined) this.#submit(entry, this.#link);
  }

  callRoll(): void {
    this.#order({ kind: "rollCall" });
  }

  follow(entry: Entry): void {
    entry.state = "submitted";
    if (entry.abort !== undefined) this.#tellAbort(entry);
  }

  get hasHeardAll(): boolean {
    return this.#silence.hasHeardAll;
  }

  forgetSilent(since: number): void {
    const { slots } = this.#fleet;
    for (const worker of this.#fleet.forgetSilent(since)) {
      this.#tellWatchers("lost", worker, new WorkerLostError(`Nothing is heard of the worker "${worker}"`, { worker }));
    }
    if (this.#fleet.slots !== slots) this.#host?.changed();
  }

  outcomes(key: string, frame: Uint8Array): void {
    if (this.#kept.has(key)) return;
    const apart: string[] = [];
    const batch: KeptBatch = { key, apart, openFor: new Set() };
    this.#kept.keep(batch, key);
    try {
      let isFirst = true;
      for (const record of decodeOutcomes(frame)) {
        if (isFirst) this.#fleet.learned(record.worker, record.ahead);
        isFirst = false;
        if (record.outcome.kind === "completedApart") apart.push(resultKey(record.token));
        this.#judge(record, batch);
      }
    } catch (error) {
      this.#refuse(error);
    }
    this.#kept.settled(key);
  }

  events(frame: Uint8Array): void {
    try {
      for (const record of decodeEvents(frame)) this.#hear(record);
    } catch (error) {
      this.#refuse(error);
    }
  }

  hello(frame: Uint8Array): void {
    try {
      const hello = decodeHello(frame);
      const isNew = !this.#fleet.has(hello.worker);
      if (this.#fleet.heard(hello, performance.now())) this.#host?.changed();
      const isThere = this.#fleet.has(hello.worker);
      if (isNew !== isThere) return;
      this.#tellWatchers(isNew ? "started" : "ended", hello.worker);
    } catch (error) {
      this.#refuse(error);
    }
  }

  disconnected(): void {
    this.#silence.disconnected();
  }

  reconnected(): void {
    this.#silence.connected();
    this.callRoll();
    for (const entry of this.entries.values()) if (entry.abort !== undefined) this.#tellAbort(entry);
  }

  refused(token: string, error: Error): void {
    const entry = this.entries.get(token);
    if (entry === undefined || entry.state !== "submitted") return;
    this.#remove(entry);
    entry.job.fail(new NonRetryableError(`${this.#engine.name} refused "${entry.job.id}"`, { cause: error }));
  }

  get #logger(): Logger {
    return this.#host!.logger;
  }

  async #open({ run, recorded }: PoolHost): Promise<void> {
    await recorded;
    const opening = this.#engine.openRunner(run, this, this.#closing.signal);
    const link = await sayIfLate(opening, this.#logger, `Pool "${this.#host?.name}"`);
    await this.#earlier?.list(link);
    if (this.#closing.signal.aborted) return await link.close();
    this.#link = link;
    this.#silence.start(link);
    this.#timers = [
      setInterval(() => void this.#silence.look(), this.#options.leaseMs / LOOKS),
      setInterval(() => this.#repeat(), REPEAT_MS),
    ];
    this.callRoll();
    for (const entry of [...this.entries.values()]) this.#begin(entry, link);
    this.#host?.changed();
  }

  /** The engine cannot be used. */
  #fail(error: unknown): void {
    this.#logger.error(`Pool "${this.#host?.name}" cannot use ${this.#engine.name}:`, error);
    this.#broken = { error }; // a task that is tried again comes back at once
    for (const entry of [...this.entries.values()]) {
      this.#remove(entry);
      entry.job.fail(error);
    }
  }

  #begin(entry: Entry, link: RunnerLink): void {
    const known = this.#earlier?.takeOutcome(entry.token);
    if (known !== undefined) {
      this.#kept.claim(entry.token, entry.job.id);
      if (entry.isOnRecord) this.#kept.settled(entry.job.id);
      this.#settle(entry, known);
    } else if (this.#earlier !== undefined) {
      entry.heardAt = performance.now();
      this.#earlier.locate(entry, link);
    } else this.#submit(entry, link);
  }

  #submit(entry: Entry, link: RunnerLink): void {
    const { token, job } = entry;
    const { id, number, name, definedAs, headers, options } = job;
    const { version = "", timeout = 0, permissions, memoryLimitMb } = options;
    const prints = entry.asksForPrints = this.#wantsPrints;
    const submission = entry.submission = this.#lastSubmission = (this.#lastSubmission + 1) >>> 0;
    const head = {
      ...{ run: this.#host!.run, token, submission, id, number, name, definedAs, version, timeout, headers },
      ...{ permissions, memoryLimitMb, prints },
    };
    try {
      const { frame, apart } = encodeJob(head, job.args, link.maxFrame);
      if (apart === undefined) return this.#send(entry, frame, link);
      entry.state = "preparing";
      entry.hasApart = true;
      link.blobs.put(head.run, argsKey(token), apart).then(
        () => entry.state === "preparing" && this.#send(entry, frame, link),
        (error) => this.#failEntry(entry, error),
      );
    } catch (error) {
      this.#failEntry(entry, error);
    }
  }

  #send(entry: Entry, frame: Uint8Array, link: RunnerLink): void {
    entry.state = "submitted";
    entry.worker = undefined;
    entry.missingSince = undefined;
    entry.heardAt = entry.submittedAt = performance.now();
    link.submit(entry.token, frame);
    if (entry.abort !== undefined) this.#tellAbort(entry);
  }

  #failEntry(entry: Entry, error: unknown): void {
    if (entry.state === "settled") return;
    this.#remove(entry);
    entry.job.fail(error);
  }

  /** Tells the worker that has it, if there is one, and removes it from the queue. */
  #tellAbort(entry: Entry): void {
    const { token, state } = entry;
    this.#order({ kind: "abort", run: this.#host!.run, token, reason: entry.abort?.reason });
    if (state !== "submitted") return;
    this.#link?.withdraw(token).then((isWithdrawn) => {
      if (isWithdrawn && entry.state === "submitted") this.endAborted(entry);
    }, () => {}); // it is told again
  }

  #order(order: Order): void {
    const link = this.#link;
    if (link !== undefined) link.order(encodeOrder(order, link.maxMessage));
  }

  /** What is heard from workers that cannot be understood: they may be of another version, or be no friends. */
  #refuse(error: unknown): void {
    this.#logger.warn(`Pool "${this.#host?.name}" ignored a message from a worker: ${describeError(error)}`);
  }

  #hear({ token, worker, event }: EventRecord): void {
    const entry = this.entries.get(token);
    if (event.kind === "log" || event.kind === "print") hearLine(entry?.job ?? this.#ended.get(token), event);
    if (entry === undefined) {
      if (this.#ended.get(token) === undefined) this.#earlier?.heardOf(token);
      if (event.kind === "begun" || event.kind === "held") this.#tellUnwanted(token);
      return;
    }
    if (entry.state !== "submitted" && entry.state !== "begun") return;
    entry.worker = entry.job.worker = worker;
    entry.heardAt = performance.now();
    entry.missingSince = undefined;
    switch (event.kind) {
      case "begun":
        if (entry.state === "submitted") this.#begun(entry);
        break;
      case "progress":
        entry.job.progress(event.fraction, event.message);
    }
  }

  #begun(entry: Entry): void {
    entry.state = "begun";
    if (entry.abort === undefined) entry.job.begin();
  }

  /** A worker has an attempt that is none here. An earlier program's may be executed again later. */
  #tellUnwanted(token: string): void {
    if (this.#left.has(token) || (this.#earlier !== undefined && !this.#givenUp.has(token))) return;
    this.#order({ kind: "unwanted", run: this.#host!.run, token });
  }

  #giveUp(token: string): void {
    this.#givenUp.add(token);
    for (const oldest of this.#givenUp) {
      if (this.#givenUp.size <= MAX_GIVEN_UP) break;
      this.#givenUp.delete(oldest);
    }
  }

  /** @param batch What the outcome is in. */
  #judge(record: OutcomeRecord, batch: KeptBatch): void {
    const { token } = record;
    if (this.#left.has(token)) return this.#kept.keep(batch, token); // kept, and not used here
    // Before it is connected, outcomes are noted: large results cannot be fetched yet.
    const entry = this.#link === undefined ? undefined : this.entries.get(token);
    if (entry !== undefined && entry.state !== "fetching") {
      if (record.outcome.kind !== "returned" && !entry.isOnRecord) this.#kept.keep(batch, entry.job.id);
      this.#settle(entry, record);
    } else if (entry === undefined && !this.#givenUp.delete(token) && this.#earlier?.noteOutcome(record) === true) {
      this.#kept.keep(batch, token);
    }
  }

  #settle(entry: Entry, { token, worker, outcome }: OutcomeRecord): void {
    if (outcome.kind === "returned") return this.#returned(entry, outcome.submission);
    const link = this.#link;
    entry.worker = entry.job.worker = worker;
    if (outcome.kind !== "completedApart") return this.#end(entry, outcome);
    entry.state = "fetching";
    const fetched = link?.blobs.get(this.#host!.run, resultKey(token)) ?? Promise.resolve(undefined);
    fetched.then((bytes) => {
      if (bytes === undefined) throw new Error(`The result of "${entry.job.id}" is not there any more`);
      if (entry.state === "fetching") this.#end(entry, { kind: "completed", value: decodeValue(bytes) });
    }).catch((error) => this.#failEntry(entry, error));
  }

  /**
   * A worker that leaves, or whose bodies take long, has not begun it, and will not. That is of no interest any more if it was
   * submitted again since, as an engine may say it twice. Submissions of an earlier program have no number here.
   */
  #returned(entry: Entry, submission: number): void {
    if (entry.state === "begun" || (entry.submission !== undefined && entry.submission !== submission)) return;
    if (entry.abort !== undefined) return this.endAborted(entry);
    if (this.#link !== undefined && entry.state !== "preparing") this.#submit(entry, this.#link);
  }

  #end(entry: Entry, outcome: Exclude<Outcome, { readonly kind: "completedApart" | "returned" }>): void {
    const { job, worker, state, abort } = entry;
    this.#remove(entry);
    if (outcome.kind !== "lost") this.#ended.add(entry.token, job);
    if (state !== "begun" && abort === undefined) job.begin();
    switch (outcome.kind) {
      case "completed":
        return job.complete(outcome.value);
      case "failed":
        return job.fail(outcome.error);
      case "timedOut":
        return job.timeout();
      case "lost":
        return job.fail(lostError(job, worker, state === "begun"));
      case "unserved":
        return job.fail(this.#unservedError(job, worker));
    }
  }

  #start(entry: Entry): void {
    this.entries.set(entry.token, entry);
    this.#latest.set(entry.job.id, entry);
    if (this.#broken !== undefined) this.#failEntry(entry, this.#broken.error);
    else if (this.#link !== undefined) this.#begin(entry, this.#link);
  }

  /** From here on it is not this pool's any more. */
  #remove(entry: Entry): void {
    const { token, job: { id } } = entry;
    entry.state = "settled";
    if (entry.hasApart) this.#link?.blobs.drop(this.#host!.run, [argsKey(token)]);
    const next = this.#next.get(id);
    if (next === entry) this.#next.delete(id);
    if (this.entries.get(token) === entry) this.entries.delete(token);
    if (this.#latest.get(id) !== entry) return;
    this.#latest.delete(id);
    if (next === undefined) return;
    this.#next.delete(id);
    this.#start(next);
  }

  #unservedError({ name, options: { version } }: Job, worker: string | undefined): NonRetryableError {
    const what = version === undefined ? `"${name}"` : `"${name}" of version "${version}"`;
    return new NonRetryableError(
      `The worker "${worker}" serves no task ${what}. The workers of "${this.#options.name}" that are there serve ` +
        `${this.#fleet.describeTasks()}: give each of them the same modules, and start them again after a change`,
      { task: name },
    );
  }

  #forget(batch: KeptBatch): void {
    if (this.#forgotten.push(batch) === 1) runDetached(() => setImmediate(() => this.#flushForgotten()));
  }

  #flushForgotten(): void {
    const batches = this.#forgotten;
    if (batches.length === 0 || this.#link === undefined) return; // it is, once connected
    this.#forgotten = [];
    this.#link.forget(batches.map(({ key }) => key));
    const apart = batches.flatMap((each) => each.apart);
    if (apart.length > 0) this.#link.blobs.drop(this.#host!.run, apart);
  }

  get #wantsPrints(): boolean {
    for (const { prints } of this.#watchers) if (prints) return true;
    return false;
  }

  /** For bodies that were submitted before there was an observer that wants to know what they print. */
  #askForPrints(): void {
    if (!this.#silence.isConnected || !this.#wantsPrints) return;
    for (const { state, asksForPrints } of this.entries.values()) {
      if (!asksForPrints && (state === "submitted" || state === "begun")) {
        return this.#order({ kind: "prints", run: this.#host!.run });
      }
    }
  }

  /** What was told and may have been lost on the way. */
  #repeat(): void {
    this.#ended.age();
    this.#flushForgotten();
    if (!this.#silence.isConnected) return;
    this.#askForPrints();
    for (const entry of this.entries.values()) {
      if (entry.abort !== undefined && entry.state !== "fetching") this.#tellAbort(entry);
    }
  }

  #tellWatchers(kind: "started" | "ended" | "lost", worker: string, error?: unknown): void {
    const event = { kind, worker, at: new Date(), ...(error !== undefined && { error }) };
    for (const watcher of this.#watchers) watcher.worker(event);
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    for (const timer of this.#timers) clearInterval(timer);
    await this.#opened?.catch(() => {});
    for (const timer of this.#timers) clearInterval(timer);
    this.#flushForgotten();
    await this.#link?.close();
  }
}

/** What a body has logged or printed. A line of which nothing is known any more is dropped. */
function hearLine(job: Job | undefined, event: Extract<AttemptEvent, { readonly kind: "log" | "print" }>): void {
  if (event.kind === "log") job?.log(event.level, event.data);
  else job?.print?.(event.source, event.level, event.text); // if no observer shows it: its worker has printed it
}

function lostError({ id, name }: Job, worker: string | undefined, hasBegun: boolean): WorkerLostError {
  if (worker === undefined) {
    return new WorkerLostError(`A worker has taken "${id}", and nothing was heard of it since`, { task: name });
  }
  const what = hasBegun ? "while it ran" : "when it had taken";
  return new WorkerLostError(`The worker "${worker}" was lost ${what} "${id}"`, { task: name, worker });
}
