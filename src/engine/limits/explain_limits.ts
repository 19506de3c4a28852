/**
 * What a ready task waits for, and until when, as the end of a sentence.
 *
 * @module
 */

import { formatMilliseconds } from "../../core/duration.ts";
import type { Handle } from "../handle.ts";
import type { PoolGate } from "../queue/pool_gate.ts";
import type { PoolQueue } from "../queue/pool_queue.ts";
import { ConcurrencyLimit, type Limit, ThrottleLimit } from "./limit.ts";
import type { Line } from "./line.ts";
import { ticketOf } from "./ticket.ts";

/** What a ready task waits for: its pool, a limit, or a slot. */
export function readyObstacle(handle: Handle, queue: PoolQueue, now: number): string {
  const { name, gate, busy, slots, queued } = queue;
  const limit = gateObstacle(name, gate, now) ?? limitObstacle(handle, now, queue.hasSlotFor(handle));
  if (limit !== undefined) return limit;
  const reason: unknown = queue.ask("explain()", (pool) => pool.explain?.());
  if (typeof reason === "string") return reason;
  const reserved = queue.reservedFrom(handle);
  const kept = reserved > 0 ? `, ${reserved} reserved for others` : "";
  return `waits for a slot of pool "${name}" (${busy} of ${slots} taken${kept}; ${queued} waiting)`;
}

/** What the pool of a task lets it wait for, if it does. */
export function gateObstacle(pool: string, gate: PoolGate | undefined, now: number): string | undefined {
  if (gate === undefined) return undefined;
  if (gate.isPaused) return `its pool "${pool}" is paused, until unpause("${pool}") or unpause()`;
  if (gate.opensAt(now) <= now) return undefined;
  if (gate.throttle !== undefined && !gate.throttle.isPaused(now)) {
    return `waits for the throttle of pool "${pool}", ${describeThrottle(gate.throttle, now)}`;
  }
  return `its pool "${pool}" starts nothing for another ${
    formatMilliseconds(gate.opensAt(now) - now)
  }, as a task has ` +
    `asked for that`;
}

/**
 * The limit of its own that a task waits for, if it does.
 *
 * @param hasSlot Whether there is a slot for it: else the first of its line waits for one, unless a limit is closed.
 */
export function limitObstacle(handle: Handle, now: number, hasSlot = true): string | undefined {
  const line = ticketOf(handle)?.line;
  if (line === undefined) return undefined;
  const limit = line.closedLimit(now) ?? (hasSlot && line.ready.peek() !== handle ? narrowLimit(line, now) : undefined);
  if (limit === undefined) return undefined;
  const { size } = line.ready;
  const waiting = size === 1 ? "" : ` (${size} waiting)`;
  if (limit instanceof ConcurrencyLimit) {
    return `waits for its limit, ${limit.rule.limit} at a time${forKey(limit.key)}${waiting}`;
  }
  if (limit instanceof ThrottleLimit && !limit.isPaused(now)) {
    return `waits for its throttle, ${describeThrottle(limit, now)}${waiting}`;
  }
  const key = limit instanceof ThrottleLimit ? forKey(limit.key) : "";
  const rest = formatMilliseconds(limit.opensAt(now) - now);
  return `such tasks${key} do not start for another ${rest}, as an attempt has asked for that${waiting}`;
}

/** The limit that is open for the first of a line and not for all of it: what stands behind waits for that. */
function narrowLimit({ limits, ready }: Line, now: number): Limit | undefined {
  return limits.find((limit) => roomOf(limit, now) < ready.size);
}

/** How many may start at once. */
function roomOf(limit: Limit, now: number): number {
  if (limit instanceof ConcurrencyLimit) return limit.rule.limit - limit.atWork;
  if (limit instanceof ThrottleLimit) return Math.min(limit.rule.burst, limit.rule.limit - limit.used(now));
  return Infinity;
}

function describeThrottle(limit: ThrottleLimit, now: number): string {
  const { rule, key } = limit;
  const opensAt = limit.opensAt(now);
  const when = opensAt === Infinity
    ? "once those before it have started"
    : opensAt <= now
    ? "now"
    : `in ${formatMilliseconds(opensAt - now)}`;
  return `${rule.limit} in ${formatMilliseconds(rule.period)}${forKey(key)}, which lets the next one start ${when}`;
}

function forKey(key: string | undefined): string {
  return key === undefined ? "" : ` for key "${key}"`;
}
