/**
 * Reading what other programs ask of the owner of a checkpoint.
 *
 * @module
 */

import type { CheckpointRequest } from "../../core/checkpointer.ts";
import { describeError } from "../../core/describe.ts";
import { requestOf } from "../client_requests.ts";
import type { RecordCodec } from "../record_codec.ts";
import type { Database } from "./database.ts";
import { Listening } from "./listening.ts";
import { arrayOf, channelOf, keyOf, tableOf } from "./place.ts";
import { decode } from "./records.ts";

/** How many are read at a time. */
const PAGE = 500;

/** Hears of requests, and reads each once. */
export class RequestReader {
  readonly #db: Database;
  readonly #codec: RecordCodec;
  readonly #requested: () => void;
  /** The ids of requests that were read, and are not done. */
  readonly #read = new Set<string>();
  #listening: Listening | undefined;

  /** @param requested Called when there may be requests that were not read, once some were. */
  constructor(db: Database, codec: RecordCodec, requested: () => void) {
    this.#db = db;
    this.#codec = codec;
    this.#requested = requested;
  }

  /**
   * The requests that were not returned yet.
   *
   * @throws {CheckpointError} If they cannot be read.
   */
  async next(): Promise<CheckpointRequest[]> {
    const { place } = this.#db;
    this.#listening ??= new Listening(this.#db, channelOf(place, "request"), this.#requested);
    // What another program commits later may have a lower number than what is there: the known ones are left out by their ids.
    const text = `select id, kind, data from ${tableOf(place.schema, "request")}
      where prefix = $1 and id <> all($2::text::text[]) order by seq limit ${PAGE}`;
    const rows = await this.#db.run("read the requests of", text, [keyOf(place.prefix), arrayOf([...this.#read])]);
    if (rows.length === PAGE) queueMicrotask(this.#requested);
    return rows.map(([key, kind, data]) => {
      this.#read.add(String(key));
      return this.#decode(String(key), String(kind), String(data));
    });
  }

  /** Those of these requests that are not done. */
  open(ids: readonly string[]): string[] {
    return ids.filter((id) => this.#read.has(keyOf(id)));
  }

  /** The ids of requests that are done once these records are saved. */
  among(records: readonly { readonly id: string }[]): string[] {
    if (this.#read.size === 0) return [];
    return this.open(records.map(({ id }) => id));
  }

  /** Says that requests are done. */
  forget(ids: readonly string[]): void {
    for (const id of ids) this.#read.delete(keyOf(id));
  }

  #decode(key: string, kind: string, data: string): CheckpointRequest {
    try {
      return requestOf(kind, decode(this.#db.place, this.#codec, key, data));
    } catch (error) {
      return { kind: "unreadable", id: key, why: describeError(error) };
    }
  }

  /** Hears of no more. */
  async close(): Promise<void> {
    await this.#listening?.close();
  }
}
