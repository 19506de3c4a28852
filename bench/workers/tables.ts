/**
 * Tables of rates and durations.
 *
 * @module
 */

import { type Cell, count, median, ratio, times, type Timing, timingOf } from "../harness.ts";

/** Rows with rates: tasks a second, their spread, and speed as against each reference. */
export function rateRows(timings: readonly Timing[], references: readonly string[]): Cell[][] {
  const known = references.filter((name) => timings.some((timing) => timing.name === name));
  return timings.map((timing) => [
    timing.name,
    count(1e6 / median(timing.micros)),
    `${count(1e6 / Math.max(...timing.micros))} – ${count(1e6 / Math.min(...timing.micros))}`,
    ...known.map((name) => times(1 / ratio(timing, timingOf(timings, name)))),
  ]);
}

/** Rows with times in milliseconds or microseconds, and how much longer than a reference they are. */
export function durationRows(timings: readonly Timing[], unit: "ms" | "µs", reference: string): Cell[][] {
  const isKnown = timings.some(({ name }) => name === reference);
  const shown = (micros: number) => (unit === "ms" ? micros / 1000 : micros).toFixed(unit === "ms" ? 2 : 1);
  return timings.map((timing) => [
    timing.name,
    shown(median(timing.micros)),
    `${shown(Math.min(...timing.micros))} – ${shown(Math.max(...timing.micros))}`,
    isKnown ? times(ratio(timing, timingOf(timings, reference))) : "",
  ]);
}

export const SPEED_UP_TITLE = "Work for processors: a task of some 16 ms, 40 times";
export const SPEED_UP_HEAD: readonly string[] = ["", "ms on 1", "ms on 2", "min – max", "÷ bare workers", "speed-up"];

/** Rows with times on one worker and on two. */
export function speedUpRows(one: readonly Timing[], two: readonly Timing[], reference: string): Cell[][] {
  const rows = durationRows(two, "ms", reference);
  return rows.map(([name, ...rest], index) => {
    const single = one.find((timing) => timing.name === name);
    if (single === undefined) return [name!, "", ...rest, ""];
    const [alone, both] = [median(single.micros), median(two[index]!.micros)];
    return [name!, (alone / 1000).toFixed(2), ...rest, times(alone / both)];
  });
}
