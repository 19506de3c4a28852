/**
 * Loading records, and resuming runs, each time in a new process.
 *
 * @module
 */

import type { Timing } from "../harness.ts";
import { measureIn } from "../process.ts";
import { KV, SQLITE_NORMAL } from "./databases.ts";
import type { WorkFolder } from "./disk.ts";
import type { RunTimes } from "./once.ts";
import { alone, file, kv } from "./ours.ts";
import { recordsFrom } from "./records.ts";
import type { StoreKind } from "./store.ts";
import { takeTurns } from "./turns.ts";

/** How many records are saved at a time to be loaded later. */
const TOGETHER = 500;

/** A way of loading: a measurement of `once.ts`, and what writes what it reads. */
interface LoadKind {
  readonly name: string;
  readonly measurement: string;
  readonly store: StoreKind;
}

const FILE_STORE = alone("File", file("never"));
export const FILE_LOAD: LoadKind = { name: "File", measurement: "load file", store: FILE_STORE };
/** Reads the very file that the checkpointer has written. */
export const PARSE: LoadKind = { name: "read, split, JSON.parse", measurement: "split and parse", store: FILE_STORE };
export const SELECT: LoadKind = { name: "node:sqlite, JSON.parse", measurement: "select", store: SQLITE_NORMAL };
export const KV_LOAD: LoadKind = { name: "KV", measurement: "load kv", store: alone("KV", kv) };
export const KV_LIST: LoadKind = { name: "Deno KV, list()", measurement: "list", store: KV };

/** Times how long it takes to load that many records. */
export async function compareLoads(
  kinds: readonly LoadKind[],
  count: number,
  rounds: number,
  work: WorkFolder,
): Promise<Timing[]> {
  const folders = new Map<StoreKind, string>();
  for (const { store } of kinds) {
    if (!folders.has(store)) folders.set(store, await filled(store, count, work));
  }
  const timings = kinds.map(({ name }) => ({ name, micros: [] as number[] }));
  const loaders = kinds.map(({ measurement, store }, index) => ({
    async turn() {
      const { millis, count: loaded } = await measure(measurement, folders.get(store)!) as Loaded;
      if (loaded < count) throw new Error(`${measurement}: only ${loaded} of ${count} records were loaded`);
      timings[index]!.micros.push(millis * 1000 / count);
    },
  }));
  await takeTurns(loaders, rounds);
  for (const folder of folders.values()) await Deno.remove(folder, { recursive: true });
  return timings;
}

type Loaded = { readonly millis: number; readonly count: number };

async function filled(store: StoreKind, count: number, work: WorkFolder): Promise<string> {
  const folder = await work.folder();
  const open = await store.open(folder);
  for (let first = 0; first < count; first += TOGETHER) await open.save(recordsFrom(first, TOGETHER));
  await open.close();
  return folder;
}

/** The parts of runs that resume, or do not. */
export interface ResumeTimings {
  /** Until all was loaded, all was submitted, and the run had finished; a name for each way of running. */
  readonly loaded: Timing[];
  readonly submitted: Timing[];
  readonly finished: Timing[];
}

export const PLAIN = "without a checkpoint";
export const FIRST = "File, the first time";
export const AGAIN = "File, resumed";
export const KV_AGAIN = "KV, resumed";

/** Times a run without a checkpoint, one with a new checkpoint, and ones in which all is done. */
export async function compareResumes(tasks: number, rounds: number, work: WorkFolder): Promise<ResumeTimings> {
  const done = await work.folder();
  await measure("resume file", done, tasks);
  const doneInKv = await work.folder();
  await measure("resume kv", doneInKv, tasks);
  const kinds = [
    { name: PLAIN, measurement: "run", folder: () => done },
    { name: FIRST, measurement: "resume file", folder: () => work.folder() },
    { name: AGAIN, measurement: "resume file", folder: () => done },
    { name: KV_AGAIN, measurement: "resume kv", folder: () => doneInKv },
  ];
  const parts = (): Timing[] => kinds.map(({ name }) => ({ name, micros: [] as number[] }));
  const timings = { loaded: parts(), submitted: parts(), finished: parts() };
  const runners = kinds.map(({ measurement, folder }, index) => ({
    async turn() {
      const times = await measure(measurement, await folder(), tasks) as RunTimes;
      for (const part of ["loaded", "submitted", "finished"] as const) {
        (timings[part][index]!.micros as number[]).push(times[part] * 1000 / tasks);
      }
    },
  }));
  await takeTurns(runners, rounds);
  return timings;
}

function measure(measurement: string, folder: string, tasks?: number): Promise<unknown> {
  return measureIn("checkpoints/once.ts", [measurement, folder, ...(tasks === undefined ? [] : [String(tasks)])]);
}
