/**
 * Limits that tasks wait for: of one key, or of a whole task. What waits for a limit are lines of tasks, never single
 * tasks, so that a limit with a million tasks behind it has one entry.
 *
 * @module
 */

import { Fifo } from "../../core/fifo.ts";
import { Heap, type HeapEntry } from "../../core/heap.ts";
import type { ResolvedConcurrency, ResolvedThrottle } from "../../core/limits.ts";
import { ROUNDING_MS, type Timer, type Timers } from "../../core/timers.ts";
import type { Handle } from "../handle.ts";
import { MAX_LATE_MS, ThrottleWindow } from "./throttle_window.ts";

/** Tasks with the same limits in one queue, of which the first one waits for a limit. */
export interface Waiting extends HeapEntry {
  /** Where it continues. */
  readonly queue: WaitingQueue;
}

/** Where lines stand. */
export interface WaitingQueue {
  /** Whether a line of this queue comes before another one. */
  precedes(a: Waiting, b: Waiting): boolean;
  /** A limit has opened that a line waited for. Returns whether nothing else keeps the line's first task from starting. */
  reconsider(line: Waiting, now: number): boolean;
}

/** A body whose wait for a handle has ended, and that needs a limit again to continue. */
export interface Parked {
  /** Whether it still wants to. */
  readonly wanted: boolean;
  /** Lets it ask again. */
  unpark(): void;
}

/** What limits work with. */
export interface LimitHost {
  readonly alarms: Timers;
  /** The time on the clock of `elapsed()`. */
  now(): number;
  /** A timer has opened a limit. */
  opened(): void;
  /** A task waits for a limit, the first one of its line; called at most once a second for each limit. */
  waits?: ((handle: Handle) => void) | undefined;
}

/** How often it is told that a task waits for a limit, in milliseconds: others wait for the same reason. */
const WAITS_MS = 1_000;

/** A limit: it is open while one more may start. */
export abstract class Limit {
  /** Tells it from others of its runner. */
  readonly id: number;
  /** How many lines have it; see {@linkcode Limit.release}. */
  #lines = 0;
  protected readonly host: LimitHost;
  /** What waits for it, by queue: each queue has slots of its own, so that one that has none must not hold up others. */
  #waiting: Map<WaitingQueue, Heap<Waiting>> | undefined;
  #timer: Timer | undefined;
  /** When it was told last that a task waits for it. */
  #toldAt = -Infinity;

  constructor(host: LimitHost, id: number) {
    this.host = host;
    this.id = id;
  }

  /** When it opens: now or earlier if it is open, `Infinity` if that depends on something else than time. */
  abstract opensAt(now: number): number;

  /** Whether one more may start. */
  isOpen(now: number): boolean {
    return this.opensAt(now) <= now + ROUNDING_MS;
  }

  /** Counts a start; only while it is open. */
  abstract admit(now: number): void;

  /** Whether it can be dropped: an equal one that is made later would do the same. */
  abstract isIdle(now: number): boolean;

  /** A line has it. */
  retain(): void {
    this.#lines++;
  }

  /** A line does not have it any more. */
  release(): void {
    this.#lines--;
    this.unused();
  }

  /** Whether a line has it. */
  protected get isInUse(): boolean {
    return this.#lines > 0;
  }

  /** It may have become idle. */
  protected unused(): void {}

  /** Lets a line wait until it is open. */
  wait(line: Waiting, now: number): void {
    const waiting = this.#waiting ??= new Map();
    let heap = waiting.get(line.queue);
    if (heap === undefined) {
      const { queue } = line;
      waiting.set(queue, heap = new Heap<Waiting>((a, b) => queue.precedes(a, b)));
    }
    heap.push(line);
    this.#arm(now);
  }

  /** Tells that a task waits for it, which its line does by now. */
  tellOf(handle: Handle, now: number): void {
    if (this.host.waits === undefined || now - this.#toldAt < WAITS_MS) return;
    this.#toldAt = now;
    this.host.waits(handle);
  }

  /** Removes a line that waits. */
  forget(line: Waiting): void {
    const heap = this.#waiting?.get(line.queue);
    heap?.remove(line);
    if (heap?.size === 0) this.#drop(line.queue);
  }

  /** Lets lines continue while it is open: one of each queue, which is followed by the next one once it has started. */
  wake(now: number): void {
    if (this.#waiting === undefined) return;
    for (const [queue, heap] of this.#waiting) {
      let isServed = false;
      while (!isServed && heap.size > 0 && this.isOpen(now)) isServed = queue.reconsider(heap.pop()!, now);
      if (heap.size === 0) this.#drop(queue);
    }
    if (this.#waiting !== undefined && !this.isOpen(now)) this.#arm(now);
  }

  /** Nothing of a queue waits any more. */
  #drop(queue: WaitingQueue): void {
    this.#waiting!.delete(queue);
    if (this.#waiting!.size > 0) return;
    this.#waiting = undefined;
    this.#disarm();
  }

  /** A timer has opened it. */
  protected timedOpen(_now: number): void {}

  /** Fires when it opens, if time opens it and something waits. */
  #arm(now: number): void {
    const at = this.opensAt(now);
    if (this.#timer !== undefined) {
      if (this.#timer.at <= at) return; // then it is looked at again
      this.#disarm();
    }
    if (at === Infinity) return;
    this.#timer = this.host.alarms.set(Math.max(0, at - now), () => {
      this.#timer = undefined;
      const then = this.host.now();
      if (this.isOpen(then)) this.timedOpen(then);
      this.wake(then);
      this.host.opened();
    });
  }

  #disarm(): void {
    if (this.#timer !== undefined) this.host.alarms.clear(this.#timer);
    this.#timer = undefined;
  }
}

/** A time until which no attempt at a task starts, as one of them asked for it. */
export class TaskPause extends Limit {
  #until = -Infinity;

  opensAt(): number {
    return this.#until;
  }

  admit(): void {}

  isIdle(now: number): boolean {
    return !this.isInUse && this.#until <= now;
  }

  /** Starts nothing until a time. */
  extend(until: number): void {
    this.#until = Math.max(this.#until, until);
  }
}

/** How often a task, or one of its keys, may start. */
export class ThrottleLimit extends Limit {
  readonly rule: ResolvedThrottle;
  readonly key: string | undefined;
  readonly #window: ThrottleWindow;
  #pausedUntil = -Infinity;
  /** When a timer opened it last. */
  #firedAt = -Infinity;

  constructor(host: LimitHost, id: number, rule: ResolvedThrottle, key: string | undefined) {
    super(host, id);
    this.rule = rule;
    this.key = key;
    this.#window = new ThrottleWindow(rule);
  }

  opensAt(now: number): number {
    return Math.max(this.#window.opensAt(now), this.#pausedUntil);
  }

  admit(now: number): void {
    this.#window.admit(now, now - this.#firedAt < MAX_LATE_MS);
  }

  isIdle(now: number): boolean {
    return !this.isInUse && this.#pausedUntil <= now && this.#window.isIdle(now);
  }

  /** How many have started within the period that ends now. */
  used(now: number): number {
    return this.#window.count(now);
  }

  /** Whether an attempt has asked for a pause. */
  isPaused(now: number): boolean {
    return this.#pausedUntil > now;
  }

  /** Starts nothing until a time. */
  extend(until: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
  }

  /** A body has started that was admitted. */
  started(now: number): void {
    this.#window.started(now);
    this.wake(now); // when the next one may start depends on it
  }

  /** A body that was admitted will not start. */
  withdraw(now: number): void {
    this.#window.withdraw();
    this.wake(now);
  }

  protected override timedOpen(now: number): void {
    this.#firedAt = now;
  }
}

/** How many bodies of a task, or of one of its keys, may be at work. */
export class ConcurrencyLimit extends Limit {
  readonly rule: ResolvedConcurrency;
  readonly key: string | undefined;
  /** How many bodies are at work. */
  atWork = 0;
  #parked: Fifo<Parked> | undefined;
  /** Told when it can be dropped. */
  readonly #dropped: () => void;

  constructor(
    host: LimitHost,
    id: number,
    rule: ResolvedConcurrency,
    key: string | undefined,
    dropped: () => void,
  ) {
    super(host, id);
    this.rule = rule;
    this.key = key;
    this.#dropped = dropped;
  }

  opensAt(): number {
    return this.atWork < this.rule.limit ? -Infinity : Infinity;
  }

  admit(): void {
    this.atWork++;
  }

  isIdle(): boolean {
    return !this.isInUse && this.atWork === 0 && (this.#parked?.size ?? 0) === 0;
  }

  /** Lets a body ask again once there is room for it: before others start. */
  park(parked: Parked): void {
    (this.#parked ??= new Fifo()).push(parked);
  }

  /** A body is not at work any more. */
  leave(now: number): void {
    this.atWork--;
    this.passOn();
    this.wake(now);
    this.unused();
  }

  /** Lets the next parked body ask again, where there is room for it. */
  passOn(): void {
    if (this.#parked === undefined || this.atWork >= this.rule.limit) return;
    let parked = this.#parked.shift();
    while (parked !== undefined && !parked.wanted) parked = this.#parked.shift();
    parked?.unpark();
  }

  protected override unused(): void {
    if (this.isIdle()) this.#dropped();
  }
}
