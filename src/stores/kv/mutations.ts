/**
 * What is written, in portions that Deno KV takes at once.
 *
 * @module
 */

import type { SizedKey } from "./keys.ts";

/** Setting a key, or removing it. */
export interface Mutation extends SizedKey {
  /** What it is set to; absent: it is removed. */
  readonly value?: object;
  /** How many bytes that takes, at the most. */
  readonly valueBytes: number;
}

/** What one atomic operation may do: on Deno 2.9, 1,000 mutations, 819,200 bytes, and 81,920 of keys that are set. */
const MOST_MUTATIONS = 990;
/** Less than that, as the lease is checked and may be renewed with any of them. */
const MOST_BYTES = 815_000;
const MOST_KEY_BYTES = 80_000;

/** Objects are small: a few numbers and texts, and an id as far as it stands in keys. */
const OBJECT_BYTES = 1_200;

/** Sets a key to bytes or a small object. */
export function put({ key, bytes }: SizedKey, value: object): Mutation {
  return { key, bytes, value, valueBytes: value instanceof Uint8Array ? value.length : OBJECT_BYTES };
}

/** Removes a key. */
export function drop({ key, bytes }: SizedKey): Mutation {
  return { key, bytes, valueBytes: 0 };
}

/** What is to be written together, and what is told when it was. */
export interface Unit {
  readonly mutations: readonly Mutation[];
  /** Called once it is written. */
  readonly written?: () => void;
}

/** Puts units, in their order, together to as few portions as fit. A unit is never divided. */
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

/** What is left of a portion. */
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
    if (count > MOST_MUTATIONS || bytes > MOST_BYTES || keyBytes > MOST_KEY_BYTES) return false;
    this.#mutations = count;
    this.#bytes = bytes;
    this.#keyBytes = keyBytes;
    return true;
  }
}
