/**
 * The slots of one pool and those who wait for one.
 *
 * @module
 */

import { Fifo } from "../core/fifo.ts";
import type { Pool } from "../core/pool.ts";
import type { Handle } from "../tasks/handle.ts";
import { ReadyQueue } from "./ready_queue.ts";

/** Which slots of a pool are kept, and for whom. */
export interface Reservation {
  /** Sources whose tasks may use every slot. */
  readonly reserveFor: ReadonlySet<string>;
  /** How many slots the others leave free. */
  readonly reservedSlots: number;
}

/** A task in mid-run that gave its slot back and wants one to go on. */
export interface Returner {
  readonly handle: Handle;
  /** Whether it still wants the slot. */
  readonly wanted: boolean;
  /** Goes on; the slot is taken. */
  proceed(): void;
}

/** Those who may use the same slots. */
class Party {
  /** How many slots they may have at a time. */
  readonly limit: number;
  /** How many they have. */
  busy = 0;
  /** How many of their tasks the pool has in line, for slots to come. */
  staged = 0;
  readonly ready = new ReadyQueue();
  /** What has begun comes before what has not: what is begun should get done. */
  readonly returners = new Fifo<Returner>();

  constructor(limit: number) {
    this.limit = limit;
  }
}

/** A pool with its queue. Slots are counted here and nowhere else: never more are taken than the pool has. */
export class Lane {
  readonly name: string;
  readonly pool: Pool;
  /** Whether the dispatcher has it on its list. */
  listed = false;
  readonly #reserveFor: ReadonlySet<string>;
  readonly #privileged: Party;
  readonly #others: Party;

  constructor(name: string, pool: Pool, reservation: Reservation) {
    this.name = name;
    this.pool = pool;
    this.#reserveFor = reservation.reserveFor;
    this.#privileged = new Party(pool.maxWorkers);
    this.#others = new Party(pool.maxWorkers - reservation.reservedSlots);
  }

  /** Slots that a task like this one may not take. */
  keptFrom(handle: Handle): number {
    return this.pool.maxWorkers - this.#partyOf(handle).limit;
  }

  /** Whether the pool says of each job when its body begins, which takes the slot. */
  get stages(): boolean {
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
    this.#partyOf(handle).ready.push(handle);
  }

  /** Lets go of a task that was ready and no longer is; call it after its status changed. */
  forget(handle: Handle): void {
    this.#partyOf(handle).ready.forget(handle);
  }

  /** Lets a task in mid-run go on as soon as it can have a slot, which may be now. */
  readmit(returner: Returner): void {
    this.#partyOf(returner.handle).returners.push(returner);
    this.grant();
  }

  /** Gives free slots to tasks in mid-run. */
  grant(): void {
    this.#grantTo(this.#privileged);
    this.#grantTo(this.#others);
  }

  /** The next task to start, with a slot taken for it (or a place in the pool's line), or `undefined` if there is none, or no slot for it. */
  take(): Handle | undefined {
    const { ready } = this.#privileged;
    const party = !this.#hasSlotFor(this.#others) || ready.precedes(this.#others.ready)
      ? this.#privileged
      : this.#others;
    if (!this.#hasSlotFor(party)) return undefined;
    const handle = party.ready.take();
    if (handle === undefined) return undefined;
    if (this.stages) party.staged++;
    else party.busy++;
    return handle;
  }

  /** Takes the slot of a task that the pool had in line. */
  begin(handle: Handle): void {
    const party = this.#partyOf(handle);
    party.staged--;
    party.busy++;
  }

  /** Forgets a task that the pool had in line. */
  unstage(handle: Handle): void {
    this.#partyOf(handle).staged--;
  }

  /** Frees the slot of a task. */
  release(handle: Handle): void {
    this.#partyOf(handle).busy--;
  }

  #grantTo(party: Party): void {
    while (party.returners.size > 0 && this.#hasSlotFor(party)) {
      const returner = party.returners.shift()!;
      if (!returner.wanted) continue;
      party.busy++;
      returner.proceed();
    }
  }

  #hasSlotFor(party: Party): boolean {
    // What stands in line cannot be overtaken, so that a pool with kept slots has no line.
    const line = this.#privileged.limit === this.#others.limit ? this.pool.prefetch ?? 0 : 0;
    return party.busy + party.staged < party.limit + line && this.busy + this.#staged < this.pool.maxWorkers + line;
  }

  get #staged(): number {
    return this.#privileged.staged + this.#others.staged;
  }

  #partyOf(handle: Handle): Party {
    return this.#reserveFor.has(handle.source) ? this.#privileged : this.#others;
  }
}
