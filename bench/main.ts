/**
 * Runs the benchmarks, or those that are named: `deno task bench [NAME…]`. With `--json FILE`, the figures are kept in
 * that file as well: `bench/readme.ts` makes the table of the README from it.
 *
 * Each is a program of its own, run in a process of its own, so that what one leaves in the heap and in V8's compiled
 * code does not weigh on the next; `deno run -A --v8-flags=--expose-gc bench/graphs.ts` works as well.
 *
 * @module
 */

import { parseArgs } from "node:util";
import type { KeptFigure } from "./goals.ts";
import { runBench } from "./process.ts";

/** The benchmarks, in the order in which they run. */
const BENCHES: Readonly<Record<string, string>> = {
  independent: "independent no-op tasks: p-limit, fastq, p-queue, Effect",
  graphs: "chain, fan-out/fan-in, layered DAG: a minimal executor, a promise per node, async.auto",
  scaling: "time and heap per task at 1e3 … 1e6 tasks",
  retries: "a retry policy that is not used; fail once, then succeed: Effect.retry, p-retry",
  limits: "throttles and concurrency, in all and by key: p-queue, Bottleneck, BullMQ",
  overheads: "what timeouts, listeners, signals, keys … add to a task",
  observe: "what it costs to watch a runner: an empty observer, others, progress; frames, layout",
  memory: "heap per pending and per finished task: p-limit, fastq, p-queue",
  serve: "heap and rate over 1e6 tasks through serve()",
  responsiveness: "a server and timers in the same program while tasks run: idle, p-limit",
  threads: "tasks on threads: piscina, workerpool, poolifier, tinypool, bare workers",
  processes: "tasks in subprocesses: workerpool, child_process.fork, bare frames",
  checkpoints: "checkpoints: files and databases by hand, fdatasync, Deno KV, node:sqlite",
  postgres: "checkpoints in Postgres: upserts by hand, KV, a file, pg-boss",
  remote: "no-op tasks on workers elsewhere: NATS, Postgres, the NATS client alone, graphile-worker, BullMQ",
  schedule: "100,000 scheduled jobs: a timer a job, croner, node-cron, a loop over all of them",
  startup: "start-up: imports and ten tasks over an empty script, first result of a pool ÷ a bare worker",
};

function usage(): string {
  const width = Math.max(...Object.keys(BENCHES).map((name) => name.length));
  const list = Object.entries(BENCHES).map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}`);
  return `Usage: deno task bench [--json FILE] [NAME…]     (all of them by default)

${list.join("\n")}

  --json FILE  keep the figures in this file, to compare them with those of another run`;
}

/** All figures of a run, as `--json` keeps them. */
export interface Results {
  readonly date: string;
  readonly deno: string;
  readonly v8: string;
  readonly target: string;
  readonly cores: number;
  readonly figures: Readonly<Record<string, readonly KeptFigure[]>>;
}

function parse(args: readonly string[]) {
  try {
    const flag = { type: "boolean" } as const;
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { help: { ...flag, short: "h" }, list: flag, json: { type: "string" } },
    });
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage()}`);
    return Deno.exit(2);
  }
}

async function main(args: readonly string[]): Promise<number> {
  const { values: { help, list, json }, positionals: names } = parse(args);
  if (help || list) {
    console.log(usage());
    return 0;
  }
  const unknown = names.filter((name) => !Object.hasOwn(BENCHES, name));
  if (unknown.length > 0) {
    console.error(`There is no benchmark ${unknown.map((name) => `"${name}"`).join(", ")}.\n\n${usage()}`);
    return 2;
  }
  const { version: { deno, v8 }, build: { target } } = Deno;
  const cores = navigator.hardwareConcurrency;
  console.log(`Deno ${deno}, V8 ${v8}, ${target}, ${cores} cores`);
  const failed: string[] = [];
  const figures: Record<string, readonly KeptFigure[]> = {};
  for (const name of names.length > 0 ? names.map(String) : Object.keys(BENCHES)) {
    console.log(`\n━━ ${name}: ${BENCHES[name]}`);
    const start = performance.now();
    const found = await runBench(`${name}.ts`);
    if (found === undefined) failed.push(name);
    else figures[name] = found;
    console.log(`\n  ${((performance.now() - start) / 1000).toFixed(1)} s`);
    if (json === undefined) continue;
    // After each one: all of them take so long that a run may be cut off.
    const results: Results = { date: new Date().toISOString().slice(0, 10), deno, v8, target, cores, figures };
    await Deno.writeTextFile(json, `${JSON.stringify(results, undefined, 2)}\n`);
  }
  if (failed.length > 0) console.error(`\nNot finished: ${failed.join(", ")}`);
  return failed.length > 0 ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
