/**
 * What other programs ask of the owner of a checkpoint in Deno KV.
 *
 * @module
 */

import type { CheckpointRequest } from "../../core/checkpointer.ts";
import { describeError } from "../../core/describe.ts";
import { requestOf } from "../client_requests.ts";
import type { RecordCodec } from "../record_codec.ts";
import { Bell } from "./bell.ts";
import type { KvEntry } from "./database.ts";
import { readAll } from "./entries.ts";
import type { RecordSpace } from "./record_space.ts";
import { stringOfRow } from "./stored_values.ts";

/** What is stored of a request. */
export interface StoredRequest {
  readonly kind: string;
  readonly row: Uint8Array;
}

/** How many are read at a time. */
const PAGE = 100;

/** Hears of requests, and reads each once. */
export class RequestReader {
  readonly #space: RecordSpace;
  readonly #codec: RecordCodec;
  readonly #requested: () => void;
  /** The ids of requests that were read, and are not done. */
  readonly #read = new Set<string>();
  #bell: Bell | undefined;

  /** @param requested Called when there may be requests that were not read, once some were. */
  constructor(space: RecordSpace, codec: RecordCodec, requested: () => void) {
    this.#space = space;
    this.#codec = codec;
    this.#requested = requested;
  }

  /** The requests that were not returned yet. */
  async next(): Promise<CheckpointRequest[]> {
    const { db, keys } = this.#space;
    this.#bell ??= new Bell(db, keys.bell("request").key, this.#requested);
    const found: { readonly version: string; readonly request: CheckpointRequest }[] = [];
    for await (const entry of readAll(db, keys.all("request"), PAGE)) {
      const request = this.#decode(entry);
      if (this.#read.has(request.id)) continue;
      this.#read.add(request.id);
      found.push({ version: entry.versionstamp!, request });
    }
    // Each commit has a higher one than those before it; two requests may have one time.
    found.sort((a, b) => a.version < b.version ? -1 : 1);
    return found.map(({ request }) => request);
  }

  /** Those of these requests that are not done. */
  among(ids: readonly string[]): Set<string> {
    return this.#read.size === 0 ? new Set() : new Set(ids.filter((id) => this.#read.has(id)));
  }

  /** Says that requests are done. */
  forget(ids: Iterable<string>): void {
    for (const id of ids) this.#read.delete(id);
  }

  /** Hears of no more. */
  async close(): Promise<void> {
    await this.#bell?.close();
  }

  #decode({ key, value }: KvEntry): CheckpointRequest {
    try {
      const { kind, row } = Object(value) as Partial<StoredRequest>;
      return requestOf(String(kind), this.#codec.decode(stringOfRow(row)));
    } catch (error) {
      return { kind: "unreadable", id: String(key.at(-1)), why: describeError(error) };
    }
  }
}
