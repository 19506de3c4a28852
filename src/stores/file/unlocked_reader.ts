/**
 * Reading a checkpoint's file without its lock, while another program may write it.
 *
 * @module
 */

import type { TaskRecord } from "../../core/checkpointer.ts";
import { CheckpointError } from "../../core/errors.ts";
import { crc32Function } from "../../core/node_builtins.ts";
import type { RecordCodec } from "../record_codec.ts";
import { CorruptionError, operationError, unusableError } from "./errors.ts";
import { headerIn, headerOf } from "./header.ts";
import { lineRanges, type ReadableFile, readFully, yieldToEventLoop } from "./line_reader.ts";
import { headerCrc } from "./line_writer.ts";
import { recordsIn } from "./records.ts";
import { type Scan, scan } from "./scan.ts";

/** How often a file is scanned that seems damaged and changes meanwhile: its owner may be replacing an incomplete write. */
const MAX_SCANS = 5;

/**
 * Reads the records that are in a file when it is opened. A batch that is not complete yet is not read, and compaction
 * replaces the file by another one, which leaves this one as it is.
 *
 * @param codecFor The codec for a file, from what its header says.
 * @throws {CheckpointError} If there is no file, or it is not a checkpoint, is damaged or cannot be read.
 */
export async function* readUnlocked(
  path: string,
  codecFor: (file: ReadableFile) => RecordCodec,
): AsyncGenerator<TaskRecord> {
  using file = UnlockedFile.open(path);
  const codec = codecFor(file);
  const header = headerIn(file, codec);
  if (header === undefined) return; // nothing was saved yet
  const start = header.length;
  const { index } = await scanned(file, start, headerCrc(headerOf(codec), crc32Function()));
  const lengths = index.lengths();
  const decode = (json: string, at: number) => {
    try {
      return codec.decode(json);
    } catch (cause) {
      throw unusableError(path, at, json, codec, cause);
    }
  };
  for (const range of lineRanges(file, start, lengths)) {
    yield* recordsIn(range, lengths, decode);
    await yieldToEventLoop();
  }
}

async function scanned(file: UnlockedFile, start: number, crc: number): Promise<Scan> {
  for (let scans = 1;; scans++) {
    const before = file.version;
    try {
      return await scan(file, start, crc);
    } catch (error) {
      if (!(error instanceof CorruptionError) || scans === MAX_SCANS || file.version === before) throw error;
    }
  }
}

/** A file, open for reading. */
class UnlockedFile implements ReadableFile, Disposable {
  readonly path: string;
  readonly #file: Deno.FsFile;

  private constructor(path: string, file: Deno.FsFile) {
    this.path = path;
    this.#file = file;
  }

  static open(path: string): UnlockedFile {
    try {
      return new UnlockedFile(path, Deno.openSync(path, { read: true }));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) {
        throw new CheckpointError(`There is no checkpoint "${path}"; check the path`, {
          cause: error,
          reason: "unavailable",
        });
      }
      if (error instanceof Deno.errors.NotCapable) {
        const advice = `the program has no permission; run it with --allow-read=${path}`;
        throw new CheckpointError(`Cannot read the checkpoint "${path}": ${advice}`, {
          cause: error,
          reason: "unavailable",
        });
      }
      throw operationError("read", path, error);
    }
  }

  /** Changes whenever the file does. */
  get version(): string {
    const { size, mtime } = this.#file.statSync();
    return `${size} ${mtime?.getTime()}`;
  }

  read(at: number, buffer: Uint8Array): number {
    try {
      this.#file.seekSync(at, Deno.SeekMode.Start);
      return readFully(this.#file, buffer);
    } catch (error) {
      throw operationError("read", this.path, error);
    }
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}
