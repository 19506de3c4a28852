/**
 * A checkpoint in Deno KV while it is open.
 *
 * @module
 */

import { CheckpointError } from "../../core/errors.ts";
import type { CodecId } from "../record_codec.ts";
import type { SerialQueue } from "../serial_queue.ts";
import { type OpenDatabase, openFunction } from "./database.ts";
import { readEntry, readPage } from "./entries.ts";
import { checkHeader, headerOf } from "./header.ts";
import { type KeyKind, KeySpace } from "./keys.ts";
import { type Companion, Lease } from "./lease.ts";
import { retryWhileLocked } from "./retry_locked.ts";
import { RecordSpace } from "./record_space.ts";
import type { RequestReader } from "./requests.ts";
import { corruptionError, describePlace, type Place } from "./errors.ts";

/** What a checkpoint is opened with. */
export interface OpenSettings {
  /** A database that is open already; if absent, it is opened, and closed again. */
  readonly kv: OpenDatabase | undefined;
  readonly place: Place;
  readonly codec: CodecId;
  /** Names the owner of the lease. */
  readonly owner: string;
  readonly leaseMs: number;
  /** Runs the renewals of the lease. */
  readonly queue: SerialQueue;
  /** Called if a renewal finds out that the lease was lost. */
  readonly lost?: (error: CheckpointError) => void;
}

/** Each time that another program changes something meanwhile costs one; so many in a row never end. */
const MAX_TRIES = 20;

/** Entries that may only exist once a header does. */
const UNDER_HEADER: readonly KeyKind[] = ["row", "large", "part", "stale"];

/** A database, and the lease on what is under one prefix in it. */
export class OpenStore {
  /** The records. */
  readonly space: RecordSpace;
  /** What other programs ask for, once the runner looks. */
  requests: RequestReader | undefined;
  readonly #close: () => void;

  private constructor(space: RecordSpace, close: () => void) {
    this.space = space;
    this.#close = close;
  }

  /**
   * Opens the database, takes the lease, and reads which records there are in parts.
   *
   * @throws {CheckpointError} If another owner holds the lease, or what is there cannot be read.
   */
  static async open({ kv, place, codec, owner, leaseMs, queue, lost }: OpenSettings): Promise<OpenStore> {
    const db = kv ?? await retryWhileLocked(() => openFunction()(place.path));
    const keys = new KeySpace(place.prefix);
    const lease = new Lease(db, keys.lease, place, owner, leaseMs, queue, lost);
    const store = new OpenStore(new RecordSpace(db, place, keys, lease), () => kv ?? db.close());
    try {
      await store.#enter(codec);
      await store.space.large();
      return store;
    } catch (error) {
      // Others need not wait for the end of the lease. A failure to release it has the same cause as the error.
      await store.close().catch(() => {});
      throw error;
    }
  }

  /** Releases the lease, and closes the database if it was opened here. */
  async close(): Promise<void> {
    try {
      await this.requests?.close();
      await this.space.lease.release();
    } finally {
      this.#close();
    }
  }

  async #enter(codec: CodecId): Promise<void> {
    const { db, place, keys, lease } = this.space;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const header = await readEntry(db, keys.header.key);
      if (header.versionstamp !== null) checkHeader(header, codec, place);
      else await this.#expectNothing();
      const companion: Companion | undefined = header.versionstamp === null
        ? { key: keys.header, value: headerOf(codec) }
        : undefined;
      if (await lease.take(companion)) return;
    }
    throw new CheckpointError(
      `Cannot open ${describePlace(place)}: other programs change it all the time; use another prefix`,
      { reason: "unavailable" },
    );
  }

  async #expectNothing(): Promise<void> {
    const { db, place, keys } = this.space;
    for (const kind of UNDER_HEADER) {
      const { entries: [found] } = await readPage(db, keys.all(kind), 1, "");
      if (found === undefined) continue;
      const header = await readEntry(db, keys.header.key);
      // Another program may have begun between the two readings.
      if (header.versionstamp === null) {
        throw corruptionError(place, keys.header.key, "there are records, but no header");
      }
    }
  }
}
