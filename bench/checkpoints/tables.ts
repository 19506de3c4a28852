/**
 * The tables of the benchmark of checkpoints.
 *
 * @module
 */

import { type Cell, count, median, micros, printTable, ratio, times, type Timing, timingOf } from "../harness.ts";
import type { StoreTiming } from "./turns.ts";

/** What was measured, by how many records were saved together, or tasks were in flight. */
export type BySize = ReadonlyMap<number, readonly StoreTiming[]>;

/** Prints how many records a second were saved at each size, and the times as against a reference. */
export function printRates(title: string, all: BySize, reference: string): void {
  const sizes = [...all.keys()];
  const rows = namesIn(all).map((name) => [
    name,
    ...sizes.flatMap((size): Cell[] => {
      const timings = all.get(size)!;
      const timing = timingOf(timings, name);
      return [count(1e6 / median(timing.micros)), times(ratio(timing, timingOf(timings, reference)))];
    }),
  ]);
  printTable(title, ["a second, at once", ...sizes.flatMap((size) => [String(size), `÷ ${SHORT}`])], rows);
  console.log(`\n  ÷ ${SHORT}: time as against "${reference}"`);
}

const SHORT = "ref";

/** Prints how many bytes a record takes, and how many are written for it at each size. */
export function printBytes(title: string, all: BySize): void {
  const sizes = [...all.keys()];
  const rows = namesIn(all).map((name) => {
    const timings = sizes.map((size) => timingOf(all.get(size)!, name) as StoreTiming);
    return [name, count(timings.at(-1)!.kept), ...timings.map(({ written }) => bytes(written))];
  });
  printTable(title, ["bytes", "on the disk", ...sizes.map((size) => `written at ${size}`)], rows);
}

/** Rows of a table of runs: time a task, what a checkpoint adds, and bytes. */
export function runRows(timings: readonly StoreTiming[], reference: string): Cell[][] {
  const without = timingOf(timings, reference);
  return timings.map((timing) => [
    timing.name,
    count(1e6 / median(timing.micros)),
    micros(median(timing.micros)),
    `${micros(Math.min(...timing.micros))} – ${micros(Math.max(...timing.micros))}`,
    micros(median(timing.micros.map((taken, round) => taken - without.micros[round]!))),
    times(ratio(timing, without)),
    count(timing.kept),
    bytes(timing.written),
  ]);
}

/** The head that belongs to {@linkcode runRows}. */
export function runHead(reference: string): string[] {
  return ["", "tasks/s", "µs a task", "min – max", "µs more", `÷ ${reference}`, "bytes a task", "written"];
}

/** Rows of a table of things that are done once: milliseconds for all of them, and ratios. */
export function millisRows(timings: readonly Timing[], things: number, references: readonly string[]): Cell[][] {
  const text = (micros: number) => (micros * things / 1000).toFixed(0);
  return timings.map((timing) => [
    timing.name,
    text(median(timing.micros)),
    `${text(Math.min(...timing.micros))} – ${text(Math.max(...timing.micros))}`,
    ...references.map((name) => times(ratio(timing, timingOf(timings, name)))),
  ]);
}

/** The head that belongs to {@linkcode millisRows}. */
export function millisHead(references: readonly string[]): string[] {
  return ["", "ms", "min – max", ...references.map((name) => `÷ ${name}`)];
}

function namesIn(all: BySize): string[] {
  return all.values().next().value!.map(({ name }) => name);
}

function bytes(value: number | undefined): string {
  return value === undefined ? "–" : count(value);
}
