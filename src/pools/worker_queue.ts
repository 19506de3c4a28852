/**
 * The queue inside a worker, as its pool sees it.
 *
 * @module
 */

import { Fifo } from "../core/fifo.ts";
import type { Assignment, AssignmentHolder } from "./assignment.ts";
import type { SharedMemory } from "./channel.ts";
import { FLOW_TRANSITIONS, type FlowEvent, type FlowState, outcomeEvent } from "./flow_state.ts";
import { type Flow, PAUSED, TO } from "./protocol/messages.ts";
import { RunClock } from "./run_clock.ts";
import type { SendBatch } from "./send_batch.ts";
import { nextState } from "./transitions.ts";

/**
 * After how many milliseconds of silence what stands behind a body is revoked. It must be more than `LEASE_MS`: by then a
 * worker that has ended that body asks before it begins the next one. The rest allows for the time that its last message
 * took to arrive.
 */
const STUCK_MS = 5;

/**
 * Jobs that a worker was sent, or will be, and that are not settled; in the order in which it runs them. Each has a number,
 * one more than the one before it. At most the first one has begun, as far as the worker has said.
 */
export class WorkerQueue {
  readonly #batch: SendBatch;
  readonly #jobs = new Fifo<Assignment>();
  #bytes = 0;
  readonly #clock = new RunClock();
  #shared: SharedMemory | undefined;
  #flow: FlowState = "idle";
  #nextSeq = 1;
  /** The number of the first job that was not sent yet. */
  #firstUnsent = 1;

  /** @param batch Where messages to the worker are collected. */
  constructor(batch: SendBatch) {
    this.#batch = batch;
  }

  /** @param shared The memory shared with the worker, if there is any. */
  connect(shared: SharedMemory | undefined): void {
    this.#shared = shared;
  }

  get size(): number {
    return this.#jobs.size;
  }

  /** About how many bytes the arguments of its jobs take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The job that runs, or will. */
  get first(): Assignment | undefined {
    return this.#jobs.first;
  }

  /** Whether a job may be added, be it behind the one that runs. */
  get acceptsJob(): boolean {
    const { first } = this.#jobs;
    if (first === undefined || first.seq === this.#firstUnsent) return true;
    if (first.abort !== undefined) return false;
    // Behind a job of which it is not known whether it has begun, another one could not be revoked.
    return this.#flow === "running" || (this.#flow === "sent" && this.#shared !== undefined);
  }

  /**
   * Adds a job, to be sent with the batch.
   *
   * @param ref The number of its task.
   */
  add(assignment: Assignment, ref: number, holder: AssignmentHolder): void {
    const { job: { options: { timeout = 0 }, number, id, args, name, definedAs, headers }, moved } = assignment;
    const seq = this.#nextSeq++;
    assignment.seq = seq;
    assignment.state = "sent";
    assignment.holder = holder;
    this.#jobs.push(assignment);
    this.#bytes += assignment.bytes;
    if (this.#jobs.size === 1) this.expectFirst();
    const otherName = name === definedAs ? undefined : name;
    this.#batch.push(
      headers === undefined
        ? [TO.run, seq, ref, number, timeout, id, args, otherName]
        : [TO.run, seq, ref, number, timeout, id, args, otherName, headers],
    );
    if (moved.length > 0) this.#batch.move(seq, moved);
  }

  /** All jobs that were added are being sent. */
  markSent(): void {
    this.#firstUnsent = this.#nextSeq;
  }

  // What the worker says

  begun(seq: number): void {
    this.#check(seq);
    this.#move("begun");
    this.#clock.wasHeard();
    this.#clock.start();
  }

  creditRequested(): void {
    this.#move("creditRequested");
    this.#clock.wasHeard();
    if (this.#jobs.first !== undefined) this.#giveCredit(this.#jobs.first.seq);
  }

  /**
   * The first job has ended. Call {@linkcode WorkerQueue.expectFirst} or {@linkcode WorkerQueue.takeAll} if others follow.
   *
   * @returns That job; and for how many milliseconds it ran, if it was a long one.
   * @throws {RangeError} If it was not the first job, the only one that a worker may speak of.
   */
  ended(seq: number, flow: Flow): { readonly assignment: Assignment; readonly longMs: number | undefined } {
    const assignment = this.#check(seq);
    this.#jobs.shift();
    this.#bytes -= assignment.bytes;
    this.#move(outcomeEvent(flow));
    if (this.#flow === "running" && this.#jobs.size === 0) this.#move("emptied");
    this.#clock.ended();
    return { assignment, longMs: flow === PAUSED ? this.#clock.restart() : undefined };
  }

  /** The first job begins as soon as it reaches the worker, if it has not begun. */
  expectFirst(): void {
    const { first } = this.#jobs;
    if (first === undefined || this.#flow === "running") return;
    const needsCredit = this.#flow === "paused";
    this.#move("assigned");
    this.#clock.start();
    if (needsCredit) this.#giveCredit(first.seq);
  }

  /**
   * The worker has said all that it had to say for now. Returns how many milliseconds the jobs took on average that have
   * ended since the last time, if any have.
   */
  lap(): number | undefined {
    return this.#clock.lap();
  }

  // What has not begun

  /** Whether the first job may have begun, after one whose outcome came with that flow. If not, it never will. */
  mayFirstHaveBegun(flow: Flow): boolean {
    if (this.#shared === undefined) return flow !== PAUSED;
    return this.#revokeShared(this.#shared) >= this.#jobs.first!.seq;
  }

  /**
   * Begins to listen to a worker whose first job takes long, where no memory tells what it has begun. It has paused by now,
   * or has said that it continues: if it is still silent when all has been read that it had written, it has paused.
   *
   * @returns Whether it does. Then call {@linkcode WorkerQueue.takeStalled} once all has been read.
   */
  listen(): boolean {
    if (this.#shared !== undefined || this.#flow !== "running" || this.#clock.milliseconds < STUCK_MS) return false;
    this.#clock.listen();
    return true;
  }

  /**
   * Takes out what stands behind a body that takes long.
   *
   * @returns What was taken out, and for how many milliseconds that body has been running; `undefined` if it does not take
   * long, or if it is not certain what has begun.
   */
  takeStalled(): { readonly taken: readonly Assignment[]; readonly longMs: number } | undefined {
    const longMs = this.#clock.milliseconds;
    const { first } = this.#jobs;
    if (first === undefined || longMs < STUCK_MS) return undefined;
    const begun = this.#lastBegun(first);
    return begun === undefined ? undefined : { taken: this.#takeAfter(begun), longMs };
  }

  /** Takes out all that have not begun, where memory is shared: elsewhere it is not certain which have. */
  takeNotBegun(): readonly Assignment[] {
    if (this.#shared === undefined || this.#jobs.size === 0) return [];
    return this.#takeAfter(this.#revokeShared(this.#shared));
  }

  /** Takes out all jobs: none has begun, or none ever will. */
  takeAll(): readonly Assignment[] {
    const taken = [...this.#jobs];
    this.#jobs.clear();
    this.#bytes = 0;
    if (this.#flow !== "idle" && this.#flow !== "paused") this.#move("emptied");
    return taken;
  }

  /** Takes out a job that could not be sent. */
  takeUnsent(seq: number): Assignment | undefined {
    const taken = this.#take((each) => each.seq === seq)[0];
    if (taken !== undefined && this.#jobs.size === 0) this.#move("emptied");
    return taken;
  }

  /** The last job that has begun, if it is certain that no other will: at once where memory is shared. */
  #lastBegun({ seq }: Assignment): number | undefined {
    if (this.#shared !== undefined) return this.#shared.revokeAfter(seq, this.#nextSeq - 1);
    return this.#flow === "running" && this.#clock.isSilent ? seq : undefined;
  }

  #revokeShared(shared: SharedMemory): number {
    return shared.revokeAfter(0, this.#nextSeq - 1) ?? 0;
  }

  #takeAfter(seq: number): readonly Assignment[] {
    this.#move("revoked");
    const taken = this.#take((each) => each.seq > seq);
    if (this.#jobs.size === 0) this.#move("emptied");
    return taken;
  }

  #take(isMeant: (assignment: Assignment) => boolean): readonly Assignment[] {
    const taken = [...this.#jobs].filter(isMeant);
    this.#jobs.filter((each) => !isMeant(each));
    for (const { bytes } of taken) this.#bytes -= bytes;
    return taken;
  }

  #giveCredit(seq: number): void {
    this.#batch.push([TO.credit, seq, this.#flow === "alone" ? this.#nextSeq : seq]);
  }

  #check(seq: number): Assignment {
    const { first } = this.#jobs;
    if (first?.seq === seq) return first;
    throw new RangeError(`The worker speaks of its job ${seq}, but ${first?.seq ?? "none"} is under way`);
  }

  #move(event: FlowEvent): void {
    this.#flow = nextState(FLOW_TRANSITIONS, "a queue", this.#flow, event);
  }
}
