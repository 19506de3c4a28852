/**
 * Reading a database.
 *
 * @module
 */

import type { KvEntry, KvKey, OpenDatabase } from "./database.ts";
import { retryWhileLocked } from "./retry_locked.ts";

/** Some entries, and where the next ones begin; `""` if there are no more. */
export interface EntryPage {
  readonly entries: readonly KvEntry[];
  readonly cursor: string;
}

/** How many parts of records are read at once: they are large. */
export const PARTS_AT_ONCE = 16;

/** Reads one entry. */
export function readEntry(db: OpenDatabase, key: KvKey): Promise<KvEntry> {
  return retryWhileLocked(() => db.get(key));
}

/** Reads the next entries whose keys begin with a prefix, in their order, as they are at one moment. */
export function readPage(db: OpenDatabase, prefix: KvKey, size: number, cursor: string): Promise<EntryPage> {
  return retryWhileLocked(async () => {
    const options = { limit: size, batchSize: size, ...(cursor !== "" && { cursor }) };
    const list = db.list({ prefix }, options);
    const entries = await Array.fromAsync(list);
    return { entries, cursor: entries.length < size ? "" : list.cursor };
  });
}

/** Reads all entries whose keys begin with a prefix, so many at a time. */
export async function* readAll(db: OpenDatabase, prefix: KvKey, size: number): AsyncGenerator<KvEntry> {
  let cursor = "";
  do {
    const page = await readPage(db, prefix, size, cursor);
    yield* page.entries;
    cursor = page.cursor;
  } while (cursor !== "");
}
