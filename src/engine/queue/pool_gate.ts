/**
 * Whether anything may start in a pool: it may be paused, until further notice or for a while, and have a throttle.
 *
 * @module
 */

import type { ResolvedThrottle } from "../../core/limits.ts";
import { type LimitHost, TaskPause, ThrottleLimit, type Waiting, type WaitingQueue } from "../limits/limit.ts";

/** The gate of one pool. It waits for its limit like a line of tasks. */
export class PoolGate implements Waiting, WaitingQueue {
  heapIndex = -1;
  readonly queue = this;
  /** Whether the program has paused the pool. */
  isPaused = false;
  readonly throttle: ThrottleLimit | undefined;
  readonly #limit: ThrottleLimit | TaskPause;
  readonly #touch: () => void;
  #isWaiting = false;

  /** @param touch Tells the pool that something may start. */
  constructor(rule: ResolvedThrottle | undefined, host: LimitHost, touch: () => void) {
    this.throttle = rule && new ThrottleLimit(host, 0, rule, undefined);
    this.#limit = this.throttle ?? new TaskPause(host, 0);
    this.#touch = touch;
  }

  /** Whether one more may start. If time opens it, the pool is told then. */
  isOpen(now: number): boolean {
    if (this.isPaused) return false;
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
  }

  precedes(): boolean {
    return false;
  }

  reconsider(): boolean {
    this.#isWaiting = false;
    this.#touch();
    return true;
  }
}
