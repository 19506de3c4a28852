/**
 * Three NATS servers on this machine that are one cluster.
 *
 * @module
 */

import { connect } from "@nats-io/transport-node";
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { sleep } from "../support.ts";
import { freePort, NatsServer } from "./nats_server.ts";

const NODES = 3;
/** How long the servers of a cluster may take to agree on who leads. */
const MAX_READY_MS = 120_000;

/** The servers, by number from 0. */
export class NatsCluster implements AsyncDisposable {
  readonly nodes: readonly NatsServer[];

  private constructor(nodes: readonly NatsServer[]) {
    this.nodes = nodes;
  }

  /** Starts all of them; resolves once the cluster keeps streams. */
  static async start(): Promise<NatsCluster> {
    const ports = Array.from({ length: NODES }, freePort);
    const routes = ports.map((port) => `nats://127.0.0.1:${port}`).join(",");
    const nodes = await Promise.all(ports.map((port, index) =>
      NatsServer.start(
        ...[
          "-n",
          `node-${index}`,
          "--cluster_name",
          "test",
          "--cluster",
          `nats://127.0.0.1:${port}`,
          "--routes",
          routes,
        ],
      )
    ));
    const cluster = new NatsCluster(nodes);
    await cluster.ready();
    return cluster;
  }

  /** The addresses of the servers, with commas. */
  get address(): string {
    return this.nodes.map(({ address }) => address).join(",");
  }

  /**
   * Resolves once each stream of the cluster is complete on all servers.
   *
   * @throws {Error} If that takes too long.
   */
  async ready(): Promise<void> {
    await this.#poll("all streams are complete", async (manager) => {
      for await (const { config, cluster } of manager.streams.list()) {
        const followers = cluster?.replicas ?? [];
        const isComplete = cluster?.leader !== undefined && followers.length === NODES - 1 &&
          followers.every(({ current, offline }) => current && offline !== true);
        if (!isComplete) throw new Error(`${config.name} is not: ${JSON.stringify(cluster)}`);
      }
    });
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
  }

  /** What a function returns once it does not throw: a cluster needs time to agree. */
  async #poll<T>(what: string, look: (manager: JetStreamManager) => Promise<T>): Promise<T> {
    const end = performance.now() + MAX_READY_MS;
    for (;;) {
      const connection = await connect({ servers: this.address.split(",") });
      try {
        return await look(await jetstreamManager(connection));
      } catch (cause) {
        if (performance.now() > end) throw new Error(`Not within ${MAX_READY_MS} ms: ${what}`, { cause });
      } finally {
        await connection.close();
      }
      await sleep(200);
    }
  }
}
