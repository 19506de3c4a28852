/**
 * Three NATS servers on this machine that are one cluster.
 *
 * @module
 */

import { connect } from "@nats-io/transport-node";
import { jetstreamManager } from "@nats-io/jetstream";
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
    const end = performance.now() + MAX_READY_MS;
    let why: unknown;
    while (performance.now() < end) {
      try {
        if (await this.#isComplete()) return;
      } catch (error) {
        why = error;
      }
      await sleep(200);
    }
    throw new Error("The cluster is not ready", { cause: why });
  }

  /** The number of the server that leads a stream. */
  async leaderOf(stream: string): Promise<number> {
    const connection = await connect({ servers: this.address.split(",") });
    try {
      const { cluster } = await (await jetstreamManager(connection)).streams.info(stream);
      return Number(cluster?.leader?.split("-")[1]);
    } finally {
      await connection.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.nodes) await each[Symbol.asyncDispose]();
  }

  async #isComplete(): Promise<boolean> {
    const connection = await connect({ servers: this.address.split(",") });
    try {
      const manager = await jetstreamManager(connection);
      for await (const { cluster } of manager.streams.list()) {
        const followers = cluster?.replicas ?? [];
        if (cluster?.leader === undefined || followers.length !== NODES - 1) return false;
        if (followers.some(({ current, offline }) => !current || offline)) return false;
      }
      return true;
    } finally {
      await connection.close();
    }
  }
}
