/**
 * Single runs of the program in a scenario, and what is looked at after each.
 *
 * @module
 */

import { type Ending, runProgram } from "./child.ts";
import { DiaryReader } from "./diary.ts";
import { fingerprint } from "./fingerprint.ts";
import { leftoversOf } from "./leftovers.ts";
import type { Order } from "./order.ts";
import { type Plan, planOf } from "./plan.ts";
import { Random } from "./random.ts";
import { labelOf, Rules } from "./rules.ts";
import { type End, type Kill, type Rhythm, type Scenario, storeAt } from "./scenario.ts";
import { readStore, type Records, recordsOf, type StoreSpec } from "./store.ts";

/** What was done in a scenario. */
export interface CaseReport {
  /** How often a program was killed, in each way. */
  readonly kills: ReadonlyMap<Kill, number>;
  /** How many programs came to their end. */
  readonly finished: number;
  /** How many completions were found on record by a later run, instead of being run again. */
  readonly primed: number;
  /** How often a file was found to have been compacted. */
  readonly compactions: number;
  /** How many files were read that end too early. */
  readonly torn: number;
}

/** Says what went wrong, in which run. */
export class CrashFailure extends Error {
  override readonly name = "CrashFailure";

  constructor(scenario: Scenario, run: string, problems: readonly string[]) {
    const lines = [...new Set(problems)].map((each) => `  - ${each.trimEnd().replaceAll("\n", "\n    ")}`);
    const more = lines.length > MAX_SHOWN ? [`  - and ${lines.length - MAX_SHOWN} more`] : [];
    super([`${scenario.index}: ${scenario.name}, ${run}:`, ...lines.slice(0, MAX_SHOWN), ...more].join("\n"));
  }
}

const MAX_SHOWN = 12;
/** How long processes may take to find out that their program was killed, in milliseconds. */
const LEFTOVER_PATIENCE_MS = 3_000;
/** The exit code of a program that was asked to end by SIGTERM. */
const TERM_CODE = 143;
/** How long it may take for that: bodies have a second, and their workers somewhat more. */
const MAX_TERM_MS = 6_000;

/** What is said of threads that get no time on a busy machine to hear that they are to end. */
const IMPATIENCE = /^"thread-.*its thread cannot be ended.*\n|^The program will not exit by itself, as a thread.*\n/gm;

/** How a run of the program went. */
export interface Run {
  readonly ending: Ending;
  /** What the checkpoint holds now. */
  readonly after: Records;
}

/** The runs of a scenario, in a folder of its own. */
export class Runs {
  readonly scenario: Scenario;
  readonly folder: string;
  readonly plan: Plan;
  /** The checkpoint that the runs have in common. */
  readonly store: StoreSpec;
  readonly random: Random;
  readonly #diary: DiaryReader;
  #rules: Rules | undefined;
  #count = 0;
  #finished = 0;
  #primed = 0;
  #compactions = 0;
  #inode: number | null = null;
  #hasResubmitted = false;
  /** The rounds that continued from a copy: what they did is on none of the other checkpoints. */
  readonly #cutRounds = new Set<number>();

  constructor(scenario: Scenario, folder: string) {
    this.scenario = scenario;
    this.folder = folder;
    this.plan = planOf(scenario.plan);
    this.store = storeAt(`${folder}/state`, scenario.store);
    this.random = new Random(scenario.seed + 1);
    this.#diary = new DiaryReader(`${folder}/diary.jsonl`);
  }

  /** How many there were. */
  get count(): number {
    return this.#count;
  }

  get report(): Omit<CaseReport, "kills" | "torn"> {
    return { finished: this.#finished, primed: this.#primed, compactions: this.#compactions };
  }

  /** What a program is told, unless something else is said. */
  orderOf(what: Partial<Order> = {}): Order {
    const { plan, checkpointInterval, fault } = this.scenario;
    return {
      plan,
      store: this.store,
      checkpointInterval,
      shuffle: this.random.seed(),
      omitted: [],
      submits: "steps",
      keepFailed: false,
      handleSignals: false,
      strike: undefined,
      fault,
      ...what,
    };
  }

  /** Finds out how it goes without interruptions, on a checkpoint of its own. To be called first. */
  async goUndisturbed(): Promise<Rhythm> {
    const store = storeAt(`${this.folder}/undisturbed`, this.scenario.store);
    const diary = `${this.folder}/undisturbed.jsonl`;
    const order = this.orderOf({ store, fault: undefined });
    const ending = await runProgram(order, { diary, round: 1, mark: `${this.folder} undisturbed` }, undefined);
    this.#checkEnding("the undisturbed run", ending, undefined);
    const { steps, saves, fileOperations } = ending.results!;
    const records = recordsOf("bodies", await readStore(store));
    const completed = records.values().filter(({ status }) => status === "completed");
    const entries = new DiaryReader(diary).read().filter(({ what }) => what !== "delivered");
    this.#rules = new Rules(this.plan, {
      ends: new Map(steps.map(({ label, status, print }) => [label, { status, print }])),
      values: new Map(completed.map((record) => [labelOf(record), fingerprint(record.value)])),
      begun: new Set(entries.map(({ label }) => label)),
    });
    const { lifeMs, startMs } = ending;
    return { lifeMs, startMs, lines: entries.length, saves, fileOperations };
  }

  /**
   * Runs the program and looks at what has come of it.
   *
   * @param before What the checkpoint holds.
   * @throws {CrashFailure} If a rule is broken.
   */
  async go(order: Order, end: End | undefined, before: Records, isCut = false): Promise<Run> {
    const round = ++this.#count;
    const mark = `${this.folder} ${round}`;
    const ending = await runProgram(order, { diary: `${this.folder}/diary.jsonl`, round, mark }, end?.blow);
    const what = describe(round, order, end);
    this.#checkEnding(what, ending, end);
    const left = await leftoversOf(mark, LEFTOVER_PATIENCE_MS);
    if (left.length > 0) throw this.failure(what, [`it has left processes behind: ${left.join(", ")}`]);
    if (end?.kill === "power") await this.#losePower(order.store.path);
    const after = await this.#read(order.store, what);
    this.#hasResubmitted ||= order.submits === "orphans";
    if (isCut) this.#cutRounds.add(round);
    const breaches = this.#rules!.breaches({
      round,
      diary: this.#diary.read().filter((entry) => entry.round === round || !this.#cutRounds.has(entry.round)),
      before,
      after,
      // Orphans that are submitted again are not steps of the plan.
      results: order.submits === "steps" ? ending.results : undefined,
      keptFailed: order.keepFailed,
      writesAhead: order.checkpointInterval === 0,
      hasResubmitted: this.#hasResubmitted,
      lostPower: end?.kill === "power",
      isCut,
    });
    if (breaches.length > 0) throw this.failure(what, breaches);
    if (ending.results !== undefined) this.#finished++;
    this.#primed += ending.results?.steps.filter(({ wasPrimed }) => wasPrimed).length ?? 0;
    return { ending, after };
  }

  failure(what: string, problems: readonly string[]): CrashFailure {
    return new CrashFailure(this.scenario, what, problems);
  }

  /** How the program may have ended: as it was told to, or well, if it was faster than what was to end it. */
  #checkEnding(what: string, ending: Ending, end: End | undefined): void {
    const { code, signal, results, hangs, stderr, lifeMs } = ending;
    const isWell = signal === null && code === 0 && results !== undefined;
    const problems: string[] = [];
    if (hangs) {
      problems.push(`it did not end within ${lifeMs} ms`);
    } else if (end?.kill === "term") {
      // Before it listens, or when it no longer does, the signal itself ends it, which counts as the same code.
      if (!isWell && code !== TERM_CODE) problems.push(`SIGTERM ended it with code ${code} (${signal})`);
      const ms = end.blow?.after === "ms" ? lifeMs - end.blow.ms : 0;
      // A server that was killed in another scenario meanwhile keeps saves waiting.
      if (ms > MAX_TERM_MS && this.store.kind !== "postgres") {
        problems.push(`it took ${Math.round(ms)} ms to end after SIGTERM`);
      }
    } else if (!isWell && (end === undefined || signal !== "SIGKILL")) {
      problems.push(`it ended with code ${code} (${signal})${results === undefined ? " and without results" : ""}`);
    }
    const unexpected = end?.kill === "term" ? stderr.replace(IMPATIENCE, "") : stderr;
    if (unexpected.trim() !== "") problems.push(`it wrote on its standard error: ${stderr.slice(0, 2_000)}`);
    if (problems.length > 0) throw this.failure(what, problems);
  }

  async #read(store: StoreSpec, what: string): Promise<Records> {
    try {
      const records = await readStore(store);
      if (store === this.store && store.kind === "file") this.#noteCompaction(store.path);
      return records;
    } catch (error) {
      throw this.failure(what, [`its checkpoint cannot be read: ${error}`]);
    }
  }

  /** A compacted file is another one. */
  #noteCompaction(path: string): void {
    const inode = infoOf(path)?.ino ?? null;
    if (this.#inode !== null && inode !== this.#inode) this.#compactions++;
    this.#inode = inode;
  }

  /** Takes away some of what was not synchronised. */
  async #losePower(path: string): Promise<void> {
    const file = infoOf(path);
    if (file === undefined) return;
    const synced = Math.min(file.size, sizeSynced(path, file));
    await Deno.truncate(path, this.random.int(synced, file.size));
  }
}

function describe(round: number, { submits, keepFailed }: Order, end: End | undefined): string {
  const how = end === undefined ? "left alone" : `${end.kill}, ${JSON.stringify(end.strike ?? end.blow)}`;
  return `run ${round} (${submits}${keepFailed ? ", keepFailed" : ""}; ${how})`;
}

function infoOf(path: string): Deno.FileInfo | undefined {
  return ifThere(() => Deno.statSync(path));
}

/** How much of the file is on the disk for sure, by the notes of the program; they name files, as one takes another's place. */
function sizeSynced(path: string, { ino }: Deno.FileInfo): number {
  const notes = ifThere(() => Deno.readTextFileSync(`${path}.synced`)) ?? "";
  const mine = notes.split("\n").findLast((line) => line.startsWith(`${ino} `));
  return mine === undefined ? 0 : Number(mine.split(" ")[1]);
}

function ifThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
