/**
 * One worker and the jobs that it was sent.
 *
 * Three things are followed here, each by itself: where the worker is in its life ({@linkcode WorkerState}), what is in its
 * queue ({@linkcode WorkerQueue}), and what is done with a body that was aborted ({@linkcode AbortEscalation}).
 *
 * @module
 */

import { elapsed } from "../core/elapsed.ts";
import type { ThrownEnvelope } from "../core/error_envelope.ts";
import { TaskCancelledError, TaskTimeoutError, WorkerLostError } from "../core/errors.ts";
import type { LogLevel } from "../core/logger.ts";
import type { Job } from "../core/pool.ts";
import { toEnvelope } from "../serialization/envelope.ts";
import { AbortEscalation, type EscalationListener } from "./abort_escalation.ts";
import type { Assignment, AssignmentHolder } from "./assignment.ts";
import type { Channel, ChannelListener, Loss } from "./channel.ts";
import { type Flow, TO } from "./protocol/messages.ts";
import { SendBatch } from "./send_batch.ts";
import type { SessionOwner } from "./session_owner.ts";
import { nextState } from "./transitions.ts";
import type { Witness } from "./witness.ts";
import { WorkerQueue } from "./worker_queue.ts";
import { WORKER_TRANSITIONS, type WorkerEvent, type WorkerState } from "./worker_state.ts";

/** A worker at work. */
export class WorkerSession implements ChannelListener, AssignmentHolder, EscalationListener {
  readonly group: string;
  /** Its name among the workers of the pool. */
  readonly name: string;
  readonly #openedAt = elapsed();
  /** Since when it has had nothing to do, by `elapsed()`. */
  idleSince = 0;
  /** How many jobs it was sent. */
  sent = 0;
  readonly #owner: SessionOwner<WorkerSession>;
  #channel: Channel | undefined;
  #state: WorkerState = "starting";
  /** What goes to the worker next. */
  readonly #batch = new SendBatch();
  readonly #queue = new WorkerQueue(this.#batch);
  /** The numbers of the tasks that the worker knows. */
  readonly #defined = new Set<number>();
  readonly #escalation: AbortEscalation;
  /** While someone wants to know what bodies print: the last job that has ended, or the one it was started for. */
  #lastJob: Job | undefined;
  readonly #over = Promise.withResolvers<void>();
  /** Resolves when the worker has ended, or is in quarantine. */
  readonly over: Promise<void> = this.#over.promise;

  /** @param job What it is started for. */
  constructor(owner: SessionOwner<WorkerSession>, group: string, name: string, witness: Witness, job?: Job) {
    this.#owner = owner;
    this.group = group;
    this.name = name;
    if (owner.taps) this.#lastJob = job;
    this.#escalation = new AbortEscalation(witness, this);
  }

  /** Joins the session to its worker. */
  connect(channel: Channel): void {
    this.#channel = channel;
    this.#queue.connect(channel.shared);
  }

  get state(): WorkerState {
    return this.#state;
  }

  /** How many jobs it has. */
  get load(): number {
    return this.#queue.size;
  }

  /** About how many bytes the arguments of its jobs take. */
  get bytes(): number {
    return this.#queue.bytes;
  }

  /** Whether it can take a job, be it behind the one that runs. */
  get acceptsJob(): boolean {
    return this.#state === "serving" && this.#queue.acceptsJob;
  }

  // What the pool asks for

  /** Sends a job with the next {@linkcode WorkerSession.flush}. */
  assign(assignment: Assignment): void {
    const { ref, define } = this.#owner.referenceTo(assignment.job);
    if (!this.#defined.has(ref)) {
      this.#defined.add(ref);
      this.#batch.push(define);
    }
    this.#queue.add(assignment, ref, this);
    this.sent++;
    if (assignment === this.#queue.first) this.#begin(assignment);
  }

  /** Sends what there is to send. */
  flush(): void {
    if (this.#batch.isEmpty || this.#state === "gone") return;
    this.#queue.markSent();
    // All are sent before any fails, which may bring new jobs.
    for (const { seq, error } of this.#batch.sendBy(this.#channel!)) this.#failUnsent(seq, error);
  }

  /**
   * Begins to listen to a worker in which jobs stand behind a body that takes long. Returns whether it does: then all is to
   * be read that it has written before {@linkcode WorkerSession.revokeStalled}.
   */
  listen(): boolean {
    return this.#queue.size > 1 && this.#queue.listen();
  }

  /** Gives back what stands behind a body that takes long. Returns whether anything still stands there. */
  revokeStalled(): boolean {
    if (this.#queue.size > 1) this.#channel!.shared?.drain();
    if (this.#queue.size < 2) return false;
    const stalled = this.#queue.takeStalled();
    if (stalled === undefined) return true;
    this.#owner.observeDuration(stalled.longMs);
    this.#giveBack(stalled.taken);
    return false;
  }

  /** Ends a job that was cancelled or is out of time. */
  abort(assignment: Assignment, reason: unknown): void {
    if (assignment.abort !== undefined || assignment.state === "settled") return;
    assignment.abort = { reason };
    const { seq } = assignment;
    this.#batch.push([TO.aborting, seq]);
    this.#batch.push([TO.cancel, seq, reasonEnvelope(reason)]);
    if (assignment === this.#queue.first) this.#escalate(assignment);
    queueMicrotask(() => this.flush());
  }

  /** Has the worker tell what bodies print, or not. */
  tap(isOn: boolean): void {
    this.#lastJob = undefined;
    if (this.#channel === undefined || this.#state === "gone" || this.#state === "ending") return;
    this.#batch.push([TO.tap, isOn]);
    this.flush();
  }

  /** Has the worker end after what it has begun. */
  retire(): void {
    if (this.#state !== "starting" && this.#state !== "serving") return;
    this.#move("retired");
    this.#owner.retired(this);
    this.#endIfDrained();
  }

  /** Has the worker end, and cancels what it has begun. */
  async shut(): Promise<void> {
    this.retire();
    const { first } = this.#queue;
    if (first !== undefined) this.abort(first, new TaskCancelledError("The pool was shut down"));
    await this.over;
  }

  // What the worker tells

  ready(): void {
    this.#move("started");
    this.idleSince = elapsed();
    this.#owner.started(this, this.idleSince - this.#openedAt);
  }

  begun(seq: number): void {
    this.#queue.begun(seq);
  }

  done(seq: number, flow: Flow, value: unknown): void {
    this.#settle(seq, flow).complete(value);
  }

  failed(seq: number, flow: Flow, error: unknown): void {
    this.#settle(seq, flow).fail(error);
  }

  timedOut(seq: number, flow: Flow): void {
    this.#settle(seq, flow).timeout();
  }

  started(seq: number): void {
    const { first } = this.#queue;
    if (first?.seq === seq) first.job.started?.();
  }

  creditRequested(): void {
    this.#queue.creditRequested();
  }

  progress(seq: number, fraction: number, message: string | undefined): void {
    const { first } = this.#queue;
    if (first?.seq === seq) first.job.progress(fraction, message);
  }

  log(seq: number, level: LogLevel, data: readonly unknown[]): void {
    const { first } = this.#queue;
    if (first?.seq === seq) first.job.log(level, data);
  }

  print(seq: number, level: LogLevel, source: "console" | "output", text: string): void {
    const { first } = this.#queue;
    const job = first?.seq === seq ? first.job : this.#lastJob ?? first?.job;
    if (job?.print?.(source, level, text) !== true) this.#channel!.write(level, text);
  }

  output(line: string): boolean {
    if (!this.#owner.taps) return false;
    const job = this.#queue.first?.job ?? this.#lastJob;
    return job?.print?.("output", "error", line) === true;
  }

  heardAbort(seq: number): void {
    const { first } = this.#queue;
    if (first?.seq !== seq || first.abort === undefined) return;
    this.#escalation.heard();
    if (this.#state === "quarantined") this.#release();
  }

  caughtUp(): void {
    const meanMs = this.#queue.lap();
    if (meanMs !== undefined) this.#owner.observeDuration(meanMs);
    if (this.#queue.size === 0) {
      this.idleSince = elapsed();
      if (this.#state === "quarantined") this.#release();
    }
    this.#endIfDrained();
    this.#owner.caughtUp(this);
    this.flush();
  }

  gone({ message, options, outOfTime }: Loss): void {
    const hadStarted = this.#state !== "starting";
    const wasToldToEnd = this.#state === "stopping" || this.#state === "quarantined";
    if (!wasToldToEnd) this.#owner.lost(this, { message, options });
    this.#move("ended");
    this.#escalation.settled();
    const [first, ...others] = this.#queue.takeAll();
    const begun = first?.state === "begun" ? first : undefined;
    this.#giveBack(first === undefined || begun !== undefined ? others : [first, ...others]);
    if (begun !== undefined) {
      begun.settle();
      const { job } = begun;
      if (outOfTime && job.options.timeout !== undefined) job.timeout();
      else job.fail(new WorkerLostError(message, { ...options, task: job.name }));
    }
    this.#over.resolve();
    this.#owner.gone(this, hadStarted ? undefined : { message, options });
  }

  // What is done with a body that was aborted and does not end

  deaf(): void {
    const channel = this.#channel!;
    if (channel.kill !== undefined) return this.#stop(channel.kill);
    const first = this.#queue.first!;
    const notBegun = this.#queue.takeNotBegun();
    this.#giveBack(notBegun);
    if (notBegun[0] === first) {
      // Something that an earlier job has left behind keeps it busy. It is to end as soon as it can.
      channel.stop();
    } else {
      channel.shared?.drain();
      if (this.#escalation.stage !== "deaf") return; // it has ended at the last moment
    }
    this.#move("quarantined");
    this.#over.resolve();
    this.#owner.quarantined(this, first.job.name);
  }

  overran(): void {
    this.#giveBack(this.#queue.takeNotBegun());
    this.#channel!.shared?.drain();
    if (this.#escalation.stage === "overrun") this.#stop(() => this.#channel!.stop());
  }

  #stop(stop: () => void): void {
    if (this.#state !== "stopping") this.#move("stopped");
    this.#owner.retired(this);
    stop();
  }

  #release(): void {
    this.#move("released");
    this.#owner.released(this);
  }

  // One job after the other

  #begin(assignment: Assignment): void {
    assignment.state = "begun";
    assignment.job.worker = this.name;
    if (assignment.abort !== undefined) return this.#escalate(assignment); // it was aborted in the queue
    if (assignment.job.begin() || assignment.abort !== undefined) return;
    // It was cancelled without a word to the pool.
    this.abort(assignment, new TaskCancelledError(`"${assignment.job.id}" was cancelled`));
  }

  #escalate({ seq, abort }: Assignment): void {
    const why = abort?.reason instanceof TaskTimeoutError ? "out of time" : "cancelled";
    this.#channel!.shared?.setAbort(seq, why);
    this.#escalation.aborted();
  }

  #settle(seq: number, flow: Flow): Job {
    const { assignment, longMs } = this.#queue.ended(seq, flow);
    assignment.settle();
    if (this.#owner.taps) this.#lastJob = assignment.job;
    this.#escalation.settled();
    if (longMs !== undefined) this.#owner.observeDuration(longMs);
    const next = this.#queue.first;
    if (next === undefined) return assignment.job;
    if (this.#state !== "serving" && !this.#queue.mayFirstHaveBegun(flow)) {
      this.#giveBack(this.#queue.takeAll());
    } else {
      this.#queue.expectFirst();
      this.#begin(next);
    }
    return assignment.job;
  }

  /** Gives back jobs that the worker has not begun, and never will. */
  #giveBack(assignments: readonly Assignment[]): void {
    for (const each of assignments) {
      if (each.abort !== undefined) this.#drop(each);
      else each.state = "waiting";
    }
    const wanted = assignments.filter(({ state }) => state === "waiting");
    if (wanted.length > 0) this.#owner.giveBack(wanted);
  }

  /** No one wants to run it any more. */
  #drop(assignment: Assignment): void {
    const { state, job, abort } = assignment;
    assignment.settle();
    if (state !== "begun") return;
    this.#escalation.settled();
    job.fail(abort?.reason); // its runner was told that it begins, and waits for its end
  }

  /** A job that cannot be serialized fails; nothing of it is sent. */
  #failUnsent(seq: number, error: unknown): void {
    const unsent = this.#queue.takeUnsent(seq);
    if (unsent === undefined) return;
    if (unsent.state === "begun") this.#escalation.settled();
    unsent.settle();
    const { first } = this.#queue;
    if (first?.state === "sent") this.#begin(first);
    unsent.job.fail(error);
    this.caughtUp();
  }

  // The end of the worker

  #endIfDrained(): void {
    if ((this.#state !== "draining" && this.#state !== "stopping") || this.#queue.size > 0) return;
    this.#move("drained");
    void this.#end();
  }

  async #end(): Promise<void> {
    await this.#channel!.end();
    this.#move("ended");
    this.#over.resolve();
    this.#owner.gone(this, undefined);
  }

  #move(event: WorkerEvent): void {
    this.#state = nextState(WORKER_TRANSITIONS, "a worker", this.#state, event);
  }
}

/**
 * A reason as plain data. Fields that are `undefined` are left out, of which the errors of this package have some: all else
 * in them is JSON, which a worker reads at once.
 */
function reasonEnvelope(reason: unknown): ThrownEnvelope {
  const envelope = toEnvelope(reason);
  if (!("error" in envelope) || envelope.error.fields === undefined) return envelope;
  const fields = Object.entries(envelope.error.fields).filter(([, value]) => value !== undefined);
  return { error: { ...envelope.error, fields: Object.fromEntries(fields) } };
}
