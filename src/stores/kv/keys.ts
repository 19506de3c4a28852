/**
 * The keys of a checkpoint's entries in a database.
 *
 * @module
 */

import { nonEmptyString } from "../../core/checks.ts";
import { describeValue } from "../../core/describe.ts";
import type { KvKey, KvKeyPart } from "./database.ts";

/** A key with its size as Deno KV counts it, in bytes. */
export interface SizedKey {
  readonly key: KvKey;
  readonly bytes: number;
}

/** The part of a key that stands for an id: the id, or the digest of one that is too long. */
export type IdPart = string | Uint8Array;

/** What the first part after the prefix is. */
export type KeyKind = "header" | "lease" | "row" | "large" | "part" | "stale" | "request" | "bell";

const KINDS: readonly KeyKind[] = ["header", "lease", "row", "large", "part", "stale", "request", "bell"];
/** Keys have at most 2,048 bytes, and all that one atomic operation sets at most 81,920. */
const MAX_PREFIX_BYTES = 512;
const MAX_ID_BYTES = 512;
/** How many bytes a number takes in a key. */
const NUMBER_BYTES = 9;

/** The keys under one prefix. */
export class KeySpace {
  readonly prefix: KvKey;
  readonly header: SizedKey;
  readonly lease: SizedKey;
  readonly #bases: Readonly<Record<KeyKind, SizedKey>>;

  constructor(prefix: KvKey) {
    this.prefix = prefix;
    const bytes = keyBytes(prefix);
    const bases = KINDS.map((kind) => [kind, { key: [...prefix, kind], bytes: bytes + partBytes(kind) }]);
    this.#bases = Object.fromEntries(bases);
    this.header = this.#bases.header;
    this.lease = this.#bases.lease;
  }

  /** What all keys of a kind begin with. */
  all(kind: KeyKind): KvKey {
    return this.#bases[kind].key;
  }

  /** Of a record that fits into one value. */
  row(id: IdPart): SizedKey {
    return extend(this.#bases.row, id);
  }

  /** Of what says where the parts of a record are. */
  large(id: IdPart): SizedKey {
    return extend(this.#bases.large, id);
  }

  /** Of a part of a record. */
  part(id: IdPart, generation: string, index: number): SizedKey {
    const { key, bytes } = this.parts(id, generation);
    return { key: [...key, index], bytes: bytes + NUMBER_BYTES };
  }

  /** What the keys of all parts of a record begin with. */
  parts(id: IdPart, generation: string): SizedKey {
    return extend(extend(this.#bases.part, id), generation);
  }

  /** Of the mark that parts belong to no record. */
  stale(generation: string): SizedKey {
    return extend(this.#bases.stale, generation);
  }

  /** Of what another program asks for. */
  request(id: IdPart): SizedKey {
    return extend(this.#bases.request, id);
  }

  /** Of what changes when there is something to look for: requests, or ends of tasks. */
  bell(what: "request" | "end"): SizedKey {
    return extend(this.#bases.bell, what);
  }

  /** The last part of a key of that kind, or `undefined` if the key is of another shape. */
  lastOf(key: readonly unknown[]): unknown {
    return key.length === this.prefix.length + 2 ? key.at(-1) : undefined;
  }
}

/**
 * Checks a prefix that a user gives.
 *
 * @throws {TypeError} If it is of a wrong kind.
 * @throws {RangeError} If it is empty, too long, or could be another checkpoint's key.
 */
export function checkPrefix(value: unknown, what: string): KvKey {
  const parts: unknown = typeof value === "string" ? [nonEmptyString(value, what)] : value;
  if (!Array.isArray(parts)) {
    throw new TypeError(`${what} must be a string or an array of key parts, not ${describeValue(value)}`);
  }
  if (parts.length === 0) throw new RangeError(`${what} must have at least one part`);
  const prefix = parts.map((part, index) => checkPart(part, index, what));
  const bytes = keyBytes(prefix);
  if (bytes > MAX_PREFIX_BYTES) throw new RangeError(`${what} must have up to ${MAX_PREFIX_BYTES} bytes, not ${bytes}`);
  return Object.freeze(prefix);
}

function checkPart(part: unknown, index: number, what: string): KvKeyPart {
  switch (typeof part) {
    case "string":
      if (!part.isWellFormed()) throw new RangeError(`${what} has lone surrogates, which Deno KV cannot tell apart`);
      // Under ["a", "row"] would be the rows of the checkpoint ["a"].
      if (index > 0 && (KINDS as readonly string[]).includes(part)) {
        throw new RangeError(
          `Part ${index} of ${what} must not be "${part}", which is used in a checkpoint's own keys`,
        );
      }
      return part;
    case "number":
    case "bigint":
    case "boolean":
      return part;
    default:
      if (part instanceof Uint8Array) return part.slice();
      throw new TypeError(
        `Part ${index} of ${what} must be a string, number, bigint, boolean or Uint8Array, not ${describeValue(part)}`,
      );
  }
}

/** The part of a key for an id. */
export async function idPartOf(id: string): Promise<IdPart> {
  return shortPart(id) ?? await digestOf(id);
}

/** The id, if it can be a part of a key and come back as it was. */
export function shortPart(id: string): string | undefined {
  return id.length <= MAX_ID_BYTES && id.isWellFormed() && partBytes(id) <= MAX_ID_BYTES ? id : undefined;
}

async function digestOf(id: string): Promise<Uint8Array> {
  // As JSON, in which lone surrogates differ.
  const bytes = new TextEncoder().encode(JSON.stringify(id));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** A string that is the same for the same parts only. */
export function keyOfPart(part: IdPart): string {
  return typeof part === "string" ? `"${part}` : part.toHex();
}

/** A key as a program would have it. */
export function describeKey(key: readonly unknown[]): string {
  return `[${key.map(describePart).join(", ")}]`;
}

function describePart(part: unknown): string {
  if (typeof part === "bigint") return `${part}n`;
  return part instanceof Uint8Array ? `Uint8Array.fromHex("${part.toHex()}")` : describeValue(part);
}

function extend({ key, bytes }: SizedKey, part: IdPart): SizedKey {
  return { key: [...key, part], bytes: bytes + partBytes(part) };
}

function keyBytes(key: KvKey): number {
  return key.reduce<number>((sum, part) => sum + partBytes(part), 0);
}

/** How many bytes a part takes in Deno's encoding: a type, the value, and, where zeros are escaped, an end. */
function partBytes(part: KvKeyPart): number {
  switch (typeof part) {
    case "string":
      return 2 + textBytes(part);
    case "number":
      return NUMBER_BYTES;
    case "boolean":
      return 1;
    case "bigint":
      return 2 + part.toString(16).length;
    default:
      return 2 + part.length + part.reduce((zeros, byte) => zeros + (byte === 0 ? 1 : 0), 0);
  }
}

function textBytes(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    // Each half of a surrogate pair counts two of its four bytes.
    bytes += unit >= 0x800 && (unit < 0xd800 || unit > 0xdfff) ? 3 : unit >= 0x80 || unit === 0 ? 2 : 1;
  }
  return bytes;
}
