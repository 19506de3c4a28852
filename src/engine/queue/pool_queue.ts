/**
 * The slots of one pool and the tasks that wait for one.
 *
 * @module
 */

import { Fifo } from "../../core/fifo.ts";
import type { Pool } from "../../core/pool.ts";
import type { Handle } from "../handle.ts";
import { ReadyQueue } from "./ready_queue.ts";

/** How the slots of a pool are given. */
export interface SlotRules {
  /** Sources whose tasks may use every slot. */
  readonly reserveFor: ReadonlySet<string>;
  /** How many slots the others leave free. */
  readonly reservedSlots: number;
  /** Whether bodies keep their slot while they wait for handles. */
  readonly strict: boolean;
}

/** A running task that gave its slot back and needs one to continue. */
export interface Resumer {
  readonly handle: Handle;
  /** Whether it still wants the slot. */
  readonly wanted: boolean;
  /** Continues; the slot is taken. */
  proceed(): void;
}

/** The tasks that may use the same slots. */
class SlotClass {
  /** How many slots they may have at a time. */
  readonly limit: number;
  /** How many they have. */
  busy = 0;
  /** How many of their tasks the pool has prefetched, for slots to come. */
  prefetched = 0;
  readonly ready = new ReadyQueue();
  /** They come before what has not started: what has started should finish. */
  readonly resumers = new Fifo<Resumer>();

  constructor(limit: number) {
    this.limit = limit;
  }
}

/** A pool with its queue. Slots are counted here and nowhere else: never more are taken than the pool has. */
export class PoolQueue {
  readonly name: string;
  readonly pool: Pool;
  /** Whether bodies keep their slot while they wait for handles. */
  readonly strict: boolean;
  /** Whether the dispatcher has it on its list. */
  touched = false;
  readonly #reserveFor: ReadonlySet<string>;
  readonly #privileged: SlotClass;
  readonly #others: SlotClass;

  constructor(name: string, pool: Pool, { reserveFor, reservedSlots, strict }: SlotRules) {
    this.name = name;
    this.pool = pool;
    this.strict = strict;
    this.#reserveFor = reserveFor;
    this.#privileged = new SlotClass(pool.maxWorkers);
    this.#others = new SlotClass(pool.maxWorkers - reservedSlots);
  }

  /** Slots that a task like this one may not take. */
  reservedFrom(handle: Handle): number {
    return this.pool.maxWorkers - this.#classOf(handle).limit;
  }

  /** Whether the pool takes jobs before there is a slot, and says of each when its body begins, which takes the slot. */
  get prefetches(): boolean {
    return this.pool.prefetch !== undefined;
  }

  /** Slots taken. */
  get busy(): number {
    return this.#privileged.busy + this.#others.busy;
  }

  /** Ready tasks without a slot. */
  get queued(): number {
    return this.#privileged.ready.size + this.#others.ready.size;
  }

  push(handle: Handle): void {
    this.#classOf(handle).ready.push(handle);
  }

  /** Removes a task that was ready and no longer is; call it after its status changed. */
  remove(handle: Handle): void {
    this.#classOf(handle).ready.forget(handle);
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

  /**
   * The next task to start, with a slot taken for it (or a place among the prefetched), or `undefined` if there is none,
   * or no slot for it.
   */
  take(): Handle | undefined {
    const { ready } = this.#privileged;
    const slots = !this.#hasSlotFor(this.#others) || ready.precedes(this.#others.ready)
      ? this.#privileged
      : this.#others;
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
  }

  /** Forgets a task that the pool had prefetched. */
  unstage(handle: Handle): void {
    this.#classOf(handle).prefetched--;
  }

  /** Frees the slot of a task. */
  release(handle: Handle): void {
    this.#classOf(handle).busy--;
  }

  #serve(slots: SlotClass): void {
    while (slots.resumers.size > 0 && this.#hasSlotFor(slots)) {
      const resumer = slots.resumers.shift()!;
      if (!resumer.wanted) continue;
      slots.busy++;
      resumer.proceed();
    }
  }

  #hasSlotFor(slots: SlotClass): boolean {
    // What is prefetched cannot be overtaken, so that a pool with reserved slots prefetches nothing.
    const line = this.#privileged.limit === this.#others.limit ? this.pool.prefetch ?? 0 : 0;
    return slots.busy + slots.prefetched < slots.limit + line &&
      this.busy + this.#prefetched < this.pool.maxWorkers + line;
  }

  get #prefetched(): number {
    return this.#privileged.prefetched + this.#others.prefetched;
  }

  #classOf(handle: Handle): SlotClass {
    const { size } = this.#reserveFor; // asked first, as this is asked for each task several times
    return size > 0 && this.#reserveFor.has(handle.source) ? this.#privileged : this.#others;
  }
}
