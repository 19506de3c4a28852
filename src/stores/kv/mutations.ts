/**
 * Writes, in portions that Deno KV takes at once.
 *
 * @module
 */

import type { SizedKey } from "./keys.ts";

/** Setting a key, or removing it. */
export interface Mutation extends SizedKey {
  /** What it is set to; absent if it is removed. */
  readonly value?: object;
  /** How many bytes that takes, at most. */
  readonly valueBytes: number;
}

/** Below the limits of an atomic operation on Deno 2.9: 1,000 mutations, 819,200 bytes, and 81,920 bytes of keys that are set. */
const MAX_MUTATIONS = 990;
/** The rest is for the lease, which is checked, and may be renewed, with each of them. */
const MAX_BYTES = 815_000;
const MAX_KEY_BYTES = 80_000;

/** An upper bound: a few numbers and strings, and an id as it is in keys. */
const OBJECT_BYTES = 1_200;

/** Sets a key to bytes or a small object. */
export function put({ key, bytes }: SizedKey, value: object): Mutation {
  return { key, bytes, value, valueBytes: value instanceof Uint8Array ? value.length : OBJECT_BYTES };
}

/** Removes a key. */
export function drop({ key, bytes }: SizedKey): Mutation {
  return { key, bytes, valueBytes: 0 };
}

/** Mutations that belong together. */
export interface Unit {
  readonly mutations: readonly Mutation[];
  /** Called once they are written. */
  readonly written?: () => void;
}

/** Divides units, in their order, into as few portions as possible. A unit is never divided. */
export function packed(units: Iterable<Unit>): Unit[][] {
  const portions: Unit[][] = [];
  const room = new Room();
  for (const unit of units) {
    if (portions.length === 0 || !room.take(unit)) {
      portions.push([]);
      room.clear();
      room.take(unit);
    }
    portions.at(-1)!.push(unit);
  }
  return portions;
}

/** Whether units fit into one portion. */
export function fitTogether(units: readonly Unit[]): boolean {
  const room = new Room();
  return units.every((unit) => room.take(unit));
}

/** The room that is left in a portion. */
class Room {
  #mutations = 0;
  #bytes = 0;
  #keyBytes = 0;

  clear(): void {
    this.#mutations = this.#bytes = this.#keyBytes = 0;
  }

  /** Takes the room that a unit needs, if there is enough. */
  take({ mutations }: Unit): boolean {
    let count = this.#mutations;
    let bytes = this.#bytes;
    let keyBytes = this.#keyBytes;
    for (const { bytes: size, value, valueBytes } of mutations) {
      count++;
      // The key of what is set counts twice.
      bytes += value === undefined ? size : 2 * size + valueBytes;
      keyBytes += size;
    }
    if (count > MAX_MUTATIONS || bytes > MAX_BYTES || keyBytes > MAX_KEY_BYTES) return false;
    this.#mutations = count;
    this.#bytes = bytes;
    this.#keyBytes = keyBytes;
    return true;
  }
}
