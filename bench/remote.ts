/**
 * No-op tasks on workers that are programs of their own: WebSocket, NATS, Postgres, the NATS client with the same messages,
 * graphile-worker on Postgres, and BullMQ on Redis. What is not installed is left out. `BENCH_TASKS` says how many tasks
 * there are, and `BENCH_ONLY=ours-nats,raw` what is measured.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import { findNatsServer, NatsServer } from "../tests/remote/nats_server.ts";
import { findPrograms, PostgresServer } from "../tests/postgres/server.ts";
import { freePort } from "../tests/remote/ws/support.ts";
import { printFigures } from "./goals.ts";
import { count, median, printTable } from "./harness.ts";
import { bullmq, type Contestant, graphile, isOurs, ours, raw } from "./remote/contestants.ts";

const TASKS = Number(Deno.env.get("BENCH_TASKS") ?? 15_000);
const ROUNDS = 3;
/** For how many milliseconds a contestant runs tasks before it is measured: until the code of all of them is compiled. */
const WARM_UP_MS = 4_000;
const LATENCIES = 200;
const WORKERS = [1, 2, 4];

interface Result {
  /** Tasks a second. */
  readonly rate: number;
  /** The median of one at a time, in milliseconds. */
  readonly latency: number;
}

const PEERS: Readonly<Record<string, (name: string, address: string) => Promise<Contestant>>> = {
  raw,
  graphile,
  bullmq,
};

async function startWorker(kind: string, address: string, name: string): Promise<Deno.ChildProcess> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", fromFileUrl(new URL("remote/worker.ts", import.meta.url)), kind, address, name],
    stdout: "piped",
  }).spawn();
  const reader = process.stdout.getReader();
  await reader.read(); // it is ready
  reader.releaseLock();
  return process;
}

async function measure(kind: string, workers: number, address: string): Promise<Result> {
  const name = `bench-${kind}-${workers}`;
  let contestant: Contestant;
  if (isOurs(kind)) contestant = ours(kind, name, address);
  else contestant = await PEERS[kind]!(name, address);
  const processes = await Promise.all(Array.from({ length: workers }, () => startWorker(kind, address, name)));
  try {
    for (const end = performance.now() + WARM_UP_MS; performance.now() < end;) await contestant.run(TASKS);
    const rates: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now();
      await contestant.run(TASKS);
      rates.push(TASKS / (performance.now() - start) * 1_000);
    }
    const latencies: number[] = [];
    for (let each = 0; each < LATENCIES; each++) {
      const start = performance.now();
      await contestant.run(1);
      latencies.push(performance.now() - start);
    }
    return { rate: median(rates), latency: median(latencies) };
  } finally {
    await contestant[Symbol.asyncDispose]();
    for (const process of processes) {
      process.kill("SIGKILL");
      await process.status;
      await process.stdout.cancel().catch(() => {});
    }
  }
}

/** Redis, if it is installed, on a port of its own. */
function startRedis(): { readonly address: string; readonly process: Deno.ChildProcess } | undefined {
  try {
    const port = 16_379;
    const args = [
      "--port",
      `${port}`,
      "--appendonly",
      "yes",
      "--appendfsync",
      "everysec",
      "--dir",
      Deno.makeTempDirSync(),
    ];
    const process = new Deno.Command("redis-server", { args, stdout: "null" }).spawn();
    return { address: `127.0.0.1:${port}`, process };
  } catch {
    return undefined;
  }
}

const only = Deno.env.get("BENCH_ONLY")?.split(",");
const nats = findNatsServer() === undefined ? undefined : await NatsServer.start();
const postgres = findPrograms() === undefined ? undefined : await PostgresServer.start({ fsync: true });
const redis = startRedis();
const entries: (readonly [kind: string, address: string | undefined])[] = [
  ["ours-ws", `ws://127.0.0.1:${freePort()}`],
  ["ours-nats", nats?.address],
  ["raw", nats?.address],
  ["ours-postgres", postgres?.url],
  ["graphile", postgres?.url],
  ["bullmq", redis?.address],
];
const results = new Map<string, Result[]>();
try {
  for (const workers of WORKERS) {
    for (const [kind, address] of entries) {
      if (address === undefined || only?.includes(kind) === false) continue;
      const result = await measure(kind, workers, address);
      console.error(`${kind}, ${workers} workers: ${Math.round(result.rate)}/s, ${result.latency.toFixed(2)} ms`);
      results.set(kind, [...results.get(kind) ?? [], result]);
    }
  }
} finally {
  redis?.process.kill();
  await redis?.process.status;
  await nats?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
}

printTable(
  `${count(TASKS)} no-op tasks: tasks a second, and milliseconds for one at a time`,
  ["", ...WORKERS.flatMap((workers) => [`${workers} worker${workers > 1 ? "s" : ""}`, "ms"])],
  [...results].map((
    [kind, list],
  ) => [kind, ...list.flatMap(({ rate, latency }) => [count(Math.round(rate)), latency.toFixed(2)])]),
);
const two = (kind: string) => results.get(kind)?.[1];
const perSecond = (value: number) => `${count(Math.round(value))}/s`;
const inMs = (value: number) => `${value.toFixed(2)} ms`;
const share = (a: number | undefined, b: number | undefined) => a === undefined || b === undefined ? undefined : a / b;
printFigures([
  { what: "WebSocket, tasks a second, two workers", value: two("ours-ws")?.rate, better: "higher", text: perSecond },
  { what: "WebSocket, one task at a time", value: two("ours-ws")?.latency, text: inMs },
  {
    what: "NATS, tasks a second, two workers",
    value: two("ours-nats")?.rate,
    goal: 25_000,
    better: "higher",
    text: perSecond,
  },
  {
    what: "NATS ÷ its client with the same messages",
    value: share(two("ours-nats")?.rate, two("raw")?.rate),
    goal: 0.6,
    better: "higher",
  },
  { what: "NATS, one task at a time", value: two("ours-nats")?.latency, goal: 0.7, text: inMs },
  {
    what: "Postgres, tasks a second, two workers",
    value: two("ours-postgres")?.rate,
    goal: 12_000,
    better: "higher",
    text: perSecond,
  },
  { what: "Postgres, one task at a time", value: two("ours-postgres")?.latency, goal: 2, text: inMs },
]);
