/**
 * Engines with real servers, for tests of faults.
 *
 * @module
 */

import type { Pool } from "../../../mod.ts";
import { findPrograms, PostgresServer } from "../../postgres/server.ts";
import { findNatsServer, NatsServer } from "../nats_server.ts";

/** A server that can be treated badly. */
export interface TestServer extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Stops it for a while, or lets it continue. */
  freeze(isFrozen: boolean): void;
  /** Resolves once it has answered. */
  ping(): Promise<void>;
}

/** An engine, by its name on the command lines of the programs here. */
export interface TestEngine {
  readonly name: "nats" | "postgres";
  /** Why it cannot be tested here, if that is so. */
  readonly missing: string | undefined;
  start(): Promise<TestServer>;
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
      serve: (settings: Parameters<typeof serveTasks>[0]) => serveTasks({ ...settings, ...place }),
    };
  }
  const { postgresPool, serveTasks } = await import("../../../src/remote/postgres/mod.ts");
  return {
    pool: (pool: string, lease: number): () => Pool => postgresPool({ name: pool, connection: address, lease }),
    serve: (settings: Parameters<typeof serveTasks>[0]) => serveTasks({ ...settings, connection: address }),
  };
}
