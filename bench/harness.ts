/**
 * Timing on a noisy machine, and tables.
 *
 * Absolute times say little: a neighbour on the same machine doubles them. So cases that are to be compared take
 * turns, in another order each round, and each round yields ratios of its own; the medians are those of the rounds.
 *
 * @module
 */

/** One way of doing a number of things. */
export interface Case {
  readonly name: string;
  /** Does all of them; what happens in here is timed. */
  run(): unknown;
}

/** How cases are compared. */
export interface Comparison {
  /** How many things (tasks, nodes) each case does. */
  readonly tasks: number;
  /** How many rounds count, after one or more to warm up. */
  readonly rounds: number;
  /** How many rounds come first and do not count; default 1. */
  readonly warmups?: number;
}

/** The measurements of a case. */
export interface Timing {
  readonly name: string;
  /** Microseconds per task in each round that counts. */
  readonly micros: readonly number[];
}

/** A column of a table: numbers are aligned on the right. */
export type Cell = string | number;

const WARM = 50_000;

const gc = (globalThis as { gc?: (options?: { type: "major" | "minor" }) => void }).gc;

/**
 * Makes room for a round, where V8 was started with `--expose-gc`: what the round before left behind should not weigh
 * on this one.
 *
 * Only the young generation is collected. A full collection while no task is alive makes V8 forget the shapes of their
 * objects and the code compiled for them, and begin with a small young generation again: a thousand tasks then take
 * seven times as long and a million half as long again, as in no program that has work under way.
 */
export function makeRoom(): void {
  gc?.({ type: "minor" });
}

/** Bytes of heap that are in use after a collection. */
export function heapInUse(): number {
  // Twice, as weak references and finalizers release some things in the first pass only.
  gc?.();
  gc?.();
  return Deno.memoryUsage().heapUsed;
}

/** The same, after the event loop went round: what callbacks under way hold on to is released first. */
export async function heapAtRest(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  return heapInUse();
}

/** How many rounds come first until V8 has compiled what is measured: as many as make this many tasks. */
export function warmupsFor(tasks: number): number {
  return Math.ceil(WARM / tasks);
}

/** The middle one of the values, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Times one call, in microseconds per task. */
export async function time(run: () => unknown, tasks: number): Promise<number> {
  makeRoom();
  const start = performance.now();
  await run();
  return (performance.now() - start) * 1000 / tasks;
}

/** Times cases in turns: every round has each of them, in an order of its own. */
export async function compare(cases: readonly Case[], comparison: Comparison): Promise<Timing[]> {
  const { tasks, rounds, warmups = 1 } = comparison;
  const micros = cases.map((): number[] => []);
  const order = [...cases.keys()];
  for (let round = -warmups; round < rounds; round++) {
    shuffle(order);
    for (const index of order) {
      const taken = await time(cases[index]!.run, tasks);
      if (round >= 0) micros[index]!.push(taken);
    }
  }
  return cases.map(({ name }, index) => ({ name, micros: micros[index]! }));
}

function shuffle(list: number[]): void {
  for (let last = list.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [list[last], list[other]] = [list[other]!, list[last]!];
  }
}

/** How much longer `timing` took than `reference`: the median of the ratios of each round. */
export function ratio(timing: Timing, reference: Timing): number {
  return median(timing.micros.map((taken, round) => taken / reference.micros[round]!));
}

/** The timing of a case. */
export function timingOf(timings: readonly Timing[], name: string): Timing {
  const found = timings.find((timing) => timing.name === name);
  if (found === undefined) throw new Error(`There is no case "${name}" among ${timings.map((each) => each.name)}`);
  return found;
}

/** Rows of a table: time per task, its spread, and the ratio to each of the named references. */
export function timingRows(timings: readonly Timing[], references: readonly string[]): Cell[][] {
  return timings.map((timing) => [
    timing.name,
    micros(median(timing.micros)),
    `${micros(Math.min(...timing.micros))} – ${micros(Math.max(...timing.micros))}`,
    ...references.map((name) => times(ratio(timing, timingOf(timings, name)))),
  ]);
}

/** The head that belongs to {@linkcode timingRows}. */
export function timingHead(what: string, references: readonly string[]): string[] {
  return [what, "µs a task", "min – max", ...references.map((name) => `÷ ${name}`)];
}

/** Prints a table under a title. The first column is text, on the left; the others stand on the right. */
export function printTable(title: string, head: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const cells = [head, ...rows].map((row) => row.map((cell) => typeof cell === "number" ? String(cell) : cell));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? "").length)));
  const lines = cells.map((row) =>
    row.map((text, column) => column === 0 ? text.padEnd(widths[0]!) : text.padStart(widths[column]!)).join("   ")
  );
  const rule = widths.map((width) => "─".repeat(width)).join("───");
  console.log(`\n${title}\n\n  ${[lines[0], rule, ...lines.slice(1)].join("\n  ")}`);
}

/** A time in microseconds with as many decimals as mean something. */
export function micros(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

/** A ratio: `1.25×`. */
export function times(value: number): string {
  return `${value.toFixed(2)}×`;
}

/** A number with its thousands apart. */
export function count(value: number): string {
  return Math.round(value).toLocaleString("en");
}

/** The number in powers of ten, where it is one: `1e5`. */
export function power(value: number): string {
  return value.toExponential().replace("+", "");
}

/** A line of conclusion under a table. */
export function conclude(text: string): void {
  console.log(`\n  ${text}`);
}
