/**
 * Reading what other programs ask of the owner of a checkpoint.
 *
 * @module
 */

import type { CheckpointRequest } from "../../core/checkpointer.ts";
import { requestOf } from "../client_requests.ts";
import type { RecordCodec } from "../record_codec.ts";
import type { Database } from "./database.ts";
import { corruptionError } from "./errors.ts";
import { Listening } from "./listening.ts";
import { channelOf, keyOf, tableOf } from "./place.ts";
import { decode } from "./records.ts";

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
    const text = `select id, kind, data from ${tableOf(place.schema, "request")} where prefix = $1 order by seq`;
    const rows = await this.#db.run("read the requests of", text, [keyOf(place.prefix)]);
    const found: CheckpointRequest[] = [];
    for (const [key, kind, data] of rows) {
      if (this.#read.has(String(key))) continue;
      const record = decode(place, this.#codec, String(key), String(data));
      try {
        found.push(requestOf(String(kind), record));
      } catch (cause) {
        throw corruptionError(place, String(key), cause);
      }
      this.#read.add(String(key));
    }
    return found;
  }

  /** The ids of requests that are done once these records are saved. */
  among(records: readonly { readonly id: string }[]): string[] {
    if (this.#read.size === 0) return [];
    return records.map(({ id }) => id).filter((id) => this.#read.has(keyOf(id)));
  }

  /** Says that requests are done. */
  forget(ids: readonly string[]): void {
    for (const id of ids) this.#read.delete(keyOf(id));
  }

  /** Hears of no more. */
  async close(): Promise<void> {
    await this.#listening?.close();
  }
}
