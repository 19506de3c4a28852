/**
 * Where the task of each sequence number is: as a `Map` has it, but without the pause in which a large one grows.
 */

/** Numbers that stand together have a part of their own. */
const BITS = 10;
const SIZE = 1 << BITS;

/** Sequence numbers are whole, and most of them follow each other. */
export class SeqIndex {
  /** Indexes by number, and how many there are. @type {Map<number, { indexes: Int32Array, size: number }>} */
  parts = new Map();

  /** @param {number} seq @returns {number | undefined} */
  get(seq) {
    const index = this.parts.get(Math.floor(seq / SIZE))?.indexes[seq & (SIZE - 1)];
    return index === undefined || index < 0 ? undefined : index;
  }

  /** @param {number} seq @param {number} index */
  set(seq, index) {
    const key = Math.floor(seq / SIZE);
    let part = this.parts.get(key);
    if (part === undefined) this.parts.set(key, part = { indexes: new Int32Array(SIZE).fill(-1), size: 0 });
    const place = seq & (SIZE - 1);
    if (part.indexes[place] < 0) part.size++;
    part.indexes[place] = index;
  }

  /** @param {number} seq */
  delete(seq) {
    const key = Math.floor(seq / SIZE);
    const part = this.parts.get(key);
    if (part === undefined || part.indexes[seq & (SIZE - 1)] < 0) return;
    part.indexes[seq & (SIZE - 1)] = -1;
    if (--part.size === 0) this.parts.delete(key);
  }

  clear() {
    this.parts.clear();
  }
}
