/**
 * Pools and workers on Postgres.
 *
 * @module
 */

import type { Pool } from "../../core/pool.ts";
import { checkConnection, type PostgresConnection } from "../../stores/postgres/connection.ts";
import { checkSchema } from "../../stores/postgres/place.ts";
import type { Engine } from "../engine.ts";
import {
  type RemotePoolSettings,
  resolvePoolSettings,
  resolveServeSettings,
  type ServeTasksSettings,
} from "../options.ts";
import { RemotePool } from "../pool/remote_pool.ts";
import { Redactor } from "../redact.ts";
import { serve } from "../worker/serve.ts";
import { PostgresRunner } from "./postgres_runner.ts";
import { PostgresWorker } from "./postgres_worker.ts";
import type { PostgresSetup } from "./server.ts";

/** Which database. */
export interface PostgresSettings {
  /**
   * The URL of the server, or a client of `npm:postgres`, which you end after the runner or the worker has ended. Default:
   * what the environment says, in `DATABASE_URL`, or in `PGHOST`, `PGPORT`, `PGDATABASE`, `PGUSER`, `PGPASSWORD`, `PGSSLMODE`
   * and `PGSSLROOTCERT`.
   */
  readonly connection?: string | URL | PostgresConnection | undefined;
  /** The schema with the tables, which are made when they are needed. Default: `"workflowy"`. */
  readonly schema?: string | undefined;
}

/** Options of {@linkcode postgresPool}. */
export interface PostgresPoolOptions extends RemotePoolSettings, PostgresSettings {}

/** Options of {@linkcode serveTasks}. */
export interface PostgresServeOptions extends ServeTasksSettings, PostgresSettings {}

/** A job that has ended is followed by another one after 4 to 8 ms: three transactions, two of which wait for the disk. */
const PREFETCH_MS = 20;
const OWN = ["connection", "schema"];

/**
 * A pool whose tasks run in workers anywhere, which get them from a Postgres database. It belongs to the runner that it is
 * given to, which connects it as soon as there is a server, and ends it.
 *
 * @param options The name of the pool, the database, and for how long a worker may be silent. Default: the database of the
 * environment, and a lease of 10 seconds.
 * @returns What to give to a runner, under `pools`.
 * @throws {TypeError} If an option is unknown or of a wrong kind.
 * @throws {RangeError} If a value is out of range.
 *
 * @example A pool
 * ```ts ignore
 * import { TaskRunner } from "@workflowy/workflowy";
 * import { postgresPool } from "@workflowy/workflowy/postgres";
 *
 * await using runner = new TaskRunner({ pools: { cluster: postgresPool({ name: "reports" }) } });
 * ```
 */
export function postgresPool(options: PostgresPoolOptions): () => Pool {
  const resolved = resolvePoolSettings(options, "postgresPool()", OWN);
  const engine = engineOf(options, "postgresPool()");
  return () => new RemotePool(engine, resolved);
}

/**
 * Serves the tasks of modules to the pools of a name: from now until the program gets SIGTERM or SIGINT, or the signal is
 * aborted, and then until what it has begun has ended. It connects as soon as there is a server, and again whenever the
 * connection is lost.
 *
 * @param options The name, the modules, and how many bodies run at a time, and where. Default: on threads, one for each
 * processor.
 * @returns A promise that resolves once all that it has begun has ended, and is kept by the server.
 * @throws {TypeError} If an option is unknown or of a wrong kind, a module has no tasks, or two have one of the same name.
 * @throws {RangeError} If a value is out of range.
 * @throws {Error} If the server does not let it in, or a module cannot be imported.
 *
 * @example A worker
 * ```ts ignore
 * import { serveTasks } from "@workflowy/workflowy/postgres";
 *
 * await serveTasks({ name: "reports", modules: [import.meta.resolve("./tasks.ts")], concurrency: 4 });
 * ```
 */
export async function serveTasks(options: PostgresServeOptions): Promise<void> {
  const resolved = resolveServeSettings(options, OWN);
  await serve(engineOf(options, "serveTasks()"), resolved);
}

function engineOf(
  { name: pool, connection, schema = "workflowy" }: PostgresSettings & { readonly name: string },
  who: string,
): Engine {
  const setup: PostgresSetup = {
    pool,
    schema: checkSchema(schema, `schema of ${who}`),
    connection: checkConnection(connection, `connection of ${who}`),
    redactor: new Redactor(typeof connection === "function" ? {} : { url: String(connection ?? "") }),
  };
  return {
    name: "Postgres",
    prefetchMs: PREFETCH_MS,
    openRunner: (run, listener, signal) => PostgresRunner.open(setup, run, listener, signal),
    openWorker: (worker, listener, signal) => PostgresWorker.open(setup, worker, listener, signal),
  };
}
