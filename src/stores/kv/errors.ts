/**
 * Errors about a checkpoint in Deno KV.
 *
 * @module
 */

import { describeError, messageOf } from "../../core/describe.ts";
import { CheckpointError } from "../../core/errors.ts";
import type { KvKey } from "./database.ts";
import { describeKey } from "./keys.ts";
import { isLocked, MAX_RETRY_MS } from "./retry_locked.ts";

/** Where a checkpoint is. */
export interface Place {
  readonly prefix: KvKey;
  /** The file, as the user named it; absent for Deno's default one, and for a database that was given. */
  readonly path?: string | undefined;
}

/** A checkpoint, for a sentence. */
export function describePlace({ prefix, path }: Place): string {
  return `the checkpoint ${describeKey(prefix)}${path === undefined ? " in Deno KV" : ` in "${path}"`}`;
}

/** An error that says what could not be done, why, and what to do. */
export function operationError(action: string, place: Place, cause: unknown): CheckpointError {
  if (cause instanceof CheckpointError) return cause;
  return new CheckpointError(`Cannot ${action} ${describePlace(place)}: ${adviceOn(cause, place)}`, {
    cause,
    reason: "unavailable",
  });
}

/** What to do about errors of SQLite and of Deno, which have no codes, by their messages. */
const BY_MESSAGE: readonly (readonly [RegExp, string])[] = [
  [/Database is closed|Bad resource ID/, "the Deno.Kv was closed; close it after the checkpointer was disposed"],
  [/unable to open database file/, "the file cannot be opened; its folder must exist and be writable"],
  [/readonly database|read-only database/, "the file, or its folder, is not writable"],
  [
    /not a database|disk image is malformed/,
    "the file is not a database of Deno KV, or a damaged one; it was left as it is (one of a FileCheckpointer is opened " +
    "with that, and read with { file })",
  ],
  [/database or disk is full|disk I\/O error/, "the disk is full or fails; what was saved before is still there"],
];

function adviceOn(error: unknown, { path }: Place): string {
  if (!(error instanceof Error)) return describeError(error);
  if (isLocked(error)) {
    return `another program keeps its file locked, for more than ${
      MAX_RETRY_MS / 1_000
    } s now; try again when it is done`;
  }
  if (error.name === "NotCapable" && path !== undefined) {
    return `the program has no permission; run it with --allow-read=${path} --allow-write=${path}`;
  }
  const advice = BY_MESSAGE.find(([pattern]) => pattern.test(error.message))?.[1];
  return advice === undefined ? describeError(error) : `${advice} (${describeError(error)})`;
}

/** An error about an entry that is not what was written. */
export function corruptionError(place: Place, key: readonly unknown[], how: string, cause?: unknown): CheckpointError {
  return new CheckpointError(
    `${describePlace(place).replace(/^t/, "T")} is damaged at the key ${
      describeKey(key)
    }: ${how}. It was left as it is. ` +
      `To continue without it, delete that key; to start from scratch, use another prefix`,
    { cause, reason: "damaged" },
  );
}

/** An entry is not what was written, before it is certain whether another owner of the lease has changed it. */
export class CorruptEntry extends Error {
  readonly key: readonly unknown[];

  constructor(key: readonly unknown[], how: string, cause?: unknown) {
    super(how, { cause });
    this.key = key;
  }
}

/**
 * Reads what is stored under a key.
 *
 * @throws {CorruptEntry} If `read` throws.
 */
export function readAs<T>(key: readonly unknown[], read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new CorruptEntry(key, messageOf(error), error);
  }
}
