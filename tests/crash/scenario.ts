/**
 * What the campaign puts a program through: a plan, a checkpoint, and the ways in which it is killed.
 *
 * @module
 */

import type { Backend } from "../../mod.ts";
import type { Blow } from "./child.ts";
import type { Fault, Strike } from "./order.ts";
import type { PlanSetup } from "./plan.ts";
import { hasServer } from "./server.ts";
import { Random, seedOf } from "./random.ts";
import type { StoreSpec } from "./store.ts";

/** The checkpoints, but for where they are. */
export const STORES = {
  "file-json": { kind: "file", codec: "json", fsync: "never" },
  "file-structured": { kind: "file", codec: "structured", fsync: "everysec" },
  "file-json-always": { kind: "file", codec: "json", fsync: "always" },
  "file-structured-always": { kind: "file", codec: "structured", fsync: "always" },
  "kv-json": { kind: "kv", codec: "json", leaseMs: 400 },
  "kv-structured": { kind: "kv", codec: "structured", leaseMs: 400 },
  "postgres-json": { kind: "postgres", codec: "json", leaseMs: 400 },
  "postgres-structured": { kind: "postgres", codec: "structured", leaseMs: 400 },
} as const;

/** The name of a checkpoint. */
export type StoreName = keyof typeof STORES;

/** Whether a checkpoint is in the campaign's server. */
export function isInServer(store: StoreName): boolean {
  return STORES[store].kind === "postgres";
}

/** The checkpoints that there can be on this machine. */
export const AVAILABLE: readonly StoreName[] = (Object.keys(STORES) as StoreName[])
  .filter((store) => hasServer || !isInServer(store));

/** Which backends the steps of a plan are on. */
export const MIXES: Readonly<Record<string, readonly Backend[]>> = {
  async: ["async"],
  thread: ["thread"],
  process: ["process"],
  mixed: ["async", "async", "thread", "process"],
};

/**
 * How programs are killed: at a random time; after some of the bodies' lines; by themselves at a `save()` or at something
 * done to the file; by a loss of power, of which everything survives that was synchronised; or asked to end, by SIGTERM. The
 * server of their checkpoint is killed instead of them, or together with them.
 */
export const KILLS = ["clock", "lines", "save", "file", "power", "term", "server", "both"] as const;

/** A way to kill a program. */
export type Kill = (typeof KILLS)[number];

/** What the campaign is limited to. */
export interface Choices {
  readonly seed: number;
  readonly stores: readonly StoreName[];
  readonly mixes: readonly string[];
  readonly kills: readonly Kill[];
  readonly fault?: Fault | undefined;
}

/** One plan and what is done to it. */
export interface Scenario {
  readonly index: number;
  readonly name: string;
  readonly seed: number;
  readonly store: StoreName;
  readonly plan: PlanSetup;
  /** In milliseconds. */
  readonly checkpointInterval: number;
  /** How many kills there are to be. */
  readonly kills: number;
  /** After which kill copies of the file are cut short. */
  readonly tearsAfter: number | undefined;
  readonly kinds: readonly Kill[];
  readonly fault: Fault | undefined;
}

/** The `index`th scenario, from 0; they take turns with checkpoints and backends. */
export function scenarioOf(index: number, choices: Choices): Scenario {
  const { stores, mixes, kills, fault } = choices;
  const seed = seedOf(choices.seed, index);
  const random = new Random(seed);
  const store = stores[index % stores.length]!;
  const mix = mixes[Math.floor(index / stores.length + index) % mixes.length]!;
  const { codec, kind } = STORES[store];
  const weight = random.chance(0.3) ? "heavy" : "light";
  const checkpointInterval = random.chance(0.15) ? random.pick([1, 20]) : 0;
  const possible = kills.filter((each) =>
    (each !== "file" || kind === "file") && (each !== "power" || store.endsWith("-always")) &&
    (each !== "server" && each !== "both" || kind === "postgres")
  );
  return {
    index,
    name: `${store}, ${mix}, ${weight}${checkpointInterval > 0 ? `, every ${checkpointInterval} ms` : ""}`,
    seed,
    store,
    plan: { seed: random.seed(), codec, backends: MIXES[mix]!, weight },
    checkpointInterval,
    kills: weight === "heavy" ? random.int(6, 10) : random.int(4, 8),
    // Each of them takes as long as several kills.
    tearsAfter: kind === "file" && weight === "light" && random.chance(0.2) ? random.int(1, 4) : undefined,
    kinds: possible.length > 0 ? possible : ["clock"],
    fault,
  };
}

/** The checkpoint of a scenario at a path. */
export function storeAt(path: string, store: StoreName): StoreSpec {
  return { ...STORES[store], path };
}

/** How a run went that was not interrupted, as far as it says when to strike. */
export interface Rhythm {
  readonly lifeMs: number;
  readonly startMs: number;
  readonly lines: number;
  readonly saves: number;
  readonly fileOperations: number;
}

/** How a program is to end. */
export interface End {
  readonly kill: Kill;
  readonly strike: Strike | undefined;
  readonly blow: Blow | undefined;
}

/** As many operations on a file are its opening, the first write, and a compaction. */
const SOON = 14;

/** A random moment for a kill, if that share of the work is left to do. */
export function endOf(kill: Kill, random: Random, rhythm: Rhythm, left: number): End {
  // Not too late, so that there is something left to do for the next one.
  const upTo = (count: number) => random.int(1, Math.max(1, Math.ceil(count * left * 0.5)));
  // The end of its life is as long as ever, and so is its beginning.
  const ms = random.next() * (rhythm.startMs + (rhythm.lifeMs - rhythm.startMs) * Math.max(left, 0.2));
  const signal = "SIGKILL";
  switch (kill) {
    case "clock":
      return { kill, strike: undefined, blow: { after: "ms", ms, signal } };
    case "server":
    case "both":
      return { kill, strike: undefined, blow: { after: "ms", ms, signal, hits: kill } };
    case "term":
      return random.chance(0.5)
        ? { kill, strike: undefined, blow: { after: "ms", ms, signal: "SIGTERM" } }
        : { kill, strike: undefined, blow: { after: "lines", lines: upTo(rhythm.lines), signal: "SIGTERM" } };
    case "lines":
      return { kill, strike: undefined, blow: { after: "lines", lines: upTo(rhythm.lines), signal } };
    case "save": {
      const moment = random.pick(["before", "during", "after"] as const);
      return { kill, strike: { at: "save", count: upTo(rhythm.saves), moment }, blow: undefined };
    }
    case "file":
    case "power": {
      // A file is compacted soon after all has been submitted again.
      const count = random.chance(0.5) ? random.int(1, SOON) : upTo(rhythm.fileOperations);
      return { kill, strike: { at: "file", count, share: random.next() }, blow: undefined };
    }
  }
}
