/**
 * Graphs of tasks as lists of the nodes that each node depends on, and the bodies that run in them.
 *
 * @module
 */

import { task, type TaskHandle, type TaskRunner } from "../mod.ts";

/** For each node, the nodes before it that it depends on. The last node stands for the result. */
export type Graph = readonly (readonly number[])[];

/** Above this many dependencies, a node takes their values as one array. */
export const WIDE = 8;

/** One more than the largest input: what a node yields is how many nodes the longest way to it has. */
// deno-lint-ignore require-await -- the cost of a promise per body is part of what is compared
export const stepBody = async (...inputs: number[]): Promise<number> => longest(inputs);

/** The same, for nodes with many inputs. */
// deno-lint-ignore require-await -- as above
export const gatherBody = async (inputs: number[]): Promise<number> => longest(inputs);

const step = task({ name: "step" }, stepBody);
const gather = task({ name: "gather" }, gatherBody);

/** The shapes that graphs of any size come in. */
export const SHAPES = {
  /** Each waits for the one before it. */
  "chain": (size: number): Graph => Array.from({ length: size }, (_, index) => index === 0 ? [] : [index - 1]),

  /** One before all others, and one after. */
  "fan-out/fan-in": (size: number): Graph => {
    const middle = Array.from({ length: size - 2 }, (_, index) => index + 1);
    return [[], ...middle.map(() => [0]), middle];
  },

  /** Layers as wide as they are many; each node waits for one to four of the layer before. */
  "random layered DAG": (size: number): Graph => {
    const random = mulberry32(size);
    const width = Math.round(Math.sqrt(size));
    return Array.from({ length: size }, (_, index) => {
      const layer = Math.floor(index / width);
      if (layer === 0) return [];
      const wanted = 1 + Math.floor(random() * 4);
      const first = (layer - 1) * width;
      const chosen = new Set<number>();
      for (let i = 0; i < wanted; i++) chosen.add(first + Math.floor(random() * width));
      return [...chosen];
    });
  },
} as const;

/** The name of a shape. */
export type Shape = keyof typeof SHAPES;

/** What the last node yields. */
export function checksum(graph: Graph): number {
  const values: number[] = [];
  for (const dependencies of graph) values.push(longest(dependencies.map((each) => values[each]!)));
  return values.at(-1)!;
}

/** Submits a task for each node, with handles for inputs. Returns the last one's handle. */
export function submitGraph(runner: TaskRunner, graph: Graph): TaskHandle<number> {
  const handles: TaskHandle<number>[] = [];
  for (const dependencies of graph) {
    const inputs = dependencies.map((each) => handles[each]!);
    handles.push(inputs.length > WIDE ? runner.submit(gather, inputs) : runner.submit(step, ...inputs));
  }
  return handles.at(-1)!;
}

function longest(inputs: readonly number[]): number {
  let most = 0;
  for (const input of inputs) if (input > most) most = input;
  return most + 1;
}

/** A small random number generator with a seed: every run has the same graphs. */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
