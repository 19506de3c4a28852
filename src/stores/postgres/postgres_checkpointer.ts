/**
 * A checkpointer that keeps records in Postgres.
 *
 * @module
 */

import type {
  CheckpointAttendant,
  Checkpointer,
  CheckpointRequest,
  CodecName,
  TaskRecord,
  ValueEncoding,
} from "../../core/checkpointer.ts";
import { positiveMilliseconds, refuseUnknown } from "../../core/checks.ts";
import { type Duration, toMilliseconds } from "../../core/duration.ts";
import { CheckpointError } from "../../core/errors.ts";
import { type ByteCodec, resolveCodec } from "../byte_codec.ts";
import { isAwaitedEnd } from "../client_requests.ts";
import { encodeRecords } from "../encode_records.ts";
import { codecNamed, type RecordCodec } from "../record_codec.ts";
import { SerialQueue } from "../serial_queue.ts";
import { checkConnection, type PostgresConnection } from "./connection.ts";
import { Database } from "./database.ts";
import { Lease } from "./lease.ts";
import { checkPrefix, checkSchema, describePlace, keyOf, type Place, tableOf } from "./place.ts";
import { deleteRecords, deleteRequests, findRecords, readRecords, saveRecords } from "./records.ts";
import { RequestReader } from "./request_reader.ts";
import { hasTables, prepareTables } from "./tables.ts";

/** Which checkpoint in which database. */
export interface PostgresPlaceOptions {
  /**
   * The URL of the server, such as `"postgres://user:password@host/database?sslmode=verify-full"`, or a client of
   * `npm:postgres`, which you end after the checkpointer was disposed of. Default: what the environment says, in
   * `DATABASE_URL`, or in `PGHOST`, `PGPORT`, `PGDATABASE`, `PGUSER`, `PGPASSWORD`, `PGSSLMODE` and `PGSSLROOTCERT`.
   */
  readonly connection?: string | URL | PostgresConnection | undefined;
  /** The schema with the tables, which are made when they are needed; default `"workflowy"`. */
  readonly schema?: string | undefined;
  /** The name of the checkpoint; up to 500 bytes. Each run in a database needs its own. */
  readonly prefix: string;
  /**
   * Which values can be stored, or a {@linkcode ByteCodec} that compresses or encrypts them; default `"json"`. A prefix keeps
   * the codec that it was first used with.
   */
  readonly codec?: CodecName | ByteCodec | undefined;
  /**
   * For how long operations are tried again while the server is away or its name is not known, while it starts, is
   * read-only or has no connections left; default `"30s"`.
   */
  readonly patience?: Duration | undefined;
}

/** Options of a {@linkcode PostgresCheckpointer}. */
export interface PostgresCheckpointerOptions extends PostgresPlaceOptions {
  /**
   * For how long a program that died keeps others out; at least 100 ms, default `"15s"`. A program that is busy (in a loop
   * that does not await), suspended, or cut off from the database for longer may lose the checkpoint to another one.
   */
  readonly lease?: Duration | undefined;
}

/** The options of {@linkcode PostgresPlaceOptions}. */
export const PLACE_OPTIONS = ["connection", "schema", "prefix", "codec", "patience"];

const LABEL = "of a PostgresCheckpointer";
/** It is renewed three times in that time, and each renewal is a transaction. */
const MIN_LEASE_MS = 100;

/** A checkpoint whose lease is held. */
interface OpenCheckpoint {
  readonly db: Database;
  readonly lease: Lease;
  readonly requests: RequestReader;
}

/**
 * Keeps records in Postgres 12 or later, through `npm:postgres`. Needs `--allow-net` for the server, and `--allow-env`.
 *
 * One owner at a time can use a prefix. It takes a lease when it first uses it, renews it while it is open, and releases
 * it on disposal; others get an error that says who holds it, or wait for it (`TaskRunner.resume(…, { standby: true })`). The
 * lease of a program that died expires, by the clock of the database. A program that continues after it lost its lease writes
 * nothing: its calls reject until the checkpointer is disposed of, and its runner stops.
 *
 * Each `save()` is one statement: all of its records are there, or none. It resolves once they are committed. The tables are
 * made when they are first needed, in a schema of their own, for which the user needs the right to create it, or to create
 * tables in it. It works through PgBouncer in transaction mode.
 *
 * @example Several runs in one database
 * ```ts ignore
 * import { task, TaskRunner } from "@workflowy/workflowy";
 * import { PostgresCheckpointer } from "@workflowy/workflowy/postgres";
 *
 * const work = task({ name: "work" }, (x: number) => 2 * x);
 * const checkpointer = new PostgresCheckpointer({ prefix: "nightly" }); // where DATABASE_URL says
 * await using runner = await TaskRunner.resume(checkpointer);
 * console.log(await runner.submit(work, 21));
 * ```
 */
export class PostgresCheckpointer implements Checkpointer {
  readonly #connection: PostgresConnection | URL | undefined;
  readonly #place: Place;
  readonly #codec: RecordCodec;
  /** Whether the codec was given, and not the default. */
  readonly #hasCodec: boolean;
  readonly #leaseMs: number;
  readonly #patience: number;
  readonly #queue = new SerialQueue();
  #attendant: CheckpointAttendant | undefined;
  #open: OpenCheckpoint | undefined;

  /**
   * Makes a checkpointer for a prefix, without connecting to the server yet.
   *
   * @param options The prefix, and where it is; by default in the schema `"workflowy"` of the database that the environment
   * names, as JSON, with a lease of 15 s and a patience of 30 s.
   * @throws {TypeError} If an option is unknown or of a wrong kind.
   * @throws {RangeError} If the connection is not a URL of Postgres, the schema or the prefix is empty or too long, the lease
   * is shorter than 100 ms, or there is no such codec.
   *
   * @example Where it is, and for how long a program that died keeps others out
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { PostgresCheckpointer } from "@workflowy/workflowy/postgres";
   *
   * const checkpointer = new PostgresCheckpointer({
   *   connection: "postgres://app@localhost/shop",
   *   prefix: "orders",
   *   codec: "structured",
   *   lease: "5s",
   * });
   * assertEquals(checkpointer.codec, "structured");
   * ```
   */
  constructor(options: PostgresCheckpointerOptions) {
    refuseUnknown(options, [...PLACE_OPTIONS, "lease"], LABEL);
    const { lease = "15s" } = options;
    const { connection, place, codec, patience } = resolvePlace(options, LABEL);
    this.#connection = connection;
    this.#place = place;
    this.#codec = codec;
    this.#hasCodec = options.codec !== undefined;
    this.#patience = patience;
    this.#leaseMs = checkLease(lease);
  }

  /** Which values can be stored. */
  get codec(): CodecName {
    return this.#codec.name;
  }

  /**
   * Reads all records. Those that are saved meanwhile may be among them or not.
   *
   * @returns The records, in any order.
   * @throws {CheckpointError} If the server cannot be reached, another owner has the lease, a record is not what was written
   * (it is left as it is), or the prefix was written with another codec or by a newer version.
   *
   * @example Look at what is stored
   * ```ts ignore
   * import { PostgresCheckpointer } from "@workflowy/workflowy/postgres";
   *
   * await using checkpointer = new PostgresCheckpointer({ prefix: "nightly" });
   * for await (const { id, status } of checkpointer.load()) console.log(id, status);
   * ```
   */
  async *load(): AsyncGenerator<TaskRecord> {
    const { db, lease } = await this.#use((open) => Promise.resolve(open));
    yield* readRecords(db, this.#codec);
    await lease.verify();
  }

  /**
   * For runners: reads some of the records.
   *
   * @param ids The ids of the records. Unknown ids are ignored.
   * @returns The records, in any order.
   * @throws {CheckpointError} As `load()` does.
   * @internal
   */
  async *find(ids: readonly string[]): AsyncGenerator<TaskRecord> {
    const { db, lease } = await this.#use((open) => Promise.resolve(open));
    yield* findRecords(db, this.#codec, ids);
    await lease.verify();
  }

  /**
   * Writes records, all or none. Records of the same ids are replaced.
   *
   * @param records The records.
   * @param encodings How the values of each can be written; by default this is found out.
   * @throws {CheckpointError} If some of them cannot be stored (`unsavable` has their ids), the server cannot be reached for
   * longer than the patience, the lease was lost, or `load()` would throw.
   *
   * @example Save a record
   * ```ts ignore
   * import { PostgresCheckpointer } from "@workflowy/workflowy/postgres";
   *
   * await using checkpointer = new PostgresCheckpointer({ prefix: "nightly" });
   * await checkpointer.save([{ id: "a", name: "work", status: "pending", attempts: 0, args: [1], dependsOn: [] }]);
   * ```
   */
  async save(records: readonly TaskRecord[], encodings?: readonly (ValueEncoding | undefined)[]): Promise<void> {
    if (records.length === 0) return;
    const data = encodeRecords(this.#codec, records, encodings);
    const stored = records.map(({ id, status }, index) => ({ id, status, data: data[index]! }));
    const hasEnds = records.some(isAwaitedEnd);
    await this.#use(async ({ lease, requests }) => {
      const done = requests.among(stored);
      await saveRecords(lease, this.#place, stored, { requests: done, hasEnds });
      requests.forget(done);
    });
  }

  /**
   * Removes records.
   *
   * @param ids The ids of the records. Unknown ids are ignored.
   * @throws {CheckpointError} If the server cannot be reached, the lease was lost, or `load()` would throw.
   *
   * @example Remove a record
   * ```ts ignore
   * import { PostgresCheckpointer } from "@workflowy/workflowy/postgres";
   *
   * await using checkpointer = new PostgresCheckpointer({ prefix: "nightly" });
   * await checkpointer.delete(["a", "unknown"]);
   * ```
   */
  async delete(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const asked = [...ids];
    await this.#use(({ lease }) => deleteRecords(lease, this.#place, asked));
  }

  /**
   * For runners: what is notified when the lease is lost, and of requests of other programs.
   *
   * @param attendant What is notified.
   * @internal
   */
  attend(attendant: CheckpointAttendant): void {
    this.#attendant = attendant;
  }

  /**
   * For runners: makes sure that the lease is held.
   *
   * @returns `undefined` if that is certain; otherwise a promise that resolves once it is, or is found to be lost.
   * @internal
   */
  confirm(): Promise<void> | undefined {
    return this.#open?.lease.confirm();
  }

  /**
   * For runners: what other programs have asked for, with a `PostgresClient`, since this was called last.
   *
   * @returns The requests, in the order in which they were made.
   * @throws {CheckpointError} If the server cannot be reached, or `load()` would throw.
   * @internal
   */
  async requests(): Promise<readonly CheckpointRequest[]> {
    const { requests } = await this.#use((open) => Promise.resolve(open));
    return await requests.next();
  }

  /**
   * For runners: removes requests that need no record.
   *
   * @param ids Their ids. Unknown ids are ignored.
   * @throws {CheckpointError} If the server cannot be reached, or the lease was lost.
   * @internal
   */
  async answer(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const answered = [...ids];
    await this.#use(async ({ lease, requests }) => {
      const open = requests.open(answered);
      if (open.length === 0) return; // records were saved with these ids
      await deleteRequests(lease, this.#place, open);
      requests.forget(open);
    });
  }

  /**
   * Reads the records without the lease, while another program may write them; what `readCheckpoint()` does. It changes
   * nothing, and needs the right to read the tables only, also on a server that is a read-only copy.
   *
   * @returns The records, in any order, each as it is at one moment of the loop.
   * @throws {CheckpointError} When it is iterated over, if there is no such checkpoint, or it cannot be read.
   *
   * @example What is done while a runner is at work
   * ```ts ignore
   * import { PostgresCheckpointer } from "@workflowy/workflowy/postgres";
   *
   * const checkpointer = new PostgresCheckpointer({ prefix: "nightly" });
   * for await (const { id, status } of checkpointer.read()) console.log(id, status);
   * ```
   */
  async *read(): AsyncGenerator<TaskRecord> {
    const db = new Database(this.#connection, this.#place, this.#patience);
    try {
      yield* readRecords(db, await findCodec(db, this.#hasCodec ? this.#codec : undefined));
    } finally {
      await db.close();
    }
  }

  /**
   * Releases the lease, and closes the connections unless a client was given.
   *
   * @throws {CheckpointError} If the lease cannot be released; it then expires.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue.run(async () => {
      const open = this.#open;
      this.#open = undefined;
      if (open === undefined) return;
      try {
        await open.requests.close();
        await open.lease.release();
      } finally {
        await open.db.close();
      }
    });
  }

  /** Runs a job with the checkpoint, which is opened if needed, after the jobs before it. */
  #use<T>(job: (open: OpenCheckpoint) => Promise<T>): Promise<T> {
    return this.#queue.run(async () => await job(this.#open ??= await this.#enter()));
  }

  async #enter(): Promise<OpenCheckpoint> {
    const db = new Database(this.#connection, this.#place, this.#patience);
    try {
      await prepareTables(db);
      const lease = await Lease.take(db, this.#codec, this.#leaseMs, (error) => this.#attendant?.lost(error));
      const requests = new RequestReader(db, this.#codec, () => this.#attendant?.requested());
      return { db, lease, requests };
    } catch (error) {
      await db.close();
      throw error;
    }
  }
}

/** What the options say that a checkpointer and a client have in common. */
export interface ResolvedPlace {
  readonly connection: PostgresConnection | URL | undefined;
  readonly place: Place;
  readonly codec: RecordCodec;
  /** In milliseconds. */
  readonly patience: number;
}

/**
 * Checks where a checkpoint is.
 *
 * @throws {TypeError} If an option is of a wrong kind.
 * @throws {RangeError} If an option is out of range.
 */
export function resolvePlace(options: PostgresPlaceOptions, label: string): ResolvedPlace {
  const { connection, schema = "workflowy", prefix, codec = "json", patience = "30s" } = options;
  return {
    connection: checkConnection(connection, `connection ${label}`),
    place: {
      schema: checkSchema(schema, `schema ${label}`),
      prefix: checkPrefix(prefix, `prefix ${label}`),
    },
    codec: resolveCodec(codec, `codec ${label}`),
    patience: positiveMilliseconds(patience, `patience ${label}`),
  };
}

/**
 * The codec with which a checkpoint was written.
 *
 * @param codec The one that is to be read with; `undefined` for either of the two.
 * @throws {CheckpointError} If there is no such checkpoint, or it cannot be read with that codec.
 */
export async function findCodec(db: Database, codec: RecordCodec | undefined): Promise<RecordCodec> {
  const { schema, prefix } = db.place;
  const text = `select codec, wrapper from ${tableOf(schema, "lease")} where prefix = $1`;
  const [row] = await hasTables(db) ? await db.run("read", text, [keyOf(prefix)]) : [];
  if (row === undefined) {
    throw new CheckpointError(
      `There is no such checkpoint as ${describePlace(db.place)}; check the prefix and the schema`,
      {
        reason: "unavailable",
      },
    );
  }
  const name = row[0] as CodecName;
  const wrapper = row[1] === null ? undefined : String(row[1]);
  if (wrapper === codec?.wrapper && (codec === undefined || codec.name === name)) return codec ?? codecNamed(name);
  throw new CheckpointError(
    `Cannot read ${describePlace(db.place)} with that codec: it was written with codec ${JSON.stringify(name)}` +
      (wrapper === undefined ? "" : ` in ${JSON.stringify(wrapper)}; give the codec of that name`),
    { reason: "incompatible" },
  );
}

function checkLease(lease: unknown): number {
  const milliseconds = toMilliseconds(lease as Duration, `lease ${LABEL}`);
  if (milliseconds >= MIN_LEASE_MS) return milliseconds;
  throw new RangeError(`lease ${LABEL} must be at least ${MIN_LEASE_MS} ms, not ${milliseconds} ms`);
}
