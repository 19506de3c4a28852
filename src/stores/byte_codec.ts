/**
 * Codecs that change the bytes of records on their way to a store and back.
 *
 * @module
 */

import type { CodecName, TaskRecord, ValueEncoding } from "../core/checkpointer.ts";
import { callable, refuseUnknown } from "../core/checks.ts";
import { describeError, describeValue } from "../core/describe.ts";
import { checkCodecName, codecNamed, type RecordCodec } from "./record_codec.ts";

/**
 * Changes the bytes of records on their way to a store and back: to compress or to encrypt them. Ids stay readable, as the
 * store finds records by them; they have the names of tasks and the keys that users give.
 *
 * @example Compress records
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { gunzipSync, gzipSync } from "node:zlib";
 * import { type ByteCodec, FileCheckpointer, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const gzip: ByteCodec = { name: "gzip", encode: (bytes) => gzipSync(bytes), decode: (bytes) => gunzipSync(bytes) };
 * const page = task({ name: "page" }, () => "<p>".repeat(10_000));
 * const path = `${await Deno.makeTempDir()}/state.jsonl`;
 * {
 *   await using runner = new TaskRunner({ checkpointer: new FileCheckpointer(path, { codec: gzip }) });
 *   await runner.submit(page);
 * }
 * assertEquals((await Deno.stat(path)).size < 2_000, true);
 * ```
 */
export interface ByteCodec {
  /**
   * Is written to the store, which is later opened only with a codec of that name; at most 100 characters, default
   * `"custom"`.
   */
  readonly name?: string | undefined;
  /** The codec that makes bytes of records, and decides which values can be stored; default `"json"`. */
  readonly base?: CodecName | undefined;
  /**
   * Changes the bytes of a record before they are stored, at once: it is not awaited. What it throws fails the task of that
   * record; if it throws for the failure as well, nothing can be saved, which ends the run.
   *
   * @param bytes The bytes of one record; it may keep and change them.
   * @returns The bytes to be stored.
   */
  encode(bytes: Uint8Array): Uint8Array;
  /**
   * The bytes that {@linkcode ByteCodec.encode} was given.
   *
   * @param bytes The bytes that were stored; it may keep and change them.
   * @returns The bytes of one record.
   * @throws If they are not what `encode()` returned.
   */
  decode(bytes: Uint8Array): Uint8Array;
}

const MAX_NAME = 100;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The codec that an option asks for.
 *
 * @throws {TypeError} If it is not a codec.
 * @throws {RangeError} If there is no codec of that name, or the name of a codec is empty or too long.
 */
export function resolveCodec(option: CodecName | ByteCodec, what: string): RecordCodec {
  if (typeof option !== "object" || option === null) {
    checkCodecName(option, what);
    return codecNamed(option);
  }
  refuseUnknown(option, ["name", "base", "encode", "decode"], `of the ${what}`);
  const { name = "custom", base = "json" } = option;
  if (typeof name !== "string") throw new TypeError(`name of the ${what} must be a string, not ${describeValue(name)}`);
  if (name === "" || name.length > MAX_NAME || !name.isWellFormed()) {
    throw new RangeError(`name of the ${what} must have 1 to ${MAX_NAME} characters, not ${describeValue(name)}`);
  }
  checkCodecName(base, `base of the ${what}`);
  callable(option.encode, `encode of the ${what}`);
  callable(option.decode, `decode of the ${what}`);
  return new WrappedCodec(codecNamed(base), option, name);
}

/** Writes a record as a JSON object with its id, by which stores find it, and the bytes in base64. */
class WrappedCodec implements RecordCodec {
  readonly name: CodecName;
  readonly wrapper: string;
  readonly #base: RecordCodec;
  readonly #bytes: ByteCodec;

  constructor(base: RecordCodec, bytes: ByteCodec, wrapper: string) {
    this.name = base.name;
    this.wrapper = wrapper;
    this.#base = base;
    this.#bytes = bytes;
  }

  encode(record: TaskRecord, encoding?: ValueEncoding): string {
    const bytes = this.#bytes.encode(encoder.encode(this.#base.encode(record, encoding)));
    return JSON.stringify({
      id: record.id,
      bytes: checked(bytes, `encode() of the codec "${this.wrapper}"`).toBase64(),
    });
  }

  decode(line: string): TaskRecord {
    const { id, bytes } = Object(JSON.parse(line)) as { readonly id?: unknown; readonly bytes?: unknown };
    if (typeof bytes !== "string") throw new TypeError("bytes of a record must be a string");
    const record = this.#base.decode(decoder.decode(this.#decode(Uint8Array.fromBase64(bytes))));
    if (record.id === id) return record;
    throw new TypeError(`the bytes of the record ${describeValue(id)} are those of ${describeValue(record.id)}`);
  }

  #decode(bytes: Uint8Array): Uint8Array {
    const what = `decode() of the codec "${this.wrapper}"`;
    let decoded: Uint8Array;
    try {
      decoded = this.#bytes.decode(bytes);
    } catch (cause) {
      throw new TypeError(`${what} fails with ${describeError(cause)}, as it does with another key, say`, { cause });
    }
    return checked(decoded, what);
  }
}

function checked(bytes: unknown, what: string): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes;
  if (bytes instanceof Promise) bytes.catch(() => {}); // it is refused, whatever its outcome is
  throw new TypeError(
    `${what} must return a Uint8Array, not ${describeValue(bytes)}` +
      (bytes instanceof Promise ? "; use synchronous functions, such as those of node:zlib and node:crypto" : ""),
  );
}
