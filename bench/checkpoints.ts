/**
 * Checkpoints: completions a second, bytes a task, loading, resuming, and what they add to a run; as against files and
 * databases written by hand.
 *
 * @module
 */

import { type Figure, perSecond, printFigures, rateOf } from "./goals.ts";
import { conclude, median, power, printTable, ratio, times, type Timing, timingOf } from "./harness.ts";
import { KV, KV_SETS, SQLITE_FULL, SQLITE_NORMAL } from "./checkpoints/databases.ts";
import { fileSystemOf, WorkFolder } from "./checkpoints/disk.ts";
import {
  APPEND,
  APPEND_GROUPS,
  BUFFERED,
  SYNCED,
  SYNCED_BLOCKING,
  SYNCED_EACH,
  wholeFile,
} from "./checkpoints/files.ts";
import * as loads from "./checkpoints/loads.ts";
import { alone, file, kv, memory } from "./checkpoints/ours.ts";
import { race, type SaveComparison } from "./checkpoints/race.ts";
import { compareRuns, type RunKind } from "./checkpoints/runs.ts";
import type { StoreKind } from "./checkpoints/store.ts";
import { type BySize, millisHead, millisRows, printBytes, printRates, runHead, runRows } from "./checkpoints/tables.ts";
import type { StoreTiming } from "./checkpoints/turns.ts";

const SIZES = [1, 8, 64, 512] as const;
const TASKS = 100_000;
/** Fewer where each completion has to wait for the disk. */
const TASKS_AT: ReadonlyMap<number, number> = new Map([[1, 500], [8, 2_000], [64, 10_000], [512, 20_000]]);

const MEMORY = alone("Memory", memory);
const NEVER = alone("File, never", file("never"));
const EVERYSEC = alone("File, everysec", file("everysec"));
const ALWAYS = alone("File, always", file("always"));
const OUR_KV = alone("KV", kv);

/** What a loss of power leaves as it is. */
const DURABLE: readonly StoreKind[] = [ALWAYS, OUR_KV, SYNCED, SYNCED_BLOCKING, SYNCED_EACH, KV, KV_SETS, SQLITE_FULL];
/** What the end of the program leaves as it is, but for memory and what is buffered. */
const UNSYNCED: readonly StoreKind[] = [
  MEMORY,
  NEVER,
  EVERYSEC,
  APPEND,
  APPEND_GROUPS,
  BUFFERED,
  SQLITE_NORMAL,
  wholeFile(1_000),
  wholeFile(10_000),
];

const NONE = "none";
const RUNS: readonly RunKind[] = [
  { name: NONE, open: undefined },
  { name: "Memory", open: memory },
  { name: "File, never", open: file("never") },
  { name: "File, everysec", open: file("everysec") },
  { name: "File, everysec, interval 1s", open: file("everysec"), interval: "1s" },
  { name: "File, always", open: file("always") },
  { name: "KV", open: kv, rounds: 1 },
];

await using work = await WorkFolder.create();
const fileSystem = await fileSystemOf(work.path);
conclude(
  `In ${work.path} on ${fileSystem ?? "an unknown file system"}` +
    (fileSystem === "tmpfs" ? ", which is no disk: set TMPDIR to a folder on one" : ""),
);

// These first: so few saves fit into a turn that waits for the disk that V8 would not come to compile what they call.
const unsynced = await raceAll(UNSYNCED, { turnMs: 15, rounds: 8, heats: 3 });
const durable = await raceAll(DURABLE, { turnMs: 6, rounds: 16, heats: 3 });
printRates("Records saved, a loss of power leaves them", durable, SYNCED.name);
printRates("Records saved, the end of the program leaves them", unsynced, APPEND.name);
printBytes("Bytes a record", both(durable, unsynced));

const inFlight = new Map<number, StoreTiming[]>();
for (const size of SIZES) {
  inFlight.set(size, await compareRuns(RUNS, { tasks: TASKS_AT.get(size)!, inFlight: size, rounds: 3 }, work));
}
printRates("No-op tasks run, the next one submitted when one has finished", inFlight, NONE);
printBytes("Bytes a task", inFlight);
const runs = await compareRuns(RUNS, { tasks: TASKS, rounds: 3 }, work);
printTable(`${power(TASKS)} no-op tasks submitted, run and closed`, runHead(NONE), runRows(runs, NONE));

const { FILE_LOAD, PARSE, SELECT, KV_LOAD, KV_LIST } = loads;
const few = await loads.compareLoads([FILE_LOAD, PARSE, SELECT, KV_LOAD, KV_LIST], TASKS, 5, work);
const many = await loads.compareLoads([FILE_LOAD, PARSE, SELECT], 10 * TASKS, 2, work);
for (const [timings, count] of [[few, TASKS], [many, 10 * TASKS]] as const) {
  printTable(`${power(count)} records loaded`, millisHead([PARSE.name]), millisRows(timings, count, [PARSE.name]));
}

const { PLAIN, FIRST, AGAIN } = loads;
const resumes = await loads.compareResumes(TASKS, 5, work);
const references = [PLAIN, FIRST];
printTable(
  `${power(TASKS)} no-op tasks: loaded, submitted and run, in a new process`,
  millisHead(references),
  millisRows(resumes.finished, TASKS, references),
);
printTable(
  "Of that, loading and submitting",
  millisHead(references),
  millisRows(resumes.submitted, TASKS, references),
);

printFigures([
  { what: "results saved, 64 together", value: rateOf(unsynced.get(64)!, EVERYSEC.name), text: perSecond },
  ...SIZES.map((size) =>
    raceFigure(`unsynced ÷ ${APPEND.name}, ${size} together`, unsynced, size, EVERYSEC, APPEND, 2)
  ),
  ...SIZES.map((size) => raceFigure(`durable ÷ ${SYNCED.name}, ${size} together`, durable, size, ALWAYS, SYNCED, 1.2)),
  ...SIZES.map((size) =>
    raceFigure(`durable ÷ node:sqlite FULL, ${size} together`, durable, size, ALWAYS, SQLITE_FULL, 1)
  ),
  ...SIZES.map((size) => raceFigure(`durable ÷ ${KV.name}, ${size} together`, durable, size, ALWAYS, KV, 1)),
  figure(`${power(TASKS)} records loaded ÷ split and parsed`, among(few, FILE_LOAD.name, PARSE.name), 1.3),
  figure(`${power(10 * TASKS)} ÷ ${power(TASKS)}, a record`, growth(), 1.1),
  figure("resumed ÷ submitted for the first time", among(resumes.submitted, AGAIN, FIRST), 2),
  figure("resumed and run ÷ for the first time", among(resumes.finished, AGAIN, FIRST), 2),
  figure(`resumed and run ÷ ${PLAIN}`, among(resumes.finished, AGAIN, PLAIN), 2),
]);

async function raceAll(kinds: readonly StoreKind[], pace: Omit<SaveComparison, "together">): Promise<BySize> {
  const all = new Map<number, readonly StoreTiming[]>();
  for (const together of SIZES) all.set(together, await race(kinds, { together, ...pace }, work));
  return all;
}

function both(one: BySize, other: BySize): BySize {
  return new Map(SIZES.map((size) => [size, [...other.get(size)!, ...one.get(size)!]]));
}

function among(timings: readonly Timing[], name: string, reference: string): number {
  return ratio(timingOf(timings, name), timingOf(timings, reference));
}

/** How much longer a record takes to load among many; the parser's own growth is its caches'. */
function growth(): number {
  const [one, ten] = [few, many].map((timings) => median(timingOf(timings, FILE_LOAD.name).micros));
  return ten! / one!;
}

function raceFigure(what: string, all: BySize, size: number, our: StoreKind, their: StoreKind, goal: number): Figure {
  return figure(what, among(all.get(size)!, our.name, their.name), goal);
}

function figure(what: string, value: number, goal: number): Figure {
  return { what, value, goal, better: "lower", text: times };
}
