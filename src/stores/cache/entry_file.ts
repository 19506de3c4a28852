/**
 * An entry of the cache as the bytes of a file: a line that says what it is, the SHA-256 of the rest, and the rest.
 *
 * @module
 */

import { nodeModule } from "../../core/node_builtins.ts";
import { deserialize, serialize } from "../../serialization/clone_bytes.ts";
import { packedSnapshot } from "../../serialization/snapshot.ts";
import { unpack } from "../../serialization/unpacker.ts";

/** What is kept of a result. */
export interface Entry {
  /** When it was kept, in milliseconds since the epoch. */
  readonly savedAt: number;
  /** Path and fingerprint of each file that the body has written. */
  readonly outputs: readonly (readonly [path: string, fingerprint: string])[];
  /** The bytes of its value. */
  readonly value: KeptValue;
}

/** A value that was written. */
export interface KeptValue {
  readonly bytes: Uint8Array;
  /** Whether errors in it are in envelopes. */
  readonly isPacked: boolean;
}

const HEAD = new TextEncoder().encode("workflowy cache 1\n");
const DIGEST_BYTES = 32;

/**
 * Writes a value.
 *
 * @throws {TypeError} If it would not come back equal; the message begins with the path to what would not.
 */
export function keptValueOf(value: unknown): KeptValue {
  const { value: copy, encoding } = packedSnapshot(value, "value");
  return { bytes: serialize(copy), isPacked: encoding === "packed" };
}

/** The value. Parts of it may be views of the bytes. */
export function valueOf({ bytes, isPacked }: KeptValue): unknown {
  const value = deserialize(bytes);
  return isPacked ? unpack(value) : value;
}

/** The bytes of an entry. */
export function encodeEntry(entry: Entry): Uint8Array {
  const body = serialize(entry);
  const bytes = new Uint8Array(HEAD.length + DIGEST_BYTES + body.length);
  bytes.set(HEAD);
  bytes.set(digestOf(body), HEAD.length);
  bytes.set(body, HEAD.length + DIGEST_BYTES);
  return bytes;
}

/** The entry of such bytes; `undefined` if they are not what was written. */
export function decodeEntry(bytes: Uint8Array): Entry | undefined {
  const start = HEAD.length + DIGEST_BYTES;
  if (bytes.length < start || !isEqual(bytes.subarray(0, HEAD.length), HEAD)) return undefined;
  const body = bytes.subarray(start);
  if (!isEqual(bytes.subarray(HEAD.length, start), digestOf(body))) return undefined;
  return deserialize(body) as Entry;
}

function digestOf(bytes: Uint8Array): Uint8Array {
  return nodeModule("node:crypto").createHash("sha256").update(bytes).digest();
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
