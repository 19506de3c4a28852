/**
 * Aims, and whether they are met.
 *
 * @module
 */

import { conclude, median, ratio, type Timing } from "../harness.ts";

/** One aim. */
export interface Aim {
  readonly what: string;
  /** What was measured, or `undefined` if it could not be. */
  readonly value: number | undefined;
  readonly bound: number;
  readonly better: "higher" | "lower";
  readonly text: (value: number) => string;
}

/** Prints aims with marks. */
export function printAims(aims: readonly Aim[]): void {
  const lines = aims.map(({ what, value, bound, better, text }) => {
    const sign = better === "higher" ? "≥" : "≤";
    if (value === undefined) return `?  ${what}: ${sign} ${text(bound)}. Not measured`;
    const isMet = better === "higher" ? value >= bound : value <= bound;
    return `${isMet ? "✔" : "✘"}  ${what}: ${sign} ${text(bound)}. Measured: ${text(value)}`;
  });
  conclude(`Aims:\n  ${lines.join("\n  ")}`);
}

/** A share in percent. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

/** Milliseconds. */
export function millis(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} ms`;
}

/** How many times as fast as a reference someone is: the median of the rounds. */
export function speed(timings: readonly Timing[], name: string, reference: string): number | undefined {
  const found = [name, reference].map((each) => timings.find((timing) => timing.name === each));
  return found[0] === undefined || found[1] === undefined ? undefined : ratio(found[1], found[0]);
}

/** How many times as long as a reference someone takes. */
export function slowness(timings: readonly Timing[], name: string, reference: string): number | undefined {
  const found = speed(timings, name, reference);
  return found === undefined ? undefined : 1 / found;
}

/** The fastest of those named. */
export function fastest(timings: readonly Timing[], names: readonly string[]): string | undefined {
  const found = timings.filter(({ name }) => names.includes(name));
  return found.sort((a, b) => median(a.micros) - median(b.micros))[0]?.name;
}

/** The median in milliseconds, if someone took part. */
export function medianMillis(timings: readonly Timing[], name: string): number | undefined {
  const found = timings.find((timing) => timing.name === name);
  return found === undefined ? undefined : median(found.micros) / 1000;
}

/**
 * Prints who did not take part in what, which is no failure but for ourselves.
 *
 * @param ours The contender that must.
 */
export function printSkipped({ skipped }: { readonly skipped: readonly string[] }, ours: string): void {
  if (skipped.length > 0) conclude(`Skipped:\n  ${skipped.map((each) => `–  ${each}`).join("\n  ")}`);
  if (skipped.some((each) => each.startsWith(`${ours}:`) || each.startsWith(`${ours},`))) Deno.exitCode = 1;
}
