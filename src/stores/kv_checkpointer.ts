/**
 * A checkpointer that keeps records in Deno KV.
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
} from "../core/checkpointer.ts";
import { nonEmptyString, refuseUnknown } from "../core/checks.ts";
import { type Duration, toMilliseconds } from "../core/duration.ts";
import { isAwaitedEnd } from "./client_requests.ts";
import { encodeRecords } from "./encode_records.ts";
import { SerialQueue } from "./serial_queue.ts";
import { checkDatabase, type KvDatabase, type KvKeyPart, type OpenDatabase, openFunction } from "./kv/database.ts";
import { checkPrefix } from "./kv/keys.ts";
import type { OpenStore } from "./kv/open_store.ts";
import type { Reading } from "./kv/reading.ts";
import { operationError, type Place } from "./kv/errors.ts";
import { type ByteCodec, resolveCodec } from "./byte_codec.ts";
import type { RecordCodec } from "./record_codec.ts";

export type { KvDatabase, KvKeyPart } from "./kv/database.ts";

/** Options of a {@linkcode KvCheckpointer}. */
export interface KvCheckpointerOptions {
  /** An open database; its owner closes it after the checkpointer was disposed of. Excludes `path`. */
  readonly kv?: KvDatabase | undefined;
  /**
   * What `Deno.openKv()` opens: a file, the URL of a database, or `":memory:"`, whose records are lost on disposal. It is
   * opened when it is first used, and closed on disposal. Default: Deno's own database for the script, which on Deno Deploy
   * is the project's. Excludes `kv`.
   */
  readonly path?: string | undefined;
  /**
   * The beginning of the keys of all entries; default `["workflowy"]`. Each run in a database needs its own prefix, and
   * nothing else may write there.
   */
  readonly prefix?: string | readonly KvKeyPart[] | undefined;
  /**
   * Which values can be stored, or a {@linkcode ByteCodec} that compresses or encrypts them; default `"json"`. A prefix keeps
   * the codec that it was first used with.
   */
  readonly codec?: CodecName | ByteCodec | undefined;
  /**
   * For how long a program that died keeps others out; at least 100 ms, default `"15s"`. A program that is busy (in a loop
   * that does not await) or suspended for longer may lose the checkpoint to another one.
   */
  readonly lease?: Duration | undefined;
}

const LABEL = "of a KvCheckpointer";
const OPTIONS = ["kv", "path", "prefix", "codec", "lease"];
/** It is renewed three times in that time, and each renewal is a commit. */
const MIN_LEASE_MS = 100;

/**
 * Keeps records in Deno KV: in a file, or on Deno Deploy. Needs `--unstable-kv` (or `"unstable": ["kv"]` in deno.json), and
 * `--allow-read` and `--allow-write` for a `path`.
 *
 * One owner at a time can use a prefix. It takes a lease when it first uses it, renews it while it is open, and releases
 * it on disposal; others get an error that says who holds it. The lease of a program that died expires. A program that
 * continues after it lost its lease gets an error from every call until the checkpointer is disposed of, and writes nothing.
 *
 * A `save()` is atomic up to Deno KV's limits: about 900 records, or 800 KB of records smaller than 60 KiB (larger ones are
 * stored in parts, which are written before, and do not count). Of a larger `save()`, a program that dies in the middle of it
 * leaves a part; each single record is complete in any case.
 *
 * While another process has the file locked, operations wait for at least 12 s before they fail.
 *
 * @example Several runs in one database
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { KvCheckpointer, task, TaskRunner } from "@workflowy/workflowy";
 *
 * let calls = 0;
 * const work = task({ name: "work" }, (x: number) => (calls++, 2 * x));
 * using kv = await Deno.openKv(":memory:");
 * for (let round = 0; round < 2; round++) {
 *   await using runner = await TaskRunner.resume(new KvCheckpointer({ kv, prefix: ["nightly", "work"] }));
 *   assertEquals(await runner.submit(work, 21), 42);
 * }
 * assertEquals(calls, 1);
 * ```
 */
export class KvCheckpointer implements Checkpointer {
  readonly #kv: OpenDatabase | undefined;
  readonly #place: Place;
  readonly #codec: RecordCodec;
  readonly #leaseMs: number;
  /** Names the owner of the lease, over all openings. */
  readonly #owner: string = crypto.randomUUID();
  readonly #queue = new SerialQueue();
  #attendant: CheckpointAttendant | undefined;
  #store: OpenStore | undefined;

  /**
   * Makes a checkpointer for a prefix of a database, which is not opened yet.
   *
   * @param options The database, the prefix, the codec and the lease; by default `["workflowy"]` in Deno's own database for
   * the script, `"json"`, and 15 s.
   * @throws {TypeError} If an option is unknown or of a wrong kind, or both `kv` and `path` are given.
   * @throws {RangeError} If the path or the prefix is empty, the prefix has more than 512 bytes or, after its first part, a
   * word of a checkpoint's own keys (such as `"row"`), the lease is shorter than 100 ms, or there is no such codec.
   * @throws {CheckpointError} If there is neither a `kv` nor a `Deno.openKv()`, which needs `--unstable-kv`.
   */
  constructor(options: KvCheckpointerOptions = {}) {
    refuseUnknown(options, OPTIONS, LABEL);
    const { kv, path, prefix = ["workflowy"], codec = "json", lease = "15s" } = options;
    if (kv !== undefined && path !== undefined) {
      throw new TypeError(`A KvCheckpointer takes a kv or a path, not both: a kv is open already`);
    }
    if (path !== undefined) nonEmptyString(path, `path ${LABEL}`);
    this.#place = { prefix: checkPrefix(prefix, `prefix ${LABEL}`), path };
    this.#leaseMs = checkLease(lease);
    this.#codec = resolveCodec(codec, `codec ${LABEL}`);
    this.#kv = kv === undefined ? undefined : checkDatabase(kv, `kv ${LABEL}`);
    if (kv === undefined) openFunction();
  }

  /** Which values can be stored. */
  get codec(): CodecName {
    return this.#codec.name;
  }

  /**
   * Reads all records. Those that are saved meanwhile may be among them or not.
   *
   * @returns The records, in any order.
   * @throws {CheckpointError} If the database cannot be opened or read, another owner has the lease, an entry is not what
   * was written (the message has its key; it is left as it is), or the prefix was written with another codec or by a newer
   * version.
   *
   * @example Look at what is stored
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { KvCheckpointer } from "@workflowy/workflowy";
   *
   * await using checkpointer = new KvCheckpointer({ path: ":memory:" });
   * for await (const { id, status } of checkpointer.load()) console.log(id, status);
   * assertEquals(await Array.fromAsync(checkpointer.load()), []);
   * ```
   */
  async *load(): AsyncGenerator<TaskRecord> {
    const reading = await this.#begin();
    let cursor = "";
    do {
      const page = await this.#take("read", () => reading.page(cursor));
      yield* page.records;
      cursor = page.cursor;
    } while (cursor !== "");
    for (const large of reading.large()) {
      const record = await this.#take("read", () => reading.current(large));
      if (record !== undefined) yield record;
    }
    await this.#take("read", () => reading.end());
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
    const reading = await this.#begin();
    for (const id of ids) {
      const record = await this.#take("read", () => reading.find(id));
      if (record !== undefined) yield record;
    }
    await this.#take("read", () => reading.end());
  }

  /**
   * Writes records. Records of the same ids are replaced. See the class for when that is atomic.
   *
   * @param records The records.
   * @param encodings How the values of each can be written; by default this is found out.
   * @throws {CheckpointError} If some of them cannot be encoded (`unsavable` has their ids), the database cannot be written,
   * the lease was lost, or `load()` would throw.
   *
   * @example Save a record
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { KvCheckpointer } from "@workflowy/workflowy";
   *
   * await using checkpointer = new KvCheckpointer({ path: ":memory:" });
   * await checkpointer.save([{ id: "a", name: "work", status: "pending", attempts: 0, args: [1], dependsOn: [] }]);
   * assertEquals((await Array.fromAsync(checkpointer.load())).map(({ id }) => id), ["a"]);
   * ```
   */
  async save(records: readonly TaskRecord[], encodings?: readonly (ValueEncoding | undefined)[]): Promise<void> {
    if (records.length === 0) return;
    const ids = records.map(({ id }) => id);
    const strings = encodeRecords(this.#codec, records, encodings);
    const hasEnds = records.some(isAwaitedEnd);
    await this.#use("write to", async ({ space, requests }) => {
      const { saveRecords } = await import("./kv/writing.ts");
      const done = requests?.among(ids) ?? new Set();
      await saveRecords(space, ids, strings, { requests: done, hasEnds });
      requests?.forget(done);
    });
  }

  /**
   * Removes records.
   *
   * @param ids The ids of the records. Unknown ids are ignored.
   * @throws {CheckpointError} If the database cannot be written, the lease was lost, or `load()` would throw.
   *
   * @example Remove a record
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { KvCheckpointer } from "@workflowy/workflowy";
   *
   * await using checkpointer = new KvCheckpointer({ path: ":memory:" });
   * await checkpointer.save([{ id: "a", name: "work", status: "pending", attempts: 0, args: [1], dependsOn: [] }]);
   * await checkpointer.delete(["a", "unknown"]);
   * assertEquals(await Array.fromAsync(checkpointer.load()), []);
   * ```
   */
  async delete(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const asked = [...ids];
    await this.#use("write to", async ({ space }) => {
      const { deleteRecords } = await import("./kv/writing.ts");
      await deleteRecords(space, asked);
    });
  }

  /**
   * For runners: what is notified when the lease is lost.
   *
   * @param attendant What is notified.
   * @internal
   */
  attend(attendant: CheckpointAttendant): void {
    this.#attendant = attendant;
  }

  /**
   * For runners: what other programs have asked for, with a `KvClient`, since this was called last.
   *
   * @returns The requests, in the order in which they were made.
   * @throws {CheckpointError} If the database cannot be read, or `load()` would throw.
   * @internal
   */
  requests(): Promise<readonly CheckpointRequest[]> {
    return this.#use("read the requests of", async (store) => {
      if (store.requests === undefined) {
        const { RequestReader } = await import("./kv/requests.ts");
        store.requests = new RequestReader(store.space, this.#codec, () => this.#attendant?.requested());
      }
      return await store.requests.next();
    });
  }

  /**
   * For runners: removes requests that need no record.
   *
   * @param ids Their ids. Unknown ids are ignored.
   * @throws {CheckpointError} If the database cannot be written, or the lease was lost.
   * @internal
   */
  async answer(ids: readonly string[]): Promise<void> {
    const answered = [...ids];
    await this.#use("write to", async ({ space, requests }) => {
      const open = requests?.among(answered) ?? new Set();
      if (open.size === 0) return; // records were saved with these ids
      const { deleteRequests } = await import("./kv/writing.ts");
      await deleteRequests(space, [...open]);
      requests?.forget(open);
    });
  }

  /**
   * For runners: makes sure that the lease is held.
   *
   * @returns `undefined` if that is certain; otherwise a promise that resolves once it is, or is found to be lost.
   * @internal
   */
  confirm(): Promise<void> | undefined {
    return this.#store?.space.lease.confirm();
  }

  /**
   * Releases the lease, and closes the database if the checkpointer opened it.
   *
   * @throws {CheckpointError} If the lease cannot be released; it then expires.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#take("release the lease of", async () => {
      const store = this.#store;
      this.#store = undefined;
      await store?.close();
    });
  }

  #begin(): Promise<Reading> {
    return this.#use("read", async ({ space }) => {
      const { Reading } = await import("./kv/reading.ts");
      return await Reading.begin(space, this.#codec);
    });
  }

  /** Runs a job with the store, which is opened if needed. */
  #use<T>(action: string, job: (store: OpenStore) => Promise<T>): Promise<T> {
    return this.#take(action, async () => {
      if (this.#store === undefined) {
        const { OpenStore } = await import("./kv/open_store.ts"); // programs without KV do not load it
        this.#store = await OpenStore.open({
          kv: this.#kv,
          place: this.#place,
          codec: this.#codec,
          owner: this.#owner,
          leaseMs: this.#leaseMs,
          queue: this.#queue,
          lost: (error) => this.#attendant?.lost(error),
        });
      }
      return await job(this.#store);
    });
  }

  /** Runs a job after those before it. */
  #take<T>(action: string, job: () => Promise<T>): Promise<T> {
    return this.#queue.run(async () => {
      try {
        return await job();
      } catch (error) {
        throw operationError(action, this.#place, error);
      }
    });
  }
}

function checkLease(lease: unknown): number {
  const milliseconds = toMilliseconds(lease as Duration, `lease ${LABEL}`);
  if (milliseconds >= MIN_LEASE_MS) return milliseconds;
  throw new RangeError(`lease ${LABEL} must be at least ${MIN_LEASE_MS} ms, not ${milliseconds} ms`);
}
