/**
 * Records in databases, as one would put them there by hand.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { join } from "@std/path";
import type { TaskRecord } from "../../mod.ts";
import type { StoreKind } from "./store.ts";

/** The name of a database in its folder. */
export const DATABASE = "state.db";

/** Sets records that completed together in one atomic operation. */
export const KV: StoreKind = denoKv("Deno KV, atomic", (database) => async (records) => {
  if (records.length === 1) return void await setIn(database, records[0]!);
  const atomic = database.atomic();
  for (const record of records) atomic.set(keyOf(record), record);
  await atomic.commit();
});

/** Sets records one by one, without waiting in between. */
export const KV_SETS: StoreKind = denoKv("Deno KV, set()s at once", (database) => async (records) => {
  await Promise.all(records.map((record) => setIn(database, record)));
});

/** Inserts records that completed together in one transaction; each commit is synchronised. */
export const SQLITE_FULL: StoreKind = sqlite("FULL");

/** The same, and what was committed last may be lost when the power is. */
export const SQLITE_NORMAL: StoreKind = sqlite("NORMAL");

function denoKv(
  name: string,
  saving: (database: Deno.Kv) => (records: readonly TaskRecord[]) => Promise<void>,
): StoreKind {
  return {
    name,
    async open(folder) {
      const database = await Deno.openKv(join(folder, DATABASE));
      return { save: saving(database), close: () => database.close() };
    },
  };
}

function setIn(database: Deno.Kv, record: TaskRecord): Promise<unknown> {
  return database.set(keyOf(record), record);
}

function keyOf({ id }: TaskRecord): Deno.KvKey {
  return ["run", id];
}

function sqlite(synchronous: "FULL" | "NORMAL"): StoreKind {
  return {
    name: `node:sqlite, ${synchronous}`,
    open(folder) {
      const database = new DatabaseSync(join(folder, DATABASE));
      database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}`);
      database.exec("CREATE TABLE records (id TEXT PRIMARY KEY, record TEXT NOT NULL)");
      const insert = database.prepare("INSERT OR REPLACE INTO records VALUES (?, ?)");
      return {
        save(records) {
          if (records.length > 1) database.exec("BEGIN");
          for (const record of records) insert.run(record.id, JSON.stringify(record));
          if (records.length > 1) database.exec("COMMIT");
        },
        close: () => database.close(),
      };
    },
  };
}
