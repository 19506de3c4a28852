/**
 * Graphs of no-op tasks in three shapes, against executors that do nothing but order them.
 *
 * @module
 */

// @ts-types="npm:@types/async@3.2.26"
import { type AsyncAutoTasks, auto } from "npm:async@3.2.6";
import { TaskRunner } from "../mod.ts";
import { type Figure, microsText, printFigures } from "./goals.ts";
import {
  type Case,
  type Cell,
  compare,
  median,
  micros,
  power,
  printTable,
  ratio,
  times,
  timingOf,
  warmupsFor,
} from "./harness.ts";
import { bodyOf, runAsPromises, runMinimal } from "./minimal.ts";
import { checksum, type Graph, type Shape, SHAPES, stepBody, submitGraph } from "./shapes.ts";

const CONCURRENCY = 100;
const SIZES = [1e3, 1e4, 1e5, 1e6];
/** `async.auto` is quadratic: at 10,000 nodes it takes 11 s. */
const MAX_FOR_AUTO = 1e3;

const OURS = "ours";
const MINIMAL = "minimal";
const PROMISES = "promise per node";
const AUTO = "async.auto";

async function runOurs(graph: Graph): Promise<number> {
  await using runner = new TaskRunner({ maxWorkers: CONCURRENCY });
  const last = submitGraph(runner, graph);
  await runner.run();
  return await last;
}

type AutoResults = Record<string, number>;

async function runAuto(graph: Graph): Promise<number> {
  // It tells async functions from those that take a callback by their kind, so these must be async themselves.
  const tasks = Object.fromEntries(graph.map((dependencies, index) => {
    if (dependencies.length === 0) return [index, async () => await stepBody()];
    const body = async (results: AutoResults) => await bodyOf(dependencies.map((each) => results[each]!));
    return [index, [...dependencies.map(String), body]];
  }));
  const results: AutoResults = await auto<AutoResults>(
    tasks as unknown as AsyncAutoTasks<AutoResults, Error>,
    CONCURRENCY,
  );
  return results[graph.length - 1]!;
}

/** Runs the graph, and makes sure that it did. */
function checked(graph: Graph, run: (graph: Graph) => Promise<number>): () => Promise<void> {
  const expected = checksum(graph);
  return async () => {
    const value = await run(graph);
    if (value !== expected) throw new Error(`Wrong result: ${value}, not ${expected}`);
  };
}

function roundsFor(tasks: number): number {
  return tasks >= 1e6 ? 1 : tasks >= 1e5 ? 5 : 15;
}

/** How many times as long as one promise per node a task may take; a fan has no goal. */
function goalOf(shape: Shape): { goal?: number } {
  return shape === "chain" ? { goal: 1.3 } : shape === "random layered DAG" ? { goal: 1 } : {};
}

async function compareShape(shape: Shape): Promise<void> {
  const rows: Cell[][] = [];
  const figures: Figure[] = [];
  for (const tasks of SIZES) {
    const graph = SHAPES[shape](tasks);
    const cases: Case[] = [
      { name: OURS, run: checked(graph, runOurs) },
      { name: MINIMAL, run: checked(graph, (it) => runMinimal(it, CONCURRENCY)) },
      { name: PROMISES, run: checked(graph, runAsPromises) },
    ];
    if (tasks <= MAX_FOR_AUTO) cases.push({ name: AUTO, run: checked(graph, runAuto) });
    const timings = await compare(cases, {
      tasks,
      rounds: roundsFor(tasks),
      warmups: tasks >= 1e6 ? 0 : warmupsFor(tasks),
    });
    const minimal = timingOf(timings, MINIMAL);
    rows.push([
      power(tasks),
      ...[OURS, MINIMAL, PROMISES, AUTO].map((name) => {
        const timing = timings.find((each) => each.name === name);
        return timing === undefined ? "–" : micros(median(timing.micros));
      }),
      times(ratio(timingOf(timings, OURS), minimal)),
      times(ratio(timingOf(timings, OURS), timingOf(timings, PROMISES))),
    ]);
    if (tasks !== 1e5) continue;
    const ours = timingOf(timings, OURS);
    figures.push(
      { what: `${shape}, a node`, value: median(ours.micros), text: microsText },
      { what: `${shape} ÷ one promise per node`, value: ratio(ours, timingOf(timings, PROMISES)), ...goalOf(shape) },
      { what: `${shape} ÷ minimal`, value: ratio(ours, minimal), goal: 2 },
    );
  }
  printTable(
    `${shape}: µs a node, submit + run`,
    ["nodes", OURS, MINIMAL, PROMISES, AUTO, `${OURS} ÷ ${MINIMAL}`, `÷ ${PROMISES}`],
    rows,
  );
  printFigures(figures);
}

for (const shape of Object.keys(SHAPES) as Shape[]) await compareShape(shape);
