/**
 * Reading a checkpoint that another program may be using.
 *
 * @module
 */

import type { CodecName, TaskRecord } from "../core/checkpointer.ts";
import { nonEmptyString, refuseUnknown } from "../core/checks.ts";
import { CheckpointError } from "../core/errors.ts";
import { type ByteCodec, resolveCodec } from "./byte_codec.ts";
import { checkPath } from "./file/check_path.ts";
import { checkDatabase, type KvDatabase, type KvKeyPart, type OpenDatabase, openFunction } from "./kv/database.ts";
import { checkPrefix } from "./kv/keys.ts";
import { codecNamed, type RecordCodec } from "./record_codec.ts";

/** Options of {@linkcode readCheckpoint}. */
export interface ReadCheckpointOptions {
  /** The path, or `file:` URL, of a file of a `FileCheckpointer`. Excludes `kv`, `path` and `prefix`. */
  readonly file?: string | URL | undefined;
  /** An open database, as for a `KvCheckpointer`. It stays open. Excludes `path`. */
  readonly kv?: KvDatabase | undefined;
  /** What `Deno.openKv()` opens; default: Deno's own database for the script. */
  readonly path?: string | undefined;
  /** The prefix in the database; default `["workflowy"]`. */
  readonly prefix?: string | readonly KvKeyPart[] | undefined;
  /** The codec with which it was written. Default: the one that it says; needed for a {@linkcode ByteCodec}. */
  readonly codec?: CodecName | ByteCodec | undefined;
}

/** A checkpoint that can be read while another program has it: a `PostgresCheckpointer`. */
export interface ReadableCheckpoint {
  /**
   * Reads the records, without keeping others out.
   *
   * @returns The records, in any order.
   */
  read(): AsyncIterable<TaskRecord>;
}

const LABEL = "of readCheckpoint()";

/**
 * Reads the records of a checkpoint, also while another program writes it: it takes no lock and no lease, and changes nothing.
 *
 * A file needs `--allow-read` for its path and no other permission, and is read as it is when the loop begins. (On Windows,
 * the system lets no one read a file that is locked.) Deno KV needs `--unstable-kv`, and for a `path` `--allow-read` and
 * `--allow-write`, as `Deno.openKv()` does; each record is read as it is at one moment of the loop.
 *
 * @param source The path, or `file:` URL, of a file, or options that say where the checkpoint is: `{ file, codec }`, or those
 * of a `KvCheckpointer`: `{ kv, prefix, codec }` or `{ path, prefix, codec }`; or a `PostgresCheckpointer`.
 * @returns The records, in any order, those of jobs among them.
 * @throws {TypeError} If an option is unknown or of a wrong kind, or options exclude each other.
 * @throws {RangeError} If a path or the prefix is empty, or there is no such codec.
 * @throws {CheckpointError} If it is in Deno KV, and there is neither a `kv` nor a `Deno.openKv()`. When it is iterated over,
 * if there is no checkpoint, or it cannot be read, is damaged, or was written with another codec or by a newer version.
 *
 * @example Count what is done while a runner is at work
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { FileCheckpointer, readCheckpoint, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const path = `${await Deno.makeTempDir()}/state.jsonl`;
 * await using runner = new TaskRunner({ checkpointer: new FileCheckpointer(path) });
 * await runner.submit(task({ name: "work" }, () => "done"));
 * const records = await Array.fromAsync(readCheckpoint(path));
 * assertEquals(records.map(({ name, status, value }) => [name, status, value]), [["work", "completed", "done"]]);
 * ```
 */
export function readCheckpoint(
  source: string | URL | ReadCheckpointOptions | ReadableCheckpoint,
): AsyncIterable<TaskRecord> {
  if (isReadable(source)) return source.read();
  const options = typeof source === "string" || source instanceof URL ? { file: source } : source;
  if (typeof options === "object" && options !== null && "load" in options) {
    throw new TypeError(`Give a path ${LABEL}, not a checkpointer: that has a load() of its own`);
  }
  refuseUnknown(options, ["file", "kv", "path", "prefix", "codec"], LABEL);
  const codec = options.codec === undefined ? undefined : resolveCodec(options.codec, `codec ${LABEL}`);
  if (options.file === undefined) return readKv(options, codec);
  for (const name of ["kv", "path", "prefix"] as const) {
    if (options[name] !== undefined) throw new TypeError(`Give file or ${name} ${LABEL}, not both`);
  }
  return readFile(checkPath(options.file, `file ${LABEL}`), codec);
}

function isReadable(source: string | URL | object): source is ReadableCheckpoint {
  return typeof source === "object" && source !== null && "read" in source && typeof source.read === "function";
}

async function* readFile(path: string, codec: RecordCodec | undefined): AsyncGenerator<TaskRecord> {
  const { readUnlocked } = await import("./file/unlocked_reader.ts");
  const { headerIn } = await import("./file/header.ts");
  yield* readUnlocked(path, (file) => codec ?? codecNamed(headerIn(file, undefined)?.name ?? "json"));
}

/** To open a file that is not there would create it. */
async function expectFile(path: string): Promise<void> {
  if (path === ":memory:" || /^https?:/.test(path)) return;
  try {
    await Deno.stat(path);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new CheckpointError(`There is no database "${path}"; check the path`, { cause, reason: "unavailable" });
  }
}

function readKv(options: ReadCheckpointOptions, codec: RecordCodec | undefined): AsyncIterable<TaskRecord> {
  const { kv, path, prefix = ["workflowy"] } = options;
  if (kv !== undefined && path !== undefined) throw new TypeError(`Give kv or path ${LABEL}, not both`);
  if (path !== undefined) nonEmptyString(path, `path ${LABEL}`);
  const place = { prefix: checkPrefix(prefix, `prefix ${LABEL}`), path };
  const open = kv === undefined ? openFunction() : undefined;
  const given = kv === undefined ? undefined : checkDatabase(kv, `kv ${LABEL}`);
  return (async function* () {
    const { readUnleased } = await import("./kv/unleased_reader.ts");
    const { checkHeader } = await import("./kv/header.ts");
    const { operationError } = await import("./kv/errors.ts");
    let db: OpenDatabase | undefined;
    try {
      if (path !== undefined) await expectFile(path);
      db = given ?? await open!(path);
      yield* readUnleased(db, place, (header) => {
        const name = checkHeader(header, codec, place);
        return codec ?? codecNamed(name);
      });
    } catch (error) {
      throw operationError("read", place, error);
    } finally {
      if (given === undefined) db?.close();
    }
  })();
}
