/**
 * What a submitted task has to do with limits.
 *
 * @module
 */

import type { ResolvedTaskOptions } from "../../core/options.ts";
import type { Handle } from "../handle.ts";
import type { ConcurrencyLimit, Limit, ThrottleLimit } from "./limit.ts";
import type { Line } from "./line.ts";
import type { TaskLimits } from "./task_limits.ts";

/** The limits of one task, and what it holds of them. Its queue says how the task moves along. */
export class Ticket {
  readonly own: TaskLimits;
  /** Where it waits, while it does. */
  line: Line | undefined = undefined;
  readonly #options: Pick<ResolvedTaskOptions, "throttle" | "concurrency">;
  readonly #throttleKey: string | undefined;
  readonly #concurrencyKey: string | undefined;
  /** Those that it was queued with. */
  #throttle: ThrottleLimit | undefined = undefined;
  #concurrency: ConcurrencyLimit | undefined = undefined;

  constructor(
    own: TaskLimits,
    options: ResolvedTaskOptions,
    throttleKey: string | undefined,
    concurrencyKey: string | undefined,
  ) {
    this.own = own;
    this.#options = options;
    this.#throttleKey = throttleKey;
    this.#concurrencyKey = concurrencyKey;
  }

  /** The throttle for its key, if its task has one. */
  get throttle(): ThrottleLimit | undefined {
    const { throttle } = this.#options;
    return throttle && this.own.throttle(throttle, this.#throttleKey);
  }

  /** The limit of bodies at work for its key, if its task has one. */
  get concurrency(): ConcurrencyLimit | undefined {
    const { concurrency } = this.#options;
    return concurrency && this.own.concurrency(concurrency, this.#concurrencyKey);
  }

  /** The limits that it has to wait for, as they are now. */
  renew(): readonly Limit[] {
    const limits: Limit[] = [this.own.pause];
    this.#throttle = this.throttle;
    this.#concurrency = this.concurrency;
    if (this.#throttle !== undefined) limits.push(this.#throttle);
    if (this.#concurrency !== undefined) limits.push(this.#concurrency);
    return limits;
  }

  /** Its body starts, which was admitted. */
  started(now: number): void {
    this.#throttle?.started(now);
  }

  /** It will not start, although it was admitted. */
  withdraw(now: number): void {
    this.#throttle?.withdraw(now);
    this.#concurrency?.leave(now);
  }

  /** Its body has ended, or waits for a handle. */
  leave(now: number): void {
    this.#concurrency?.leave(now);
  }

  /** Its body wants to continue. Returns the limit that it has to wait for, or else counts it. */
  reenter(): ConcurrencyLimit | undefined {
    const concurrency = this.#concurrency = this.concurrency;
    if (concurrency === undefined) return undefined;
    if (concurrency.opensAt() === Infinity) return concurrency;
    concurrency.admit();
    return undefined;
  }

  /** Its body wanted to continue, and does not any more: another one may. */
  passOn(): void {
    this.#concurrency?.passOn();
  }
}

/** The ticket of a task that has limits. */
export function ticketOf({ details }: Handle): Ticket | undefined {
  return details?.ticket as Ticket | undefined;
}
