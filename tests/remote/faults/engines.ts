/**
 * Engines with real servers, for tests of faults.
 *
 * @module
 */

import type { Pool } from "../../../mod.ts";
import type { ServeTasksSettings } from "../../../src/remote/options.ts";
import { findPrograms, PostgresServer } from "../../postgres/server.ts";
import { findNatsServer, NatsServer } from "../nats_server.ts";
import { freePort } from "../ws/support.ts";

/** What runners and workers meet at. */
export interface TestPlace extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** Resolves once it has answered. */
  ping(): Promise<void>;
}

/** A server that can be treated badly. */
export interface TestServer extends TestPlace {
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Stops it for a while, or lets it continue. */
  freeze(isFrozen: boolean): void;
}

/** An engine, by its name on the command lines of the programs here. */
export interface TestEngine<P extends TestPlace = TestServer> {
  readonly name: "nats" | "postgres" | "ws";
  /** Why it cannot be tested here, if that is so. */
  readonly missing: string | undefined;
  start(): Promise<P>;
}

/** NATS JetStream. */
export const NATS: TestEngine = {
  name: "nats",
  missing: findNatsServer() === undefined ? "apt-get install nats-server" : undefined,
  start: async () => {
    const server = await NatsServer.start();
    return {
      address: server.address,
      port: server.port,
      kill: () => server.kill(),
      restart: () => server.restart(),
      freeze: (isFrozen) => server.signal(isFrozen ? "SIGSTOP" : "SIGCONT"),
      ping: () => server.ping(),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};

/** PostgreSQL. */
export const POSTGRES: TestEngine = {
  name: "postgres",
  missing: findPrograms() === undefined ? "apt-get install postgresql" : undefined,
  start: async () => {
    const server = await PostgresServer.start();
    return {
      address: server.url,
      port: server.port,
      kill: () => server.kill(),
      restart: () => server.restart(),
      freeze: (isFrozen) => {
        for (const pid of processesOf(server)) Deno.kill(pid, isFrozen ? "SIGSTOP" : "SIGCONT");
      },
      ping: async () => void await server.sql("select 1"),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};

/** WebSocket: a port, at which workers meet the program of the runner. */
export const WS: TestEngine<TestPlace> = {
  name: "ws",
  missing: undefined,
  start: () => {
    const port = freePort();
    return Promise.resolve({
      address: `ws://127.0.0.1:${port}`,
      port,
      ping: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  },
};

/** The process of a server, and those of its connections. */
function processesOf({ folder }: PostgresServer): number[] {
  const main = Number(Deno.readTextFileSync(`${folder}/data/postmaster.pid`).split("\n")[0]);
  const children = new Deno.Command("ps", { args: ["-o", "pid=", "--ppid", `${main}`] }).outputSync().stdout;
  return [main, ...new TextDecoder().decode(children).trim().split(/\s+/).filter((each) => each !== "").map(Number)];
}

/**
 * The entry of an engine, by its name.
 *
 * @param address Of a cluster: those of its servers, with commas.
 */
export async function load(name: string, address: string) {
  if (name === "nats") {
    const { natsPool, serveTasks } = await import("../../../src/remote/nats/mod.ts");
    const servers = address.split(",");
    const place = { servers, replicas: servers.length };
    return {
      pool: (pool: string, lease: number): () => Pool => natsPool({ name: pool, ...place, lease }),
      serve: (settings: ServeTasksSettings) => serveTasks({ ...settings, ...place }),
    };
  }
  if (name === "ws") {
    const { webSocketPool, serveTasks } = await import("../../../src/remote/ws/mod.ts");
    const port = Number(new URL(address).port);
    return {
      pool: (pool: string, lease: number): () => Pool => webSocketPool({ name: pool, port, lease }),
      serve: (settings: ServeTasksSettings) => serveTasks({ ...settings, url: address }),
    };
  }
  const { postgresPool, serveTasks } = await import("../../../src/remote/postgres/mod.ts");
  return {
    pool: (pool: string, lease: number): () => Pool => postgresPool({ name: pool, connection: address, lease }),
    serve: (settings: ServeTasksSettings) => serveTasks({ ...settings, connection: address }),
  };
}
