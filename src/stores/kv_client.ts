/**
 * Submitting tasks to the runner that has a checkpoint in Deno KV, from any program.
 *
 * @module
 */

import type { CodecName, TaskRecord } from "../core/checkpointer.ts";
import { nonEmptyString, refuseUnknown } from "../core/checks.ts";
import { CheckpointError } from "../core/errors.ts";
import type { Task } from "../tasks/task.ts";
import { type ByteCodec, resolveCodec } from "./byte_codec.ts";
import { cancelRecord, type RequestKind } from "./client_requests.ts";
import { encodeRecords } from "./encode_records.ts";
import { Bell } from "./kv/bell.ts";
import { checkDatabase, type KvDatabase, type KvKeyPart, type OpenDatabase, openFunction } from "./kv/database.ts";
import { readEntry } from "./kv/entries.ts";
import { describePlace, operationError, type Place } from "./kv/errors.ts";
import { checkHeader, headerOf } from "./kv/header.ts";
import { checkPrefix, idPartOf, KeySpace } from "./kv/keys.ts";
import type { StoredRequest } from "./kv/requests.ts";
import { retryWhileLocked } from "./kv/retry_locked.ts";
import { stringOfRow, toWritten } from "./kv/stored_values.ts";
import { readOne } from "./kv/unleased_reader.ts";
import type { RecordCodec } from "./record_codec.ts";
import { ResultWaits } from "./result_waits.ts";
import { deliveryRecord, type EncodableRecord, hasEnded, refuseOtherTask, submissionRecord } from "./submission.ts";

/** Options of a {@linkcode KvClient}: those of the `KvCheckpointer` that it submits to, but for `lease`. */
export interface KvClientOptions {
  /** An open database, which stays open. Excludes `path`. */
  readonly kv?: KvDatabase | undefined;
  /** What `Deno.openKv()` opens. Default: Deno's own database for the script, which on Deno Deploy is the project's. */
  readonly path?: string | undefined;
  /** The prefix of the checkpointer; default `["workflowy"]`. */
  readonly prefix?: string | readonly KvKeyPart[] | undefined;
  /** The codec of the checkpointer; default `"json"`. */
  readonly codec?: CodecName | ByteCodec | undefined;
}

const LABEL = "of a KvClient";

/**
 * Submits tasks to the runner that has a `KvCheckpointer` with the same prefix, from any other program that can open the
 * database: what `PostgresClient` does for Postgres, without the transaction. What is submitted is kept until a runner takes
 * it, and runs once. A runner takes it while it runs or serves: within some milliseconds on Deno Deploy, and in the same
 * program; within a second from another process with the same file. The module of the task must have been imported there.
 * Arguments have at most 60 KiB together.
 *
 * @example Submit a task, and wait for its result
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { KvCheckpointer, task, TaskRunner } from "@workflowy/workflowy";
 * import { KvClient } from "@workflowy/workflowy/kv";
 *
 * const double = task({ name: "double" }, (x: number) => 2 * x);
 * using kv = await Deno.openKv(":memory:");
 * await using client = new KvClient({ kv });
 * const id = await client.submit(double.with({ key: "a" }), 21);
 *
 * await using runner = await TaskRunner.resume(new KvCheckpointer({ kv })); // in another program
 * await runner.run();
 * assertEquals(await client.result(id), 42);
 * ```
 */
export class KvClient implements AsyncDisposable {
  readonly #given: OpenDatabase | undefined;
  readonly #place: Place;
  readonly #codec: RecordCodec;
  readonly #keys: KeySpace;
  readonly #waits: ResultWaits;
  #opening: Promise<OpenDatabase> | undefined;

  /**
   * Makes a client; the database is opened when it is first used.
   *
   * @param options The database, the prefix and the codec, as the runner's checkpointer has them.
   * @throws {TypeError} If an option is unknown or of a wrong kind, or both `kv` and `path` are given.
   * @throws {RangeError} If an option is out of range.
   * @throws {CheckpointError} If there is neither a `kv` nor a `Deno.openKv()`, which needs `--unstable-kv`.
   *
   * @example A client for a file
   * ```ts
   * import { KvClient } from "@workflowy/workflowy/kv";
   *
   * await using client = new KvClient({ path: "state.kv", prefix: "orders" });
   * ```
   */
  constructor(options: KvClientOptions = {}) {
    refuseUnknown(options, ["kv", "path", "prefix", "codec"], LABEL);
    const { kv, path, prefix = ["workflowy"], codec = "json" } = options;
    if (kv !== undefined && path !== undefined) throw new TypeError(`Give kv or path ${LABEL}, not both`);
    if (path !== undefined) nonEmptyString(path, `path ${LABEL}`);
    this.#place = { prefix: checkPrefix(prefix, `prefix ${LABEL}`), path };
    this.#codec = resolveCodec(codec, `codec ${LABEL}`);
    this.#given = kv === undefined ? undefined : checkDatabase(kv, `kv ${LABEL}`);
    if (kv === undefined) openFunction();
    this.#keys = new KeySpace(this.#place.prefix);
    this.#waits = new ResultWaits({
      where: describePlace(this.#place),
      find: async (ids) => (await Promise.all(ids.map((id) => this.#find(id)))).filter((each) => each !== undefined),
      listen: (heard) => {
        const bell = this.#open().then((db) => new Bell(db, this.#keys.bell("end").key, heard));
        return () => bell.then((each) => each.close(), () => {});
      },
    });
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
   * @throws {CheckpointError} If the arguments cannot be stored, the checkpoint has another codec, or the database cannot be
   * written.
   *
   * @example A task that starts in an hour, once
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { task } from "@workflowy/workflowy";
   * import { KvClient } from "@workflowy/workflowy/kv";
   *
   * const remind = task({ name: "remind" }, (user: string) => `reminded ${user}`);
   * await using client = new KvClient({ path: ":memory:" });
   * const id = await client.submit(remind.with({ key: "remind-ann", startAfter: "1h" }), "ann");
   * assertEquals((await client.get(id))?.status, "pending");
   * ```
   */
  async submit<A extends unknown[], R>(task: Task<A, R>, ...args: NoInfer<A>): Promise<string> {
    const submission = submissionRecord(task, args, this.#codec.name);
    const { record } = submission;
    if (!await this.#request("submit", submission)) refuseOtherTask(record, await this.#find(record.id));
    return record.id;
  }

  /**
   * The record of a task: its status, its attempts, its value or error.
   *
   * @param id Its id.
   * @returns The record; `undefined` if there is none.
   * @throws {CheckpointError} If the record is damaged, or the database cannot be read.
   *
   * @example A task that was not submitted
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { KvClient } from "@workflowy/workflowy/kv";
   *
   * await using client = new KvClient({ path: ":memory:" });
   * assertEquals(await client.get("order-7"), undefined);
   * ```
   */
  async get(id: string): Promise<TaskRecord | undefined> {
    return await this.#find(nonEmptyString(id, "The id of get()"));
  }

  /**
   * Waits for the end of a task.
   *
   * @param id Its id.
   * @param options A signal that ends the wait. Default: none.
   * @returns Its value.
   * @throws The error that it failed with, or was skipped for.
   * @throws {TaskCancelledError} If it was cancelled.
   * @throws {CheckpointError} If there is no such task, or the database cannot be read.
   * @throws The reason of the signal, if it is aborted before.
   *
   * @example No such task
   * ```ts
   * import { assertRejects } from "@std/assert";
   * import { CheckpointError } from "@workflowy/workflowy";
   * import { KvClient } from "@workflowy/workflowy/kv";
   *
   * await using client = new KvClient({ path: ":memory:" });
   * await assertRejects(() => client.result("order-7"), CheckpointError, "There is no task");
   * ```
   */
  async result<R = unknown>(id: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<R> {
    return await this.#waits.wait(id, options) as R;
  }

  /**
   * Delivers a value to what waits for a key, by `waitFor(key)`; see `TaskRunner.deliver()`.
   *
   * @param key The key. It can be delivered once.
   * @param value What those who wait get. Default: `undefined`.
   * @returns Whether it is on its way to the runner; `false` if the key was delivered before. It has no effect if the wait
   * has timed out by the time that the runner gets it.
   * @throws {CheckpointError} If the value cannot be stored, or the database cannot be written.
   *
   * @example A key is delivered once
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { KvClient } from "@workflowy/workflowy/kv";
   *
   * await using client = new KvClient({ path: ":memory:" });
   * assertEquals([await client.deliver("approval", "by Ann"), await client.deliver("approval")], [true, false]);
   * ```
   */
  async deliver(key: string, value?: unknown): Promise<boolean> {
    nonEmptyString(key, "The key of deliver()");
    return await this.#request("deliver", deliveryRecord(key, value, this.#codec.name));
  }

  /**
   * Asks the runner to cancel a task; once it has, `result()` rejects with a `TaskCancelledError`.
   *
   * @param id The id of the task.
   * @returns Whether the task is there and has not ended.
   * @throws {CheckpointError} If the database cannot be written.
   *
   * @example Nothing to cancel
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { KvClient } from "@workflowy/workflowy/kv";
   *
   * await using client = new KvClient({ path: ":memory:" });
   * assertEquals(await client.cancel("order-7"), false);
   * ```
   */
  async cancel(id: string): Promise<boolean> {
    const record = await this.#find(nonEmptyString(id, "The id of cancel()"));
    if (record === undefined || hasEnded(record)) return false;
    await this.#request("cancel", { record: cancelRecord(id), encoding: "json" });
    return true;
  }

  /** Ends every wait for a result, and closes the database if the client has opened it. What is asked of it then is an error. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#waits.close();
    const opening = this.#opening;
    this.#opening = undefined;
    if (this.#given === undefined) (await opening?.catch(() => undefined))?.close();
  }

  /** Stores a request, unless there is one with that id, or a record. Returns whether it is stored. */
  async #request(kind: RequestKind, { record, encoding }: EncodableRecord): Promise<boolean> {
    const [data] = encodeRecords(this.#codec, [record], [encoding]);
    const written = toWritten(data!);
    if (!("row" in written)) {
      throw new CheckpointError(
        `Cannot store the request "${record.id}" in Deno KV, as it has more than 60 KiB; keep large values elsewhere, and pass ` +
          "where they are",
        { unsavable: [record.id] },
      );
    }
    const part = await idPartOf(record.id);
    const keys = this.#keys;
    const value: StoredRequest = { kind, row: written.row };
    return await this.#do("write to", async (db) => {
      const { ok } = await retryWhileLocked(() => {
        const atomic = db.atomic();
        for (const { key } of [keys.request(part), keys.row(part), keys.large(part)]) {
          atomic.check({ key, versionstamp: null });
        }
        atomic.set(keys.request(part).key, value);
        atomic.set(keys.bell("request").key, { rung: crypto.randomUUID() });
        return atomic.commit();
      });
      return ok;
    });
  }

  /** A record, or what is stored of a task that no runner has taken yet. */
  async #find(id: string): Promise<TaskRecord | undefined> {
    const part = await idPartOf(id);
    return await this.#do("read", async (db) => {
      const { value } = await readEntry(db, this.#keys.request(part).key);
      // It becomes a record at one moment, which may be between the two.
      const record = await readOne(db, this.#place, this.#codec, part);
      const request = value as StoredRequest | null;
      if (record !== undefined || request?.kind !== "submit") return record;
      return this.#codec.decode(stringOfRow(request.row));
    });
  }

  async #do<T>(action: string, job: (db: OpenDatabase) => Promise<T>): Promise<T> {
    try {
      return await job(await this.#open());
    } catch (error) {
      throw operationError(action, this.#place, error);
    }
  }

  async #open(): Promise<OpenDatabase> {
    this.#waits.refuseClosed();
    return await (this.#opening ??= this.#enter().catch((error) => {
      this.#opening = undefined;
      throw error;
    }));
  }

  /** Makes sure that there is a checkpoint, with this codec. */
  async #enter(): Promise<OpenDatabase> {
    const db = this.#given ?? await retryWhileLocked(() => openFunction()(this.#place.path));
    try {
      const { key } = this.#keys.header;
      await retryWhileLocked(() => {
        const atomic = db.atomic();
        atomic.check({ key, versionstamp: null });
        atomic.set(key, headerOf(this.#codec));
        return atomic.commit();
      });
      checkHeader(await readEntry(db, key), this.#codec, this.#place);
      return db;
    } catch (error) {
      if (this.#given === undefined) db.close();
      throw error;
    }
  }
}
