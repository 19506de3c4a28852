/**
 * `workflowy worker --engine ws|postgres|nats --name NAME MODULE…`.
 *
 * @module
 */

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { describeError } from "../../core/describe.ts";
import type { Duration } from "../../core/duration.ts";
import { environmentVariable } from "../../core/environment.ts";
import type { ServeTasksSettings } from "../../remote/options.ts";
import { type CliContext, CliError } from "../context.ts";

/** The options. */
export interface WorkerFlags {
  readonly engine: "ws" | "postgres" | "nats";
  readonly name: string;
  readonly server?: string;
  readonly replicas?: number;
  readonly schema?: string;
  readonly concurrency?: number;
  readonly backend?: "thread" | "process" | "async";
  readonly worker?: string;
  readonly tag?: readonly string[];
  readonly lease?: string;
  readonly health?: number;
}

/** Serves tasks until it is told to end. */
export async function worker(this: CliContext, flags: WorkerFlags, ...paths: string[]): Promise<void> {
  const { engine, name, server, replicas, schema, concurrency, backend, worker, tag, lease, health } = flags;
  if (engine !== "postgres" && schema !== undefined) throw new CliError("--schema is an option of Postgres");
  if (engine !== "nats" && replicas !== undefined) throw new CliError("--replicas is an option of NATS");
  if (engine === "ws" && server === undefined) {
    throw new CliError("--engine ws needs the address of the runner, such as --server ws://runner.example.com:8790");
  }
  const { stderr } = this.process;
  const settings: ServeTasksSettings = {
    name,
    modules: paths.map(moduleOf),
    concurrency,
    backend,
    worker,
    tags: tag,
    lease: lease as Duration | undefined,
    health: health === undefined ? undefined : { port: health, hostname: "0.0.0.0" },
    onReady: ({ worker, tasks }) => {
      stderr.write(`${worker} serves ${tasks.join(", ")} to pools of the name ${name}\n`);
    },
  };
  try {
    if (engine === "ws") {
      const { serveTasks } = await import("../../remote/ws/mod.ts");
      await serveTasks({ ...settings, url: server!, token: environmentVariable("WORKFLOWY_TOKEN") || undefined });
    } else if (engine === "nats") {
      const { serveTasks } = await import("../../remote/nats/mod.ts");
      await serveTasks({ ...settings, servers: server?.split(","), replicas });
    } else {
      const { serveTasks } = await import("../../remote/postgres/mod.ts");
      await serveTasks({ ...settings, connection: server, schema });
    }
  } catch (error) {
    throw new CliError(`Cannot serve tasks: ${describeError(error)}`);
  }
}

/** The URL of a module: of a file by its path, or as it is given. */
function moduleOf(path: string): string {
  return /^(?:https?|file|jsr|npm|data):/.test(path) ? path : pathToFileURL(resolve(path)).href;
}
