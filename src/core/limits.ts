/**
 * Limits on how often tasks start and how many run at a time, as they are given and as the engine uses them.
 *
 * @module
 */

import { callable, type Check, refuseUnknown, wholeNumberFrom } from "./checks.ts";
import { describeValue } from "./describe.ts";
import { type Duration, toMilliseconds } from "./duration.ts";

/**
 * How often something may start: at most `limit` times within any `period`, evenly spaced unless there is a `burst`.
 *
 * @example A pool that calls an API a hundred times a minute, and up to ten times at once
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type PoolThrottle, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const throttle: PoolThrottle = { limit: 100, period: "1m", burst: 10 };
 * await using runner = new TaskRunner({ pools: { api: { maxWorkers: 20, throttle } } });
 * const call = task({ name: "call", pool: "api" }, (path: string) => path);
 * assertEquals(await runner.submit(call, "/users"), "/users");
 * ```
 */
export interface PoolThrottle {
  /** How many starts there may be within any `period`. Attempts count, retries included. */
  readonly limit: number;
  /** The length of the window. A number is milliseconds. */
  readonly period: Duration;
  /**
   * How many starts may follow each other at once, after a pause, from 1 to `limit`. Default: 1, so that starts are spaced
   * evenly, by `period / limit`.
   */
  readonly burst?: number | undefined;
}

/**
 * How often a task may start, in all or for each key.
 *
 * @typeParam A The parameters of the task's body.
 *
 * @example Ten requests a second to each host
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { task, type Throttle } from "@workflowy/workflowy";
 *
 * const throttle: Throttle<[url: string]> = { limit: 10, period: "1s", key: (url) => new URL(url).host };
 * const fetchPage = task({ name: "fetch-page", throttle }, async (url: string) => await fetch(url));
 * assertEquals(fetchPage.options.throttle?.period, 1_000);
 * ```
 */
export interface Throttle<A extends unknown[] = unknown[]> extends PoolThrottle {
  /**
   * Returns a key for the arguments: each key has a limit of its own. It is called once for a submission, when its
   * dependencies have finished, with values in place of handles. Default: one limit for the whole task.
   */
  readonly key?: ((...args: A) => string) | undefined;
}

/**
 * How many bodies of a task may be at work at a time: a number, or a number for each key. A body that waits for a handle
 * is not at work, as it holds no slot; in a pool that is `strict` it is.
 *
 * @typeParam A The parameters of the task's body.
 *
 * @example Two at a time for each host
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type Concurrency, task } from "@workflowy/workflowy";
 *
 * const concurrency: Concurrency<[url: string]> = { limit: 2, key: (url) => new URL(url).host };
 * const fetchPage = task({ name: "fetch-page", concurrency }, async (url: string) => await fetch(url));
 * assertEquals(fetchPage.options.concurrency?.limit, 2);
 * ```
 */
export type Concurrency<A extends unknown[] = unknown[]> = number | {
  /** How many bodies may be at work at a time. */
  readonly limit: number;
  /** Returns a key for the arguments, as that of a {@linkcode Throttle} does. Default: one limit for the whole task. */
  readonly key?: ((...args: A) => string) | undefined;
};

/** A throttle, checked and complete. */
export interface ResolvedThrottle {
  /** How many starts there may be within any period. */
  readonly limit: number;
  /** The length of the window in milliseconds. */
  readonly period: number;
  /** How many starts may follow each other at once. */
  readonly burst: number;
  /** Returns the key for the arguments, if each key has a limit of its own. */
  readonly key?: (...args: never) => string;
}

/** A limit of bodies at work, checked and complete. */
export interface ResolvedConcurrency {
  /** How many bodies may be at work at a time. */
  readonly limit: number;
  /** Returns the key for the arguments, if each key has a limit of its own. */
  readonly key?: (...args: never) => string;
}

const checkCount = wholeNumberFrom(1);

/** A {@linkcode Throttle}. */
export const checkThrottle: Check<ResolvedThrottle> = (value, what) =>
  Object.freeze({ ...resolveThrottle(value, what, ["limit", "period", "burst", "key"]), ...resolveKey(value, what) });

/** A {@linkcode PoolThrottle}. */
export const checkPoolThrottle: Check<ResolvedThrottle> = (value, what) => {
  refuseKey(value, what);
  return resolveThrottle(value, what, ["limit", "period", "burst"]);
};

/** A {@linkcode Concurrency}. */
export const checkConcurrency: Check<ResolvedConcurrency> = (value, what) => {
  if (typeof value === "number") return Object.freeze({ limit: checkCount(value, what) });
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`${what} must be a number or an object such as { limit: 2, key }, not ${describeValue(value)}`);
  }
  refuseUnknown(value, ["limit", "key"], `in ${what}`);
  const limit = checkCount((value as Partial<ResolvedConcurrency>).limit, `limit in ${what}`);
  return Object.freeze({ limit, ...resolveKey(value, what) });
};

/** The number of a {@linkcode Concurrency} without a key, as a pool has it. */
export const checkPoolConcurrency: Check<number> = (value, what) => {
  refuseKey(value, what);
  return checkConcurrency(value, what).limit;
};

function resolveThrottle(value: unknown, what: string, known: readonly string[]): ResolvedThrottle {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(
      `${what} must be an object such as { limit: 10, period: "1s" }, not ${describeValue(value)}`,
    );
  }
  refuseUnknown(value, known, `in ${what}`);
  const given = value as Partial<PoolThrottle>;
  const limit = finite(checkCount(given.limit, `limit in ${what}`), `limit in ${what}`);
  if (given.period === undefined) {
    throw new TypeError(`${what} needs a period, the time within which ${limit} may start, such as period: "1s"`);
  }
  const period = toMilliseconds(given.period, `period in ${what}`);
  if (period === 0) throw new RangeError(`period in ${what} must be more than 0; leave ${what} out for no limit`);
  const burst = checkCount(given.burst ?? 1, `burst in ${what}`);
  if (burst > limit) {
    throw new RangeError(`burst in ${what} must be from 1 to its limit of ${limit}, not ${burst}`);
  }
  return Object.freeze({ limit, period, burst });
}

function finite(limit: number, what: string): number {
  if (limit < Infinity) return limit;
  throw new RangeError(`${what} must be finite; leave it out for no limit`);
}

function resolveKey(value: unknown, what: string): Pick<ResolvedThrottle, "key"> {
  const { key } = value as Pick<Throttle, "key">;
  return key === undefined ? {} : { key: callable(key, `key in ${what}`) as (...args: never) => string };
}

/** @throws {TypeError} If the limit of a pool has a key: its tasks have different arguments. */
function refuseKey(value: unknown, what: string): void {
  if (typeof value !== "object" || value === null || !("key" in value) || value.key === undefined) return;
  throw new TypeError(`${what} cannot have a key, as its tasks have different arguments: give the key to the tasks`);
}
