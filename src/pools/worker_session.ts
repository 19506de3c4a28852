/**
 * One worker and the jobs that it was sent.
 *
 * @module
 */

import { TaskCancelledError, TaskTimeoutError, WorkerLostError } from "../core/errors.ts";
import { toEnvelope } from "../serialization/envelope.ts";
import { Fifo } from "../core/fifo.ts";
import type { Job } from "../core/pool.ts";
import type { LogLevel } from "../core/logger.ts";
import type { Assignment, AssignmentHolder } from "./assignment.ts";
import type { Channel, ChannelListener, End, Loss } from "./channel.ts";
import type { SessionOwner } from "./session_owner.ts";
import { SendBatch } from "./send_batch.ts";
import { Silence } from "./silence.ts";
import { Patience } from "./patience.ts";
import { PAUSED, TO } from "./protocol/messages.ts";

/** A body that takes longer holds up those behind it: they are taken back. More than `LEASE_MS`. */
const STUCK_MS = 5;

/**
 * - `starting`: nothing is known of it yet.
 * - `ready`: takes jobs.
 * - `retiring`: takes no more jobs.
 * - `gone`: is no more, or is left to itself.
 */
export type WorkerSessionState = "starting" | "ready" | "retiring" | "gone";

/** A worker at work. */
export class WorkerSession implements ChannelListener, AssignmentHolder {
  readonly group: string;
  state: WorkerSessionState = "starting";
  /** When its last job was over, in milliseconds. */
  idleSince = 0;
  /** Whether the worker was ever ready. */
  hasStarted = false;
  /** How many jobs it was sent. */
  sent = 0;
  readonly #owner: SessionOwner<WorkerSession>;
  #channel: Channel | undefined;
  /** Jobs without an outcome, in the order in which it runs them. The first one is begun. */
  readonly #jobs = new Fifo<Assignment>();
  #nextSeq = 1;
  /** The number of the first job that `flush()` has not sent. */
  #firstUnsent = 1;
  readonly #known = new Set<number>();
  readonly #batch = new SendBatch();
  /** Whether it waits for the word to go on. */
  #paused = false;
  readonly #silence = new Silence();
  /** Whether what stood behind the first job was taken back. */
  #stuck = false;
  readonly #patience = new Patience(() => this.#losePatience());
  #heard = false;
  /** Whether it is being ended with what it does. */
  #isDying = false;
  #isSuspect = false;
  readonly #over = Promise.withResolvers<void>();
  /** Resolves when the worker is no more, or is known to loop. */
  readonly over: Promise<void> = this.#over.promise;

  constructor(owner: SessionOwner<WorkerSession>, group: string) {
    this.#owner = owner;
    this.group = group;
  }

  /** Joins the session to its worker. */
  connect(channel: Channel): void {
    this.#channel = channel;
  }

  /** Whether its first job goes out with the next `flush()`: others may go with it. */
  get #isUnsent(): boolean {
    return this.#jobs.first?.seq === this.#firstUnsent;
  }

  /** How many jobs it has. */
  get load(): number {
    return this.#jobs.size;
  }

  /** Whether another job may stand behind the one that runs. */
  get flows(): boolean {
    if (this.state !== "ready") return false;
    if (this.#jobs.size === 0 || this.#isUnsent) return true;
    // Behind a job of which it is not known whether it has begun, a job could not be taken back.
    return (this.#silence.isKnown || this.#channel!.shared !== undefined) && !this.#stuck && !this.#jobs.first!.aborted;
  }

  /**
   * Sends a job with the next `flush()`.
   *
   * @throws {TypeError} If its arguments cannot travel.
   */
  assign(assignment: Assignment): void {
    const { job } = assignment;
    const { options: { timeout = 0 }, number, id, args } = job;
    const { ref, define } = this.#owner.referenceTo(job);
    if (!this.#known.has(ref)) {
      this.#known.add(ref);
      this.#batch.push(define);
    }
    const seq = assignment.seq = this.#nextSeq++;
    if (this.#paused && this.#jobs.size === 0) this.#goOn(seq);
    this.#batch.push([TO.run, seq, ref, number, timeout, id, args]);
    if (assignment.moved.length > 0) this.#batch.move(seq, assignment.moved);
    assignment.state = "sent";
    assignment.holder = this;
    this.sent++;
    this.#jobs.push(assignment);
    if (this.#jobs.size === 1) {
      this.#silence.sent();
      this.#begin(assignment);
    }
  }

  /** Sends what there is to send. */
  flush(): void {
    if (this.#batch.isEmpty || this.state === "gone") return;
    this.#firstUnsent = this.#nextSeq;
    // All are sent before any fails, which may bring new jobs.
    for (const { seq, error } of this.#batch.sendBy(this.#channel!)) this.#unsendable(seq, error);
  }

  /** Takes back what stands behind a body that takes long. Returns whether anything stands there still. */
  relieve(): boolean {
    if (this.#jobs.size > 1) this.#channel!.shared?.hear();
    const { size, first } = this.#jobs;
    if (first === undefined || size < 2) return false;
    const { milliseconds } = this.#silence;
    if (milliseconds < STUCK_MS || this.state === "gone") return true;
    const begun = this.#lastBegun(first);
    if (begun === undefined) return true;
    this.#owner.took(milliseconds);
    this.#takeBack(begun);
    return false;
  }

  /** Lets a worker that has nothing to do end. */
  retire(): void {
    if (this.state === "gone" || this.state === "retiring") return;
    this.state = "retiring";
    this.#owner.retired(this);
    if (this.#jobs.size === 0) void this.#end();
  }

  /** Ends the worker: at once, if it has nothing to do but what was cancelled. */
  async shut(): Promise<void> {
    if (this.state === "gone") return await this.over;
    this.retire();
    const { first } = this.#jobs;
    if (first !== undefined && !first.aborted) this.abort(first, new TaskCancelledError("The pool was shut down"));
    await this.over;
  }

  ready(): void {
    this.hasStarted = true;
    if (this.state === "starting") this.state = "ready";
    if (this.state === "retiring" && this.#jobs.size === 0) void this.#end();
    this.idleSince = performance.now();
  }

  done(seq: number, flow: number, value: unknown): void {
    this.#settle(seq, flow)?.complete(value);
  }

  failed(seq: number, flow: number, error: unknown): void {
    this.#settle(seq, flow)?.fail(error);
  }

  timedOut(seq: number, flow: number): void {
    this.#settle(seq, flow)?.timeout();
  }

  begun(seq: number): void {
    if (this.#jobs.first?.seq !== seq) return;
    this.#silence.begun();
  }

  progress(seq: number, fraction: number, message: string | undefined): void {
    this.#find(seq)?.job.progress(fraction, message);
  }

  log(seq: number, level: LogLevel, data: readonly unknown[]): void {
    this.#find(seq)?.job.log(level, data);
  }

  cancelling(seq: number): void {
    if (this.#jobs.first?.seq === seq) this.#heard = true;
  }

  caughtUp(): void {
    const took = this.#silence.caughtUp();
    if (took !== undefined) this.#owner.took(took);
    const { first } = this.#jobs;
    if (first === undefined) this.idleSince = performance.now();
    else if (first.aborted) this.#patience.begin();
    if (this.state === "retiring" && first === undefined) void this.#end();
    this.#owner.caughtUp(this);
    this.flush();
  }

  requestCredit(): void {
    this.#silence.taken();
    this.#paused = true;
    const { first } = this.#jobs;
    if (first !== undefined) this.#goOn(first.seq);
  }

  gone(loss: Loss): void {
    this.#clear();
    if (this.state === "gone") { // it was given up
      this.#failFirst(loss);
      return;
    }
    const { first } = this.#jobs;
    const wasExpected = this.state === "retiring" && first?.aborted !== false;
    const hasBegun = first?.state === "begun";
    this.state = "gone";
    this.#endPatience();
    this.#takeBack(hasBegun ? first.seq : 0);
    this.#failFirst(loss);
    this.#over.resolve();
    this.#owner.gone(this, wasExpected ? undefined : loss);
  }

  #failFirst({ message, options, outOfTime }: Loss): void {
    const first = this.#jobs.shift();
    if (first === undefined) return;
    first.end();
    if (outOfTime && first.job.options.timeout !== undefined) first.job.timeout();
    else first.job.fail(new WorkerLostError(message, { ...options, task: first.job.name }));
  }

  /** The last job that has begun, if it is certain that no other will: at once where memory is shared. */
  #lastBegun(first: Assignment): number | undefined {
    const { shared } = this.#channel!;
    if (shared !== undefined) return shared.revokeAfter(first.seq, this.#nextSeq - 1);
    return this.#silence.look() ? first.seq : undefined;
  }

  #settle(seq: number, flow: number): Job | undefined {
    const { first } = this.#jobs;
    if (first === undefined || first.seq !== seq) {
      throw new RangeError(`The worker tells of its job ${seq}, but ${first?.seq ?? "none"} is under way`);
    }
    this.#jobs.shift();
    this.#endPatience();
    first.end();
    this.#stuck = false;
    const took = this.#silence.ended(flow);
    if (took !== undefined) this.#owner.took(took);
    if (flow === PAUSED) this.#paused = true;
    const next = this.#jobs.first;
    if (next !== undefined) this.#goOnWith(next, flow);
    return first.job;
  }

  #goOnWith(next: Assignment, flow: number): void {
    if (this.#isDying && !this.#mayHaveBegun(next, flow)) {
      this.#takeBack(0);
      return;
    }
    if (this.#paused) this.#goOn(next.seq);
    this.#begin(next);
  }

  #mayHaveBegun({ seq }: Assignment, flow: number): boolean {
    const { shared } = this.#channel!;
    return shared === undefined ? flow !== PAUSED : (shared.revokeAfter(0, this.#nextSeq - 1) ?? 0) >= seq;
  }

  #goOn(seq: number): void {
    this.#paused = false;
    this.#batch.push([TO.credit, seq, this.#stuck ? this.#nextSeq : seq]);
  }

  #begin(assignment: Assignment): void {
    assignment.state = "begun";
    if (assignment.aborted) this.#setAbort(assignment); // it was while it stood in line
    else if (assignment.job.begin() || assignment.aborted) return;
    if (assignment.aborted) return;
    // Cancelled without a word to the pool.
    this.abort(assignment, new TaskCancelledError(`"${assignment.job.id}" was cancelled`));
  }

  /** Ends a job, as it was cancelled or is out of time. */
  abort(assignment: Assignment, reason: unknown): void {
    if (assignment.aborted || assignment.state === "over") return;
    assignment.aborted = true;
    assignment.abortReason = reason;
    this.#batch.push([TO.cancel, assignment.seq, toEnvelope(reason)]);
    if (assignment === this.#jobs.first) {
      this.#setAbort(assignment);
      this.#patience.begin();
    }
    queueMicrotask(() => this.flush());
  }

  #setAbort({ seq, abortReason }: Assignment): void {
    this.#channel!.shared?.setAbort(seq, abortReason instanceof TaskTimeoutError ? "out of time" : "cancelled");
  }

  #endPatience(): void {
    this.#patience.end();
    this.#heard = false;
  }

  /** The body that was aborted still runs: its worker is replaced, and ended as soon as may be. */
  #losePatience(): void {
    this.#channel!.shared?.hear();
    const { first, size } = this.#jobs;
    if (first === undefined || !first.aborted) return; // the body ended after all
    if (this.#heard && size > 1) {
      const begun = this.#lastBegun(first);
      if (begun === undefined) {
        return this.#patience.lookAgain();
      }
      this.#takeBack(begun);
    }
    this.state = "retiring";
    this.#isDying = true;
    this.#owner.retired(this);
    if (this.#heard) this.#patience.grant(() => void this.#kill("responsive"));
    else void this.#kill("looping");
  }

  async #kill(how: "responsive" | "looping"): Promise<void> {
    if (how === "looping" && this.#channel!.shared !== undefined) {
      this.#isSuspect = true;
      this.#owner.suspected(this);
    }
    const end: End = await this.#channel!.kill(how);
    if (end === "ended" || this.#isGone()) return; // gone() was told
    this.state = "gone";
    const { first } = this.#jobs;
    this.#takeBack(first?.state === "begun" ? first.seq : 0);
    this.#over.resolve();
    this.#owner.loops(this, first?.job.name ?? "");
  }

  async #end(): Promise<void> {
    if (this.#isGone()) return;
    await this.#channel!.end();
    if (this.#isGone()) return;
    this.#clear();
    this.#endPatience();
    this.state = "gone";
    this.#over.resolve();
    this.#owner.gone(this, undefined);
  }

  #clear(): void {
    if (this.#isSuspect) this.#owner.cleared(this);
    this.#isSuspect = false;
  }

  #isGone(): boolean {
    return this.state === "gone";
  }

  /** Gives back what stands behind the last job that has begun. */
  #takeBack(begun: number): void {
    const others: Assignment[] = [];
    this.#jobs.filter((each) => {
      if (each.seq > begun) others.push(each);
      return each.seq <= begun;
    });
    this.#stuck = true;
    this.#paused = true; // until it is told what to skip
    for (const each of others) {
      if (each.aborted) each.end();
      else each.state = "waiting";
    }
    const wanted = others.filter((each) => each.state === "waiting");
    if (wanted.length > 0) this.#owner.giveBack(wanted);
  }

  #find(seq: number): Assignment | undefined {
    const { first } = this.#jobs;
    return first?.seq === seq ? first : undefined;
  }

  /** A job that cannot be sent fails, and the worker is none the wiser. */
  #unsendable(seq: number, error: unknown): void {
    let found: Assignment | undefined;
    this.#jobs.filter((each) => {
      if (each.seq === seq) found = each;
      return each.seq !== seq;
    });
    if (found === undefined) return;
    found.end();
    const next = this.#jobs.first;
    if (next?.state === "sent") this.#begin(next);
    found.job.fail(error);
    this.caughtUp();
  }
}
