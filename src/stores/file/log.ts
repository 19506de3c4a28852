/**
 * The open file of a checkpoint.
 *
 * @module
 */

import type { TaskRecord } from "../../core/checkpointer.ts";
import { describeError } from "../../core/describe.ts";
import type { Logger } from "../../core/logger.ts";
import { CheckpointError } from "../../core/errors.ts";
import { crc32Function } from "../../core/node_builtins.ts";
import type { CodecId } from "../record_codec.ts";
import { compact, type Compacted, removeLeftover } from "./compaction.ts";
import { Flusher, type FsyncPolicy } from "./flusher.ts";
import { headerIn, headerOf } from "./header.ts";
import { batchOf, bytesOfId, endOfId, ID_AT, removalOf } from "./line_content.ts";
import { lineRanges, readWhole, yieldToEventLoop } from "./line_reader.ts";
import { headerCrc, JSON_AT, LineWriter } from "./line_writer.ts";
import { LockedFile } from "./locked_file.ts";
import { type Decode, recordsIn } from "./records.ts";
import { type Scan, scan } from "./scan.ts";
import { CorruptionError, ForeignChangeError, operationError } from "./errors.ts";

/** How a log is kept. */
export interface LogOptions {
  readonly codec: CodecId;
  readonly fsync: FsyncPolicy;
  /** Told if the file cannot be compacted. */
  readonly logger: Pick<Logger, "warn">;
}

/** With fewer bytes in lines that no longer count, a file is not worth rewriting. */
const MIN_GARBAGE = 1 << 20;
/** How often writes check that the file is still there: a system call for each would cost as much as the write. */
const CHECK_INTERVAL_MS = 1_000;

const NEWLINE = 0x0a;

/** A file of lines, of which each replaces earlier ones of the same id. Written synchronously, and only at its end. */
export class CheckpointLog {
  readonly #options: LogOptions;
  readonly #header: Uint8Array;
  readonly #headerCrc: number;
  readonly #writer: LineWriter;
  readonly #index: Scan["index"];
  #file: LockedFile;
  #flusher: Flusher;
  /** The checksum of all lines. */
  #crc: number;
  /** Where the last line ends; 0 if there is not even a header. */
  #end: number;
  /** How many bytes the file has: more than `#end` after an incomplete write. */
  #size: number;
  /** Why nothing can be written any longer. */
  #failure: CheckpointError | undefined;
  #isFailureReported = false;
  #checkedAt = performance.now();
  /** Where the last line ended at the last look. */
  #seenEnd: number;
  /** How many loads are in progress; the lines stay where they are meanwhile. */
  #readers = 0;
  /** How long the file must be before another try to rewrite it. */
  #compactFrom = 0;

  private constructor(file: LockedFile, options: LogOptions, found: Scan & { readonly headerCrc: number }) {
    this.#file = file;
    this.#options = options;
    this.#header = headerOf(options.codec);
    this.#headerCrc = found.headerCrc;
    this.#index = found.index;
    this.#crc = found.crc;
    this.#end = this.#seenEnd = found.end;
    this.#size = file.size;
    this.#writer = new LineWriter(found.crc);
    this.#flusher = new Flusher(file, options.fsync);
  }

  /**
   * Opens a file.
   *
   * @returns `undefined` if there is none and none is to be created.
   * @throws {CheckpointError} If that cannot be done, or it holds something else.
   */
  static async open(path: string, ifMissing: "create" | "return", options: LogOptions): Promise<
    CheckpointLog | undefined
  > {
    const file = await LockedFile.open(path, ifMissing);
    if (file === undefined) return undefined;
    try {
      await removeLeftover(file.real);
      const crc = headerCrc(headerOf(options.codec), crc32Function());
      const found = await scan(file, headerIn(file, options.codec)?.length ?? 0, crc);
      const log = new CheckpointLog(file, options, { ...found, headerCrc: crc });
      // The program that wrote it may have been killed before it synced, and from now on what it wrote counts.
      if (found.end > 0) await log.#flusher.wrote();
      return log;
    } catch (error) {
      file.close();
      throw error instanceof CheckpointError ? error : operationError("open", path, error);
    }
  }

  /** Whether so much of the file no longer counts that it should be rewritten. */
  get isDueForCompaction(): boolean {
    const { garbage } = this.#index;
    return garbage >= MIN_GARBAGE && garbage > this.#end / 2 && this.#end >= this.#compactFrom &&
      this.#readers === 0 && this.#failure === undefined;
  }

  /**
   * Writes records, all or none.
   *
   * @param ids Theirs, in the same order.
   * @throws {CheckpointError} If that cannot be done.
   */
  async put(ids: readonly string[], lines: readonly string[]): Promise<void> {
    const writer = this.#begin();
    const batchLength = lines.length > 1 ? writer.add(batchOf(lines.length)) : 0;
    const start = writer.length;
    const lengths = lines.map((line) => writer.add(line));
    const bytes = this.#write();
    const isStored = this.#flusher.wrote();
    // While the disk is at work.
    if (batchLength > 0) this.#index.addGarbage(batchLength);
    this.#enter(ids, bytes, start, lengths);
    await isStored;
  }

  /** Removes records. */
  async remove(ids: readonly string[]): Promise<void> {
    const there = ids.filter((id) => this.#index.has(bytesOfId(id)));
    if (there.length === 0) return;
    const length = this.#begin().add(removalOf(there));
    this.#write();
    this.#index.remove(there.map(bytesOfId), length);
    await this.#flusher.wrote();
  }

  /**
   * The records of some ids.
   *
   * @throws {CheckpointError} If they cannot be read, or are not what was written.
   */
  async find(ids: readonly string[], decode: Decode): Promise<TaskRecord[]> {
    const found = ids.flatMap((id) => this.#find(id, decode));
    await yieldToEventLoop();
    return found;
  }

  #find(id: string, decode: Decode): TaskRecord[] {
    const place = this.#index.find(bytesOfId(id));
    if (place === undefined) return [];
    const bytes = new Uint8Array(place.length);
    const at = this.#header.length + place.start;
    readWhole(this.#file, at, bytes);
    return recordsIn({ bytes, at, first: 0, end: 1 }, Int32Array.of(place.length), decode);
  }

  /** All records as they are now, some at a time. Iterate over it at once: until it ends, the file is not compacted. */
  records(decode: Decode): AsyncGenerator<TaskRecord[]> {
    this.#readers++;
    return this.#read(this.#file, this.#index.lengths(), decode);
  }

  async *#read(file: LockedFile, lengths: Int32Array, decode: Decode): AsyncGenerator<TaskRecord[]> {
    try {
      for (const range of lineRanges(file, this.#header.length, lengths)) {
        yield recordsIn(range, lengths, decode);
        await yieldToEventLoop();
        if (file.isClosed) {
          throw new CheckpointError(`The checkpoint "${file.path}" was closed while it was loaded`, {
            reason: "unavailable",
          });
        }
      }
    } finally {
      this.#readers--;
    }
  }

  /**
   * Rewrites the file without what no longer counts. If that cannot be done, the file keeps growing, and it is tried
   * again when it is half as long again: what was saved is safe either way. If the file is found to be damaged, or is not the
   * one at its path any more, the next call throws.
   */
  async compact(): Promise<void> {
    const [file, header, headerCrc, size] = [this.#file, this.#header, this.#headerCrc, this.#size];
    try {
      this.#look();
      await this.#flusher.flush();
      const compacted = await compact({ file, header, headerCrc, size, lengths: this.#index.lengths() });
      if (compacted === undefined) this.#compactFrom = 1.5 * this.#end;
      else await this.#moveTo(compacted);
    } catch (error) {
      this.#compactFrom = 1.5 * this.#end;
      if (error instanceof CorruptionError || error instanceof ForeignChangeError) this.#failure = error;
      else this.#reportGrowth(error);
    }
  }

  #reportGrowth(error: unknown): void {
    const { path } = this.#file;
    const isMount = (error as { readonly code?: unknown }).code === "EBUSY";
    if (isMount) this.#compactFrom = Infinity; // it will be one as long as it is open
    const reason = isMount
      ? "it is mounted as a single file, which cannot be replaced; mount its folder instead"
      : describeError(error);
    this.#options.logger.warn(`The checkpoint "${path}" cannot be compacted, and keeps growing: ${reason}`);
  }

  /** A failure here is one of the next `put()` or `remove()`: the new file is in place. */
  async #moveTo({ file, crc, end }: Compacted): Promise<void> {
    try {
      this.#file.close();
      this.#file = file;
      this.#flusher = new Flusher(file, this.#options.fsync);
      this.#index.compact();
      this.#crc = crc;
      this.#end = this.#size = this.#seenEnd = end;
      this.#compactFrom = 0;
      await file.syncFolder();
    } catch (error) {
      this.#failure = error instanceof CheckpointError ? error : operationError("write to", file.path, error);
    }
  }

  /**
   * Syncs what is not synced yet, and closes the file.
   *
   * @throws {CheckpointError} If it is not the one at its path any more, or cannot be synced, unless that was thrown before.
   */
  async close(): Promise<void> {
    try {
      await this.#flusher.close();
      if (this.#isFailureReported) return;
      if (this.#failure !== undefined) throw this.#failure;
      this.#look();
    } finally {
      this.#file.close();
    }
  }

  /** Throws what makes writes impossible. Looks at the file once a second. */
  #check(): void {
    const now = performance.now();
    if (this.#failure === undefined && now - this.#checkedAt >= CHECK_INTERVAL_MS) {
      this.#checkedAt = now;
      try {
        this.#look();
      } catch (error) {
        this.#failure = error as CheckpointError;
      }
    }
    if (this.#failure === undefined) return;
    this.#isFailureReported = true;
    throw this.#failure;
  }

  /**
   * Makes sure that the file is still the one at its path, and as it was written. Where it was cut by another program, and
   * then written to again, there are zeros.
   */
  #look(): void {
    this.#file.checkUntouched(this.#size);
    for (const end of [this.#header.length, this.#seenEnd]) {
      if (end === 0 || end > this.#end || this.#file.byteAt(end - 1) === NEWLINE) continue;
      throw new ForeignChangeError(
        `The checkpoint "${this.#file.path}" was cut by another program while it was in use; what it held is lost`,
      );
    }
    this.#seenEnd = this.#end;
  }

  /** The writer, empty but for the header if the file has none. */
  #begin(): LineWriter {
    this.#check();
    this.#flusher.check();
    this.#writer.clear(this.#crc);
    if (this.#end === 0) this.#writer.addHeader(this.#header);
    return this.#writer;
  }

  /** Writes what the writer holds, or leaves the file as it was. */
  #write(): Uint8Array {
    const lines = this.#writer.lines();
    try {
      this.#cut();
      this.#size = this.#end + lines.length;
      this.#file.write(this.#end, lines);
    } catch (error) {
      this.#undo(error as CheckpointError);
      throw error;
    }
    this.#end = this.#size;
    this.#crc = this.#writer.crc;
    return lines;
  }

  /** Indexes records. Ids are taken from the lines that begin with them. */
  #enter(ids: readonly string[], lines: Uint8Array, start: number, lengths: readonly number[]): void {
    let at = start + JSON_AT;
    for (let index = 0; index < ids.length; index++) {
      const length = lengths[index]!;
      const end = endOfId(lines, at, at + length);
      const id = end === -1 ? bytesOfId(ids[index]!) : undefined;
      const number = id === undefined
        ? this.#index.numberOf(lines, at + ID_AT, end)
        : this.#index.numberOf(id, 0, id.length);
      this.#index.put(number, length);
      at += length;
    }
    this.#writer.clear(this.#crc);
  }

  /** If that fails too, what is left of the lines is incomplete, and is removed when the file is opened next. */
  #undo(error: CheckpointError): void {
    try {
      this.#cut();
    } catch {
      this.#failure = error;
      this.#isFailureReported = true; // by the call that is under way
    }
  }

  /** Removes what was not written completely. */
  #cut(): void {
    if (this.#size === this.#end) return;
    this.#file.cut(this.#end);
    this.#size = this.#end;
  }
}
