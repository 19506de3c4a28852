/**
 * The limits of one task, by rule and key. Variants that `.with()` makes share them, except those to which it gives other
 * rules.
 *
 * @module
 */

import type { ResolvedConcurrency, ResolvedThrottle } from "../../core/limits.ts";
import { ConcurrencyLimit, type Limit, type LimitHost, TaskPause, ThrottleLimit } from "./limit.ts";

/** What a task's limits are made with. */
export interface LimitMaker extends LimitHost {
  /** A number that no other limit has. */
  nextId(): number;
  /** A throttle was made for a key: some time after it was last used, it can be dropped. */
  made(throttles: KeyedLimits<ResolvedThrottle, ThrottleLimit>): void;
}

/** The limits that one rule has made, by key; those that are idle are dropped. */
export class KeyedLimits<R extends ResolvedConcurrency, L extends Limit> {
  readonly rule: R;
  readonly byKey = new Map<string | undefined, L>();

  constructor(rule: R) {
    this.rule = rule;
  }
}

/** The limits of one task. */
export class TaskLimits {
  readonly pause: TaskPause;
  readonly #maker: LimitMaker;
  #throttles: KeyedLimits<ResolvedThrottle, ThrottleLimit>[] = [];
  #concurrencies: KeyedLimits<ResolvedConcurrency, ConcurrencyLimit>[] = [];

  constructor(maker: LimitMaker) {
    this.#maker = maker;
    this.pause = new TaskPause(maker, maker.nextId());
  }

  /** The throttle for a key, made if it is not there. */
  throttle(rule: ResolvedThrottle, key: string | undefined): ThrottleLimit {
    let keyed = this.#throttles.find((each) => isSameThrottle(each.rule, rule));
    if (keyed === undefined) {
      this.#throttles = this.#throttles.filter(({ byKey }) => byKey.size > 0);
      this.#throttles.push(keyed = new KeyedLimits(rule));
    }
    let limit = keyed.byKey.get(key);
    if (limit === undefined) {
      keyed.byKey.set(key, limit = new ThrottleLimit(this.#maker, this.#maker.nextId(), rule, key));
      this.#maker.made(keyed);
    }
    return limit;
  }

  /** The limit of bodies at work for a key, made if it is not there. */
  concurrency(rule: ResolvedConcurrency, key: string | undefined): ConcurrencyLimit {
    let keyed = this.#concurrencies.find((each) => isSameConcurrency(each.rule, rule));
    if (keyed === undefined) {
      this.#concurrencies = this.#concurrencies.filter(({ byKey }) => byKey.size > 0);
      this.#concurrencies.push(keyed = new KeyedLimits(rule));
    }
    const { byKey } = keyed;
    let limit = byKey.get(key);
    if (limit === undefined) {
      const drop = () => byKey.delete(key);
      byKey.set(key, limit = new ConcurrencyLimit(this.#maker, this.#maker.nextId(), rule, key, drop));
    }
    return limit;
  }
}

function isSameConcurrency(a: ResolvedConcurrency, b: ResolvedConcurrency): boolean {
  return a.limit === b.limit && a.key === b.key;
}

function isSameThrottle(a: ResolvedThrottle, b: ResolvedThrottle): boolean {
  return isSameConcurrency(a, b) && a.period === b.period && a.burst === b.burst;
}
