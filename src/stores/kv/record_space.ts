/**
 * What reading and writing the records of a checkpoint share.
 *
 * @module
 */

import type { OpenDatabase } from "./database.ts";
import { PARTS_AT_ONCE, readAll } from "./entries.ts";
import { type IdPart, keyOfPart, type KeySpace } from "./keys.ts";
import type { Lease } from "./lease.ts";
import { drop, packed } from "./mutations.ts";
import { CorruptEntry, corruptionError, type Place, readAs } from "./errors.ts";
import { isIdPart, type Manifest, toManifest, toStaleParts } from "./stored_values.ts";

/** A record that is too large for one value. */
export interface LargeRecord {
  readonly id: IdPart;
  readonly manifest: Manifest;
}

/** Large records, by the strings of the parts that stand for their ids in keys. */
export type LargeRecords = Map<string, LargeRecord>;

/** How many small entries are read at once: Deno KV's largest batch. */
const AT_ONCE = 500;

/** The records under one prefix of a database: their keys, and which of them are large. */
export class RecordSpace {
  readonly db: OpenDatabase;
  readonly place: Place;
  readonly keys: KeySpace;
  readonly lease: Lease;
  /** `undefined` until it was read, and again when a failed write has made it uncertain. */
  #large: LargeRecords | undefined;

  constructor(db: OpenDatabase, place: Place, keys: KeySpace, lease: Lease) {
    this.db = db;
    this.place = place;
    this.keys = keys;
    this.lease = lease;
  }

  /**
   * Which records are large.
   *
   * @throws {CheckpointError} If that cannot be read, or the lease is no longer held.
   */
  async large(): Promise<LargeRecords> {
    this.lease.assertHeld();
    return this.#large ??= await this.inspect(() => this.#readLarge());
  }

  /** Runs a job that writes; if it fails, it is not certain which records are large. */
  async change(job: (large: LargeRecords) => Promise<void>): Promise<void> {
    const large = await this.large();
    try {
      await this.inspect(() => job(large));
    } catch (error) {
      this.#large = undefined;
      throw error;
    }
  }

  /**
   * Runs a job that reads entries.
   *
   * @throws {CheckpointError} If an entry is not what was written, or another owner has taken the lease and changed it.
   */
  async inspect<T>(job: () => Promise<T>): Promise<T> {
    try {
      return await job();
    } catch (error) {
      if (!(error instanceof CorruptEntry)) throw error;
      await this.lease.verify();
      throw corruptionError(this.place, error.key, error.message, error.cause);
    }
  }

  /** Removes parts that belong to no record, and the mark that says so. */
  async sweep(id: IdPart, generation: string): Promise<void> {
    const units = [];
    for await (const { key } of readAll(this.db, this.keys.parts(id, generation).key, PARTS_AT_ONCE)) {
      const index = key.at(-1);
      if (typeof index !== "number") throw new CorruptEntry(key, "it is not a key of a part");
      units.push({ mutations: [drop(this.keys.part(id, generation, index))] });
    }
    units.push({ mutations: [drop(this.keys.stale(generation))] });
    for (const portion of packed(units)) await this.lease.write(portion.flatMap(({ mutations }) => mutations));
  }

  async #readLarge(): Promise<LargeRecords> {
    const large: LargeRecords = new Map();
    for await (const { key, value } of readAll(this.db, this.keys.all("large"), AT_ONCE)) {
      const id = this.keys.lastOf(key);
      if (!isIdPart(id)) throw new CorruptEntry(key, "it is not a key of a record");
      large.set(keyOfPart(id), { id, manifest: readAs(key, () => toManifest(value)) });
    }
    await this.#sweepAll(large);
    return large;
  }

  /** Removes what was left behind by an owner that died while it wrote. */
  async #sweepAll(large: LargeRecords): Promise<void> {
    for (const { key, value } of await Array.fromAsync(readAll(this.db, this.keys.all("stale"), AT_ONCE))) {
      const generation = this.keys.lastOf(key);
      const { id } = readAs(key, () => toStaleParts(value));
      if (typeof generation !== "string") throw new CorruptEntry(key, "it is not a key of a mark");
      if (large.get(keyOfPart(id))?.manifest.generation === generation) {
        throw new CorruptEntry(key, "it says that the parts of a record are left over");
      }
      await this.sweep(id, generation);
    }
  }
}
