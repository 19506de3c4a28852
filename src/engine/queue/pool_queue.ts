/**
 * The slots of one pool and the tasks that wait for one.
 *
 * @module
 */

import { wholeNumberFrom } from "../../core/checks.ts";
import { Fifo } from "../../core/fifo.ts";
import type { ResolvedThrottle } from "../../core/limits.ts";
import type { Pool } from "../../core/pool.ts";
import type { Handle } from "../handle.ts";
import { LimitedQueue } from "../limits/limited_queue.ts";
import type { Line } from "../limits/line.ts";
import type { Limits } from "../limits/limits.ts";
import { type Ticket, ticketOf } from "../limits/ticket.ts";
import { type GateListener, PoolGate } from "./pool_gate.ts";
import { before, ReadyQueue } from "./ready_queue.ts";

/** How the slots of a pool are given. */
export interface SlotRules {
  /** Sources whose tasks may use every slot. */
  readonly reserveFor: ReadonlySet<string>;
  /** How many slots the others leave free. */
  readonly reservedSlots: number;
  /** Whether bodies keep their slot while they wait for handles. */
  readonly strict: boolean;
  /** How many bodies are at work at a time, if that is fewer than its pool takes. */
  readonly concurrency?: number;
  readonly throttle?: ResolvedThrottle | undefined;
}

/** A running task that gave its slot back and needs one to continue. */
export interface Resumer {
  readonly handle: Handle;
  /** Whether it still wants the slot. */
  readonly wanted: boolean;
  /** Continues; the slot is taken. */
  proceed(): void;
}

/** Who is told about a pool with its queue. */
export interface QueueListener extends GateListener {
  /** A call of the pool has failed that is not about the outcome of a job. */
  failed(call: string, error: unknown): void;
}

const checkCount = wholeNumberFrom(0);

/** The tasks that may use the same slots. */
class SlotClass {
  /** How many slots they may have at a time. */
  limit = 0;
  /** How many they have. */
  busy = 0;
  /** How many of their tasks the pool has prefetched, for slots to come. */
  prefetched = 0;
  readonly ready = new ReadyQueue();
  /** Ready tasks that have limits, once there was one. */
  limited: LimitedQueue | undefined;
  /** They come before what has not started: what has started should finish. */
  readonly resumers = new Fifo<Resumer>();

  /** How many ready tasks wait. */
  get queued(): number {
    return this.ready.size + (this.limited?.size ?? 0);
  }

  /** The ready task whose turn it is, limits considered. */
  peek(now: number, limits: Limits): Handle | undefined {
    let plain = this.ready.peek();
    while (plain !== undefined && limits.isHeld(plain, now)) {
      this.ready.take();
      this.limited!.push(plain, ticketOf(plain)!);
      plain = this.ready.peek();
    }
    const limited = this.limited!.peek(now);
    return limited === undefined || (plain !== undefined && before(plain, limited)) ? plain : limited;
  }
}

/** A pool with its queue. Slots are counted here and nowhere else: never more are taken than the pool has. */
export class PoolQueue {
  readonly name: string;
  readonly pool: Pool;
  /** Whether bodies keep their slot while they wait for handles. */
  readonly strict: boolean;
  /** Whether the pool takes jobs before there is a slot, and says of each when its body begins, which takes the slot. */
  readonly prefetches: boolean;
  /** Why its tasks cannot run, if `attach()` of the pool has failed. */
  refusal: Error | undefined;
  /** Whether the dispatcher has it on its list. */
  touched = false;
  /** How many bodies may hold a slot at a time. */
  slots = 0;
  readonly #concurrency: number;
  readonly #reservedSlots: number;
  readonly #reserveFor: ReadonlySet<string>;
  readonly #throttle: ResolvedThrottle | undefined;
  #mayPrefetch = false;
  /** Those that have begun and whose bodies have not started yet, in a pool that reports it. */
  readonly #begun = new Set<Handle>();
  #limits: Limits | undefined;
  #gate: PoolGate | undefined;
  /** Whether its tasks have no limits and nothing is paused, as far as it has seen: then none of that costs anything. */
  #isPlain = true;
  #listener: QueueListener | undefined;
  readonly #privileged = new SlotClass();
  readonly #others = new SlotClass();

  constructor(name: string, pool: Pool, rules: SlotRules) {
    const { reserveFor, reservedSlots, strict, throttle, concurrency = Infinity } = rules;
    this.name = name;
    this.pool = pool;
    this.strict = strict;
    this.prefetches = pool.prefetch !== undefined;
    this.#reserveFor = reserveFor;
    this.#throttle = throttle;
    this.#concurrency = concurrency;
    this.#reservedSlots = reservedSlots;
    this.resize();
  }

  /**
   * Has as many slots as its pool has workers now. Bodies that hold more than that keep them until they end.
   *
   * @throws {TypeError} If `maxWorkers` or `prefetch` of the pool is not a number.
   * @throws {RangeError} If it is not a whole one from 0.
   */
  resize(): void {
    const maxWorkers = checkCount(this.pool.maxWorkers, `maxWorkers of pool "${this.name}"`);
    checkCount(this.pool.prefetch ?? 0, `prefetch of pool "${this.name}"`);
    const slots = this.slots = Math.min(maxWorkers, this.#concurrency);
    this.#privileged.limit = slots;
    this.#others.limit = slots - this.#reservedSlots;
    // What is prefetched cannot be overtaken, and begins as soon as a worker is free.
    this.#mayPrefetch = this.#reservedSlots === 0 && slots === maxWorkers;
  }

  /** Connects it with its engine, before anything else is called. */
  connect(limits: Limits, listener: QueueListener): void {
    this.#limits = limits;
    this.#listener = listener;
    if (this.#throttle !== undefined) this.#openGate();
  }

  /**
   * Calls the pool about something that is not the outcome of a job. What it throws, or rejects with, is reported and harms
   * nothing.
   *
   * @param call What is called, for the report.
   * @param failed Called as well with what it throws, or rejects with.
   * @returns What the call returns; `undefined` if it throws.
   */
  ask<R>(call: string, ask: (pool: Pool) => R, failed?: (error: unknown) => void): R | undefined {
    const report = (error: unknown) => {
      failed?.(error);
      this.#listener!.failed(call, error);
    };
    try {
      const answer = ask(this.pool);
      if (answer instanceof Promise) answer.catch(report);
      return answer;
    } catch (error) {
      report(error);
      return undefined;
    }
  }

  /** What has to be open for anything to start, if there is such. */
  get gate(): PoolGate | undefined {
    return this.#gate;
  }

  /** Ready tasks that have limits, by these. */
  *lines(): Iterable<Line> {
    for (const { limited } of [this.#privileged, this.#others]) if (limited !== undefined) yield* limited.lines();
  }

  /** The time on the clock that limits have. */
  now(): number {
    return this.#limits!.now();
  }

  /** Starts nothing until `unpause()`, or until a time on the clock of `elapsed()`. What runs continues. */
  pause(until?: number): void {
    const gate = this.#openGate();
    if (until === undefined) gate.pause();
    else gate.extend(until);
  }

  /** Undoes `pause()` without a time. */
  unpause(): void {
    this.#gate?.unpause();
  }

  /** An attempt at one of its tasks has asked for a pause of the task; those that are ready wait as well. */
  considerLimits(): void {
    const limits = this.#limits!;
    this.#isPlain = false;
    for (const each of [this.#privileged, this.#others]) {
      each.limited ??= new LimitedQueue(limits, () => this.#listener!.opened());
    }
  }

  /** Slots that a task like this one may not take. */
  reservedFrom(handle: Handle): number {
    return this.slots - this.#classOf(handle).limit;
  }

  /** Whether there is a slot for a task like this one, or a place in the pool's line. */
  hasSlotFor(handle: Handle): boolean {
    return this.#hasSlotFor(this.#classOf(handle));
  }

  /** Slots taken. */
  get busy(): number {
    return this.#privileged.busy + this.#others.busy;
  }

  /** Ready tasks without a slot. */
  get queued(): number {
    return this.#privileged.queued + this.#others.queued;
  }

  /** How many of them wait as too many with their concurrency are at work. */
  get outnumbered(): number {
    return (this.#privileged.limited?.outnumbered ?? 0) + (this.#others.limited?.outnumbered ?? 0);
  }

  push(handle: Handle): void {
    const slots = this.#classOf(handle);
    const ticket = ticketOf(handle);
    if (ticket === undefined) {
      slots.ready.push(handle);
      return;
    }
    if (slots.limited === undefined) this.considerLimits();
    slots.limited!.push(handle, ticket);
  }

  /** Removes a task that is ready and will not be, or no longer is. */
  remove(handle: Handle): void {
    const slots = this.#classOf(handle);
    const ticket = ticketOf(handle);
    if (ticket?.line === undefined) slots.ready.forget(handle);
    else slots.limited!.remove(handle, ticket, ticket.line);
    if (this.#gate !== undefined && this.queued === 0) this.#gate.rest();
  }

  /** Lets a running task continue as soon as it can have a slot, which may be now. */
  resume(resumer: Resumer): void {
    this.#classOf(resumer.handle).resumers.push(resumer);
    this.serveResumers();
  }

  /** Gives free slots to running tasks that wait for one. */
  serveResumers(): void {
    this.#serve(this.#privileged);
    this.#serve(this.#others);
  }

  /** Whether there may be a task to start, and a slot for it. */
  get mayTake(): boolean {
    return !this.#isPlain || (this.busy + this.prefetched < this.slots + this.#lineLength && this.queued > 0);
  }

  /**
   * The next task to start, with a slot taken for it (or a place among the prefetched), or `undefined` if there is none,
   * or no slot for it.
   */
  take(): Handle | undefined {
    if (!this.#isPlain) return this.#takeLimited(this.#limits!);
    const { ready } = this.#privileged;
    const isPrivileged = ready.size > 0 && (!this.#hasSlotFor(this.#others) || ready.precedes(this.#others.ready));
    const slots = isPrivileged ? this.#privileged : this.#others;
    if (!this.#hasSlotFor(slots)) return undefined;
    const handle = slots.ready.take();
    if (handle === undefined) return undefined;
    if (this.prefetches) slots.prefetched++;
    else slots.busy++;
    return handle;
  }

  /** Takes the slot of a task that the pool had prefetched. */
  begin(handle: Handle): void {
    const slots = this.#classOf(handle);
    slots.prefetched--;
    slots.busy++;
    if (this.#isPlain) return;
    if (this.pool.reportsStarts === true && this.countsStart(handle)) this.#begun.add(handle);
    else this.#noteStart(handle);
  }

  /** Whether it makes a difference when the body of a task starts. */
  countsStart({ spec }: Handle): boolean {
    return spec.options.throttle !== undefined || this.#throttle !== undefined;
  }

  /** The body of a task has started, as the pool says that reports it. */
  reportStart(handle: Handle): void {
    if (this.#begun.delete(handle)) this.#noteStart(handle);
  }

  /** Frees what was taken for a task that is not to start: its slot, or its place among the prefetched. */
  withdraw(handle: Handle): void {
    const slots = this.#classOf(handle);
    if (this.prefetches) slots.prefetched--;
    else slots.busy--;
    if (this.#isPlain) return;
    const now = this.#limits!.now();
    this.#gate?.throttle?.withdraw(now);
    ticketOf(handle)?.withdraw(now);
  }

  /** Says that the body of a task that was taken starts now, where the pool does not prefetch. */
  started(handle: Handle): void {
    if (!this.#isPlain && !this.prefetches) this.#noteStart(handle);
  }

  /** Frees the slot of a task. */
  release(handle: Handle): void {
    this.#classOf(handle).busy--;
    if (this.#isPlain) return;
    this.reportStart(handle); // which it has not said, as the worker was lost, for example
    ticketOf(handle)?.leave(this.#limits!.now());
  }

  #noteStart(handle: Handle): void {
    const now = this.#limits!.now();
    this.#gate?.throttle?.started(now);
    ticketOf(handle)?.started(now);
  }

  /** As `take()`, where tasks have limits, or the pool itself has. */
  #takeLimited(limits: Limits): Handle | undefined {
    const now = limits.now();
    if (this.queued === 0 || this.#gate?.isOpen(now) === false) return undefined;
    const others = this.#hasSlotFor(this.#others) ? this.#others.peek(now, limits) : undefined;
    const privileged = this.#hasSlotFor(this.#privileged) ? this.#privileged.peek(now, limits) : undefined;
    const handle = others === undefined || (privileged !== undefined && before(privileged, others))
      ? privileged
      : others;
    if (handle === undefined) return undefined;
    const slots = handle === others ? this.#others : this.#privileged;
    if (ticketOf(handle)?.line === undefined) slots.ready.take();
    else slots.limited!.take(now);
    this.#gate?.throttle?.admit(now);
    if (this.prefetches) slots.prefetched++;
    else slots.busy++;
    return handle;
  }

  #openGate(): PoolGate {
    this.considerLimits();
    return this.#gate ??= new PoolGate(this.#throttle, this.#limits!, this.#listener!);
  }

  #serve(slots: SlotClass): void {
    while (slots.resumers.size > 0 && this.#hasSlotFor(slots)) {
      const resumer = slots.resumers.shift()!;
      const ticket = this.#isPlain ? undefined : ticketOf(resumer.handle);
      if (!resumer.wanted) {
        ticket?.passOn();
        continue;
      }
      if (ticket !== undefined && !this.#reenters(resumer, ticket)) continue;
      slots.busy++;
      resumer.proceed();
    }
  }

  /** Counts a body that continues, or lets it wait for the limit of bodies at work. */
  #reenters(resumer: Resumer, ticket: Ticket): boolean {
    const limit = ticket.reenter();
    limit?.park({
      get wanted() {
        return resumer.wanted;
      },
      unpark: () => {
        this.#classOf(resumer.handle).resumers.push(resumer);
        this.#listener!.opened();
      },
    });
    return limit === undefined;
  }

  #hasSlotFor(slots: SlotClass): boolean {
    const line = this.#lineLength;
    return slots.busy + slots.prefetched < slots.limit + line &&
      this.busy + this.prefetched < this.slots + line;
  }

  /** How many tasks the pool takes for slots to come. */
  get #lineLength(): number {
    const { prefetch = 0 } = this.pool;
    return this.#mayPrefetch && prefetch > 0 ? prefetch : 0; // it may be another one each time, and was checked only once
  }

  /** How many tasks the pool has at hand, for slots to come. */
  get prefetched(): number {
    return this.#privileged.prefetched + this.#others.prefetched;
  }

  #classOf(handle: Handle): SlotClass {
    const { size } = this.#reserveFor; // asked first, as this is asked for each task several times
    return size > 0 && this.#reserveFor.has(handle.source) ? this.#privileged : this.#others;
  }
}
