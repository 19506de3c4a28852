/**
 * Pools whose workers are elsewhere, without a server: workers connect to the program of the runner, by WebSocket.
 *
 * @example A runner, and a worker on another machine
 * ```ts ignore
 * // On the machine of the runner:
 * import { TaskRunner } from "@workflowy/workflowy";
 * import { webSocketPool } from "@workflowy/workflowy/ws";
 *
 * const token = Deno.env.get("WORKFLOWY_TOKEN");
 * await using runner = new TaskRunner({
 *   pools: { cluster: webSocketPool({ name: "reports", port: 8790, hostname: "0.0.0.0", token }) },
 * });
 *
 * // On each worker machine:
 * import { serveTasks } from "@workflowy/workflowy/ws";
 *
 * await serveTasks({
 *   name: "reports",
 *   url: "ws://runner.example.com:8790",
 *   token: Deno.env.get("WORKFLOWY_TOKEN"),
 *   modules: [import.meta.resolve("./tasks.ts")],
 * });
 * ```
 *
 * @module
 */

import { callable, nonEmptyString, portNumber } from "../../core/checks.ts";
import { describeValue } from "../../core/describe.ts";
import { isLoopback } from "../../core/loopback.ts";
import type { Pool } from "../../core/pool.ts";
import type { RunnerEngine, WorkerEngine } from "../engine.ts";
import {
  type RemotePoolSettings,
  resolvePoolSettings,
  resolveServeSettings,
  type ServeTasksSettings,
} from "../options.ts";
import { RemotePool } from "../pool/remote_pool.ts";
import { serve } from "../worker/serve.ts";
import { type HubSetup, WsHub } from "./hub.ts";
import { type WsSetup, WsWorker } from "./ws_worker.ts";

export type { ReadyWorker, RemotePoolSettings, ServeTasksSettings } from "../options.ts";

/** Options of {@linkcode webSocketPool}. */
export interface WebSocketPoolOptions extends RemotePoolSettings {
  /** The port that workers connect to, while the runner is open; 0 for any free one. */
  readonly port: number;
  /** The address that it listens on. Any but a loopback address needs a `token`. Default: `"127.0.0.1"`. */
  readonly hostname?: string | undefined;
  /** What workers have to know. Default: nothing. */
  readonly token?: string | undefined;
  /** The certificate for TLS, as PEM, together with `key`; workers then connect to `wss://…`. Default: no TLS. */
  readonly cert?: string | undefined;
  /** The private key of the certificate, as PEM. */
  readonly key?: string | undefined;
  /** Called once it listens. Default: nothing is called. */
  readonly onListen?: ((address: ListenAddress) => void) | undefined;
}

/** Where a pool listens. */
export interface ListenAddress {
  /** As it was given. */
  readonly hostname: string;
  /** The port: a free one if it was given as 0. */
  readonly port: number;
}

/** Options of {@linkcode serveTasks}. */
export interface WebSocketServeOptions extends ServeTasksSettings {
  /** Where the runner listens, such as `"ws://runner.example.com:8790"`, or `"wss://…"` with TLS. */
  readonly url: string | URL;
  /** The token of the pool. Default: none. */
  readonly token?: string | undefined;
}

/** A job that has ended is followed by another one after 1 ms, and on a busy machine after several. */
const PREFETCH_MS = 10;
const POOL_OPTIONS = ["port", "hostname", "token", "cert", "key", "onListen"];
const SERVE_OPTIONS = ["url", "token"];

/**
 * A pool whose tasks run in workers anywhere, which connect to the program of the runner. It belongs to the runner that it is
 * given to, which listens while it is open, and ends it.
 *
 * @param options The name of the pool, the port, and for how long a worker may be silent. Default: only programs on this
 * machine reach it, and a lease is 10 seconds.
 * @returns What to give to a runner, under `pools`.
 * @throws {TypeError} If an option is unknown or of a wrong kind, or other machines could reach it without a token.
 * @throws {RangeError} If a value is out of range.
 *
 * @example A pool
 * ```ts ignore
 * import { TaskRunner } from "@workflowy/workflowy";
 * import { webSocketPool } from "@workflowy/workflowy/ws";
 *
 * await using runner = new TaskRunner({ pools: { cluster: webSocketPool({ name: "reports", port: 8790 }) } });
 * ```
 */
export function webSocketPool(options: WebSocketPoolOptions): () => Pool {
  const who = "webSocketPool()";
  const resolved = resolvePoolSettings(options, who, POOL_OPTIONS);
  const setup: HubSetup = { ...hubOptions(options, who), name: resolved.name, leaseMs: resolved.leaseMs };
  const engine: RunnerEngine = {
    name: `port ${setup.port}`,
    openRunner: (run, listener, signal) => WsHub.open(setup, run, listener, signal),
  };
  return () => new RemotePool(engine, resolved);
}

/**
 * Serves the tasks of modules to the runner at an address: from now until the program gets SIGTERM or SIGINT, or the signal is
 * aborted, and then until what it has begun has ended. It connects as soon as there is a runner, and again whenever the
 * connection is lost.
 *
 * @param options The name and the address, the modules, and how many bodies run at a time, and where. Default: on threads,
 * one for each processor.
 * @returns A promise that resolves once all that it has begun has ended, and its runner has the outcomes.
 * @throws {TypeError} If an option is unknown or of a wrong kind, a module has no tasks, or two have one of the same name.
 * @throws {RangeError} If a value is out of range.
 * @throws {Error} If the runner wants another token, has a pool of another name or another version of this package, or a
 * module cannot be imported.
 *
 * @example A worker
 * ```ts ignore
 * import { serveTasks } from "@workflowy/workflowy/ws";
 *
 * await serveTasks({
 *   name: "reports",
 *   url: "ws://127.0.0.1:8790",
 *   modules: [import.meta.resolve("./tasks.ts")],
 *   concurrency: 4,
 * });
 * ```
 */
export async function serveTasks(options: WebSocketServeOptions): Promise<void> {
  const resolved = resolveServeSettings(options, SERVE_OPTIONS);
  const { name, leaseMs, logger } = resolved;
  const token = checkToken(options.token, "serveTasks()") ?? "";
  const setup: WsSetup = { url: checkUrl(options.url), name, token, leaseMs, logger };
  const openWorker: WorkerEngine["openWorker"] = (_, listener, signal) => WsWorker.open(setup, listener, signal);
  await serve({ prefetchMs: PREFETCH_MS, openWorker }, resolved);
}

function hubOptions(options: WebSocketPoolOptions, who: string): Omit<HubSetup, "name" | "leaseMs"> {
  const { port, cert, key, onListen } = options;
  portNumber(port, `port of ${who}`);
  const hostname = nonEmptyString(options.hostname ?? "127.0.0.1", `hostname of ${who}`);
  const token = checkToken(options.token, who);
  if (token === undefined && !isLoopback(hostname)) {
    throw new TypeError(
      `A pool on ${hostname} can be reached from other machines: give webSocketPool() and its workers a token, such as that ` +
        `of an environment variable, or leave hostname out`,
    );
  }
  if ((cert === undefined) !== (key === undefined)) throw new TypeError(`${who} needs cert and key, or none of them`);
  const certificate = cert === undefined ? undefined : { cert: checkPem(cert, "cert"), key: checkPem(key, "key") };
  if (onListen !== undefined) callable(onListen, `onListen of ${who}`);
  return { port, hostname, token, certificate, onListen };
}

/** No message shows what was given: it may be nearly right. */
function checkToken(token: unknown, who: string): string | undefined {
  if (token === undefined || (typeof token === "string" && token.length > 0 && token.length <= 1_000)) return token;
  throw new TypeError(`token of ${who} must be a string of 1 to 1,000 characters`);
}

function checkPem(pem: unknown, what: string): string {
  if (typeof pem === "string" && pem.includes("-----BEGIN ")) return pem;
  throw new TypeError(`${what} of webSocketPool() must be in the form PEM, which has "-----BEGIN" in it`);
}

function checkUrl(given: unknown): URL {
  const what = "url of serveTasks()";
  const isUrl = (typeof given === "string" || given instanceof URL) && URL.canParse(given);
  const url = isUrl ? new URL(given) : undefined;
  if (url === undefined || !/^wss?:$/.test(url.protocol)) {
    const found = url === undefined && typeof given === "string"
      ? "another string"
      : url?.protocol ?? describeValue(given);
    throw new TypeError(`${what} must be an address such as "ws://runner.example.com:8790", not ${found}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new TypeError(`${what} must have no user and no password: give the token of the pool as token`);
  }
  url.hash = "";
  return url;
}
