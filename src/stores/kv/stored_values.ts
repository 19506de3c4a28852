/**
 * The values in a database: records as bytes, and manifests that say where the parts of large ones are.
 *
 * @module
 */

import { type Crc32, crc32Function } from "../../core/node_builtins.ts";
import type { IdPart } from "./keys.ts";

/** Deno KV takes values of up to 65,536 bytes; larger records are cut into parts. */
export const PART_BYTES = 60 * 1_024;

const CRC_BYTES = 4;
/** The length of a digest in place of an id. */
const DIGEST_BYTES = 32;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Says where the bytes of a record are that is too large for one value. */
export interface Manifest {
  /** Different for each time the record is written, so that parts of two versions never mix. */
  readonly generation: string;
  /** How many parts there are. */
  readonly count: number;
  /** How many bytes they have together, and their checksum. */
  readonly length: number;
  readonly crc: number;
}

/** Says that parts belong to no record: they were not all written yet, or no longer count. */
export interface StaleParts {
  readonly id: IdPart;
}

/** The string of a record, as it is written. */
export type Written = { readonly row: Uint8Array } | { readonly manifest: Manifest; readonly parts: Uint8Array[] };

let crc32: Crc32 | undefined;

function crcOf(bytes: Uint8Array): number {
  return (crc32 ??= crc32Function())(bytes);
}

/** How a string is written: with its checksum if they fit into one value, else in parts. */
export function toWritten(text: string): Written {
  const bytes = encoder.encode(text);
  const crc = crcOf(bytes);
  if (CRC_BYTES + bytes.length <= PART_BYTES) {
    const row = new Uint8Array(CRC_BYTES + bytes.length);
    new DataView(row.buffer).setUint32(0, crc);
    row.set(bytes, CRC_BYTES);
    return { row };
  }
  const count = countOf(bytes.length);
  const parts = Array.from({ length: count }, (_, index) => bytes.slice(index * PART_BYTES, (index + 1) * PART_BYTES));
  return { manifest: { generation: crypto.randomUUID(), count, length: bytes.length, crc }, parts };
}

/**
 * The string of a row.
 *
 * @throws {TypeError} If it is not what was written.
 */
export function stringOfRow(value: unknown): string {
  if (!(value instanceof Uint8Array) || value.length < CRC_BYTES) throw new TypeError("its value is not a record");
  const bytes = value.subarray(CRC_BYTES);
  const crc = new DataView(value.buffer, value.byteOffset).getUint32(0);
  if (crcOf(bytes) !== crc) throw new TypeError("the checksum of the record is another one");
  return decoder.decode(bytes);
}

/**
 * Checks the entry that stands for a large record.
 *
 * @throws {TypeError} If it is not what was written.
 */
export function toManifest(value: unknown): Manifest {
  const { generation, count, length, crc } = Object(value) as { readonly [field in keyof Manifest]?: unknown };
  const isOne = typeof generation === "string" && isSize(count) && isSize(length) && typeof crc === "number" &&
    length > PART_BYTES - CRC_BYTES && count === countOf(length);
  if (!isOne) throw new TypeError("its value does not say where the parts of a record are");
  return { generation, count, length, crc };
}

/** Puts the parts of a record together. */
export class Assembly {
  readonly #manifest: Manifest;
  readonly #parts: Uint8Array[] = [];

  constructor(manifest: Manifest) {
    this.#manifest = manifest;
  }

  /**
   * Adds the next part.
   *
   * @throws {TypeError} If it is not a part, or not the next one.
   */
  add(index: unknown, value: unknown): void {
    const { count, length } = this.#manifest;
    const next = this.#parts.length;
    if (next >= count) throw new TypeError(`there are more than ${count} parts`);
    if (index !== next) throw new TypeError(`part ${next} of ${count} is missing`);
    if (!(value instanceof Uint8Array) || value.length !== Math.min(PART_BYTES, length - next * PART_BYTES)) {
      throw new TypeError(`part ${next} of ${count} is not what was written`);
    }
    this.#parts.push(value);
  }

  /**
   * The string, once all parts were added.
   *
   * @throws {TypeError} If parts are missing, or are not what was written.
   */
  text(): string {
    const { count, length, crc } = this.#manifest;
    const parts = this.#parts;
    if (parts.length !== count) throw new TypeError(`part ${parts.length} of ${count} is missing`);
    const bytes = new Uint8Array(length);
    for (const [index, part] of parts.entries()) bytes.set(part, index * PART_BYTES);
    if (crcOf(bytes) !== crc) throw new TypeError("the checksum of its parts is another one");
    return decoder.decode(bytes);
  }
}

/**
 * Checks a mark that parts belong to no record.
 *
 * @throws {TypeError} If it is not what was written.
 */
export function toStaleParts(value: unknown): StaleParts {
  const { id } = Object(value) as { readonly id?: unknown };
  if (isIdPart(id)) return { id };
  throw new TypeError("its value does not say which parts are left over");
}

/** Whether something can stand for an id in keys. */
export function isIdPart(value: unknown): value is IdPart {
  return typeof value === "string" || value instanceof Uint8Array && value.length === DIGEST_BYTES;
}

function countOf(length: number): number {
  return Math.ceil(length / PART_BYTES);
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
