/**
 * A service that is killed again and again: it accepts jobs with and without keys, runs others by a schedule, and has a
 * retention or not. What it has accepted is done, once.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import type { Retention, TaskRecord } from "../../mod.ts";
import { DIARY_PATH, DIARY_ROUND, type DiaryEntry, DiaryReader } from "./diary.ts";
import { Random } from "./random.ts";
import { readStore } from "./store.ts";
import { sleep } from "../support.ts";

/** What the service is told. */
export interface ServiceOrder {
  readonly path: string;
  /** What it accepts; those that begin with "key" have that key. */
  readonly labels: readonly string[];
  /** How many tasks complete before it stops. */
  readonly ticks: number;
  readonly retention: Retention;
}

/** What it says once everything is done. */
export const DONE = "DONE";

/** How a service fared. */
export interface ServiceReport {
  readonly kills: number;
  /** What was wrong, as a sentence each. */
  readonly problems: readonly string[];
}

const PROGRAM = fromFileUrl(new URL("programs/service.ts", import.meta.url));
const FLAGS = ["run", "--quiet", "--no-check", "--no-prompt", "--allow-all"];
/** How many jobs are sent to the service in each round. */
const JOBS = 12;

/** Kills a service that many times, and then lets it finish. */
export async function killService(seed: number, kills: number): Promise<ServiceReport> {
  const folder = await Deno.makeTempDir({ prefix: "workflowy-service-" });
  const service = new Service(folder, new Random(seed));
  for (let round = 1; round <= kills; round++) await service.live(round, "killed");
  await service.live(kills + 1, "left alone");
  const problems = await service.check();
  if (problems.length === 0) await Deno.remove(folder, { recursive: true });
  return { kills, problems };
}

class Service {
  readonly #folder: string;
  readonly #random: Random;
  readonly #diary: DiaryReader;
  readonly #retention: ServiceOrder["retention"];
  readonly #problems: string[] = [];
  /** Jobs that were sent and not answered, and have a key: they are sent again. */
  #unanswered: string[] = [];

  constructor(folder: string, random: Random) {
    this.#folder = folder;
    this.#random = random;
    this.#diary = new DiaryReader(`${folder}/diary.jsonl`);
    this.#retention = random.chance(0.5) ? "all" : { completed: "200ms", failed: "1h" };
  }

  get #path(): string {
    return `${this.#folder}/state.jsonl`;
  }

  async live(round: number, end: "killed" | "left alone"): Promise<void> {
    const before = await this.#records();
    const isLast = end === "left alone";
    const fresh = Array.from({ length: JOBS }, (_, index) => `${index % 2 === 0 ? "key" : "job"} ${round}.${index}`);
    const labels = [...this.#unanswered, ...fresh];
    const order = { path: this.#path, labels, ticks: isLast ? 100 : 1e9, retention: this.#retention };
    const child = new Deno.Command(Deno.execPath(), {
      args: [...FLAGS, PROGRAM, JSON.stringify(order)],
      env: { [DIARY_PATH]: `${this.#folder}/diary.jsonl`, [DIARY_ROUND]: String(round), NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const output = child.output();
    if (!isLast) {
      await this.#lines(round, this.#random.int(1, 120));
      child.kill("SIGKILL");
    }
    const { code, signal, stdout, stderr } = await output;
    const said = new TextDecoder().decode(stdout);
    const isWell = isLast ? code === 0 && said.includes(DONE) : signal === "SIGKILL";
    if (!isWell) {
      this.#problems.push(`round ${round} ended with ${code} (${signal}): ${new TextDecoder().decode(stderr)}`);
    }
    this.#checkRound(round, before);
    const answered = new Set(this.#entries("accepted").map(({ label }) => label));
    this.#unanswered = labels.filter((label) => label.startsWith("key") && !answered.has(label));
  }

  /** Resolves once bodies have written so many lines in a round, or the service has ended. */
  async #lines(round: number, count: number): Promise<void> {
    const end = Date.now() + 20_000;
    while (Date.now() < end) {
      if (this.#diary.read().filter((entry) => entry.round === round).length >= count) return;
      await sleep(1);
    }
  }

  /** What had completed on record does not begin again. */
  #checkRound(round: number, before: ReadonlyMap<string, TaskRecord>): void {
    for (const { id, label } of this.#entries("begin").filter((entry) => entry.round === round)) {
      if (before.get(id)?.status !== "completed") continue;
      this.#problems.push(`${label} (${id}) began in round ${round}, although it was on record as completed`);
    }
  }

  async check(): Promise<string[]> {
    const records = await this.#records();
    const ended = new Set(this.#entries("end").map(({ id }) => id));
    const problems = this.#problems;
    for (const { id, label } of this.#entries("accepted")) {
      const status = records.get(id)?.status;
      if (status !== "completed" && !(this.#retention !== "all" && status === undefined)) {
        problems.push(`${label} (${id}) was accepted, and is on record as ${status}`);
      }
      if (!ended.has(id)) problems.push(`${label} (${id}) was accepted, and never done`);
    }
    const idsOf = Map.groupBy(this.#entries("end"), ({ label }) => label);
    for (const [label, entries] of idsOf) {
      const ids = new Set(entries.map(({ id }) => id));
      const parts = [...ids].filter((id) => id.startsWith("part")).length;
      // One id for the job, and two for its parts; each is done in one way, whatever attempt or round it was.
      const expected = label.startsWith("job") ? undefined : 1;
      const jobs = ids.size - parts;
      if (expected !== undefined && jobs > expected) problems.push(`${label} was done under ${jobs} ids`);
      if (parts !== 2 * jobs && jobs > 0) problems.push(`${label} has ${parts} parts under ${jobs} ids`);
    }
    for (const { id, status, name } of records.values()) {
      if (["part", "accepted", "scheduled"].includes(name) && status !== "completed") {
        problems.push(`${id} is on record as ${status}`);
      }
    }
    return problems.map((each) => `${each} (its files are in ${this.#folder})`);
  }

  #entries(what: DiaryEntry["what"]): DiaryEntry[] {
    return this.#diary.read().filter((entry) => entry.what === what);
  }

  async #records(): Promise<ReadonlyMap<string, TaskRecord>> {
    return await readStore({ kind: "file", path: this.#path, codec: "json", fsync: "never" });
  }
}
