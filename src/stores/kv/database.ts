/**
 * What is used of Deno KV. Its own types exist only for programs whose `lib` has `deno.unstable`.
 *
 * @module
 */

import { describeValue } from "../../core/describe.ts";
import { CheckpointError } from "../../core/errors.ts";

/** A part of a key in Deno KV. */
export type KvKeyPart = string | number | bigint | boolean | Uint8Array;

/** A key in Deno KV, as `Deno.KvKey`. */
export type KvKey = readonly KvKeyPart[];

/** The entry of a key, as `Deno.KvEntryMaybe`. */
export interface KvEntry {
  /** The key. */
  readonly key: readonly unknown[];
  /** The value; `null` if there is none. */
  readonly value: unknown;
  /** Names this version of the value; `null` if there is none. */
  readonly versionstamp: string | null;
}

/** Entries in the order of their keys, as `Deno.KvListIterator`. */
export interface KvEntries extends AsyncIterable<KvEntry> {
  /** Where the next list begins. */
  readonly cursor: string;
}

/** Whether writes took place, and if so, which version the values have now. */
export type KvCommit = { readonly ok: false } | { readonly ok: true; readonly versionstamp: string };

/** Writes that take place together or not at all, as `Deno.AtomicOperation`. */
export interface KvAtomic {
  /** Lets nothing take place unless the key has that version. */
  check(version: { readonly key: KvKey; readonly versionstamp: string | null }): unknown;
  /** Sets a key. */
  set(key: KvKey, value: unknown): unknown;
  /** Removes a key. */
  delete(key: KvKey): unknown;
  /** Does all of it. */
  commit(): Promise<KvCommit>;
}

/**
 * A database that is open: a `Deno.Kv`, or another implementation of it, such as that of `npm:@deno/kv`. It has to have all of
 * it; this type, which needs no `lib` with `deno.unstable`, says only so much as to tell it from other objects.
 */
export interface KvDatabase {
  /**
   * Reads one key; reads are to be strongly consistent by default, as Deno's are.
   *
   * @param key The key.
   * @returns Its entry.
   */
  get(key: readonly KvKeyPart[]): Promise<{ readonly value: unknown; readonly versionstamp: string | null }>;
  /**
   * Reads all keys that begin with a prefix.
   *
   * @param selector The prefix.
   * @returns The entries, in the order of their keys.
   */
  list(selector: { readonly prefix: readonly KvKeyPart[] }): AsyncIterable<unknown>;
  /**
   * Begins writes that take place together or not at all.
   *
   * @returns An atomic operation.
   */
  atomic(): object;
  /** Closes the database. */
  close(): void;
}

/** What is used of a {@linkcode KvDatabase}. */
export interface OpenDatabase {
  /** Reads one key; reads are to be strongly consistent by default, as Deno's are. */
  get(key: KvKey): Promise<KvEntry>;
  /** Reads all keys that begin with a prefix. */
  list(
    selector: { readonly prefix: KvKey },
    options?: { readonly limit?: number; readonly batchSize?: number; readonly cursor?: string },
  ): KvEntries;
  /** Begins an atomic operation. */
  atomic(): KvAtomic;
  /** Yields whenever one of the keys was changed. Not each implementation has it. */
  watch?(keys: readonly KvKey[]): ReadableStream<unknown>;
  /** Closes the database. */
  close(): void;
}

type OpenKv = (path?: string) => Promise<OpenDatabase>;

const METHODS = ["get", "list", "atomic", "close"] as const;

/**
 * Checks a database that a user gives.
 *
 * @throws {TypeError} If it is not a database.
 */
export function checkDatabase(value: KvDatabase, what: string): OpenDatabase {
  const methods = Object(value) as Readonly<Record<string, unknown>>;
  if (METHODS.every((each) => typeof methods[each] === "function")) return value as OpenDatabase;
  const advice = typeof methods["then"] === "function" ? "; await it first: { kv: await Deno.openKv() }" : "";
  throw new TypeError(`${what} must be a Deno.Kv, not ${describeValue(value)}${advice}`);
}

/**
 * The function that opens databases.
 *
 * @throws {CheckpointError} If this program does not have it.
 */
export function openFunction(): OpenKv {
  const { openKv } = Deno as unknown as { readonly openKv?: OpenKv };
  if (openKv !== undefined) return openKv;
  throw new CheckpointError(
    `Cannot use Deno KV, as this program has no Deno.openKv(): run it with --unstable-kv, or put ` +
      `"unstable": ["kv"] into its deno.json`,
    { reason: "unavailable" },
  );
}
