/**
 * How soon a server in the same program answers, and timers fire, while short tasks run: against an idle program, and
 * against p-limit with as many bodies.
 *
 * Each case runs in a process of its own, with a client in another one.
 *
 * @module
 */

import pLimit from "npm:p-limit@7.3.3";
import { task, TaskRunner } from "../mod.ts";
import { printFigures } from "./goals.ts";
import { type Cell, count, printTable, times } from "./harness.ts";
import { measureIn } from "./process.ts";

const SECONDS = 5;
const TIMER_MS = 5;

/** What keeps the program busy until it is told to end. */
type Load = (isOver: () => boolean) => Promise<number>;

/** Latencies in milliseconds. */
interface Latencies {
  readonly median: number;
  readonly p99: number;
  readonly max: number;
}

interface Measurement {
  readonly done: number;
  readonly requests: Latencies;
  readonly timers: Latencies;
}

/** A body that computes for a given time, in milliseconds. */
function spin(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

const pause = (milliseconds = 0) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const noop = task({ name: "noop" }, () => {});
const short = task({ name: "short" }, () => spin(0.1));

/** Runs rounds of tasks, all submitted in a loop. */
function rounds(body: typeof noop, tasks: number): Load {
  return async (isOver) => {
    let done = 0;
    while (!isOver()) {
      await using runner = new TaskRunner({ maxWorkers: 100 });
      for (let each = 0; each < tasks; each++) runner.submit(body);
      done += (await runner.run()).counts.completed;
    }
    return done;
  };
}

const LOADS: Readonly<Record<string, Load>> = {
  "idle": async (isOver) => {
    while (!isOver()) await pause(10);
    return 0;
  },
  "ours, tasks of 0.1 ms": rounds(short, 10_000),
  "ours, no-ops, 1,000 at a time": rounds(noop, 1_000),
  "ours, no-ops, 100,000 at a time": rounds(noop, 100_000),
  "p-limit, bodies of 0.1 ms": async (isOver) => {
    let done = 0;
    while (!isOver()) {
      const limit = pLimit(100);
      await Promise.all(Array.from({ length: 10_000 }, () => limit(() => spin(0.1))));
      done += 10_000;
      await pause(); // without it, nothing else would ever run
    }
    return done;
  },
};

function latenciesOf(values: readonly number[]): Latencies {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return { median: at(0.5), p99: at(0.99), max: at(1) };
}

/** One request after the other, for as long as is measured. */
async function request(url: string): Promise<number[]> {
  const taken: number[] = [];
  const end = performance.now() + SECONDS * 1000;
  while (performance.now() < end) {
    const start = performance.now();
    await (await fetch(url)).text();
    taken.push(performance.now() - start);
    await pause(1);
  }
  return taken;
}

async function measure(name: string): Promise<Measurement> {
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => new Response("ok"));
  let isOver = false;
  const client = measureIn("responsiveness.ts", ["client", `http://127.0.0.1:${server.addr.port}/`]);
  const requests = client.finally(() => isOver = true) as Promise<number[]>;
  const late: number[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    late.push(Math.max(0, now - last - TIMER_MS));
    last = now;
  }, TIMER_MS);
  const done = await LOADS[name]!(() => isOver);
  clearInterval(timer);
  return { done, requests: latenciesOf(await requests), timers: latenciesOf(late) };
}

async function main(): Promise<void> {
  const measured = new Map<string, Measurement>();
  for (const name of Object.keys(LOADS)) {
    measured.set(name, await measureIn("responsiveness.ts", ["load", name]) as Measurement);
  }
  const peer = measured.get("p-limit, bodies of 0.1 ms")!;
  const cells = ({ median, p99, max }: Latencies): Cell[] => [median, p99, max].map((each) => each.toFixed(1));
  printTable(
    "Milliseconds until a request is answered, and by which a timer is late",
    ["while these run", "per second", "request", "p99", "max", "timer", "p99", "max", "p99 ÷ p-limit"],
    [...measured].map(([name, { done, requests, timers }]) => [
      name,
      count(done / SECONDS),
      ...cells(requests),
      ...cells(timers),
      times(requests.p99 / peer.requests.p99),
    ]),
  );
  const millis = (value: number) => `${value.toFixed(1)} ms`;
  printFigures(
    [...measured].filter(([name]) => name.startsWith("ours")).flatMap(([name, { requests, timers }]) => {
      const goal = name.includes("no-ops") ? 60 : 30;
      return [
        { what: `request, p99; ${name}`, value: requests.p99, goal, text: millis },
        { what: `timer, p99; ${name}`, value: timers.p99, goal, text: millis },
      ];
    }),
  );
}

const [kind, argument] = Deno.args;
if (kind === "client") console.log(JSON.stringify(await request(argument!)));
else if (kind === "load") console.log(JSON.stringify(await measure(argument!)));
else await main();
