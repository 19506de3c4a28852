/**
 * Runs the benchmarks, or those that are named: `deno task bench [NAME…]`.
 *
 * Each is a program of its own, run in a process of its own, so that what one leaves in the heap and in V8's compiled
 * code does not weigh on the next; `deno run -A --v8-flags=--expose-gc bench/graphs.ts` works as well.
 *
 * @module
 */

import { runBench } from "./process.ts";

/** The benchmarks, in the order in which they run. */
const BENCHES: Readonly<Record<string, string>> = {
  independent: "independent no-op tasks: p-limit, fastq, p-queue, Effect",
  graphs: "chain, fan-out/fan-in, layered DAG: a minimal executor, a promise per node, async.auto",
  scaling: "time and heap per task at 1e3 … 1e6 tasks",
  retries: "a retry policy that is not used; fail once, then succeed: Effect.retry, p-retry",
  limits: "throttles and concurrency, in all and by key: p-queue, Bottleneck",
  overheads: "what timeouts, listeners, signals, keys … add to a task",
  memory: "heap per pending and per finished task: p-limit, fastq, p-queue",
  serve: "heap and rate over 1e6 tasks through serve()",
  responsiveness: "a server and timers in the same program while tasks run: idle, p-limit",
  threads: "tasks on threads: piscina, workerpool, poolifier, tinypool, bare workers",
  processes: "tasks in subprocesses: workerpool, child_process.fork, bare frames",
  checkpoints: "checkpoints: files and databases by hand, fdatasync, Deno KV, node:sqlite",
  schedule: "100,000 scheduled jobs: a timer a job, croner, node-cron, a loop over all of them",
  startup: "start-up: imports and ten tasks over an empty script, first result of a pool ÷ a bare worker",
};

function usage(): string {
  const width = Math.max(...Object.keys(BENCHES).map((name) => name.length));
  const list = Object.entries(BENCHES).map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}`);
  return `Usage: deno task bench [NAME…]     (all of them by default)\n\n${list.join("\n")}`;
}

async function main(args: readonly string[]): Promise<number> {
  if (args.some((arg) => ["-h", "--help", "--list"].includes(arg))) {
    console.log(usage());
    return 0;
  }
  const unknown = args.filter((arg) => !Object.hasOwn(BENCHES, arg));
  if (unknown.length > 0) {
    console.error(`There is no benchmark ${unknown.map((arg) => `"${arg}"`).join(", ")}.\n\n${usage()}`);
    return 2;
  }
  const { version: { deno, v8 }, build: { target } } = Deno;
  console.log(`Deno ${deno}, V8 ${v8}, ${target}, ${navigator.hardwareConcurrency} cores`);
  const failed: string[] = [];
  for (const name of args.length > 0 ? args : Object.keys(BENCHES)) {
    console.log(`\n━━ ${name}: ${BENCHES[name]}`);
    const start = performance.now();
    if (!await runBench(`${name}.ts`)) failed.push(name);
    console.log(`\n  ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
  if (failed.length > 0) console.error(`\nNot finished: ${failed.join(", ")}`);
  return failed.length > 0 ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
