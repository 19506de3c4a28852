/**
 * Three NATS servers on this machine that are one cluster.
 *
 * @module
 */

import { connect } from "@nats-io/transport-node";
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { join } from "node:path";
import { freePort, sleep } from "../support.ts";
import { findNatsServer, NatsServer } from "./nats_server.ts";

const NODES = 3;
/** How long the servers of a cluster may take to agree on who leads. */
const MAX_READY_MS = 120_000;
/** How long a server that was started again may take to catch up, until it is started once more; and how often it is. */
const MAX_CATCH_UP_MS = 15_000;
const MAX_STARTS = 3;

/** The servers, by number from 0. */
export class NatsCluster implements AsyncDisposable {
  readonly nodes: readonly NatsServer[];

  readonly #folder: string;

  private constructor(nodes: readonly NatsServer[], folder: string) {
    this.nodes = nodes;
    this.#folder = folder;
  }

  /** Starts all of them; resolves once the cluster keeps streams. */
  static async start(): Promise<NatsCluster> {
    const folder = await Deno.makeTempDir({ prefix: "workflowy-nats-cluster-" });
    const addresses = Array.from({ length: NODES }, () => `127.0.0.1:${freePort()}`);
    const routes = addresses.map((each) => `"nats://${each}"`).join(", ");
    const nodes = await Promise.all(addresses.map(async (listen, index) => {
      const config = join(folder, `${index}.conf`);
      await Deno.writeTextFile(
        config,
        `cluster { name: test, listen: "${listen}", routes: [${routes}]${onePerRoute()} }`,
      );
      return await NatsServer.start("-c", config, "-n", `node-${index}`);
    }));
    const cluster = new NatsCluster(nodes, folder);
    await cluster.#poll("it keeps streams on all servers", async (manager) => {
      await manager.streams.add({ name: "first", num_replicas: NODES });
      await manager.streams.delete("first");
    });
    return cluster;
  }

  /** The addresses of the servers, with commas. */
  get address(): string {
    return this.nodes.map(({ address }) => address).join(",");
  }

  /**
   * Starts a server again that was killed. Resolves once each stream is complete on all servers.
   *
   * Such a server may ask the leaders without end for what it has missed ("Catchup may be stalled, will request again"): it
   * is then started once more, as people would do.
   *
   * @throws {Error} If that takes too long.
   */
  async restart(node: number): Promise<void> {
    const server = this.nodes[node]!;
    for (let start = 1;; start++) {
      await server.restart();
      try {
        return await this.#complete(start < MAX_STARTS ? MAX_CATCH_UP_MS : MAX_READY_MS);
      } catch (error) {
        if (start === MAX_STARTS) throw error;
        await server.kill();
      }
    }
  }

  /**
   * The number of the server that leads a stream.
   *
   * @throws {Error} If none does for too long.
   */
  async leaderOf(stream: string): Promise<number> {
    return await this.#poll(`${stream} has a leader`, async (manager) => {
      const leader = (await manager.streams.info(stream)).cluster?.leader;
      if (leader === undefined) throw new Error("It has none");
      return Number(leader.split("-")[1]);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.nodes) await each[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }

  /** @throws {Error} If a stream is not complete on all servers for too long. */
  async #complete(withinMs: number): Promise<void> {
    await this.#poll("all streams are complete", async (manager) => {
      for await (const { config, cluster } of manager.streams.list()) {
        const followers = cluster?.replicas ?? [];
        const isComplete = cluster?.leader !== undefined && followers.length === NODES - 1 &&
          followers.every(({ current, offline }) => current && offline !== true);
        if (!isComplete) throw new Error(`${config.name} is not: ${JSON.stringify(cluster)}`);
      }
    }, withinMs);
  }

  /** What a function returns once it does not throw: a cluster needs time to agree. */
  async #poll<T>(what: string, look: (manager: JetStreamManager) => Promise<T>, withinMs = MAX_READY_MS): Promise<T> {
    const end = performance.now() + withinMs;
    for (;;) {
      const connection = await connect({ servers: this.address.split(",") });
      try {
        return await look(await jetstreamManager(connection));
      } catch (cause) {
        if (performance.now() > end) throw new Error(`Not within ${withinMs} ms: ${what}`, { cause });
      } finally {
        await connection.close();
      }
      await sleep(200);
    }
  }
}

/**
 * What keeps two servers from connecting to each other several times at once: of connections in a pool, which servers have
 * from 2.10 on, one may close what the other one keeps, and a server that comes back then stays without what is sent to it.
 */
function onePerRoute(): string {
  const { stdout } = new Deno.Command(findNatsServer()!, { args: ["-v"] }).outputSync();
  return /v2\.[0-9]\./.test(new TextDecoder().decode(stdout)) ? "" : ", pool_size: -1";
}
