/**
 * A Postgres server, as runners and workers use it: statements, and notifications.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { pause, unlessAborted, within } from "../../core/pause.ts";
import { listener, type Parameter, type PostgresConnection, type Rows } from "../../stores/postgres/connection.ts";
import { Database } from "../../stores/postgres/database.ts";
import { isPassing } from "../../stores/postgres/errors.ts";
import { tableOf } from "../../stores/postgres/place.ts";
import type { Redactor } from "../redact.ts";

/** What a server needs to know. */
export interface PostgresSetup {
  readonly pool: string;
  readonly schema: string;
  /** A client, the URL of a server, or `undefined` for the one of the environment. */
  readonly connection: PostgresConnection | URL | undefined;
  readonly redactor: Redactor;
}

/** Notified of what the connection that listens gets. */
export interface ServerListener {
  /** There was a notification on a channel. */
  heard(channel: string, payload: string): void;
  disconnected(): void;
  reconnected(): void;
}

/** The names of tables and channels of a pool. */
export interface PostgresNames {
  readonly jobs: string;
  readonly outcomes: string;
  readonly blobs: string;
  /** There are jobs. */
  readonly queue: string;
  readonly hello: string;
  readonly orders: string;
  outcomesOf(run: string): string;
  eventsOf(run: string): string;
}

/** A statement that takes longer has failed: the connection may be lost without a word. In milliseconds. */
const MAX_ANSWER_MS = 10_000;
const RETRY_MS = 300;
/** Within that time a notification is there, in milliseconds, unless it was lost with a connection. */
const MAX_ECHO_MS = 3_000;
const ECHO_TRIES = 3;
/** How long jobs and outcomes are kept that no program has asked for. */
const MAX_AGE = "7 days";
/** Names the lock of those who make the tables. */
const LOCK = 7_730_219;
/** How long a connection that ends may take to send what is to be sent, in milliseconds. */
export const CLOSE_MS = 2_000;
/** What a notification may have, in bytes, as base64: a server takes less than 8,000. */
export const MAX_MESSAGE = 5_700;

/**
 * How long a connection has to end in an orderly way, in seconds, where it is not certain that the server answers. Not 0: the
 * client opens a connection a turn after it was asked to, and one that was ended before that would stay for half a minute.
 */
const END_TIMEOUT = 1;

/**
 * Lets the commit not wait for the disk. A crash of the server may undo such a statement: a job that is gone is submitted
 * again, an outcome that is there again is not used, and notifications may be lost in any case.
 */
export const UNFLUSHED = "set_config('synchronous_commit', 'off', true)";

/**
 * A condition that is true, and lets the connection plan each statement for what the tables have then: they are empty at one
 * moment and full at the next, and a plan that is kept for an empty table reads all that was deleted there since the last vacuum.
 */
export const PLANNED_AGAIN = "(select set_config('plan_cache_mode', 'force_custom_plan', false)) is not null";

/** The names of a pool in a schema. */
export function namesOf({ pool, schema }: PostgresSetup): PostgresNames {
  const channel = (...parts: string[]) => {
    const digest = createHash("sha256").update(JSON.stringify([schema, pool, ...parts])).digest("hex");
    return `workflowy_${parts[0]}_${digest.slice(0, 32)}`;
  };
  return {
    jobs: tableOf(schema, "pool_job"),
    outcomes: tableOf(schema, "pool_outcome"),
    blobs: tableOf(schema, "pool_blob"),
    queue: channel("queue"),
    hello: channel("hello"),
    orders: channel("orders"),
    outcomesOf: (run) => channel("outcome", run),
    eventsOf: (run) => channel("event", run),
  };
}

/** Bytes, as a parameter for `decode(…, 'base64')`. */
export function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
}

/** An array of strings without quotes and backslashes, such as base64 and names of channels, as a parameter. */
export function listOf(strings: readonly string[]): string {
  return `{${strings.map((each) => `"${each}"`).join(",")}}`;
}

/** What `encode(…, 'base64')` returns, or a notification has, as bytes. */
export function decode(text: unknown): Uint8Array {
  const buffer = Buffer.from(String(text), "base64");
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

/** Runs statements, and listens. */
export class PostgresServer {
  readonly names: PostgresNames;
  readonly setup: PostgresSetup;
  readonly #database: Database;
  readonly #listener: ServerListener;
  readonly #channels: readonly string[];
  /** Notified to find out whether notifications arrive. */
  readonly #echo = `workflowy_echo_${crypto.randomUUID()}`;
  readonly #echoed = Promise.withResolvers<void>();
  #listening: PostgresConnection | undefined;
  /**
   * - `connecting`: it is not listening, and will again.
   * - `listening`: it hears what is told.
   */
  #state: "connecting" | "listening" | "closed" = "connecting";

  private constructor(setup: PostgresSetup, channels: readonly string[], listener: ServerListener) {
    this.setup = setup;
    this.names = namesOf(setup);
    this.#channels = channels;
    this.#listener = listener;
    const place = { schema: setup.schema, prefix: setup.pool };
    this.#database = new Database(setup.connection, place, MAX_ANSWER_MS);
  }

  /**
   * Connects, as soon as there is a server, makes the tables, and listens.
   *
   * @throws {Error} If the server refuses that, or no notifications arrive.
   */
  static async open(
    setup: PostgresSetup,
    channels: readonly string[],
    listener: ServerListener,
    signal: AbortSignal,
  ): Promise<PostgresServer> {
    const server = new PostgresServer(setup, channels, listener);
    for (;;) {
      try {
        signal.throwIfAborted();
        await unlessAborted(server.#connect(signal), signal);
        return server;
      } catch (error) {
        if (!isPassing(error) || signal.aborted) {
          await server.close();
          signal.throwIfAborted();
          throw setup.redactor.error(error, "Postgres cannot be used");
        }
        await pause(RETRY_MS, signal);
      }
    }
  }

  /** Runs a statement once. */
  run(text: string, ...parameters: Parameter[]): Promise<Rows> {
    return this.#database.once(text, parameters);
  }

  /**
   * Runs a statement that may be repeated, until it has taken place.
   *
   * @throws If it never will, or the connection is closed.
   */
  async repeat(text: string, ...parameters: Parameter[]): Promise<Rows> {
    for (;;) {
      try {
        return await this.run(text, ...parameters);
      } catch (error) {
        if (!isPassing(error) || this.#state === "closed") throw error;
        await pause(RETRY_MS);
      }
    }
  }

  /** Sends notifications; they are lost if that cannot be done. */
  async notify(messages: readonly (readonly [channel: string, payload: string])[]): Promise<void> {
    const channels = listOf(messages.map(([channel]) => channel));
    const payloads = listOf(messages.map(([, payload]) => payload));
    await this.run(
      `select pg_notify(c, p), ${UNFLUSHED} from unnest($1::text[], $2::text[]) as u(c, p)`,
      channels,
      payloads,
    )
      .catch(() => {});
  }

  /** Whether an error will pass. */
  isPassing(error: unknown): boolean {
    return isPassing(error);
  }

  async close(): Promise<void> {
    const isConnected = this.#state === "listening";
    this.#state = "closed";
    this.#echoed.resolve(); // it is waited for no more
    await this.#listening?.end({ timeout: END_TIMEOUT });
    await this.#database.close(isConnected ? undefined : END_TIMEOUT);
  }

  async #connect(signal: AbortSignal): Promise<void> {
    await this.#makeTables();
    signal.throwIfAborted();
    await this.#listen();
    await this.#awaitEcho(signal);
  }

  async #makeTables(): Promise<void> {
    const { jobs, outcomes, blobs } = this.names;
    const { schema } = this.setup;
    const there = await this.run(
      "select count(*)::int from pg_tables where schemaname = $1 and tablename in ('pool_job', 'pool_outcome', 'pool_blob')",
      schema,
    );
    if (there[0]?.[0] !== 3) {
      // One statement of several is one transaction, also through a pooler.
      await this.run(`do $workflowy$ begin
        perform pg_advisory_xact_lock(${LOCK});
        if not exists (select from pg_namespace where nspname = '${schema.replaceAll("'", "''")}') then
          create schema ${tableOf(schema, "").slice(0, -1)};
        end if;
        create table if not exists ${jobs} (
          pool text collate "C" not null,
          run text collate "C" not null,
          token text collate "C" not null,
          seq bigint generated always as identity,
          worker text collate "C",
          at timestamptz not null default now(),
          data bytea not null,
          primary key (pool, run, token)
        ) with (fillfactor = 70);
        create index if not exists pool_job_queue on ${jobs} (pool, seq) where worker is null;
        create table if not exists ${outcomes} (
          pool text collate "C" not null,
          run text collate "C" not null,
          seq bigint generated always as identity,
          at timestamptz not null default now(),
          data bytea not null,
          primary key (pool, run, seq)
        );
        create table if not exists ${blobs} (
          pool text collate "C" not null,
          run text collate "C" not null,
          key text collate "C" not null,
          part int not null,
          at timestamptz not null default now(),
          data bytea not null,
          primary key (pool, run, key, part)
        );
      end $workflowy$`);
    }
    for (const table of [jobs, outcomes, blobs]) {
      await this.run(`delete from ${table} where pool = $1 and at < now() - interval '${MAX_AGE}'`, this.setup.pool);
    }
  }

  /** Returns whether it listens, unless it was closed meanwhile. */
  async #listen(): Promise<boolean> {
    const connection = listener(this.#database.client, {
      onnotify: (channel: string, payload: string) => {
        if (channel === this.#echo) this.#echoed.resolve();
        else this.#listener.heard(channel, payload);
      },
      onclose: () => this.#lost(connection),
    });
    this.#listening = connection;
    await connection.unsafe([...this.#channels, this.#echo].map((each) => `listen "${each}"`).join("; ")).values();
    if (this.#state === "closed") {
      await connection.end({ timeout: 0 });
      return false;
    }
    this.#state = "listening";
    return true;
  }

  /**
   * Behind a pooler that gives each transaction another connection nothing would be heard: neither that bodies run, nor that
   * they are to end.
   *
   * @throws {Error} If notifications do not arrive.
   */
  async #awaitEcho(signal: AbortSignal): Promise<void> {
    for (let tries = 0; tries < ECHO_TRIES; tries++) {
      await this.repeat("select pg_notify($1, '')", this.#echo);
      if (await within(MAX_ECHO_MS, this.#echoed.promise)) return;
      signal.throwIfAborted();
    }
    throw new Error(
      "notifications do not arrive. They do not pass a pooler in transaction mode, such as PgBouncer: connect to the server " +
        "itself, or to a pooler in session mode",
    );
  }

  #lost(connection: PostgresConnection): void {
    if (connection !== this.#listening || this.#state !== "listening") return;
    this.#state = "connecting";
    this.#listener.disconnected();
    void this.#listenAgain();
  }

  async #listenAgain(): Promise<void> {
    while (this.#state === "connecting") {
      await this.#listening?.end({ timeout: 0 }).catch(() => {});
      try {
        if (await this.#listen()) this.#listener.reconnected();
      } catch {
        await pause(RETRY_MS);
      }
    }
  }
}
