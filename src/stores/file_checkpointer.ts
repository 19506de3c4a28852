/**
 * Records in a file.
 *
 * @module
 */

import type { Checkpointer, CodecName, TaskRecord, ValueEncoding } from "../core/checkpointer.ts";
import { nonEmptyString, oneOf, refuseUnknown } from "../core/checks.ts";
import { describeError, describeValue } from "../core/describe.ts";
import { CheckpointError } from "../core/errors.ts";
import { pathOf } from "../core/file_paths.ts";
import type { FsyncPolicy } from "./file/flusher.ts";
import type { CheckpointLog } from "./file/log.ts";
import { cannot, damaged } from "./file/trouble.ts";
import { Turns } from "./turns.ts";
import { checkCodecName, codecNamed, type RecordCodec } from "./record_codec.ts";

export type { FsyncPolicy };

/** Options of a {@linkcode FileCheckpointer}. */
export interface FileCheckpointerOptions {
  /** Which values come back equal; default `"json"`. A file keeps the one that it was created with. */
  readonly codec?: CodecName | undefined;
  /**
   * When the file is synchronised with the disk, which is what a loss of power leaves; default `"everysec"`. What was
   * written survives the end of the program, `kill -9` included, with each of them.
   *
   * - `"always"`: before `save()` resolves.
   * - `"everysec"`: in the background, at most once a second, and at disposal. The last second may be lost.
   * - `"never"`: when the system does it.
   */
  readonly fsync?: FsyncPolicy | undefined;
}

const OF = "of a FileCheckpointer";
const checkFsync = oneOf(["always", "everysec", "never"]);

/**
 * Keeps records in a file, to which each `save()` adds lines: JSON, which `jq` reads too.
 *
 * The file is opened and locked when it is first used, and created by the first `save()`. It is meant for one program at a
 * time, and the lock sees to it; the end of the program frees it, however it ends. When more than half of a file (and
 * 1 MiB) are records that were replaced or removed, it is written anew, as `<path>.tmp-compaction`, which then takes its
 * place; if the program may not write that one, the file goes on growing.
 *
 * When the program, or the machine, stopped in the middle of a `save()`, the records of that `save()` are not there. Any
 * other change to the file is found by checksums, and it is not touched then. A `save()` that fails, say as the disk is full,
 * leaves what was saved before; once there is room again, `save()` works again.
 *
 * Needs `--allow-read` and `--allow-write` for the file. To write it anew it needs both for `<path>.tmp-compaction` too; to
 * have the disk store that there is a new file, `--allow-read` for its folder. What it has no right to, it does without.
 *
 * In memory it keeps some 40 bytes a record, and those of its id.
 *
 * @example
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
  readonly #turns = new Turns();
  #log: CheckpointLog | undefined;

  /**
   * Does not open the file yet.
   *
   * @param path Where it is, or is to be; a relative path counts from the working directory.
   * @throws {TypeError} If the path or an option is of a wrong kind, an option is unknown, or a URL is not one of a file.
   * @throws {RangeError} If the path is empty, or there is no such codec or policy.
   */
  constructor(path: string | URL, options: FileCheckpointerOptions = {}) {
    refuseUnknown(options, ["codec", "fsync"], OF);
    const { codec = "json", fsync = "everysec" } = options;
    checkCodecName(codec, `codec ${OF}`);
    checkFsync(fsync, `fsync ${OF}`);
    this.#path = checkPath(path);
    this.#codec = codecNamed(codec);
    this.#fsync = fsync;
  }

  /** Which values come back equal. */
  get codec(): CodecName {
    return this.#codec.name;
  }

  /**
   * All records, as they are when it begins; none if there is no file. They are read some at a time; until all are, or the
   * loop is left, the file is not written anew.
   *
   * @throws {CheckpointError} If the file cannot be opened, is open elsewhere, is damaged, or is no checkpoint. It is left as
   * it is.
   */
  async *load(): AsyncGenerator<TaskRecord> {
    const decode = (text: string, at: number) => this.#decode(text, at);
    const all = await this.#turns.take(async () => (await this.#open("return"))?.records(decode));
    if (all === undefined) return;
    for await (const records of all) {
      for (const record of records) yield record;
    }
  }

  /**
   * Opens the file; creates an empty one if there is none.
   *
   * @throws {CheckpointError} If that cannot be done, or `load()` would throw.
   */
  async prepare(): Promise<void> {
    await this.#turns.take(() => this.#open("create"));
  }

  /**
   * Writes records or replaces those of the same ids, all or none.
   *
   * @throws {CheckpointError} If they, or the file, cannot be written, or `load()` would throw.
   */
  async save(records: readonly TaskRecord[], encodings?: readonly (ValueEncoding | undefined)[]): Promise<void> {
    if (records.length === 0) return;
    const ids = records.map(({ id }) => id);
    const texts = records.map((record, index) => this.#encode(record, encodings?.[index]));
    await this.#write("create", (log) => log.put(ids, texts));
  }

  /**
   * Removes records.
   *
   * @throws {CheckpointError} If the file cannot be written, or `load()` would throw.
   */
  async delete(ids: readonly string[]): Promise<void> {
    const copy = [...ids];
    if (copy.length > 0) await this.#write("return", (log) => log.remove(copy));
  }

  /**
   * Closes the file and frees the lock, after it was synchronised with the disk unless that is left to the system.
   *
   * @throws {CheckpointError} If it cannot be synchronised. It is closed nevertheless.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turns.take(async () => {
      const log = this.#log;
      this.#log = undefined;
      await log?.close();
    });
  }

  async #write(ifMissing: "create" | "return", job: (log: CheckpointLog) => Promise<void>): Promise<void> {
    try {
      await this.#turns.take(async () => {
        const log = await this.#open(ifMissing);
        if (log !== undefined) await job(log);
      });
    } catch (error) {
      throw error instanceof CheckpointError ? error : cannot("write to", this.#path, error);
    }
    // What comes next waits for it; what was saved does not have to.
    if (this.#log?.isDueForCompaction) void this.#turns.take(() => this.#compact());
  }

  async #compact(): Promise<void> {
    if (this.#log?.isDueForCompaction) await this.#log.compact();
  }

  async #open(ifMissing: "create" | "return"): Promise<CheckpointLog | undefined> {
    if (this.#log !== undefined) return this.#log;
    const { CheckpointLog } = await import("./file/log.ts"); // which programs without checkpoints do without
    return this.#log = await CheckpointLog.open(this.#path, ifMissing, { codec: this.codec, fsync: this.#fsync });
  }

  #encode(record: TaskRecord, encoding: ValueEncoding | undefined): string {
    try {
      return this.#codec.encode(record, encoding);
    } catch (cause) {
      throw new CheckpointError(
        `Cannot save the record ${describeValue(record.id)} with codec: "${this.codec}": ${describeError(cause)}`,
        { cause },
      );
    }
  }

  #decode(text: string, at: number): TaskRecord {
    try {
      return this.#codec.decode(text);
    } catch (cause) {
      throw damaged(this.#path, at, describeError(cause), cause);
    }
  }
}

function checkPath(path: unknown): string {
  const what = `path ${OF}`;
  if (!(path instanceof URL)) return nonEmptyString(path, what);
  if (path.protocol !== "file:") throw new TypeError(`${what} must be a path or a file: URL, not ${path.href}`);
  return pathOf(path);
}
