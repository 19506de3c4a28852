/**
 * Shows a program for Deno Deploy: a cron at the top level, a page that shows the state, and the state in Postgres where
 * there is one (`DATABASE_URL`), and in Deno KV elsewhere. It uses neither threads nor subprocesses. For a quick look:
 *
 *     deno run --unstable-kv --unstable-cron --allow-env --allow-net examples/deploy_cron.ts --demo
 *
 * Without `--demo` it keeps running, with its page at http://localhost:8000. With `DENO_CRON_TEST_SCHEDULE_OFFSET=1000`
 * in the environment, the cron runs every second. `deno task postgres` starts a Postgres to try it with.
 *
 * @module
 */

import {
  type Checkpointer,
  CheckpointError,
  KvCheckpointer,
  readCheckpoint,
  Scheduler,
  task,
  type TaskRecord,
  TaskRunner,
} from "@workflowy/workflowy";

const isDemo = Deno.args.includes("--demo");
const prefix = "prices";

/** Where the state is: how a runner gets it, and how it is read meanwhile. */
interface State {
  checkpointer(): Checkpointer;
  records(): AsyncIterable<TaskRecord>;
  close(): void;
}

/** Deno Deploy sets `DATABASE_URL` when a Postgres database is assigned to the app. */
async function openState(): Promise<State> {
  if (!isDemo && Deno.env.has("DATABASE_URL")) {
    const { PostgresCheckpointer } = await import("@workflowy/workflowy/postgres");
    const checkpointer = () => new PostgresCheckpointer({ prefix });
    return { checkpointer, records: () => checkpointer().read(), close: () => {} };
  }
  const kv = await Deno.openKv(isDemo ? ":memory:" : Deno.env.get("KV_PATH"));
  return {
    checkpointer: () => new KvCheckpointer({ kv, prefix }),
    records: () => readCheckpoint({ kv, prefix }),
    close: () => kv.close(),
  };
}

const state = await openState();

const fetchPrices = task(
  { name: "fetch-prices", retries: 3, timeout: "10s" },
  (_hour: string) => ({ tea: 3, milk: 2 }),
);
const sum = task(
  { name: "sum" },
  (_hour: string, prices: Record<string, number>) => Object.values(prices).reduce((a, b) => a + b, 0),
);

/**
 * The work of one hour. Its steps are saved: if one fails, or the program is stopped, Deno calls the job again, and it
 * continues where it stopped. Deploy may run several instances: one works, and the others stand by until it is done.
 */
const collect = task({ name: "collect" }, async () => {
  const hour = new Date().toISOString().slice(0, 13);
  await using runner = await TaskRunner.resume(state.checkpointer(), {
    standby: { signal: AbortSignal.timeout(60_000) },
    retention: { completed: "1d" },
  });
  const total = runner.submit(sum, hour, runner.submit(fetchPrices, hour));
  await runner.run();
  return await total;
});

// Deno Deploy reads this job when the program is deployed, and calls it when it is due.
const scheduler = new Scheduler();
scheduler.cron("0 * * * *", { name: "collect hourly" }).do(collect);
scheduler.deferToDenoCron({ backoffSchedule: [1_000, 10_000, 60_000] });

/** The totals of the last day, the latest first; read while a runner may be at work. */
async function totals(): Promise<string[]> {
  try {
    const records = (await Array.fromAsync(state.records())).filter(({ name, status }) =>
      name === "sum" && status === "completed"
    );
    return records.map(({ args, value }) => `${args[0]}h: ${value}`).sort().reverse();
  } catch (error) {
    if (error instanceof CheckpointError && error.reason === "unavailable") return []; // nothing was collected yet
    throw error;
  }
}

async function page(): Promise<Response> {
  const rows = await totals();
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
  state.close();
  Deno.exit(); // Crons keep a program alive.
}
