/**
 * The scheduler with 100,000 jobs: making and starting them, ticks, what is due at once, and memory; as against a timer a
 * job, croner's and node-cron's own schedulers, and a loop over all jobs.
 *
 * @module
 */

import { type Figure, printFigures } from "./goals.ts";
import {
  type Cell,
  conclude,
  count,
  median,
  micros,
  power,
  printTable,
  ratio,
  times,
  type Timing,
  timingOf,
} from "./harness.ts";
import { measureIn } from "./process.ts";
import { takeTurns } from "./checkpoints/turns.ts";
import { type Contender, CONTENDERS, CRONER, MANY, NODE_CRON, OURS, SCAN, TIMERS } from "./schedule/contenders.ts";
import { DUE, type Made } from "./schedule/once.ts";
import { LINEAR_SCAN } from "./schedule/linear_scan.ts";
import { compareTicks, CRON, EVERY, SUBMIT, type TickTimings } from "./schedule/ticks.ts";

const SIZES = [MANY / 10, MANY] as const;
const MAKING_ROUNDS = 3;
const FIRING_ROUNDS = 2;
/** The depth of the heap grows by 1.25, and less of it fits into caches; a loop over all jobs takes ten times as long. */
const LOGARITHMIC = 1.5;

/** A contender with that many jobs, and its measurements, round by round. */
interface Entry<T> {
  readonly contender: Contender;
  readonly jobs: number;
  readonly found: T[];
}

const made = await inTurns<Made>("make", [
  ...CONTENDERS.map((contender) => entry<Made>(contender, contender.jobs)),
  entry<Made>(OURS, SIZES[0]),
], MAKING_ROUNDS);
printTable(
  "Jobs that are not due for days, in a new process",
  [
    "",
    "jobs",
    "µs to make one",
    "ms to start",
    "µs each",
    "bytes of heap each",
    "of memory each",
    `heap ÷ ${OURS.name}`,
  ],
  made.map(({ contender, jobs, found }): Cell[] => {
    const of = (field: keyof Made) => median(found.map((each) => each[field]));
    const starting = of("starting");
    return [
      contender.name,
      count(jobs),
      micros(of("making")),
      starting.toFixed(1),
      micros(starting * 1000 / jobs),
      count(of("heap")),
      count(of("resident")),
      times(of("heap") / heapOf(OURS)),
    ];
  }),
);

const bySize = new Map<number, TickTimings>();
for (const size of SIZES) bySize.set(size, await compareTicks(size));
const few = bySize.get(SIZES[0])!;
const many = bySize.get(SIZES[1])!;
printTicks("tick() with nothing due", "µs", "idle", [EVERY, CRON, LINEAR_SCAN]);
printTicks(`tick() with ${count(DUE)} due`, "µs a job due", "ticks", [EVERY, CRON, LINEAR_SCAN, SUBMIT]);
printTicks(
  `tick() with ${count(DUE)} due, until their tasks are run`,
  "µs a job due",
  "runs",
  [EVERY, CRON, LINEAR_SCAN, SUBMIT],
);

const fired = await inTurns<number[]>("fire", [
  entry<number[]>(OURS, SIZES[0]),
  ...[OURS, SCAN, TIMERS, CRONER, NODE_CRON].map((contender) => entry<number[]>(contender, contender.jobs)),
], FIRING_ROUNDS);
const firedOurs = median(firedBy(OURS));
printTable(
  `${count(DUE)} of the jobs due in the same second, by timers of the system: until the last one's work is done`,
  ["", "jobs", "µs a job due", "min – max", `÷ ${OURS.name}`],
  fired.map(({ contender, jobs, found }): Cell[] => {
    const all = found.flat();
    return [
      contender.name,
      count(jobs),
      micros(median(all)),
      `${micros(Math.min(...all))} – ${micros(Math.max(...all))}`,
      times(median(all) / firedOurs),
    ];
  }),
);
conclude("Timers, croner and node-cron call a function; the others submit a task to a runner, which calls it.");

const [fewer, most] = SIZES.map(power);
printFigures([
  ...[EVERY, CRON].flatMap((name): Figure[] => [
    figure(`${name}, nothing due: ${most} jobs ÷ ${fewer}`, growth("idle", name), LOGARITHMIC),
    figure(`${name}, a job due: ${most} jobs ÷ ${fewer}`, growth("ticks", name), LOGARITHMIC),
  ]),
  figure(`nothing due among ${most}: ours ÷ ${LINEAR_SCAN}`, among(many.idle, EVERY, LINEAR_SCAN), 1),
  ...[CRONER, NODE_CRON].map((contender) =>
    figure(
      `a job due: ours, of ${most} ÷ ${contender.name}, of ${power(contender.jobs)}`,
      firedOurs / median(firedBy(contender)),
      1,
    )
  ),
  ...[CRONER, NODE_CRON].map((contender) =>
    figure(`heap a job: ours ÷ ${contender.name}`, heapOf(OURS) / heapOf(contender), 1)
  ),
]);

function entry<T>(contender: Contender, jobs: number): Entry<T> {
  return { contender, jobs, found: [] };
}

/** Measures each of them in each round, in a new process and in another order each time. */
async function inTurns<T>(measurement: string, entries: Entry<T>[], rounds: number): Promise<readonly Entry<T>[]> {
  const turns = entries.map(({ contender, jobs, found }) => ({
    async turn() {
      found.push(await measureIn("schedule/once.ts", [measurement, contender.name, String(jobs)]) as T);
    },
  }));
  await takeTurns(turns, rounds);
  return entries;
}

function printTicks(title: string, unit: string, field: keyof TickTimings, names: readonly string[]): void {
  const sizes = [...bySize];
  const head = sizes.flatMap(([size], index) => [
    `${unit}, ${power(size)} jobs`,
    ...(index === 0 ? [] : [`÷ ${power(sizes[0]![0])}`]),
    `÷ ${names.at(-1)}`,
  ]);
  const rows = names.map((name) => [
    name,
    ...sizes.flatMap(([, timings], index): Cell[] => [
      micros(median(timingOf(timings[field], name).micros)),
      ...(index === 0 ? [] : [times(growth(field, name))]),
      share(among(timings[field], name, names.at(-1)!)),
    ]),
  ]);
  printTable(title, ["", ...head], rows);
}

/** How many times as long it takes among many jobs. */
function growth(field: keyof TickTimings, name: string): number {
  const [one, ten] = [few, many].map((timings) => median(timingOf(timings[field], name).micros));
  return ten! / one!;
}

function among(timings: readonly Timing[], name: string, reference: string): number {
  return ratio(timingOf(timings, name), timingOf(timings, reference));
}

function firedBy(contender: Contender): number[] {
  return foundOf(fired, contender).flat();
}

function heapOf(contender: Contender): number {
  return median(foundOf(made, contender).map(({ heap }) => heap));
}

/** The measurements of a contender with all of its jobs. */
function foundOf<T>(entries: readonly Entry<T>[], contender: Contender): readonly T[] {
  return entries.find((each) => each.contender === contender && each.jobs === contender.jobs)!.found;
}

function figure(what: string, value: number, goal: number): Figure {
  return { what, value, goal, better: "lower", text: share };
}

/** A ratio, however small: `1/3,000`. */
function share(value: number): string {
  return value < 0.01 ? `1/${count(1 / value)}` : times(value);
}
