/**
 * Tasks in two subprocesses: rate, latency, large arguments, first result, speed-up; as against a pool of Node's
 * processes, `child_process.fork()`, and frames on the stdin and stdout of bare subprocesses.
 *
 * @module
 */

import {
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
import { type Entrant, Field } from "./workers/contenders.ts";
import { speedUp } from "./workers/speed_up.ts";
import { durationRows, rateRows, SPEED_UP_HEAD, SPEED_UP_TITLE, speedUpRows } from "./workers/tables.ts";

const OURS = "ours";
const BATCHES = "bare frames, batches";
const BARE = "bare frames, batches, no promises";
const SINGLE = "bare frames, one a task";
const POOL = "workerpool (Node)";
const FORK = "fork (Node), a message a task";
const FORK_BATCHES = "fork (Node), batches";

const ENTRANTS: readonly Entrant[] = [
  { name: OURS, program: ["ours.ts", "process"] },
  { name: BATCHES, program: ["raw_processes.ts", "batches"] },
  { name: BARE, program: ["raw_processes.ts", "bare"] },
  { name: SINGLE, program: ["raw_processes.ts", "single"] },
  { name: POOL, runtime: "node", program: ["peers.mjs", "workerpool, processes"] },
  { name: FORK, runtime: "node", program: ["fork.mjs", "single"] },
  { name: FORK_BATCHES, runtime: "node", program: ["fork.mjs", "batches"] },
];

const TASKS = 100_000;
/** Fewer for who is slow; the fewer wait, the faster these are. */
const FEWER = { tasks: 20_000 };
const MEGABYTE = 1e6;
const PLAYERS: readonly string[] = [OURS, SINGLE, POOL, FORK];

await using field = await Field.of(ENTRANTS);

const rate = await field.time({
  measurement: "throughput",
  rounds: 5,
  warmups: 1,
  params: { tasks: TASKS },
  paramsFor: { [SINGLE]: FEWER, [POOL]: FEWER, [FORK]: FEWER },
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
  `No-op tasks in 2 subprocesses, ${TASKS.toLocaleString("en")} submitted at once`,
  ["", "tasks/s", "min – max", ...[BATCHES, POOL].map((name) => `÷ ${name}`)],
  rateRows(all, [BATCHES, POOL]),
);

const latency = await field.time({
  measurement: "latency",
  rounds: 7,
  warmups: 2,
  params: { tasks: 1_000 },
  names: PLAYERS,
});
printTable("One by one", ["", "µs a task", "min – max", "÷ ping-pong"], durationRows(latency, "µs", SINGLE));

const blobs = { rounds: 7, warmups: 2, params: { bytes: MEGABYTE, tasks: 20 }, names: [OURS, SINGLE, FORK] };
const back = await field.time({ ...blobs, measurement: "copy" });
const sent = await field.time({ ...blobs, measurement: "send" });
const blobHead = ["", "ms", "min – max", "÷ bare frames"];
printTable("1 MB there and back", blobHead, durationRows(back, "ms", SINGLE));
printTable("1 MB there, a number back", blobHead, durationRows(sent, "ms", SINGLE));

const first = await field.time({ measurement: "first", rounds: 7, warmups: 2, params: {}, names: PLAYERS });
printTable("First result of a new pool", ["", "ms", "min – max", "÷ deno run"], durationRows(first, "ms", SINGLE));

const [one, two] = await speedUp(field, PLAYERS);
printTable(SPEED_UP_TITLE, SPEED_UP_HEAD, speedUpRows(one, two, SINGLE));

const share = speed(rate, OURS, BARE);
if (share !== undefined) conclude(`Of the batches without promises ours carry ${percent(share)}.`);
printFigures([
  { what: "no-op tasks", value: rateOf(rate, OURS), text: perSecond },
  { what: `rate ÷ ${BATCHES}`, value: speed(rate, OURS, BATCHES), goal: 0.6, better: "higher", text: percent },
  { what: "rate ÷ workerpool", value: speed(rate, OURS, POOL), goal: 8, better: "higher", text: times },
  { what: "one by one ÷ ping-pong", value: slowness(latency, OURS, SINGLE), goal: 1.3, better: "lower", text: times },
  { what: "1 MB there and back", value: medianMillis(back, OURS), goal: 1.5, better: "lower", text: millis },
  { what: "1 MB there", value: medianMillis(sent, OURS), goal: 1.5, better: "lower", text: millis },
  { what: "first result ÷ deno run", value: slowness(first, OURS, SINGLE), goal: 1.15, better: "lower", text: times },
  {
    what: "speed-up ÷ bare subprocesses'",
    value: speed(two, OURS, SINGLE),
    goal: 0.95,
    better: "higher",
    text: percent,
  },
]);
printSkipped(field, OURS);
