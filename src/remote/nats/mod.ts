/**
 * Pools whose workers are elsewhere, on NATS JetStream.
 *
 * @example A runner, and a worker on another machine
 * ```ts ignore
 * // On the machine of the runner:
 * import { TaskRunner } from "@workflowy/workflowy";
 * import { natsPool } from "@workflowy/workflowy/nats";
 *
 * await using runner = new TaskRunner({ pools: { cluster: natsPool({ name: "reports", servers: "nats.example.com" }) } });
 *
 * // On each worker machine:
 * import { serveTasks } from "@workflowy/workflowy/nats";
 *
 * await serveTasks({
 *   name: "reports",
 *   servers: "nats.example.com",
 *   modules: [import.meta.resolve("./tasks.ts")],
 * });
 * ```
 *
 * @module
 */

import type { ConnectionOptions } from "@nats-io/transport-node";
import { wholeNumberFrom } from "../../core/checks.ts";
import { describeValue } from "../../core/describe.ts";
import type { Pool } from "../../core/pool.ts";
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
import type { NatsSetup } from "./connection.ts";
import { namesOf } from "./names.ts";
import { NatsRunner } from "./nats_runner.ts";
import { NatsWorker } from "./nats_worker.ts";

export type { ReadyWorker, RemotePoolSettings, ServeTasksSettings } from "../options.ts";

/** Options of the client, `@nats-io/transport-node`, which documents the others that it takes. */
export interface NatsConnectionOptions {
  /** The name of a user. */
  readonly user?: string;
  /** The password of that user. */
  readonly pass?: string;
  /** A token in place of a user. */
  readonly token?: string;
  /** What the client's `nkeyAuthenticator()`, `credsAuthenticator()` and the like return. */
  readonly authenticator?: unknown;
  /** `{}` for TLS with the certificates of the system, or its files: `caFile`, `certFile`, `keyFile`. */
  readonly tls?: object | null;
  /** What else the client takes. */
  readonly [option: string]: unknown;
}

/** Where the server is, and how to connect to it. */
export interface NatsSettings {
  /** Its address, or those of several of a cluster, such as `"nats.example.com:4222"`. Default: this machine, port 4222. */
  readonly servers?: string | readonly string[] | undefined;
  /** More options of the client, such as `user` and `pass`, `token`, `authenticator` or `tls`. Default: none. */
  readonly connection?: NatsConnectionOptions | undefined;
  /** On how many servers of a cluster jobs and outcomes are kept. Runners and workers need the same. Default: 1. */
  readonly replicas?: number | undefined;
}

/** Options of {@linkcode natsPool}. */
export interface NatsPoolOptions extends RemotePoolSettings, NatsSettings {}

/** Options of {@linkcode serveTasks}. */
export interface NatsServeOptions extends ServeTasksSettings, NatsSettings {}

/** A job that has ended is followed by another one after 1 to 2 ms. */
const PREFETCH_MS = 10;
const OWN = ["servers", "connection", "replicas"];

/**
 * A pool whose tasks run in workers anywhere, which get them from a NATS server with JetStream. It belongs to the runner that
 * it is given to, which connects it as soon as there is a server, and ends it.
 *
 * @param options The name of the pool, where the server is, and for how long a worker may be silent. Default: the server is
 * on this machine, and a lease is 10 seconds.
 * @returns What to give to a runner, under `pools`.
 * @throws {TypeError} If an option is unknown or of a wrong kind.
 * @throws {RangeError} If a value is out of range.
 *
 * @example A pool
 * ```ts ignore
 * import { TaskRunner } from "@workflowy/workflowy";
 * import { natsPool } from "@workflowy/workflowy/nats";
 *
 * await using runner = new TaskRunner({ pools: { cluster: natsPool({ name: "reports" }) } });
 * ```
 */
export function natsPool(options: NatsPoolOptions): () => Pool {
  const resolved = resolvePoolSettings(options, "natsPool()", OWN);
  const engine = engineOf(options, "natsPool()");
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
 * @throws {Error} If the server does not let it in or has no JetStream, or a module cannot be imported.
 *
 * @example A worker
 * ```ts ignore
 * import { serveTasks } from "@workflowy/workflowy/nats";
 *
 * await serveTasks({ name: "reports", modules: [import.meta.resolve("./tasks.ts")], concurrency: 4 });
 * ```
 */
export async function serveTasks(options: NatsServeOptions): Promise<void> {
  const resolved = resolveServeSettings(options, OWN);
  await serve(engineOf(options, "serveTasks()"), resolved);
}

function engineOf(
  { name, servers, connection = {}, replicas = 1 }: NatsSettings & { name: string },
  who: string,
): Engine {
  wholeNumberFrom(1)(replicas, `replicas of ${who}`);
  if (typeof connection !== "object" || connection === null) {
    throw new TypeError(
      `connection of ${who} must be an object with options of the client, not ${describeValue(connection)}`,
    );
  }
  const list = servers === undefined ? undefined : checkServers(servers, who);
  const setup: NatsSetup = {
    names: namesOf(name),
    connection: { ...connection as ConnectionOptions, ...(list !== undefined && { servers: list }) },
    replicas,
    redactor: new Redactor({ connection, servers: list }),
  };
  return {
    name: "NATS",
    prefetchMs: PREFETCH_MS,
    openRunner: (run, listener, signal) => NatsRunner.open(setup, run, listener, signal),
    openWorker: (worker, listener, signal) => NatsWorker.open(setup, worker, listener, signal),
  };
}

function checkServers(servers: unknown, who: string): string[] {
  const list: unknown[] = Array.isArray(servers) ? [...servers] : [servers];
  const isWrong = (server: unknown) => typeof server !== "string" || server === "";
  if (list.length > 0 && !list.some(isWrong)) return list as string[];
  const found = list.length === 0 ? servers : list.find(isWrong);
  throw new TypeError(
    `servers of ${who} must be an address such as "nats.example.com:4222", or several, not ${describeValue(found)}`,
  );
}
