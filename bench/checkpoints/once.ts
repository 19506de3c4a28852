/**
 * Loads or runs something once, in a process that has done nothing before, as programs are that resume: `once.ts
 * MEASUREMENT FOLDER [TASKS]`. Prints milliseconds as JSON.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { join } from "@std/path";
import { type Checkpointer, task, type TaskRecord, TaskRunner } from "../../mod.ts";
import { DATABASE } from "./databases.ts";
import { FILE, file, kv } from "./ours.ts";

/** When the parts of a run had finished, in milliseconds since its start. */
export interface RunTimes {
  readonly loaded: number;
  readonly submitted: number;
  readonly finished: number;
}

const [measurement, folder, tasks] = Deno.args as [string, string, string | undefined];

/** What loads all records. */
const LOADS: Readonly<Record<string, () => Promise<number>>> = {
  "load file": () => loadFrom(file("never")(folder)),
  "load kv": () => loadFrom(kv(folder)),
  "split and parse": async () => {
    const records: TaskRecord[] = [];
    for (const line of (await Deno.readTextFile(join(folder, FILE))).split("\n")) {
      if (line !== "") records.push(JSON.parse(line));
    }
    return records.length;
  },
  // deno-lint-ignore require-await -- what the others need
  "select": async () => {
    const database = new DatabaseSync(join(folder, DATABASE));
    const records: TaskRecord[] = [];
    for (const { record } of database.prepare("SELECT record FROM records").iterate()) {
      records.push(JSON.parse(String(record)));
    }
    database.close();
    return records.length;
  },
  "list": async () => {
    using database = await Deno.openKv(join(folder, DATABASE));
    const records: TaskRecord[] = [];
    for await (const { value } of database.list<TaskRecord>({ prefix: ["run"] }, { batchSize: 500 })) {
      records.push(value);
    }
    return records.length;
  },
};

/** How runners are made. */
const RUNS: Readonly<Record<string, () => Promise<TaskRunner> | TaskRunner>> = {
  "run": () => new TaskRunner(),
  "resume file": () => TaskRunner.resume(file("everysec")(folder)),
  "resume kv": () => TaskRunner.resume(kv(folder)),
};

async function loadFrom(checkpointer: Checkpointer): Promise<number> {
  const records: TaskRecord[] = [];
  for await (const record of checkpointer.load()) records.push(record);
  await checkpointer[Symbol.asyncDispose]();
  return records.length;
}

// deno-lint-ignore require-await -- as bodies usually are
const double = task({ name: "double" }, async (x: number) => 2 * x);

async function run(count: number): Promise<RunTimes> {
  const start = performance.now();
  const since = () => performance.now() - start;
  await using runner = await RUNS[measurement]!();
  const loaded = since();
  for (let x = 0; x < count; x++) runner.submit(double, x);
  const submitted = since();
  const { counts } = await runner.run();
  if (counts.completed !== count) throw new Error(`Only ${counts.completed} of ${count} tasks completed`);
  return { loaded, submitted, finished: since() };
}

async function load(): Promise<{ readonly millis: number; readonly count: number }> {
  const start = performance.now();
  const count = await LOADS[measurement]!();
  return { millis: performance.now() - start, count };
}

console.log(JSON.stringify(measurement in LOADS ? await load() : await run(Number(tasks))));
