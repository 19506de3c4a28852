/**
 * What the reading and the writing of a checkpoint share.
 *
 * @module
 */

import type { KvDatabase } from "./database.ts";
import { PARTS_AT_ONCE, readAll } from "./entries.ts";
import { type IdPart, type KeySpace, textOfPart } from "./keys.ts";
import type { Lease } from "./lease.ts";
import { drop, packed } from "./mutations.ts";
import { damaged, examine, type Place, StrangeEntry } from "./trouble.ts";
import { isIdPart, type Manifest, toManifest, toStaleParts } from "./values.ts";

/** A record that is too large for one value. */
export interface LargeRecord {
  readonly id: IdPart;
  readonly manifest: Manifest;
}

/** Large records, by the texts of what stands for their ids. */
export type LargeRecords = Map<string, LargeRecord>;

const AT_ONCE = 500;

/** A database, the keys in it, and which of the records there are large. */
export class Shelf {
  readonly db: KvDatabase;
  readonly place: Place;
  readonly keys: KeySpace;
  readonly lease: Lease;
  /** `undefined` until that was read, and again when it is not certain any more. */
  #large: LargeRecords | undefined;

  constructor(db: KvDatabase, place: Place, keys: KeySpace, lease: Lease) {
    this.db = db;
    this.place = place;
    this.keys = keys;
    this.lease = lease;
  }

  /**
   * Which records are large.
   *
   * @throws {CheckpointError} If that cannot be read, or the lease is not held any more.
   */
  async large(): Promise<LargeRecords> {
    this.lease.assertHeld();
    return this.#large ??= await this.inspect(() => this.#readLarge());
  }

  /** Changes something; if that fails, it is not certain what is there. */
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
   * Does something that reads entries.
   *
   * @throws {CheckpointError} If an entry is not what was written, or another owner has taken the lease and changed it.
   */
  async inspect<T>(job: () => Promise<T>): Promise<T> {
    try {
      return await job();
    } catch (error) {
      if (!(error instanceof StrangeEntry)) throw error;
      await this.lease.verify();
      throw damaged(this.place, error.key, error.message, error.cause);
    }
  }

  /** Removes parts that belong to no record, and the mark that says so. */
  async sweep(id: IdPart, generation: string): Promise<void> {
    const units = [];
    for await (const { key } of readAll(this.db, this.keys.parts(id, generation).key, PARTS_AT_ONCE)) {
      const index = key.at(-1);
      if (typeof index !== "number") throw new StrangeEntry(key, "it is no key of a part");
      units.push({ mutations: [drop(this.keys.part(id, generation, index))] });
    }
    units.push({ mutations: [drop(this.keys.stale(generation))] });
    for (const portion of packed(units)) await this.lease.write(portion.flatMap(({ mutations }) => mutations));
  }

  async #readLarge(): Promise<LargeRecords> {
    const large: LargeRecords = new Map();
    for await (const { key, value } of readAll(this.db, this.keys.all("large"), AT_ONCE)) {
      const id = this.keys.lastOf(key);
      if (!isIdPart(id)) throw new StrangeEntry(key, "it is no key of a record");
      large.set(textOfPart(id), { id, manifest: examine(key, () => toManifest(value)) });
    }
    await this.#sweepAll(large);
    return large;
  }

  /** Removes what an owner left behind that did not come to an end. */
  async #sweepAll(large: LargeRecords): Promise<void> {
    for (const { key, value } of await Array.fromAsync(readAll(this.db, this.keys.all("stale"), AT_ONCE))) {
      const generation = this.keys.lastOf(key);
      const { id } = examine(key, () => toStaleParts(value));
      if (typeof generation !== "string") throw new StrangeEntry(key, "it is no key of a mark");
      if (large.get(textOfPart(id))?.manifest.generation === generation) {
        throw new StrangeEntry(key, "it says that the parts of a record are left over");
      }
      await this.sweep(id, generation);
    }
  }
}
