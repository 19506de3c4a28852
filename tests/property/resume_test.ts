/**
 * Random graphs of tasks, run in several rounds of which all but the last one stop dead in the middle of a save.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  type Checkpointer,
  currentRunner,
  MemoryCheckpointer,
  task,
  type TaskHandle,
  type TaskRecord,
  TaskRunner,
} from "../../mod.ts";
import { turn } from "../support.ts";

/** How a step gets the value of another. */
type Way = "argument" | "list" | "field" | "after";

/** In the order in which a body gets them. */
const INPUTS: readonly Way[] = ["argument", "list", "field"];

interface Step {
  /** Steps before it, in the order of the array, that it depends on. */
  readonly needs: readonly { readonly step: number; readonly way: Way }[];
  /** How many tasks its body submits. */
  readonly children: number;
  /** In how many rounds it fails. */
  readonly failures: number;
}

/** A round that ends in a save, which is done or not when it stops. */
interface Round {
  /** The number of the save. */
  readonly until: number;
  readonly isSaved: boolean;
  readonly interval: 0 | 1;
  /** How the submissions are shuffled: numbers to sort by. */
  readonly order: readonly number[];
  /** How many of the steps, in the order of the array, exist by then. */
  readonly size: number;
  /** Steps that are left out, with all that depend on them. */
  readonly without: readonly number[];
}

interface Story {
  readonly steps: readonly Step[];
  readonly rounds: readonly Round[];
}

/** What bodies do in a round. */
interface Log {
  readonly round: number;
  /** What was on record as completed when it began. */
  readonly recorded: ReadonlySet<string>;
  readonly began: Set<string>;
  readonly wrong: string[];
  readonly steps: readonly Step[];
}

/** By runner, as the bodies of a round that stopped may continue for a while. */
const logs = new WeakMap<object, Log>();

function begin(name: string): Log {
  const log = logs.get(currentRunner()!)!;
  if (log.recorded.has(name)) log.wrong.push(`${name} runs again`);
  if (log.began.has(name)) log.wrong.push(`${name} runs twice`);
  log.began.add(name);
  return log;
}

const child = task({ name: "child" }, (step: number, index: number) => {
  begin(`child ${step} ${index}`);
  return step + index;
});

type Nested = number | readonly number[] | Readonly<Record<string, number>>;

const work = task({ name: "work" }, async (step: number, ...inputs: readonly Nested[]) => {
  const { steps, round } = begin(`work ${step}`);
  const { children, failures } = steps[step]!;
  if (step % 3 > 0) await turn();
  const inner = await Promise.all(Array.from({ length: children }, (_, index) => child.submit(step, index)));
  if (round < failures) throw new Error(`not in round ${round}`);
  return valueOf(step, inputs.flatMap((each) => typeof each === "number" ? [each] : Object.values(each)), inner);
});

function valueOf(step: number, inputs: readonly number[], inner: readonly number[]): number {
  return inputs.reduce((a, b) => (a * 31 + b) % 1_000_003, step + 1) + inner.reduce((a, b) => a + b, 0);
}

/** What each step results in when nothing stops it. */
function expected(steps: readonly Step[]): number[] {
  const values: number[] = [];
  for (const [step, { needs, children }] of steps.entries()) {
    const inputs = INPUTS.flatMap((way) => needs.filter((need) => need.way === way).map(({ step }) => values[step]!));
    values.push(valueOf(step, inputs, Array.from({ length: children }, (_, index) => step + index)));
  }
  return values;
}

/** Hands on to another one, until it stops for good. */
class Dying implements Checkpointer {
  readonly codec = "json";
  readonly #inner: MemoryCheckpointer;
  readonly #round: Round | undefined;
  #saves = 0;
  readonly #dead = Promise.withResolvers<"dead">();
  readonly dead = this.#dead.promise;

  constructor(inner: MemoryCheckpointer, round: Round | undefined) {
    this.#inner = inner;
    this.#round = round;
  }

  load(): AsyncIterable<TaskRecord> {
    return this.#inner.load();
  }

  async save(records: readonly TaskRecord[]): Promise<void> {
    if (++this.#saves !== this.#round?.until) return await this.#inner.save(records);
    if (this.#round.isSaved) await this.#inner.save(records);
    this.#dead.resolve("dead");
    await new Promise(() => {});
  }

  delete(ids: readonly string[]): Promise<void> {
    return this.#inner.delete(ids);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#inner[Symbol.asyncDispose]();
  }
}

const story: fc.Arbitrary<Story> = fc.integer({ min: 1, max: 12 }).chain((size) => {
  const step = (index: number): fc.Arbitrary<Step> =>
    fc.record({
      needs: index === 0 ? fc.constant([]) : fc.uniqueArray(
        fc.record({
          step: fc.nat(index - 1),
          way: fc.constantFrom<Way>("argument", "list", "field", "after"),
        }),
        { maxLength: 3, selector: ({ step }) => step },
      ),
      children: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(2) }),
      failures: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(2) }),
    });
  const round = fc.record({
    until: fc.integer({ min: 1, max: size + 1 }),
    isSaved: fc.boolean(),
    interval: fc.constantFrom(0 as const, 0 as const, 1 as const),
    order: fc.array(fc.double({ noNaN: true }), { minLength: size, maxLength: size }),
    size: fc.integer({ min: 1, max: size }),
    without: fc.array(fc.nat(size - 1), { maxLength: 2 }),
  });
  return fc.record({
    steps: fc.tuple(...Array.from({ length: size }, (_, index) => step(index))),
    rounds: fc.array(round, { minLength: 1, maxLength: 5 }),
  });
});

/** The first steps without some and what needs them, in an order that is random, but for what needs what. */
function shuffle(steps: readonly Step[], order: readonly number[], size: number, gone: Set<number>): number[] {
  for (const [index, { needs }] of steps.entries()) if (needs.some(({ step }) => gone.has(step))) gone.add(index);
  const waiting = new Set(steps.keys().filter((index) => index < size && !gone.has(index)));
  const ordered: number[] = [];
  while (waiting.size > 0) {
    const free = [...waiting].filter((index) => steps[index]!.needs.every(({ step }) => !waiting.has(step)));
    const next = free.reduce((a, b) => order[a]! <= order[b]! ? a : b);
    waiting.delete(next);
    ordered.push(next);
  }
  return ordered;
}

function submitAll(
  runner: TaskRunner,
  steps: readonly Step[],
  order: readonly number[],
): Map<number, TaskHandle<number>> {
  const handles = new Map<number, TaskHandle<number>>();
  for (const index of order) {
    const { needs } = steps[index]!;
    const by = (way: Way) => needs.filter((need) => need.way === way).map(({ step }) => handles.get(step)!);
    const fields = Object.fromEntries(by("field").map((handle, index) => [`f${index}`, handle]));
    const dependsOn = by("after");
    const inputs = [...by("argument"), by("list"), fields];
    handles.set(index, work.with({ runner, dependsOn }).submit(index, ...inputs));
  }
  return handles;
}

/** What is on record as completed, by task and first arguments. */
async function recordedIn(memory: MemoryCheckpointer): Promise<Set<string>> {
  const records = await Array.fromAsync(memory.load());
  const completed = records.filter(({ status }) => status === "completed");
  return new Set(completed.map(({ name, args }) => `${name} ${args.slice(0, name === "child" ? 2 : 1).join(" ")}`));
}

Deno.test("a run that is stopped anywhere continues where it was, in any order, with steps added and removed", async () => {
  let stops = 0;
  let spared = 0;
  await fc.assert(
    fc.asyncProperty(story, async ({ steps, rounds }) => {
      const memory = new MemoryCheckpointer();
      const values = expected(steps);
      for (const [index, round] of [...rounds, undefined].entries()) {
        const { interval, order, size, without } = round ?? { ...rounds[0]!, size: steps.length, without: [] };
        const checkpointer = new Dying(memory, round);
        const recorded = await recordedIn(memory);
        const runner = await TaskRunner.resume(checkpointer, {
          checkpointInterval: interval,
          onTaskError: "continue",
          maxWorkers: 2,
        });
        const log: Log = {
          round: round === undefined ? Infinity : index,
          recorded,
          began: new Set(),
          wrong: [],
          steps,
        };
        logs.set(runner, log);
        const shuffled = shuffle(steps, order, size, new Set(without));
        const handles = submitAll(runner, steps, shuffled);
        const outcome = await Promise.race([runner.run(), checkpointer.dead]);
        assertEquals(log.wrong, []);
        spared += [...handles.keys()].filter((step) => !log.began.has(`work ${step}`)).length;
        for (const [step, handle] of handles) {
          const result = handle.peek();
          if (result?.status === "completed") assertEquals(result.value, values[step]);
          if (result?.status === "completed" && interval === 0) {
            assert((await recordedIn(memory)).has(`work ${step}`), `${step} is reported as completed, but not saved`);
          }
        }
        if (outcome === "dead") {
          stops++;
          continue; // as if the program had been killed
        }
        if (round === undefined) {
          assertEquals(await Promise.all(steps.keys().map((step) => handles.get(step)!)), values);
        }
        await runner.shutdown();
      }
    }),
    { numRuns: 400 },
  );
  assert(stops > 100 && spared > 500, `${stops} stops, ${spared} steps not run again`);
});
