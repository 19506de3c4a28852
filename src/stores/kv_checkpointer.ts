/**
 * Records in Deno KV.
 *
 * @module
 */

import type { Checkpointer, CodecName, TaskRecord, ValueEncoding } from "../core/checkpointer.ts";
import { nonEmptyString, refuseUnknown } from "../core/checks.ts";
import { describeError, describeValue } from "../core/describe.ts";
import { type Duration, toMilliseconds } from "../core/duration.ts";
import { CheckpointError } from "../core/errors.ts";
import { Turns } from "./turns.ts";
import { checkDatabase, type KvDatabase, type KvKeyPart, openFunction } from "./kv/database.ts";
import { checkPrefix } from "./kv/keys.ts";
import type { OpenStore } from "./kv/open_store.ts";
import { cannot, type Place } from "./kv/trouble.ts";
import { checkCodecName, codecNamed, type RecordCodec } from "./record_codec.ts";

export type { KvAtomic, KvCommit, KvDatabase, KvEntries, KvEntry, KvKey, KvKeyPart } from "./kv/database.ts";

/** Options of a {@linkcode KvCheckpointer}. */
export interface KvCheckpointerOptions {
  /** The database, which whoever opened it closes, after the checkpointer was disposed. Excludes `path`. */
  readonly kv?: KvDatabase | undefined;
  /**
   * What `Deno.openKv()` is to open: a file, the URL of a database, or `":memory:"`, whose records are gone with the
   * disposal. It is opened when it is first used, and closed by the disposal. Default: Deno's own database for the script,
   * which on Deno Deploy is the project's. Excludes `kv`.
   */
  readonly path?: string | undefined;
  /**
   * What the keys of all entries begin with; default `["workflowy"]`. Each run in a database needs one of its own, and
   * nothing else is to write there.
   */
  readonly prefix?: string | readonly KvKeyPart[] | undefined;
  /** Which values come back equal; default `"json"`. A prefix keeps the one that it was first used with. */
  readonly codec?: CodecName | undefined;
  /**
   * For how long a program that died keeps others out, at least 100 ms; default `"15s"`. A program that is busy (with a
   * loop that does not await) or suspended for longer may lose the checkpoint to another one.
   */
  readonly lease?: Duration | undefined;
}

const OF = "of a KvCheckpointer";
const OPTIONS = ["kv", "path", "prefix", "codec", "lease"];
/** It is renewed three times in that time, each of which takes a commit. */
const SHORTEST_LEASE_MS = 100;

/**
 * Keeps records in Deno KV: in a file, or on Deno Deploy. Needs `--unstable-kv` (or `"unstable": ["kv"]` in deno.json), and
 * `--allow-read` and `--allow-write` for a `path`.
 *
 * One owner at a time uses a prefix. It takes a lease when it first uses it, renews it while it is open, and gives it back
 * at its disposal; others get an error that says who has it. The lease of a program that died lapses. A program that comes
 * back after it lost its lease gets an error from whatever it does until it is disposed, and writes nothing.
 *
 * A `save()` is atomic as far as Deno KV's limits go, which is up to some 900 records, or 800 KB of records smaller than 60
 * KiB (larger ones stand in parts, which are written before, and do not count). Of more than that, a program that dies in
 * the middle of the `save()` leaves a part; each single record is whole in any case.
 *
 * While another process has the file locked, operations wait, for 12 s at least, before they fail.
 *
 * @example
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
  readonly #kv: KvDatabase | undefined;
  readonly #place: Place;
  readonly #codec: RecordCodec;
  readonly #leaseMs: number;
  /** Names the owner of the lease, over all openings. */
  readonly #owner: string = crypto.randomUUID();
  readonly #turns = new Turns();
  #store: OpenStore | undefined;

  /**
   * Does not open the database yet.
   *
   * @throws {TypeError} If an option is unknown or of a wrong kind, or both `kv` and `path` are given.
   * @throws {RangeError} If the path or the prefix is empty, the prefix has more than 512 bytes or, after its first part, a
   * word that stands in a checkpoint's own keys (`"row"` and the like), the lease is shorter than 100 ms, or there is no such
   * codec.
   * @throws {CheckpointError} If there is neither a `kv` nor a `Deno.openKv()`, which needs `--unstable-kv`.
   */
  constructor(options: KvCheckpointerOptions = {}) {
    refuseUnknown(options, OPTIONS, OF);
    const { kv, path, prefix = ["workflowy"], codec = "json", lease = "15s" } = options;
    if (kv !== undefined && path !== undefined) {
      throw new TypeError(`A KvCheckpointer takes a kv or a path, not both: a database that is given is open already`);
    }
    if (path !== undefined) nonEmptyString(path, `path ${OF}`);
    checkCodecName(codec, `codec ${OF}`);
    this.#place = { prefix: checkPrefix(prefix, `prefix ${OF}`), path };
    this.#leaseMs = checkLease(lease);
    this.#codec = codecNamed(codec);
    this.#kv = kv === undefined ? undefined : checkDatabase(kv, `kv ${OF}`);
    if (kv === undefined) openFunction();
  }

  /** Which values come back equal. */
  get codec(): CodecName {
    return this.#codec.name;
  }

  /**
   * All records. Those that are saved meanwhile may be among them or not.
   *
   * @throws {CheckpointError} If the database cannot be opened or read, somebody else has the lease, an entry is not what
   * was written (the message has its key; it is left as it is), or the prefix was written with another codec or by a newer
   * version.
   */
  async *load(): AsyncGenerator<TaskRecord> {
    const reading = await this.#use("read", async ({ shelf }) => {
      const { Reading } = await import("./kv/reading.ts");
      return await Reading.begin(shelf, this.#codec);
    });
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
   * Writes records or replaces those of the same ids; see the class for when that is atomic.
   *
   * @throws {CheckpointError} If they, or the database, cannot be written, the lease was lost, or `load()` would throw.
   */
  async save(records: readonly TaskRecord[], encodings?: readonly (ValueEncoding | undefined)[]): Promise<void> {
    if (records.length === 0) return;
    const texts = records.map((record, index) => ({ id: record.id, text: this.#encode(record, encodings?.[index]) }));
    await this.#use("write to", async ({ shelf }) => {
      const { saveRecords } = await import("./kv/writing.ts");
      await saveRecords(shelf, texts);
    });
  }

  /**
   * Removes records.
   *
   * @throws {CheckpointError} If the database cannot be written, the lease was lost, or `load()` would throw.
   */
  async delete(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const asked = [...ids];
    await this.#use("write to", async ({ shelf }) => {
      const { deleteRecords } = await import("./kv/writing.ts");
      await deleteRecords(shelf, asked);
    });
  }

  /**
   * Gives the lease back, and closes the database unless it was given.
   *
   * @throws {CheckpointError} If the lease cannot be given back; it then lapses.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#take("give back the lease of", async () => {
      const store = this.#store;
      this.#store = undefined;
      await store?.close();
    });
  }

  /** Does something with the store, which is opened if need be. */
  #use<T>(action: string, job: (store: OpenStore) => Promise<T>): Promise<T> {
    return this.#take(action, async () => {
      if (this.#store === undefined) {
        const { OpenStore } = await import("./kv/open_store.ts"); // which programs without KV do without
        this.#store = await OpenStore.open({
          kv: this.#kv,
          place: this.#place,
          codec: this.#codec.name,
          owner: this.#owner,
          leaseMs: this.#leaseMs,
          turns: this.#turns,
        });
      }
      return await job(this.#store);
    });
  }

  /** Does something when its turn comes. */
  #take<T>(action: string, job: () => Promise<T>): Promise<T> {
    return this.#turns.take(async () => {
      try {
        return await job();
      } catch (error) {
        throw cannot(action, this.#place, error);
      }
    });
  }

  #encode(record: TaskRecord, encoding: ValueEncoding | undefined): string {
    try {
      return this.#codec.encode(record, encoding);
    } catch (cause) {
      const reason = describeError(cause);
      throw new CheckpointError(`Cannot save the record of ${describeValue(record.id)}: ${reason}`, { cause });
    }
  }
}

function checkLease(lease: unknown): number {
  const milliseconds = toMilliseconds(lease as Duration, `lease ${OF}`);
  if (milliseconds >= SHORTEST_LEASE_MS) return milliseconds;
  throw new RangeError(`lease ${OF} must be at least ${SHORTEST_LEASE_MS} ms, not ${milliseconds} ms`);
}
