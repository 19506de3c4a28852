/**
 * A checkpointer that keeps records in a file.
 *
 * @module
 */

import type { Checkpointer, CodecName, TaskRecord, ValueEncoding } from "../core/checkpointer.ts";
import { oneOf, refuseUnknown } from "../core/checks.ts";
import { CheckpointError } from "../core/errors.ts";
import { checkLogger, type Logger, unfailing } from "../core/logger.ts";
import { checkPath } from "./file/check_path.ts";
import type { FsyncPolicy } from "./file/flusher.ts";
import type { CheckpointLog } from "./file/log.ts";
import { operationError, unusableError } from "./file/errors.ts";
import { encodeRecords } from "./encode_records.ts";
import { SerialQueue } from "./serial_queue.ts";
import { type ByteCodec, resolveCodec } from "./byte_codec.ts";
import type { RecordCodec } from "./record_codec.ts";

export type { FsyncPolicy };

/** Options of a {@linkcode FileCheckpointer}. */
export interface FileCheckpointerOptions {
  /**
   * Which values can be stored, or a {@linkcode ByteCodec} that compresses or encrypts them; default `"json"`. A file keeps the
   * codec that it was created with.
   */
  readonly codec?: CodecName | ByteCodec | undefined;
  /**
   * When the file is synchronised with the disk, so that it survives a loss of power; default `"everysec"`. What was saved
   * survives the end of the program, `kill -9` included, with each of them.
   *
   * - `"always"`: before `save()` resolves.
   * - `"everysec"`: in the background, once a second while there is something to sync, and on disposal. A loss of power may
   *   cost the last second.
   * - `"never"`: when the system does it.
   */
  readonly fsync?: FsyncPolicy | undefined;
  /** Told if the file cannot be compacted, and keeps growing; default `console`. */
  readonly logger?: Logger | undefined;
}

/** How many records are looked up before the event loop has its turn. */
const FOUND_AT_ONCE = 250;

const LABEL = "of a FileCheckpointer";
const checkFsync = oneOf(["always", "everysec", "never"]);

/**
 * Keeps records in a file, to which each `save()` appends lines: JSON, which `jq` reads too.
 *
 * The file is opened and locked when it is first used, and created by the first `save()`. One program at a time can use it;
 * the lock is released when the program ends, however it ends. When more than half of a file (and 1 MiB) are records that
 * were replaced or removed, it is rewritten as `<path>.tmp-compaction`, which then takes its place; without permission to
 * write that one, the file keeps growing.
 *
 * When the program, or the machine, stopped in the middle of a `save()`, none of its records are there. Any other change
 * to the file is found by checksums, and the file is then left as it is. A `save()` that fails, for example because the disk
 * is full, leaves what was saved before; once there is room again, `save()` works again.
 *
 * Needs `--allow-read` and `--allow-write` for the file, and for `<path>.tmp-compaction` to rewrite it; also `--allow-read` for
 * its folder, to sync the entry of a new file. Without the last two it works, but the file keeps growing, and a loss of power
 * may cost a new file.
 *
 * It notices that its file was moved, removed, replaced or changed by another program: when it writes, at least once a second,
 * before the file is rewritten, and on disposal. It then leaves alone what is at the path, and `save()` and `delete()` reject;
 * `load()` still has what was saved before.
 *
 * In memory it keeps about 40 bytes a record, and its id.
 *
 * @example Run a task once, however often the program is started
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { FileCheckpointer, task, TaskRunner } from "@workflowy/workflowy";
 *
 * let calls = 0;
 * const work = task({ name: "work" }, (x: number) => (calls++, 2 * x));
 * const path = `${await Deno.makeTempDir()}/state.jsonl`;
 * for (let round = 0; round < 2; round++) {
 *   await using runner = await TaskRunner.resume(new FileCheckpointer(path, { fsync: "always" }));
 *   assertEquals(await runner.submit(work, 21), 42);
 * }
 * assertEquals(calls, 1);
 * ```
 */
export class FileCheckpointer implements Checkpointer {
  readonly #path: string;
  readonly #codec: RecordCodec;
  readonly #fsync: FsyncPolicy;
  readonly #logger: Logger;
  readonly #queue = new SerialQueue();
  #log: CheckpointLog | undefined;

  /**
   * Makes a checkpointer for a file, which is not opened yet.
   *
   * @param path The path, or `file:` URL, of the file; it need not exist. A relative path counts from the working directory.
   * @param options The codec, when the file is synchronised with the disk, and a logger; by default `"json"`, once a second,
   * and `console`.
   * @throws {TypeError} If the path or an option is of a wrong kind, an option is unknown, or a URL is not a `file:` URL.
   * @throws {RangeError} If the path is empty, or there is no such codec or policy.
   */
  constructor(path: string | URL, options: FileCheckpointerOptions = {}) {
    refuseUnknown(options, ["codec", "fsync", "logger"], LABEL);
    const { codec = "json", fsync = "everysec", logger = console } = options;
    checkFsync(fsync, `fsync ${LABEL}`);
    checkLogger(logger, LABEL);
    this.#path = checkPath(path, `path ${LABEL}`);
    this.#codec = resolveCodec(codec, `codec ${LABEL}`);
    this.#fsync = fsync;
    this.#logger = unfailing(logger);
  }

  /** Which values can be stored. */
  get codec(): CodecName {
    return this.#codec.name;
  }

  /**
   * Reads all records, as they are when it begins; none if there is no file. They are read some at a time; the file is not
   * rewritten before all of them are read, or the loop is left.
   *
   * @returns The records, in any order.
   * @throws {CheckpointError} If the file cannot be opened, is open elsewhere, is damaged, or is not a checkpoint. It is left
   * as it is.
   *
   * @example Look at what is stored
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { FileCheckpointer } from "@workflowy/workflowy";
   *
   * await using checkpointer = new FileCheckpointer(`${await Deno.makeTempDir()}/state.jsonl`);
   * for await (const { id, status } of checkpointer.load()) console.log(id, status);
   * assertEquals(await Array.fromAsync(checkpointer.load()), []);
   * ```
   */
  async *load(): AsyncGenerator<TaskRecord> {
    const decode = (line: string, at: number) => this.#decode(line, at);
    const all = await this.#queue.run(async () => (await this.#open("return"))?.records(decode));
    if (all === undefined) return;
    for await (const records of all) {
      for (const record of records) yield record;
    }
  }

  /**
   * For runners: reads some of the records.
   *
   * @param ids The ids of the records. Unknown ids are ignored.
   * @returns The records, in any order.
   * @throws {CheckpointError} As `load()` does.
   * @internal
   */
  async *find(ids: readonly string[]): AsyncGenerator<TaskRecord> {
    const decode = (line: string, at: number) => this.#decode(line, at);
    for (let start = 0; start < ids.length; start += FOUND_AT_ONCE) {
      const some = ids.slice(start, start + FOUND_AT_ONCE);
      yield* await this.#queue.run(async () => await (await this.#open("return"))?.find(some, decode) ?? []);
    }
  }

  /**
   * Opens the file; creates an empty one if there is none.
   *
   * @throws {CheckpointError} If that cannot be done, or `load()` would throw.
   *
   * @example Create the file
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { FileCheckpointer } from "@workflowy/workflowy";
   *
   * const path = `${await Deno.makeTempDir()}/state.jsonl`;
   * await using checkpointer = new FileCheckpointer(path);
   * await checkpointer.prepare();
   * assertEquals((await Deno.stat(path)).size, 0);
   * ```
   */
  async prepare(): Promise<void> {
    await this.#queue.run(() => this.#open("create"));
  }

  /**
   * Writes records, all or none. Records of the same ids are replaced.
   *
   * @param records The records.
   * @param encodings How the values of each can be written; by default this is found out.
   * @throws {CheckpointError} If some of them cannot be encoded (`unsavable` has their ids), the file cannot be written, or
   * `load()` would throw.
   *
   * @example Save a record
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { FileCheckpointer } from "@workflowy/workflowy";
   *
   * await using checkpointer = new FileCheckpointer(`${await Deno.makeTempDir()}/state.jsonl`);
   * await checkpointer.save([{ id: "a", name: "work", status: "pending", attempts: 0, args: [1], dependsOn: [] }]);
   * assertEquals((await Array.fromAsync(checkpointer.load())).map(({ id }) => id), ["a"]);
   * ```
   */
  async save(records: readonly TaskRecord[], encodings?: readonly (ValueEncoding | undefined)[]): Promise<void> {
    if (records.length === 0) return;
    const ids = records.map(({ id }) => id);
    const lines = encodeRecords(this.#codec, records, encodings);
    await this.#write("create", (log) => log.put(ids, lines));
  }

  /**
   * Removes records.
   *
   * @param ids The ids of the records. Unknown ids are ignored.
   * @throws {CheckpointError} If the file cannot be written, or `load()` would throw.
   *
   * @example Remove a record
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { FileCheckpointer } from "@workflowy/workflowy";
   *
   * await using checkpointer = new FileCheckpointer(`${await Deno.makeTempDir()}/state.jsonl`);
   * await checkpointer.save([{ id: "a", name: "work", status: "pending", attempts: 0, args: [1], dependsOn: [] }]);
   * await checkpointer.delete(["a", "unknown"]);
   * assertEquals(await Array.fromAsync(checkpointer.load()), []);
   * ```
   */
  async delete(ids: readonly string[]): Promise<void> {
    const copy = [...ids];
    if (copy.length > 0) await this.#write("return", (log) => log.remove(copy));
  }

  /**
   * Synchronises the file with the disk, unless that is left to the system, closes it and releases the lock.
   *
   * @throws {CheckpointError} If it cannot be synchronised, or was moved, removed, replaced or changed by another program,
   * unless an error has said so before. It is closed nevertheless.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue.run(async () => {
      const log = this.#log;
      this.#log = undefined;
      await log?.close();
    });
  }

  async #write(ifMissing: "create" | "return", job: (log: CheckpointLog) => Promise<void>): Promise<void> {
    try {
      await this.#queue.run(async () => {
        const log = await this.#open(ifMissing);
        if (log !== undefined) await job(log);
      });
    } catch (error) {
      throw error instanceof CheckpointError ? error : operationError("write to", this.#path, error);
    }
    // The next call waits for it; this one does not have to.
    if (this.#log?.isDueForCompaction) void this.#queue.run(() => this.#compact());
  }

  async #compact(): Promise<void> {
    if (this.#log?.isDueForCompaction) await this.#log.compact();
  }

  async #open(ifMissing: "create" | "return"): Promise<CheckpointLog | undefined> {
    if (this.#log !== undefined) return this.#log;
    const { CheckpointLog } = await import("./file/log.ts"); // programs without checkpoints do not load it
    return this.#log = await CheckpointLog.open(this.#path, ifMissing, {
      codec: this.#codec,
      fsync: this.#fsync,
      logger: this.#logger,
    });
  }

  #decode(line: string, at: number): TaskRecord {
    try {
      return this.#codec.decode(line);
    } catch (cause) {
      throw unusableError(this.#path, at, line, this.#codec, cause);
    }
  }
}
