/**
 * Shows a program for Deno Deploy: crons at the top level, state in Deno KV, and a page that shows the state. It uses
 * neither threads nor subprocesses. For a quick look:
 *
 *     deno run --unstable-kv --unstable-cron --allow-env --allow-net examples/deploy_cron.ts --demo
 *
 * Without `--demo` it keeps running, with its page at http://localhost:8000. With `DENO_CRON_TEST_SCHEDULE_OFFSET=1000`
 * in the environment, the crons run every second.
 *
 * @module
 */

import { KvCheckpointer, Scheduler, task, TaskRunner } from "@workflowy/workflowy";

const isDemo = Deno.args.includes("--demo");
const kv = await Deno.openKv(isDemo ? ":memory:" : Deno.env.get("KV_PATH"));

const fetchPrices = task({ name: "fetch-prices", retries: 3, timeout: "10s" }, () => ({ tea: 3, milk: 2 }));
const sum = task({ name: "sum" }, (prices: Record<string, number>) => Object.values(prices).reduce((a, b) => a + b, 0));
const store = task({ name: "store" }, async (hour: string, total: number) => {
  await kv.set(["totals", hour], total);
  return total;
});

/**
 * The work of one hour. Its steps are saved: if one fails, or the program is stopped, Deno calls the job again, and it
 * continues where it stopped. Each hour has its own prefix, because Deploy may run several at once.
 */
const collect = task({ name: "collect" }, async () => {
  const hour = new Date().toISOString().slice(0, 13);
  const checkpointer = new KvCheckpointer({ kv, prefix: ["collect", hour] });
  await using runner = await TaskRunner.resume(checkpointer);
  const stored = runner.submit(store, hour, runner.submit(sum, runner.submit(fetchPrices)));
  await runner.run();
  return await stored;
});

/** Removes what is older than a day. */
const cleanUp = task({ name: "clean-up" }, async () => {
  const dayAgo = new Date(Date.now() - 86_400_000).toISOString().slice(0, 13);
  for (const prefix of [["collect"], ["totals"]]) {
    for await (const { key } of kv.list({ prefix })) if (String(key[1]) < dayAgo) await kv.delete(key);
  }
});

// Deno Deploy reads these jobs when the program is deployed, and calls them when they are due.
const scheduler = new Scheduler();
scheduler.cron("0 * * * *", { name: "collect hourly" }).do(collect);
scheduler.every("1d", { name: "clean up" }).do(cleanUp);
scheduler.deferToDenoCron({ backoffSchedule: [1_000, 10_000, 60_000] });

async function page(): Promise<Response> {
  const totals = await Array.fromAsync(kv.list<number>({ prefix: ["totals"] }, { reverse: true, limit: 24 }));
  const rows = totals.map(({ key, value }) => `${String(key[1])}h: ${value}`);
  return new Response([`Totals of the last day: ${rows.length}`, ...rows].join("\n") + "\n");
}

const isDeployed = Deno.env.has("DENO_DEPLOYMENT_ID");
const port = isDemo ? 0 : Number(Deno.env.get("PORT") ?? 8_000);
const server = Deno.serve(isDeployed ? {} : { hostname: "127.0.0.1", port }, page);

if (isDemo) {
  await using runner = new TaskRunner();
  console.log("collected", await runner.submit(collect), "and once more", await runner.submit(collect));
  const response = await fetch(`http://127.0.0.1:${server.addr.port}`);
  console.log((await response.text()).replace(/^\d.*h:/m, "this hour:"));
  await server.shutdown();
  await scheduler[Symbol.asyncDispose]();
  kv.close();
  Deno.exit(); // Crons keep a program alive.
}
