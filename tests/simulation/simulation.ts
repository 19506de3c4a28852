/**
 * Runs a program of tasks that is killed in the middle of a save, several times, and resumed; and looks at whether all of its
 * work was done as if nothing had stopped it.
 *
 * Every completion of a body makes a number that no other has. So what came from which body can be told, in the results as
 * well as on record: equal work of two bodies is two pieces of work, with two numbers.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  type Checkpointer,
  currentRunner,
  currentTask,
  MemoryCheckpointer,
  task,
  type TaskHandle,
  type TaskRecord,
  TaskRunner,
  type TaskStatus,
} from "../../mod.ts";
import { Random, seedOf } from "../crash/random.ts";
import { never, recordingLogger, turn } from "../support.ts";
import { type Child, type Life, type Plan, planOf, type Work } from "./plan.ts";

/** What a body returns. */
interface Done {
  readonly label: string;
  /** No other completion of a body has the same. */
  readonly number: number;
  /** The results of the children that it waited for; `null` for those that fail. */
  readonly children: readonly (Done | null)[];
}

/** How the simulation of a seed went. */
export interface Outcome {
  /** What was wrong, as a sentence each. */
  readonly problems: readonly string[];
  /** How often the program was killed. */
  readonly kills: number;
  /** How many completions on record ended tasks of a later run. */
  readonly found: number;
}

/** How many attempts a task has: more than fail. */
const MAX_ATTEMPTS = 4;

/** One life of the program. Its bodies stop with it. */
class Lifetime {
  readonly life: Life;
  /** The ids of what was on record as completed when it began. */
  readonly completed: ReadonlySet<string>;
  readonly problems: string[] = [];
  #isOver = false;

  constructor(life: Life, completed: ReadonlySet<string>) {
    this.life = life;
    this.completed = completed;
  }

  end(): void {
    this.#isOver = true;
  }

  /**
   * Resolves in a later turn of the event loop, or never, if the program was killed.
   *
   * @throws {unknown} The reason of the signal, if the attempt was aborted.
   */
  async turns(count: number, signal: AbortSignal): Promise<void> {
    for (let index = 0; index < count; index++) await turn();
    if (this.#isOver) await never();
    signal.throwIfAborted();
  }
}

/** By runner, as tasks are defined once. */
const lifetimes = new WeakMap<object, Lifetime>();
let lastNumber = 0;

const work = task({ name: "work", maxAttempts: MAX_ATTEMPTS, backoff: "none" }, async (work: Work): Promise<Done> => {
  const lifetime = lifetimes.get(currentRunner()!)!;
  const { id, attempt, signal } = currentTask()!;
  if (lifetime.completed.has(id)) lifetime.problems.push(`${id} began again, although it was on record as completed`);
  await lifetime.turns(work.turns, signal);
  const children = await submitChildren(work, signal);
  await lifetime.turns(1, signal);
  if (work.end === "fails" || attempt <= work.failures) throw new Error(`${work.label} fails`);
  return { label: work.label, number: ++lastNumber, children };
});

async function submitChildren({ children, submits }: Work, signal: AbortSignal): Promise<(Done | null)[]> {
  const results: (Done | null)[] = [];
  const handles: TaskHandle<Done>[] = [];
  for (const child of children) {
    signal.throwIfAborted();
    const handle = submit(child);
    if (child.waits === "detached") continue;
    if (submits === "together") handles.push(handle);
    else results.push(await doneOf(handle));
  }
  for (const handle of handles) results.push(await doneOf(handle));
  return results;
}

async function doneOf(handle: TaskHandle<Done>): Promise<Done | null> {
  const { status, value } = await handle.getResult();
  return status === "completed" ? value! : null;
}

function submit({ work: given, owner }: Child): TaskHandle<Done> {
  switch (owner.by) {
    case "scope":
      return work.submit(given);
    case "key":
      return work.with({ key: owner.name }).submit(given);
    case "dedupKey":
      return work.with({ dedupKey: owner.name }).submit(given);
  }
}

/** Passes everything on to the store, until the program is killed in the middle of a save. */
class Mortal implements Checkpointer {
  readonly codec = "json";
  readonly #store: MemoryCheckpointer;
  readonly #life: Life;
  #saves = 0;
  readonly #death = Promise.withResolvers<"killed">();
  readonly killed = this.#death.promise;

  constructor(store: MemoryCheckpointer, life: Life) {
    this.#store = store;
    this.#life = life;
  }

  load(): AsyncIterable<TaskRecord> {
    return this.#store.load();
  }

  async save(records: readonly TaskRecord[]): Promise<void> {
    if (++this.#saves < this.#life.saves) return await this.#store.save(records);
    if (this.#saves === this.#life.saves && this.#life.isSaved) await this.#store.save(records);
    this.#death.resolve("killed");
    await never();
  }

  async delete(ids: readonly string[]): Promise<void> {
    if (this.#saves >= this.#life.saves) await never();
    await this.#store.delete(ids);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#store[Symbol.asyncDispose]();
  }
}

/** Simulates the plan of a seed. */
export async function simulate(seed: number): Promise<Outcome> {
  return await new Simulation(planOf(seed)).run();
}

/**
 * Simulates plans, and counts.
 *
 * @throws {AssertionError} If something is wrong with one.
 */
export async function simulatePlans(seed: number, plans: number): Promise<void> {
  let [kills, found] = [0, 0];
  for (let index = 0; index < plans; index++) {
    const outcome = await simulate(seedOf(seed, index));
    assertEquals(
      outcome.problems,
      [],
      `plan ${index} of seed ${seed}: deno task simulate --seed ${seed} --only ${index}`,
    );
    kills += outcome.kills;
    found += outcome.found;
  }
  assert(kills > plans && found > plans, `only ${kills} kills, ${found} completions found on record`);
}

class Simulation {
  readonly #plan: Plan;
  readonly #store = new MemoryCheckpointer();
  readonly #problems: string[] = [];
  #kills = 0;
  #found = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  async run(): Promise<Outcome> {
    for (const life of this.#plan.lives) await this.#live(life);
    const results = await this.#live(this.#plan.last);
    this.#compare(results ?? []);
    await this.#compareRecords();
    return { problems: this.#problems, kills: this.#kills, found: this.#found };
  }

  /** Lives one life. Returns the results of the top-level tasks, unless it was killed. */
  async #live(life: Life): Promise<(Done | null)[] | undefined> {
    const before = await this.#completed();
    this.#found += before.size;
    const lifetime = new Lifetime(life, new Set(before.keys()));
    const checkpointer = new Mortal(this.#store, life);
    const { checkpointInterval, maxWorkers } = life;
    const logger = recordingLogger();
    const runner = await TaskRunner.resume(checkpointer, {
      checkpointInterval,
      maxWorkers,
      onTaskError: "continue",
      logger,
    });
    lifetimes.set(runner, lifetime);
    const handles = runner.use(() => this.#shuffled(life).map(submit));
    const end = await Promise.race([runner.run(), checkpointer.killed]);
    this.#problems.push(...lifetime.problems);
    const warnings = logger.lines.filter(({ level }) => level === "warn" || level === "error");
    this.#problems.push(...warnings.map(({ data }) => `the runner logged: ${data.join(" ")}`));
    const after = await this.#completed();
    for (const [id, number] of before) {
      if (after.get(id) !== number) {
        this.#problems.push(`${id} was on record with ${number}, and is with ${after.get(id)}`);
      }
    }
    if (end === "killed") {
      this.#kills++;
      lifetime.end();
      return undefined;
    }
    const results = await Promise.all(handles.map(doneOf));
    await runner.shutdown();
    return results;
  }

  #shuffled({ shuffle, without }: Life): Child[] {
    const random = new Random(shuffle);
    const submitted = this.#plan.tasks.filter((_, index) => !without.includes(index));
    return random.some(submitted, submitted.length);
  }

  /** The numbers on record, by id. */
  async #completed(): Promise<Map<string, number>> {
    const numbers = new Map<string, number>();
    for await (const { id, status, value } of this.#store.load()) {
      if (status === "completed") numbers.set(id, (value as Done).number);
    }
    return numbers;
  }

  /** Looks at what the last life returned. */
  #compare(results: readonly (Done | null)[]): void {
    const given = this.#shuffled(this.#plan.last);
    const numbers = new Owners();
    const visit = (child: Child, result: Done | null | undefined, place: string, scope: string): void => {
      if (child.work.end === "fails") {
        if (result !== null) this.#problems.push(`${place} should have failed`);
        return;
      }
      if (result === null || result === undefined) {
        this.#problems.push(`${place} did not complete`);
        return;
      }
      if (result.label !== child.work.label) this.#problems.push(`${place} got a result of ${result.label}`);
      const owner = child.owner.by === "scope" ? place : child.owner.name;
      const other = numbers.take(result.number, owner);
      if (other !== undefined) this.#problems.push(`${place} got the same result as ${other}, number ${result.number}`);
      if (child.owner.by !== "scope" && numbers.isSeen(owner, result.number)) return; // its children were visited
      const awaited = child.work.children.filter(({ waits }) => waits === "awaited");
      if (result.children.length !== awaited.length) this.#problems.push(`${place} got results of other children`);
      awaited.forEach((each, index) =>
        visit(each, result.children[index], `${place}.${each.work.label}[${index}]`, `${scope}/${result.number}`)
      );
    };
    given.forEach((child, index) => visit(child, results[index], `${child.work.label}[${index}]`, ""));
  }

  /** Looks at what is on record at the end: each piece of work once, and nothing else. */
  async #compareRecords(): Promise<void> {
    const counts = new Map<string, number>();
    const keys = new Set<string>();
    for await (const { id, status, args, key, dedupKey, detached } of this.#store.load()) {
      const { label, end } = args[0] as Work;
      // It was cancelled with an attempt whose successor shared that of another body.
      if (status === "cancelled" && this.#hasShared()) continue;
      // What the task of one body had left behind is an orphan if that body shares the task of another one this time.
      if (detached === true && this.#hasShared() && !isEnd(status)) continue;
      if (status !== (end === "fails" ? "failed" : "completed")) {
        this.#problems.push(`${id} (${label}) is on record as ${status}`);
      }
      if (key !== undefined && keys.has(key)) this.#problems.push(`there are two records of the key ${key}`);
      if (key !== undefined) keys.add(key);
      if (dedupKey === undefined) counts.set(label, (counts.get(label) ?? 0) + 1);
    }
    // Shared work may be done once or several times, and with it what its bodies submit.
    if (this.#hasShared()) return;
    for (const [label, expected] of countOf(this.#plan.tasks)) {
      const found = counts.get(label) ?? 0;
      if (found !== expected) this.#problems.push(`there are ${found} records of ${label}, and should be ${expected}`);
    }
  }

  #hasShared(): boolean {
    const isShared = ({ owner, work }: Child): boolean => owner.by === "dedupKey" || work.children.some(isShared);
    return this.#plan.tasks.some(isShared);
  }
}

function isEnd(status: TaskStatus): boolean {
  return status === "completed" || status === "failed" || status === "skipped" || status === "cancelled";
}

/** Who got which number. */
class Owners {
  readonly #owners = new Map<number, string>();
  readonly #seen = new Set<string>();

  /** Notes that an owner got a number. Returns another one that had got it. */
  take(number: number, owner: string): string | undefined {
    const before = this.#owners.get(number);
    this.#owners.set(number, owner);
    return before === owner ? undefined : before;
  }

  /** Whether that was asked before. */
  isSeen(owner: string, number: number): boolean {
    const what = `${owner} ${number}`;
    if (this.#seen.has(what)) return true;
    this.#seen.add(what);
    return false;
  }
}

/** How many tasks with each label a program has; those with one key are one. */
function countOf(tasks: readonly Child[]): Map<string, number> {
  const counts = new Map<string, number>();
  const keys = new Set<string>();
  const visit = ({ work: { label, children }, owner }: Child): void => {
    if (owner.by === "key") {
      if (keys.has(owner.name)) return;
      keys.add(owner.name);
    }
    counts.set(label, (counts.get(label) ?? 0) + 1);
    children.forEach(visit);
  };
  tasks.forEach(visit);
  return counts;
}
