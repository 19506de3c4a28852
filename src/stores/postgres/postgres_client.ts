/**
 * Submitting tasks to the runner that has a checkpoint in Postgres, from any program.
 *
 * @module
 */

import type { TaskRecord } from "../../core/checkpointer.ts";
import { nonEmptyString, refuseUnknown } from "../../core/checks.ts";
import { describeValue } from "../../core/describe.ts";
import type { Task } from "../../tasks/task.ts";
import { type Awaiting, ResultWaits } from "../result_waits.ts";
import { cancelRecord, type RequestKind } from "../client_requests.ts";
import { encodeRecords } from "../encode_records.ts";
import type { RecordCodec } from "../record_codec.ts";
import { deliveryRecord, type EncodableRecord, hasEnded, refuseOtherTask, submissionRecord } from "../submission.ts";
import type { PostgresSql, Rows } from "./connection.ts";
import { Database } from "./database.ts";
import { operationError } from "./errors.ts";
import { Listening } from "./listening.ts";
import { arrayOf, channelOf, describePlace, keyOf, type Place, tableOf } from "./place.ts";
import {
  findCodec,
  PLACE_OPTIONS,
  type PostgresPlaceOptions,
  type ResolvedPlace,
  resolvePlace,
} from "./postgres_checkpointer.ts";
import { decode } from "./records.ts";
import { prepareTables } from "./tables.ts";

/** Options of a {@linkcode PostgresClient}: those of the `PostgresCheckpointer` that it submits to, but for `lease`. */
export interface PostgresClientOptions extends PostgresPlaceOptions {}

/** Options of {@linkcode PostgresClient.with}. */
export interface PostgresClientWith {
  /** The transaction in which statements are run, as `sql.begin()` of `npm:postgres` gives it. */
  readonly sql: PostgresSql;
}

const LABEL = "of a PostgresClient";
const ENDED = "('completed', 'failed', 'cancelled', 'skipped')";

/**
 * Submits tasks to the runner that has a `PostgresCheckpointer` with the same prefix, from any other program: a web server, a
 * script, another service. What is submitted is kept until a runner takes it, and runs once, also if no runner is there yet,
 * or the one that has taken it is killed. A runner takes it within some milliseconds while it runs or serves; through a pooler
 * that passes no notifications on, within a second. The module of the task must have been imported there.
 *
 * @example Submit a task, and wait for its result
 * ```ts ignore
 * import { task } from "@workflowy/workflowy";
 * import { PostgresClient } from "@workflowy/workflowy/postgres";
 *
 * const send = task({ name: "send-mail", retries: 5 }, (to: string) => `sent to ${to}`); // in a module that both import
 * await using client = new PostgresClient({ prefix: "mail" }); // where DATABASE_URL says
 * const id = await client.submit(send.with({ key: "welcome-ann", tags: ["mail"] }), "ann@example.com");
 * console.log(await client.result(id));
 * ```
 */
export class PostgresClient implements AsyncDisposable {
  readonly #resolved: ResolvedPlace;
  /** The transaction that this client is bound to. */
  #sql: PostgresSql | undefined;
  #shared: SharedParts;

  /**
   * Makes a client, which connects when it is first used.
   *
   * @param options The prefix, and where it is: as the runner's checkpointer has them.
   * @throws {TypeError} If an option is unknown or of a wrong kind.
   * @throws {RangeError} If an option is out of range.
   *
   * @example A client for a server with a name
   * ```ts
   * import { PostgresClient } from "@workflowy/workflowy/postgres";
   *
   * await using client = new PostgresClient({ connection: "postgres://app@localhost/shop", prefix: "orders" });
   * ```
   */
  constructor(options: PostgresClientOptions) {
    refuseUnknown(options, PLACE_OPTIONS, LABEL);
    this.#resolved = resolvePlace(options, LABEL);
    this.#shared = new SharedParts(options, this.#resolved);
  }

  /**
   * A client whose `submit()`, `deliver()` and `cancel()` are part of a transaction: they take place if, and when, that is
   * committed.
   *
   * @param options The transaction, of `npm:postgres`, in the same database.
   * @returns The client. It need not be disposed of.
   * @throws {TypeError} If it is not a transaction.
   *
   * @example An order, and the work that it causes
   * ```ts ignore
   * import postgres from "npm:postgres";
   * import { task } from "@workflowy/workflowy";
   * import { PostgresClient } from "@workflowy/workflowy/postgres";
   *
   * const ship = task({ name: "ship" }, (order: number) => `shipped ${order}`);
   * const sql = postgres();
   * await using client = new PostgresClient({ connection: sql, prefix: "orders" });
   * await sql.begin(async (tx) => {
   *   const [order] = await tx<{ id: number }[]>`insert into orders (item) values ('tea') returning id`;
   *   await client.with({ sql: tx }).submit(ship, order!.id);
   * });
   * ```
   */
  with(options: PostgresClientWith): PostgresClient {
    refuseUnknown(options, ["sql"], "of with()");
    const { sql } = options;
    if (typeof sql !== "function" || typeof (sql as Partial<PostgresSql>).unsafe !== "function") {
      throw new TypeError(`sql of with() must be a transaction of npm:postgres, not ${describeValue(sql)}`);
    }
    const bound = new PostgresClient(this.#shared.options);
    bound.#sql = sql;
    bound.#shared = this.#shared;
    return bound;
  }

  /**
   * Submits a task. Of the options that `.with()` gives it, `key`, `startAfter`, `tags`, `priority` and all others that are
   * plain data count; `dedupBy` does not.
   *
   * @param task The task.
   * @param args Its arguments; values only.
   * @returns Its id, once the task is stored. With a `key` that was submitted before, that of the first submission.
   * @throws {TypeError} If it is not a task in a module, an option means nothing to another program, such as `dependsOn`, or
   * the key is that of another task.
   * @throws {CheckpointError} If an argument cannot be stored, the checkpoint has another codec, or the server cannot be
   * reached.
   *
   * @example A task that starts in an hour, once
   * ```ts ignore
   * import { task } from "@workflowy/workflowy";
   * import { PostgresClient } from "@workflowy/workflowy/postgres";
   *
   * const remind = task({ name: "remind" }, (user: string) => `reminded ${user}`);
   * await using client = new PostgresClient({ prefix: "mail" });
   * await client.submit(remind.with({ key: "remind-ann", startAfter: "1h", priority: 5 }), "ann");
   * ```
   */
  async submit<A extends unknown[], R>(task: Task<A, R>, ...args: NoInfer<A>): Promise<string> {
    const { codec } = this.#resolved;
    const submission = submissionRecord(task, args, codec.name);
    const { record } = submission;
    if (!await this.#request("submit", submission, "true")) {
      const [known] = await this.#shared.find([record.id], this.#sql);
      refuseOtherTask(record, known);
    }
    return record.id;
  }

  /**
   * The record of a task: its status, its attempts, its value or error.
   *
   * @param id Its id.
   * @returns The record; `undefined` if there is none.
   * @throws {CheckpointError} If the record is damaged, or the server cannot be reached.
   *
   * @example How far a task is
   * ```ts ignore
   * import { PostgresClient } from "@workflowy/workflowy/postgres";
   *
   * await using client = new PostgresClient({ prefix: "mail" });
   * console.log((await client.get("welcome-ann"))?.status);
   * ```
   */
  async get(id: string): Promise<TaskRecord | undefined> {
    const [record] = await this.#shared.find([nonEmptyString(id, "The id of get()")]);
    return record;
  }

  /**
   * Waits for the end of a task.
   *
   * @param id Its id.
   * @param options A signal that ends the wait. Default: none.
   * @returns Its value.
   * @throws The error that it failed with, or was skipped for.
   * @throws {TaskCancelledError} If it was cancelled.
   * @throws {CheckpointError} If there is no such task, or the server cannot be reached.
   * @throws The reason of the signal, if it is aborted before.
   *
   * @example The result of a task with a key
   * ```ts ignore
   * import { PostgresClient } from "@workflowy/workflowy/postgres";
   *
   * await using client = new PostgresClient({ prefix: "mail" });
   * console.log(await client.result<string>("welcome-ann", { signal: AbortSignal.timeout(60_000) }));
   * ```
   */
  async result<R = unknown>(id: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<R> {
    return await this.#shared.waits.wait(id, options) as R;
  }

  /**
   * Delivers a value to what waits for a key, by `waitFor(key)`; see `TaskRunner.deliver()`.
   *
   * @param key The key. It can be delivered once.
   * @param value What those who wait get. Default: `undefined`.
   * @returns Whether it is on its way to the runner; `false` if the key was delivered before. It has no effect if the wait
   * has timed out by the time that the runner gets it.
   * @throws {CheckpointError} If the value cannot be stored, or the server cannot be reached.
   *
   * @example An approval from a web page
   * ```ts ignore
   * import { PostgresClient } from "@workflowy/workflowy/postgres";
   *
   * await using client = new PostgresClient({ prefix: "orders" });
   * console.log(await client.deliver("approve-order-7", { by: "Ann" }));
   * ```
   */
  async deliver(key: string, value?: unknown): Promise<boolean> {
    nonEmptyString(key, "The key of deliver()");
    return await this.#request("deliver", deliveryRecord(key, value, this.#resolved.codec.name), "true");
  }

  /**
   * Asks the runner to cancel a task; once it has, `result()` rejects with a `TaskCancelledError`.
   *
   * @param id The id of the task.
   * @returns Whether the task is there and has not ended.
   * @throws {CheckpointError} If the server cannot be reached.
   *
   * @example Cancel a task
   * ```ts ignore
   * import { PostgresClient } from "@workflowy/workflowy/postgres";
   *
   * await using client = new PostgresClient({ prefix: "mail" });
   * await client.cancel("remind-ann");
   * ```
   */
  async cancel(id: string): Promise<boolean> {
    nonEmptyString(id, "The id of cancel()");
    const { schema } = this.#resolved.place;
    const isThere = `(exists (select from ${
      tableOf(schema, "record")
    } where prefix = $1 and id = $6 and status not in ${ENDED})
      or exists (select from ${tableOf(schema, "request")} where prefix = $1 and id = $6 and kind = 'submit'))`;
    return await this.#request("cancel", { record: cancelRecord(id), encoding: "json" }, isThere, keyOf(id));
  }

  /**
   * Ends the connections, unless a client of `npm:postgres` was given, and every wait for a result. What is asked of it then is
   * an error.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#sql === undefined) await this.#shared.close();
  }

  /**
   * Stores a request, unless there is one with that id, or a record.
   *
   * @returns Whether it is stored; for `"cancel"`, whether the condition holds.
   */
  async #request(kind: RequestKind, each: EncodableRecord, condition: string, task = ""): Promise<boolean> {
    const { codec, place } = this.#resolved;
    const { record, encoding } = each;
    const [data] = encodeRecords(codec, [record], [encoding]);
    const { schema } = place;
    const known = `select from ${tableOf(schema, "record")} where prefix = $1 and id = $2`;
    const text = `with asked as (select ${condition} as holds, $6::text),
      made as (insert into ${tableOf(schema, "request")} (prefix, id, kind, data)
        select $1, $2, $3, $4 from asked where holds and not exists (${known}) on conflict do nothing returning 1)
      select pg_notify($5, ''), (select holds from asked)::text, (select count(*) from made)::text`;
    const parameters = [keyOf(place.prefix), keyOf(record.id), kind, data!, channelOf(place, "request"), task];
    const [row] = await this.#shared.run(this.#sql, text, parameters);
    return kind === "cancel" ? row?.[1] === "true" : row?.[2] !== "0";
  }
}

/** What a client has in common with those that are bound to a transaction. */
class SharedParts {
  readonly options: PostgresClientOptions;
  readonly waits: ResultWaits;
  readonly #resolved: ResolvedPlace;
  #db: Database | undefined;
  #opening: Promise<RecordCodec> | undefined;
  #listening: Listening | undefined;

  constructor(options: PostgresClientOptions, resolved: ResolvedPlace) {
    this.options = options;
    this.#resolved = resolved;
    this.waits = new ResultWaits(
      {
        where: describePlace(resolved.place),
        find: (ids) => this.find(ids),
        listen: (heard) => {
          this.#listening = new Listening(this.#database, channelOf(this.#place, "end"), heard);
          return () => this.#stopListening();
        },
      } satisfies Awaiting,
    );
  }

  get #place(): Place {
    return this.#resolved.place;
  }

  /** Runs a statement that changes something, in a transaction of the user or in one of its own. */
  async run(sql: PostgresSql | undefined, text: string, parameters: string[]): Promise<Rows> {
    await this.#open();
    if (sql === undefined) return await this.#database.run("write to", text, parameters);
    try {
      return await sql.unsafe(text, parameters).values();
    } catch (error) {
      throw operationError("write to", this.#place, error, 0);
    }
  }

  /**
   * The records of tasks, those that no runner has taken yet among them.
   *
   * @param sql The transaction in which they are looked up. Default: none.
   */
  async find(ids: readonly string[], sql?: PostgresSql): Promise<TaskRecord[]> {
    const codec = await this.#open();
    const { schema, prefix } = this.#place;
    const text = `select id, data from ${tableOf(schema, "record")} where prefix = $1 and id = any($2::text::text[])
      union all select id, data from ${tableOf(schema, "request")}
      where prefix = $1 and id = any($2::text::text[]) and kind = 'submit'`;
    const parameters = [keyOf(prefix), arrayOf(ids.map(keyOf))];
    const rows =
      await (sql === undefined ? this.#database.run("read", text, parameters) : sql.unsafe(text, parameters).values());
    const records = new Map<string, TaskRecord>();
    for (const [key, data] of rows) {
      const record = decode(this.#place, codec, String(key), String(data));
      const known = records.get(record.id);
      if (known === undefined || !hasEnded(known)) records.set(record.id, record);
    }
    return [...records.values()];
  }

  async close(): Promise<void> {
    this.waits.close();
    await this.#stopListening();
    const db = this.#db;
    this.#db = this.#opening = undefined;
    await db?.close();
  }

  async #stopListening(): Promise<void> {
    const listening = this.#listening;
    this.#listening = undefined;
    await listening?.close();
  }

  /** @throws {CheckpointError} If it was closed: another one would stay open. */
  get #database(): Database {
    this.waits.refuseClosed();
    const { connection, place, patience } = this.#resolved;
    return this.#db ??= new Database(connection, place, patience);
  }

  #open(): Promise<RecordCodec> {
    return this.#opening ??= this.#enter().catch((error) => {
      this.#opening = undefined;
      throw error;
    });
  }

  /** Makes sure that there is a checkpoint, with this codec. */
  async #enter(): Promise<RecordCodec> {
    const db = this.#database;
    const { codec } = this.#resolved;
    await prepareTables(db);
    await db.run(
      "open",
      `insert into ${tableOf(this.#place.schema, "lease")} (prefix, codec, wrapper, owner, epoch, turn, until)
        select $1, $2, $3, '', 0, 0, clock_timestamp()
        where not exists (select from ${
        tableOf(this.#place.schema, "lease")
      } where prefix = $1) on conflict do nothing`,
      [keyOf(this.#place.prefix), codec.name, codec.wrapper ?? null],
    );
    return await findCodec(db, codec);
  }
}
