/**
 * A runner or a worker that connects with a secret, and prints all that it can print.
 *
 * @module
 */

import { nkeyAuthenticator } from "@nats-io/transport-node";
import { type TaskHandle, TaskRunner } from "../../../mod.ts";
import { double, refuse } from "./tasks.ts";

/** What the program is given, in its environment. */
export interface Request {
  readonly role: "runner" | "worker";
  readonly engine: "nats" | "postgres";
  readonly name: string;
  /** The file of the runner's checkpoint. */
  readonly path: string;
  /** Options of the pool, or of `serveTasks()`. */
  readonly options: { readonly servers?: string; readonly connection?: string | Record<string, unknown> };
  /** The seed of an nkey. */
  readonly seed?: string | undefined;
}

const { role, engine, name, path, options, seed } = JSON.parse(Deno.env.get("REQUEST")!) as Request;

function connectionOf(): object {
  if (seed === undefined) return options;
  return { ...options, connection: { authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)) } };
}

const { pool, serve } = engine === "nats"
  ? await import("../../../src/remote/nats/mod.ts").then(({ natsPool, serveTasks }) => ({
    pool: natsPool,
    serve: serveTasks,
  }))
  : await import("../../../src/remote/postgres/mod.ts").then(({ postgresPool, serveTasks }) => ({
    pool: postgresPool,
    serve: serveTasks,
  }));

/** Waits for a line from the test. */
async function told(): Promise<void> {
  await Deno.stdin.read(new Uint8Array(16));
}

if (role === "worker") {
  try {
    await serve({
      ...{ name, lease: 1_500, backend: "thread", concurrency: 1, ...connectionOf() },
      modules: [import.meta.resolve("./tasks.ts")],
      onReady: (worker) => console.log("ready", worker),
    });
  } catch (error) {
    console.log("refused", error, Deno.inspect(error, { showHidden: true, depth: 20 }));
    Deno.exit(3);
  }
} else {
  const cluster = pool({ name, lease: 1_500, ...connectionOf() });
  await using runner = await TaskRunner.resume(path, { pools: { cluster }, onTaskError: "continue" });
  runner.observe({
    log: (handle, line) => console.log(handle.id, line),
    worker: (event) => console.log(event),
    run: (event) => console.log(event),
  });
  const run = runner.serve();
  const show = (...handles: readonly TaskHandle<number>[]) => {
    console.log(Deno.inspect(runner, { showHidden: true, depth: 20 }), runner.statistics(), JSON.stringify(handles));
    for (const each of handles) console.log(each, each.explain(), each.history);
  };
  const first = runner.submit(double, 1);
  const second = runner.submit(refuse, 1);
  console.log(await second.exception(), await first.exception());
  show(first, second);
  console.log("ready");
  await told();
  const later = runner.submit(double, 2);
  console.log(later.explain());
  console.log(await later.exception());
  show(later);
  await runner.stop();
  await run;
  await runner.shutdown();
  console.log("done", first.status, later.status);
}
