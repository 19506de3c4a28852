/**
 * Whether anything may start in a pool: it may be paused, until further notice or for a while, and have a throttle.
 *
 * @module
 */

import type { ResolvedThrottle } from "../../core/limits.ts";
import type { Timer } from "../../core/timers.ts";
import { type LimitHost, TaskPause, ThrottleLimit, type Waiting, type WaitingQueue } from "../limits/limit.ts";

/** How long tasks have waited for a pool that is paused before its host looks whether anything else is under way. */
const HELD_MS = 5_000;

/** Who is told about a gate. */
export interface GateListener {
  /** Something may start. */
  opened(): void;
  /**
   * Tasks have been waiting for a while, as the pool is paused.
   *
   * @returns Whether it need not be told again during this pause.
   */
  held(): boolean;
}

/** The gate of one pool. It waits for its limit like a line of tasks. */
export class PoolGate implements Waiting, WaitingQueue {
  heapIndex = -1;
  readonly queue = this;
  readonly throttle: ThrottleLimit | undefined;
  readonly #limit: ThrottleLimit | TaskPause;
  readonly #host: LimitHost;
  readonly #listener: GateListener;
  #isWaiting = false;
  #isPaused = false;
  /** Keeps the program alive while tasks wait for a pool that is paused. */
  #heldTimer: Timer | undefined;
  #wasTold = false;

  constructor(rule: ResolvedThrottle | undefined, host: LimitHost, listener: GateListener) {
    this.throttle = rule && new ThrottleLimit(host, 0, rule, undefined);
    this.#limit = this.throttle ?? new TaskPause(host, 0);
    this.#host = host;
    this.#listener = listener;
  }

  /** Whether the program has paused the pool. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Starts nothing until `unpause()`. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Undoes `pause()`. */
  unpause(): void {
    this.#isPaused = false;
    this.#wasTold = false;
    this.rest();
    this.#listener.opened();
  }

  /** Whether one more may start. If time opens it, the pool is told then. */
  isOpen(now: number): boolean {
    if (this.#isPaused) {
      this.#heldTimer ??= this.#host.alarms.set(HELD_MS, () => this.#isHeld());
      return false;
    }
    if (this.#limit.isOpen(now)) return true;
    if (!this.#isWaiting) {
      this.#isWaiting = true;
      this.#limit.wait(this, now);
    }
    return false;
  }

  /** When time opens it. */
  opensAt(now: number): number {
    return this.#limit.opensAt(now);
  }

  /** Starts nothing until a time. */
  extend(until: number): void {
    this.#limit.extend(until);
  }

  /** Nothing waits for it any more. */
  rest(): void {
    if (this.#isWaiting) this.#limit.forget(this);
    this.#isWaiting = false;
    if (this.#heldTimer !== undefined) this.#host.alarms.clear(this.#heldTimer);
    this.#heldTimer = undefined;
  }

  #isHeld(): void {
    this.#heldTimer = undefined;
    if (!this.#wasTold) this.#wasTold = this.#listener.held();
    this.#listener.opened(); // so that it is asked again, if tasks still wait
  }

  precedes(): boolean {
    return false;
  }

  reconsider(): boolean {
    this.#isWaiting = false;
    this.#listener.opened();
    return true;
  }
}
