/**
 * Numbers for ids.
 *
 * @module
 */

/** How many ids there is room for at first; it doubles when needed. */
const ROOM = 1 << 9;
/** And how many bytes for each of them. */
const BYTES_PER_ID = 32;

/**
 * Gives each id a number: 0, 1, 2 …. Ids are bytes, so that those of a file need not become strings, which for a million
 * of them is slow; each takes its bytes and some 30 more, and nothing that the garbage collector has to visit.
 */
export class IdTable {
  /** All ids, one after the other. */
  #bytes = new Uint8Array(ROOM * BYTES_PER_ID);
  /** Where the id of each number ends, and the one of the next begins. */
  #ends = new Uint32Array(ROOM);
  #hashes = new Uint32Array(ROOM);
  #count = 0;
  /** At the place that the hash says, or one of those after it: the number of the id, plus 1. At most half are taken. */
  #places = new Uint32Array(2 * ROOM);
  /** Differs each time, so that no one can choose ids that all go to one place. */
  readonly #seed = crypto.getRandomValues(new Uint32Array(1))[0]!;

  /** How many ids there are. */
  get count(): number {
    return this.#count;
  }

  /** The number of an id, or -1 if it has none. */
  find(bytes: Uint8Array, start: number, end: number): number {
    return this.#places[this.#placeOf(bytes, start, end, hashOf(bytes, start, end, this.#seed))]! - 1;
  }

  /** The number of an id, a new one if it had none. */
  add(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashOf(bytes, start, end, this.#seed);
    const place = this.#placeOf(bytes, start, end, hash);
    const known = this.#places[place]! - 1;
    return known >= 0 ? known : this.#append(bytes, start, end, hash, place);
  }

  /** A table of some of the ids, in the same order. */
  only(isKept: (id: number) => boolean): IdTable {
    const table = new IdTable();
    for (let id = 0; id < this.#count; id++) {
      if (isKept(id)) table.add(this.#bytes, this.#startOf(id), this.#ends[id]!);
    }
    return table;
  }

  #startOf(id: number): number {
    return id === 0 ? 0 : this.#ends[id - 1]!;
  }

  /** Where an id is, or would be. */
  #placeOf(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const mask = this.#places.length - 1;
    for (let place = hash & mask;; place = place + 1 & mask) {
      const id = this.#places[place]! - 1;
      if (id < 0 || (this.#hashes[id] === hash && this.#is(id, bytes, start, end))) return place;
    }
  }

  #is(id: number, bytes: Uint8Array, start: number, end: number): boolean {
    const at = this.#startOf(id);
    if (this.#ends[id]! - at !== end - start) return false;
    for (let index = start; index < end; index++) {
      if (this.#bytes[at + index - start] !== bytes[index]) return false;
    }
    return true;
  }

  #append(bytes: Uint8Array, start: number, end: number, hash: number, place: number): number {
    const id = this.#count++;
    const at = this.#startOf(id);
    const idEnd = at + end - start;
    if (idEnd > this.#bytes.length) this.#bytes = longer(this.#bytes, new Uint8Array(2 * idEnd));
    if (end - start > SHORT) this.#bytes.set(bytes.subarray(start, end), at);
    else for (let index = start; index < end; index++) this.#bytes[at + index - start] = bytes[index]!;
    if (id === this.#ends.length) {
      this.#ends = longer(this.#ends, new Uint32Array(2 * id));
      this.#hashes = longer(this.#hashes, new Uint32Array(2 * id));
    }
    this.#ends[id] = idEnd;
    this.#hashes[id] = hash;
    this.#places[place] = id + 1;
    if (2 * this.#count > this.#places.length) this.#spread();
    return id;
  }

  /** Doubles the number of places. */
  #spread(): void {
    const places = new Uint32Array(2 * this.#places.length);
    const mask = places.length - 1;
    for (let id = 0; id < this.#count; id++) {
      let place = this.#hashes[id]! & mask;
      while (places[place] !== 0) place = place + 1 & mask;
      places[place] = id + 1;
    }
    this.#places = places;
  }
}

/** Up to so many bytes, a loop copies them faster than `set()` does. */
const SHORT = 64;

function longer<T extends Uint8Array | Uint32Array>(old: T, fresh: T): T {
  fresh.set(old);
  return fresh;
}

/** MurmurHash3, of 32 bits. */
function hashOf(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let hash = seed;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const four = bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24;
    hash ^= scrambled(four);
    hash = Math.imul(hash << 13 | hash >>> 19, 5) + 0xe6546b64 | 0;
  }
  let rest = 0;
  for (let shift = 0; at < end; at++, shift += 8) rest |= bytes[at]! << shift;
  hash ^= scrambled(rest) ^ end - start;
  hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
  return (hash ^ hash >>> 16) >>> 0;
}

function scrambled(four: number): number {
  const product = Math.imul(four, 0xcc9e2d51);
  return Math.imul(product << 15 | product >>> 17, 0x1b873593);
}
