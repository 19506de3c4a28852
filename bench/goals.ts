/**
 * Figures that are kept, each with the goal that it should reach, if it has one.
 *
 * @module
 */

import { conclude, count, median, micros, ratio, times, type Timing } from "./harness.ts";

/** One figure. */
export interface Figure {
  /** What was measured; unique within a benchmark, and the same in each run. */
  readonly what: string;
  /** What was measured, or `undefined` if it could not be. */
  readonly value: number | undefined;
  /** What it should reach: at most this, or at least this where {@linkcode better} is `"higher"`. */
  readonly goal?: number;
  /** Default `"lower"`. */
  readonly better?: "higher" | "lower";
  /** How the value is written; default {@linkcode times}. */
  readonly text?: (value: number) => string;
}

/** A figure as `deno task bench --json` keeps it. */
export interface KeptFigure {
  readonly what: string;
  readonly value: number | null;
  /** The value as it is shown to people, with its unit. */
  readonly text: string;
  readonly goal?: number;
  readonly better?: "higher" | "lower";
  readonly isMet?: boolean;
}

/** The file that each benchmark adds its figures to, a line of JSON each; set by `deno task bench --json`. */
export const FIGURES_FILE = "WORKFLOWY_BENCH_FIGURES";

/** Prints figures under a table, with a mark for each goal, and keeps them if they are to be kept. */
export function printFigures(figures: readonly Figure[]): void {
  const kept = figures.map(keep);
  conclude(figures.map((figure, index) => line(figure, kept[index]!)).join("\n  "));
  const file = Deno.env.get(FIGURES_FILE);
  if (file === undefined) return;
  Deno.writeTextFileSync(file, kept.map((each) => `${JSON.stringify(each)}\n`).join(""), { append: true });
}

function keep({ what, value, goal, better = "lower", text = times }: Figure): KeptFigure {
  const shown = value === undefined ? "not measured" : text(value);
  if (goal === undefined) return { what, value: value ?? null, text: shown };
  const isMet = value !== undefined && (better === "higher" ? value >= goal : value <= goal);
  return { what, value: value ?? null, text: shown, goal, better, isMet };
}

function line({ what, goal, better, text = times }: Figure, kept: KeptFigure): string {
  if (goal === undefined) return `–  ${what}: ${kept.text}`;
  const mark = kept.value === null ? "?" : kept.isMet ? "✔" : "✘";
  return `${mark}  ${what}: ${kept.text} (goal ${better === "higher" ? "≥" : "≤"} ${text(goal)})`;
}

/** Microseconds a task. */
export function microsText(value: number): string {
  return `${micros(value)} µs`;
}

/** A share in percent. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

/** Milliseconds. */
export function millis(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} ms`;
}

/** How many a second. */
export function perSecond(value: number): string {
  return `${count(Number(value.toPrecision(2)))} per second`;
}

/** How many a second someone does, if they took part. */
export function rateOf(timings: readonly Timing[], name: string): number | undefined {
  const found = timings.find((timing) => timing.name === name);
  return found === undefined ? undefined : 1e6 / median(found.micros);
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
