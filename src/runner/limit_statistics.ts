/**
 * The limits that hold back tasks at the moment.
 *
 * @module
 */

import type { PoolQueue } from "../engine/queue/pool_queue.ts";
import { ConcurrencyLimit, type Limit, ThrottleLimit } from "../engine/limits/limit.ts";

/** How many are reported. */
const MAX_TOLD = 50;

/**
 * A limit that ready tasks have: the `throttle` or `concurrency` of a task, or of one of its keys, the `throttle` of a pool, or
 * a pause that an attempt has asked for.
 *
 * @example Three tasks, of which one may run at a time
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type LimitStatistics, task, TaskRunner } from "@workflowy/workflowy";
 *
 * await using runner = new TaskRunner();
 * const send = task({ name: "send", concurrency: 1 }, () => runner.limits());
 * const handles = [1, 2, 3].map(() => runner.submit(send));
 * const [limit]: LimitStatistics[] = await handles[0]!; // what the first one sees while it runs
 * assertEquals([limit?.task, limit?.limit, limit?.used, limit?.waiting], ["send", 1, 1, 2]);
 * await Promise.all(handles);
 * ```
 */
export interface LimitStatistics {
  /** What kind of limit it is; a `"pause"` is for a while. */
  readonly kind: "throttle" | "concurrency" | "pause";
  /** The pool in which tasks wait. */
  readonly pool: string;
  /** The name of the tasks; `undefined` if it is the limit of the pool itself. */
  readonly task?: string;
  /** The key that it is for, if each key has a limit of its own. */
  readonly key?: string;
  /** How many may start within the period, or be at work. */
  readonly limit?: number;
  /** The period of a throttle, in milliseconds. */
  readonly periodMs?: number;
  /** How many have started within the period, or are at work. */
  readonly used?: number;
  /** How many ready tasks wait for it. */
  readonly waiting: number;
  /** In how many milliseconds the next one may start; `undefined` if that depends on the end of others. */
  readonly opensInMs?: number;
}

type Draft = { -readonly [K in keyof LimitStatistics]: LimitStatistics[K] };

/** Reads the limits of some pools, those for which most tasks wait first, and at most 50. */
export function limitsOf(queues: Iterable<PoolQueue>): LimitStatistics[] {
  const told: Draft[] = [];
  for (const queue of queues) {
    const now = queue.now();
    const { name: pool, gate, queued } = queue;
    const isShut = gate !== undefined && !gate.isPaused && gate.opensAt(now) > now;
    if (gate?.throttle !== undefined) told.push(draft(gate.throttle, now, pool, isShut ? queued : 0));
    else if (isShut && queued > 0) {
      told.push({ kind: "pause", pool, waiting: queued, ...opensIn(gate.opensAt(now), now) });
    }
    const drafts = new Map<Limit, Draft>();
    for (const { limits, ready } of queue.lines()) {
      const task = ready.peek()?.name;
      const closed = limits.find((limit) => !limit.isOpen(now));
      for (const limit of limits) {
        let known = drafts.get(limit);
        if (known === undefined) {
          drafts.set(limit, known = { ...draft(limit, now, pool, 0), ...(task !== undefined && { task }) });
        }
        if (limit === closed) known.waiting += ready.size;
      }
    }
    // A pause that has ended, or was never asked for, limits nothing.
    for (const each of drafts.values()) if (each.kind !== "pause" || each.waiting > 0) told.push(each);
  }
  return told.sort((a, b) => b.waiting - a.waiting).slice(0, MAX_TOLD);
}

function draft(limit: Limit, now: number, pool: string, waiting: number): Draft {
  const common = { pool, waiting, ...opensIn(limit.opensAt(now), now) };
  if (limit instanceof ConcurrencyLimit) {
    const { rule, atWork, key } = limit;
    return { kind: "concurrency", ...common, limit: rule.limit, used: atWork, ...(key !== undefined && { key }) };
  }
  if (!(limit instanceof ThrottleLimit)) return { kind: "pause", ...common };
  const { rule, key } = limit;
  return {
    kind: "throttle",
    ...common,
    limit: rule.limit,
    periodMs: rule.period,
    used: limit.used(now),
    ...(key !== undefined && { key }),
  };
}

function opensIn(at: number, now: number): { readonly opensInMs?: number } {
  return at === Infinity ? {} : { opensInMs: Math.max(0, Math.ceil(at - now)) };
}
