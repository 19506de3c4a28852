/**
 * All limits of one runner. Those that make no difference are dropped, so that keys which are idle cost nothing.
 *
 * @module
 */

import { describeError, describeValue } from "../../core/describe.ts";
import { TaskError } from "../../core/errors.ts";
import type { ResolvedThrottle } from "../../core/limits.ts";
import { runDetached } from "../../core/run_detached.ts";
import { MAX_TIMEOUT_MS, type Timers } from "../../core/timers.ts";
import type { TaskSpec } from "../../tasks/spec.ts";
import type { Handle } from "../handle.ts";
import { withValues } from "../inputs.ts";
import type { ThrottleLimit } from "./limit.ts";
import { type KeyedLimits, type LimitMaker, TaskLimits } from "./task_limits.ts";
import { Ticket, ticketOf } from "./ticket.ts";

/** The shortest time between two looks at what is idle, in milliseconds: short periods do not keep a program busy. */
const MIN_SWEEP_MS = 1_000;

/** The limits of one runner. */
export class Limits implements LimitMaker {
  readonly alarms: Timers;
  /** Told that a task waits for a limit. */
  waits: ((handle: Handle) => void) | undefined;
  /** Told when a timer has opened a limit. */
  readonly #opened: () => void;
  /** By body, which all variants of a task share. */
  readonly #tasks = new WeakMap<TaskSpec["body"], TaskLimits>();
  /** Those that may be idle. */
  readonly #throttles = new Set<KeyedLimits<ResolvedThrottle, ThrottleLimit>>();
  #sweep: ReturnType<typeof setTimeout> | undefined;
  #lastId = 0;
  /** Until when a task without limits of its own may be paused. */
  #pausedUntil = -Infinity;

  constructor(alarms: Timers, opened: () => void) {
    this.alarms = alarms;
    this.#opened = opened;
  }

  now(): number {
    return this.alarms.clock.elapsed();
  }

  opened(): void {
    this.#opened();
  }

  nextId(): number {
    return ++this.#lastId;
  }

  made(throttles: KeyedLimits<ResolvedThrottle, ThrottleLimit>): void {
    if (this.#throttles.has(throttles)) return;
    this.#throttles.add(throttles);
    this.#scheduleSweep(); // its period may be the shortest
  }

  /** How many throttles are kept, of all keys. */
  get throttles(): number {
    let count = 0;
    for (const { byKey } of this.#throttles) count += byKey.size;
    return count;
  }

  /**
   * Gives a task that has limits its ticket, once its dependencies have finished.
   *
   * @throws {TaskError} If the function for a key threw.
   * @throws {TypeError} If it did not return a string.
   */
  prepare(handle: Handle): void {
    const { spec, args = [] } = handle;
    const { throttle, concurrency, name } = spec.options;
    if ((throttle ?? concurrency) === undefined || ticketOf(handle) !== undefined) return;
    const isKeyed = throttle?.key !== undefined || concurrency?.key !== undefined;
    const values = isKeyed ? withValues(args) : args;
    const throttleKey = throttle?.key && callKey(throttle.key, values, "throttle", name);
    const concurrencyKey = concurrency?.key === throttle?.key
      ? throttleKey
      : concurrency?.key && callKey(concurrency.key, values, "concurrency", name);
    handle.ensureDetails().ticket = new Ticket(this.#limitsOf(spec), spec.options, throttleKey, concurrencyKey);
  }

  /** Whether a task without limits has to wait, as an attempt at it has asked for a pause. It then has a ticket. */
  isHeld(handle: Handle, now: number): boolean {
    if (now >= this.#pausedUntil) return false;
    const limits = this.#tasks.get(handle.spec.body);
    if (limits === undefined || limits.pause.isOpen(now)) return false;
    handle.ensureDetails().ticket ??= new Ticket(limits, handle.spec.options, undefined, undefined);
    return true;
  }

  /** Starts no attempt at a task until a time, or none with the same key of its throttle. */
  pause(handle: Handle, what: "task" | "key", until: number): void {
    const throttle = what === "key" ? ticketOf(handle)?.throttle : undefined;
    if (throttle !== undefined) {
      throttle.extend(until);
      return;
    }
    this.#limitsOf(handle.spec).pause.extend(until);
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
  }

  /** Cancels the one callback that may be scheduled. */
  dispose(): void {
    if (this.#sweep !== undefined) clearTimeout(this.#sweep); // which loads Node's timers the first time
    this.#sweep = undefined;
    this.#throttles.clear();
  }

  #limitsOf({ body }: TaskSpec): TaskLimits {
    let limits = this.#tasks.get(body);
    if (limits === undefined) this.#tasks.set(body, limits = new TaskLimits(this));
    return limits;
  }

  /** Looks, after a while, which throttles make no difference any more. */
  #scheduleSweep(): void {
    clearTimeout(this.#sweep);
    let period = MAX_TIMEOUT_MS;
    for (const { rule } of this.#throttles) period = Math.min(period, rule.period);
    this.#sweep = runDetached(() => setTimeout(() => this.#sweepIdle(), Math.max(period, MIN_SWEEP_MS)));
    Deno.unrefTimer?.(this.#sweep); // it must not keep the program alive
  }

  #sweepIdle(): void {
    const now = this.now();
    for (const throttles of this.#throttles) {
      for (const [key, limit] of throttles.byKey) if (limit.isIdle(now)) throttles.byKey.delete(key);
      if (throttles.byKey.size === 0) this.#throttles.delete(throttles);
    }
    if (this.#throttles.size > 0) this.#scheduleSweep();
    else this.#sweep = undefined;
  }
}

function callKey(key: (...args: never) => string, args: readonly unknown[], option: string, task: string): string {
  const what = `The key in ${option} of task "${task}"`;
  let result: unknown;
  try {
    result = (key as (...args: readonly unknown[]) => unknown)(...args);
  } catch (cause) {
    throw new TaskError(`${what} threw ${describeError(cause)}`, { task, cause });
  }
  if (typeof result === "string") return result;
  if (result instanceof Promise) result.catch(() => {}); // what it rejects with must not end the program
  throw new TypeError(
    `${what} must return a string, not ${describeValue(result)}: tasks with the same string share a limit`,
  );
}
