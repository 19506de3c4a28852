/**
 * A checkpoint in Deno KV while it is open.
 *
 * @module
 */

import type { CodecName } from "../../core/checkpointer.ts";
import { CheckpointError } from "../../core/errors.ts";
import type { Turns } from "../turns.ts";
import { type KvDatabase, openFunction } from "./database.ts";
import { readEntry, readPage } from "./entries.ts";
import { checkHeader, headerOf } from "./header.ts";
import { type KeyKind, KeySpace } from "./keys.ts";
import { type Companion, Lease } from "./lease.ts";
import { patiently } from "./patience.ts";
import { Shelf } from "./shelf.ts";
import { damaged, describePlace, type Place } from "./trouble.ts";

/** What a checkpoint is opened with. */
export interface OpenSettings {
  /** A database that is open already; absent: it is opened, and closed again. */
  readonly kv: KvDatabase | undefined;
  readonly place: Place;
  readonly codec: CodecName;
  /** Names who opens it. */
  readonly owner: string;
  readonly leaseMs: number;
  /** When the lease may be renewed. */
  readonly turns: Turns;
}

/** Each time that others change something meanwhile costs one. */
const MOST_TRIES = 20;

/** Which entries there are none of without a header. */
const UNDER_HEADER: readonly KeyKind[] = ["row", "large", "part", "stale"];

/** A database and the lease on what is under one prefix there. */
export class OpenStore {
  /** What is there. */
  readonly shelf: Shelf;
  readonly #close: () => void;

  private constructor(shelf: Shelf, close: () => void) {
    this.shelf = shelf;
    this.#close = close;
  }

  /**
   * Opens the database, takes the lease, and looks what there is.
   *
   * @throws {CheckpointError} If somebody else has the lease, or what is there cannot be read.
   */
  static async open({ kv, place, codec, owner, leaseMs, turns }: OpenSettings): Promise<OpenStore> {
    const db = kv ?? await patiently(() => openFunction()(place.path));
    const keys = new KeySpace(place.prefix);
    const lease = new Lease(db, keys.lease, place, owner, leaseMs, turns);
    const store = new OpenStore(new Shelf(db, place, keys, lease), () => kv ?? db.close());
    try {
      await store.#enter(codec);
      await store.shelf.large();
      return store;
    } catch (error) {
      // Others need not wait for the end of the lease. If it cannot be given back, that is no news beside the error.
      await store.close().catch(() => {});
      throw error;
    }
  }

  /** Lets go of the lease, and of the database, if it was opened here. */
  async close(): Promise<void> {
    try {
      await this.shelf.lease.release();
    } finally {
      this.#close();
    }
  }

  async #enter(codec: CodecName): Promise<void> {
    const { db, place, keys, lease } = this.shelf;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const header = await readEntry(db, keys.header.key);
      if (header.versionstamp !== null) checkHeader(header, codec, place);
      else await this.#expectNothing();
      const companion: Companion | undefined = header.versionstamp === null
        ? { key: keys.header, value: headerOf(codec) }
        : undefined;
      if (await lease.take(companion)) return;
    }
    throw new CheckpointError(`Cannot open ${describePlace(place)}: others change it all the time; use another prefix`);
  }

  async #expectNothing(): Promise<void> {
    const { db, place, keys } = this.shelf;
    for (const kind of UNDER_HEADER) {
      const { entries: [found] } = await readPage(db, keys.all(kind), 1, "");
      if (found === undefined) continue;
      const header = await readEntry(db, keys.header.key);
      // Somebody else may have begun between the two readings.
      if (header.versionstamp === null) throw damaged(place, keys.header.key, "there are records, but no header");
    }
  }
}
