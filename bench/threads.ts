/**
 * Tasks on two threads: rate, latency, large arguments, first result, speed-up; as against pools from npm, under Deno and
 * Node, and bare workers.
 *
 * @module
 */

import {
  fastest,
  medianMillis,
  millis,
  percent,
  perSecond,
  printFigures,
  printSkipped,
  rateOf,
  slowness,
  speed,
} from "./goals.ts";
import { conclude, printTable, times } from "./harness.ts";
import { durationRows, rateRows, SPEED_UP_HEAD, SPEED_UP_TITLE, speedUpRows } from "./workers/tables.ts";
import { speedUp } from "./workers/speed_up.ts";
import { type Entrant, Field } from "./workers/contenders.ts";

const OURS = "ours";
const BATCHES = "bare workers, batches";
const BARE = "bare workers, batches, no promises";
const SINGLE = "bare workers, a message a task";

/** Pools under Deno. */
const POOLS: readonly string[] = [
  "piscina",
  "piscina, 100 a worker",
  "workerpool",
  "poolifier",
  "poolifier-web-worker",
];
/** Pools under Node. */
const NODE_POOLS: readonly string[] = ["piscina", "tinypool"];

/** The fastest of them, as it was when the goals were set. */
const WEB_POOL = "poolifier-web-worker";

const onNode = (name: string) => `${name} (Node)`;

const ENTRANTS: readonly Entrant[] = [
  { name: OURS, program: ["ours.ts", "thread"] },
  { name: BATCHES, program: ["raw_threads.ts", "batches"] },
  { name: BARE, program: ["raw_threads.ts", "bare"] },
  { name: SINGLE, program: ["raw_threads.ts", "single"] },
  ...POOLS.map((name): Entrant => ({ name, program: ["peers.mjs", name] })),
  ...NODE_POOLS.map((name): Entrant => ({ name: onNode(name), runtime: "node", program: ["peers.mjs", name] })),
];

const TASKS = 100_000;
/** Fewer for who is slow; the fewer wait, the faster these are. */
const FEWER = { tasks: 10_000 };
const MEGABYTES = 10;

await using field = await Field.of(ENTRANTS);

const rate = await field.time({
  measurement: "throughput",
  rounds: 5,
  warmups: 1,
  params: { tasks: TASKS },
  paramsFor: {
    [WEB_POOL]: { tasks: TASKS / 2 },
    ...Object.fromEntries(POOLS.filter((name) => name !== WEB_POOL).map((name) => [name, FEWER])),
    ...Object.fromEntries(NODE_POOLS.map((name) => [onNode(name), FEWER])),
  },
});
const awaited = await field.time({
  measurement: "awaited",
  rounds: 5,
  warmups: 1,
  params: { tasks: TASKS },
  names: [OURS],
});
const all = [...rate, ...awaited.map((each) => ({ ...each, name: "ours, each awaited" }))];
printTable(
  `No-op tasks on 2 threads, ${TASKS.toLocaleString("en")} submitted at once`,
  ["", "tasks/s", "min – max", ...[BATCHES, WEB_POOL].map((name) => `÷ ${name}`)],
  rateRows(all, [BATCHES, WEB_POOL]),
);

const latency = await field.time({
  measurement: "latency",
  rounds: 7,
  warmups: 2,
  params: { tasks: 1_000 },
  names: [OURS, SINGLE, ...POOLS, ...NODE_POOLS.map(onNode)],
});
printTable("One by one", ["", "µs a task", "min – max", "÷ ping-pong"], durationRows(latency, "µs", SINGLE));

const bytes = { bytes: MEGABYTES * 1e6 };
const blobs = { rounds: 5, warmups: 2, params: { ...bytes, tasks: 10 } };
const moved = await field.time({
  ...blobs,
  measurement: "move",
  names: [OURS, SINGLE, ...NODE_POOLS.slice(0, 1).map(onNode)],
});
const copied = await field.time({
  ...blobs,
  measurement: "copy",
  params: { ...bytes, tasks: 3 },
  names: [OURS, SINGLE, WEB_POOL, ...NODE_POOLS.map(onNode)],
});
// node:worker_threads takes a second or two for each of these under Deno.
const slowly = { rounds: 1, warmups: 0, params: { ...bytes, tasks: 1 } };
moved.push(...await field.time({ ...slowly, measurement: "move", names: ["piscina", "workerpool"] }));
copied.push(...await field.time({ ...slowly, measurement: "copy", names: ["piscina", "workerpool"] }));
const blobHead = ["", "ms", "min – max", "÷ bare worker"];
printTable(`${MEGABYTES} MB moved, there and back`, blobHead, durationRows(moved, "ms", SINGLE));
printTable(`${MEGABYTES} MB copied, there and back`, blobHead, durationRows(copied, "ms", SINGLE));

const first = await field.time({
  measurement: "first",
  rounds: 7,
  warmups: 2,
  params: {},
  names: [OURS, SINGLE, ...POOLS, ...NODE_POOLS.map(onNode)],
});
printTable("First result of a new pool", ["", "ms", "min – max", "÷ new Worker"], durationRows(first, "ms", SINGLE));

const [one, two] = await speedUp(field, [OURS, SINGLE, WEB_POOL, ...NODE_POOLS.map(onNode)]);
printTable(SPEED_UP_TITLE, SPEED_UP_HEAD, speedUpRows(one, two, SINGLE));

const runaway = await field.time({ measurement: "runaway", rounds: 5, warmups: 0, params: {}, names: [OURS] });
const late = medianMillis(runaway, OURS);
if (late !== undefined) {
  conclude(`A body that loops for ever: ${millis(late)} after its deadline its processor is free.`);
}

const best = fastest(rate, POOLS) ?? "pool";
conclude(`The best pool under Deno is ${best}. Of the batches without promises ours carry ${shareOf(BARE)}.`);
printFigures([
  { what: "no-op tasks", value: rateOf(rate, OURS), text: perSecond },
  { what: `rate ÷ ${BATCHES}`, value: speed(rate, OURS, BATCHES), goal: 0.6, better: "higher", text: percent },
  { what: "rate ÷ the best pool", value: speed(rate, OURS, best), goal: 4, better: "higher", text: times },
  { what: "one by one ÷ ping-pong", value: slowness(latency, OURS, SINGLE), goal: 1.3, better: "lower", text: times },
  {
    what: `${MEGABYTES} MB moved ÷ bare`,
    value: slowness(moved, OURS, SINGLE),
    goal: 1.5,
    better: "lower",
    text: times,
  },
  { what: "first result ÷ new Worker", value: slowness(first, OURS, SINGLE), goal: 1.2, better: "lower", text: times },
  { what: "speed-up ÷ bare workers'", value: speed(two, OURS, SINGLE), goal: 0.95, better: "higher", text: percent },
]);
printSkipped(field, OURS);

function shareOf(reference: string): string {
  const found = speed(rate, OURS, reference);
  return found === undefined ? "?" : percent(found);
}
