/**
 * The connection of a runner or a worker to a NATS server, which is made again whenever it is lost.
 *
 * @module
 */

import { connect, type ConnectionOptions, type NatsConnection } from "@nats-io/transport-node";
import type { JetStreamManager } from "@nats-io/jetstream";
import { pause, unlessAborted } from "../../core/pause.ts";
import type { Redactor } from "../redact.ts";
import type { Names } from "./names.ts";
import { guardSockets } from "./socket_errors.ts";
import { ensureStreams } from "./streams.ts";

/** How long a server may take to answer, in milliseconds: one that stands still must not keep its cluster from being asked. */
const CONNECT_MS = 5_000;
/** How long it is waited between two tries to connect, in milliseconds. */
const RETRY_MS = 500;
const RECONNECT_MS = 200;
/** What a message has in it beside a frame, at most. */
const OVERHEAD = 2_048;

/** What a connection needs to know. */
export interface NatsSetup {
  readonly names: Names;
  readonly connection: ConnectionOptions;
  readonly replicas: number;
  readonly redactor: Redactor;
}

/** A connection, and the streams at its other end. */
export interface Opened {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  /** The largest frame, in bytes. */
  readonly maxFrame: number;
}

/**
 * Connects, as soon as there is a server.
 *
 * @throws {Error} If the server refuses the connection, or cannot keep streams.
 */
export async function open(setup: NatsSetup, who: string, signal: AbortSignal): Promise<Opened> {
  await guardSockets();
  for (;;) {
    signal.throwIfAborted();
    const connecting = connect({
      timeout: CONNECT_MS,
      ...setup.connection,
      name: who,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_MS,
    });
    let connection: NatsConnection | undefined;
    try {
      connection = await unlessAborted(connecting, signal);
      const manager = await ensureStreams(connection, setup.names, setup.replicas);
      return { connection, manager, maxFrame: (connection.info?.max_payload ?? 1 << 20) - OVERHEAD };
    } catch (error) {
      await connection?.close();
      if (signal.aborted) connecting.then((late) => late.close(), () => {});
      signal.throwIfAborted();
      if (!isTransient(error)) throw setup.redactor.error(error, "NATS cannot be used");
      await pause(RETRY_MS, signal);
    }
  }
}

/** Makes sure that the streams are there again, after the server may have been another one. */
export async function ensureAgain({ connection }: Opened, { names, replicas }: NatsSetup): Promise<void> {
  while (!connection.isClosed()) {
    try {
      await ensureStreams(connection, names, replicas);
      return;
    } catch {
      await pause(RETRY_MS);
    }
  }
}

/** Calls functions when the connection is lost and when it is there again, until it is closed. */
export async function followStatus(
  connection: NatsConnection,
  listener: { disconnected(): void; reconnected(): void },
): Promise<void> {
  for await (const { type } of connection.status()) {
    if (type === "disconnect") listener.disconnected();
    else if (type === "reconnect") listener.reconnected();
  }
}

/** Codes of a host name that is not known (yet): a machine that starts may have its network before it has a resolver. */
const UNKNOWN_HOST: ReadonlySet<unknown> = new Set(["ENOTFOUND", "EAI_AGAIN"]);

/** Whether it may be another time: there is no server, its name is not known, or it has no time, or no leader. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (UNKNOWN_HOST.has((error as Error & { readonly code?: unknown }).code)) return true;
  if (
    /authori|authenti|permission|jetstream.*not.*enabled|invalid|already in use/i.test(`${error.name} ${error.message}`)
  ) {
    return false;
  }
  return /refused|connection|timeout|disconnect|closed|no responders|unavailable|leader|insufficient|peers|offline|reset|EOF|resolve/i
    .test(`${error.name} ${error.message}`);
}
