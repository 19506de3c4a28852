/**
 * Checkpoints in Postgres: records a second, latency, tasks a second, loading and resuming; as against statements by hand,
 * a file, Deno KV, and pg-boss. Starts a PostgreSQL server of its own, with `fsync` on.
 *
 * @module
 */

import { PostgresCheckpointer } from "../src/stores/postgres/postgres_checkpointer.ts";
import { task, TaskRunner } from "../mod.ts";
import { PostgresServer } from "../tests/postgres/server.ts";
import { WorkFolder } from "./checkpoints/disk.ts";
import { alone, file, kv, type OpenCheckpointer } from "./checkpoints/ours.ts";
import { race } from "./checkpoints/race.ts";
import { recordsFrom } from "./checkpoints/records.ts";
import { compareRuns, type RunKind } from "./checkpoints/runs.ts";
import { type BySize, printRates, runHead, runRows } from "./checkpoints/tables.ts";
import type { StoreTiming } from "./checkpoints/turns.ts";
import { printFigures } from "./goals.ts";
import { conclude, median, power, printTable, ratio, timingOf } from "./harness.ts";
import { timeBoss } from "./postgres/boss.ts";
import { BARE, FENCED, upserts } from "./postgres/raw.ts";

const SIZES = [1, 8, 64, 512] as const;
const TASKS = 20_000;
const RECORDS = 100_000;
const TOGETHER = 1_000;

await using server = await PostgresServer.start({ fsync: true });
await using work = await WorkFolder.create();
const open: OpenCheckpointer = (folder) => new PostgresCheckpointer({ connection: server.url, prefix: folder });

const OURS = alone("Postgres", open);
const KINDS = [
  OURS,
  upserts(BARE, server.url, false),
  upserts(FENCED, server.url, true),
  alone("KV", kv),
  alone("File, always", file("always")),
];
const saved = new Map<number, readonly StoreTiming[]>();
for (const together of SIZES) {
  saved.set(together, await race(KINDS, { together, turnMs: 20, rounds: 8, heats: 2 }, work));
}
printRates("Records saved", saved satisfies BySize, FENCED);

const RUNS: readonly RunKind[] = [
  { name: "none", open: undefined },
  { name: "Postgres", open },
  { name: "KV", open: kv },
  { name: "File, always", open: file("always") },
];
const single = await compareRuns(RUNS, { tasks: 300, inFlight: 1, rounds: 3 }, work);
const many = await compareRuns(RUNS, { tasks: TASKS, inFlight: 512, rounds: 3 }, work);
printRates(
  "No-op tasks run, the next one submitted when one has finished",
  new Map([[1, single], [512, many]]),
  "none",
);
const runs = await compareRuns(RUNS, { tasks: TASKS, rounds: 3 }, work);
printTable(`${power(TASKS)} no-op tasks submitted, run and closed`, runHead("none"), runRows(runs, "none"));
const boss = await timeBoss(server.url, 5_000, 3).catch((error) => {
  conclude(`pg-boss could not be measured: ${error}`);
  return [];
});

const folder = await work.folder();
{
  await using checkpointer = open(folder);
  for (let at = 0; at < RECORDS; at += TOGETHER) await checkpointer.save(recordsFrom(at, TOGETHER));
}
let start = performance.now();
{
  await using checkpointer = open(folder);
  const loaded = (await Array.fromAsync(checkpointer.load())).length;
  if (loaded !== RECORDS) throw new Error(`Only ${loaded} of ${RECORDS} records were loaded`);
}
const loadMs = performance.now() - start;

// deno-lint-ignore require-await -- as bodies usually are
const double = task({ name: "double" }, async (x: number) => 2 * x);
const resumed = await work.folder();
const times: number[] = [];
for (let round = 0; round < 2; round++) {
  start = performance.now();
  await using runner = await TaskRunner.resume(open(resumed));
  for (let x = 0; x < RECORDS; x++) runner.submit(double, x);
  await runner.run();
  times.push(performance.now() - start);
}
const [firstMs, againMs] = times as [number, number];
conclude(
  `${power(RECORDS)} records loaded in ${loadMs.toFixed(0)} ms; as many tasks run in ${firstMs.toFixed(0)} ms, and ` +
    `resumed, all of them finished, in ${againMs.toFixed(0)} ms`,
);

const perTask = (timings: readonly StoreTiming[], name: string) => median(timingOf(timings, name).micros);
const rate = (micros: number) => `${Math.round(1e6 / micros).toLocaleString("en")} a second`;
const shareOf = (size: number, name: string) => {
  const timings = saved.get(size)!;
  return 1 / ratio(timingOf(timings, OURS.name), timingOf(timings, name));
};
printFigures([
  {
    what: "records a second ÷ by hand with a lease, 512 together",
    value: shareOf(512, FENCED),
    goal: 0.6,
    better: "higher",
  },
  { what: "one record ÷ a bare upsert", value: 1 / shareOf(1, BARE), goal: 1.3 },
  { what: "tasks, 512 under way", value: perTask(many, "Postgres"), text: rate },
  { what: "one task at a time, ms", value: perTask(single, "Postgres") / 1_000, text: (ms) => `${ms.toFixed(2)} ms` },
  {
    what: "a task submitted and run ÷ a job of pg-boss",
    value: boss.length === 0 ? undefined : perTask(runs, "Postgres") / median(boss),
  },
  { what: `${power(RECORDS)} records loaded, ms`, value: loadMs, text: (ms) => `${ms.toFixed(0)} ms` },
  { what: "resumed and finished ÷ run for the first time", value: againMs / firstMs, goal: 2 },
]);
