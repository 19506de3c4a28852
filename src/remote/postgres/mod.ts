/**
 * Postgres as the place where runs are kept, for one program at a time, with any number that stand by; and pools whose workers
 * are elsewhere.
 *
 * @example A checkpoint
 * ```ts ignore
 * import { task, TaskRunner } from "@workflowy/workflowy";
 * import { PostgresCheckpointer } from "@workflowy/workflowy/postgres";
 *
 * const work = task({ name: "work" }, (x: number) => 2 * x);
 * const checkpointer = new PostgresCheckpointer({ prefix: "nightly" }); // where DATABASE_URL says
 * await using runner = await TaskRunner.resume(checkpointer, { standby: true });
 * console.log(await runner.submit(work, 21));
 * ```
 *
 * @example Tasks that run on other machines
 * ```ts ignore
 * // On the machine of the runner:
 * import { TaskRunner } from "@workflowy/workflowy";
 * import { postgresPool } from "@workflowy/workflowy/postgres";
 *
 * await using runner = new TaskRunner({ pools: { cluster: postgresPool({ name: "reports" }) } });
 *
 * // On each worker machine:
 * import { serveTasks } from "@workflowy/workflowy/postgres";
 *
 * await serveTasks({ name: "reports", modules: [import.meta.resolve("./tasks.ts")] });
 * ```
 *
 * @module
 */

export {
  PostgresCheckpointer,
  type PostgresCheckpointerOptions,
  type PostgresPlaceOptions,
} from "../../stores/postgres/postgres_checkpointer.ts";
export type {
  Parameter as PostgresParameter,
  PendingStatement as PostgresStatement,
  PostgresConnection,
  PostgresSql,
  Rows as PostgresRows,
} from "../../stores/postgres/connection.ts";
export {
  PostgresClient,
  type PostgresClientOptions,
  type PostgresClientWith,
} from "../../stores/postgres/postgres_client.ts";
export { postgresPool, type PostgresPoolOptions, type PostgresServeOptions, serveTasks } from "./postgres_pool.ts";
export type { PostgresSettings } from "./postgres_pool.ts";
export type { ReadyWorker, RemotePoolSettings, ServeTasksSettings } from "../options.ts";
