/**
 * Random programs of tasks whose bodies submit equal and different tasks, as plain data.
 *
 * @module
 */

import { Random } from "../crash/random.ts";

/** What a body does; the argument of its task. Two that are equal are equal submissions. */
export interface Work {
  /** From a small set, so that equal ones are frequent, in one body and in several. */
  readonly label: string;
  /** For how many turns of the event loop it waits first. */
  readonly turns: number;
  /** How many attempts fail, after they have waited for their children. */
  readonly failures: number;
  /** `"fails"`: whatever the attempt. Its parent expects that. */
  readonly end: "returns" | "fails";
  /** Whether it submits all children before it waits for the first one. */
  readonly submits: "one by one" | "together";
  readonly children: readonly Child[];
}

/** What a body submits. */
export interface Child {
  readonly work: Work;
  /** `"detached"`: the body does not wait for it. */
  readonly waits: "awaited" | "detached";
  /** Whom it belongs to: the body alone, all who submit the same key, or all who share it while it is unfinished. */
  readonly owner: { readonly by: "scope" } | { readonly by: "key" | "dedupKey"; readonly name: string };
}

/** One run of the program, which is killed at the end of a save. */
export interface Life {
  /** The number of that save; more than there are: the run comes to its end. */
  readonly saves: number;
  /** Whether the last save was done. */
  readonly isSaved: boolean;
  readonly checkpointInterval: 0 | 1;
  readonly maxWorkers: number;
  /** What the order of submissions is made from. */
  readonly shuffle: number;
  /** Top-level tasks, by index, that the program does not submit this time. */
  readonly without: readonly number[];
}

/** A program, and the lives that end before their work does. */
export interface Plan {
  readonly tasks: readonly Child[];
  readonly lives: readonly Life[];
  /** The last life, in which nothing stops it. */
  readonly last: Life;
}

const LABELS = ["a", "b", "c"];
const MAX_CHILDREN = 3;
const MAX_TASKS = 6;

/** The plan of a seed. */
export function planOf(seed: number): Plan {
  return new Planner(new Random(seed)).plan();
}

class Planner {
  readonly #random: Random;
  /** The work of each key: who submits a key again submits the same. */
  readonly #byName = new Map<string, Work>();

  constructor(random: Random) {
    this.#random = random;
  }

  plan(): Plan {
    const random = this.#random;
    const pool = Array.from({ length: random.int(1, 4) }, () => this.#child(2));
    // Drawn from few, so that equal submissions at the top level are frequent as well.
    const tasks = Array.from(
      { length: random.int(2, MAX_TASKS) },
      () => ({ ...random.pick(pool), waits: "awaited" as const }),
    );
    const lives = Array.from({ length: random.int(1, 4) }, () => this.#life(tasks.length));
    return { tasks, lives, last: { ...this.#life(tasks.length), saves: Infinity, without: [] } };
  }

  #life(tasks: number): Life {
    const random = this.#random;
    return {
      saves: random.int(1, 14),
      isSaved: random.chance(0.5),
      checkpointInterval: random.chance(0.2) ? 1 : 0,
      maxWorkers: random.int(1, 4),
      shuffle: random.seed(),
      without: random.chance(0.3) ? [random.int(0, tasks - 1)] : [],
    };
  }

  #child(depth: number): Child {
    const random = this.#random;
    const work = this.#work(depth);
    const waits = random.chance(0.15) && work.end === "returns" ? "detached" : "awaited";
    if (!random.chance(0.15)) return { work, waits, owner: { by: "scope" } };
    const by = random.pick(["key", "dedupKey"] as const);
    const name = `${by} ${random.int(1, 2)} at ${depth}`;
    const known = this.#byName.get(name) ?? work;
    this.#byName.set(name, known);
    return { work: known, waits: known.end === "returns" ? waits : "awaited", owner: { by, name } };
  }

  #work(depth: number): Work {
    const random = this.#random;
    const end = depth < 2 && random.chance(0.06) ? "fails" : "returns";
    return {
      label: `${random.pick(LABELS)}${depth}`,
      turns: random.int(0, 2),
      failures: random.chance(0.2) ? random.int(1, 2) : 0,
      end,
      submits: random.pick(["one by one", "together"]),
      children: depth === 0 || end === "fails" ? [] : this.#children(depth),
    };
  }

  #children(depth: number): Child[] {
    const random = this.#random;
    const children: Child[] = [];
    for (let count = random.int(0, MAX_CHILDREN); count > 0; count--) {
      // The same again: two equal submissions of one body.
      children.push(children.length > 0 && random.chance(0.35) ? random.pick(children) : this.#child(depth - 1));
    }
    return children;
  }
}
