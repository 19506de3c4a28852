/**
 * Which lines of a checkpoint's file count.
 *
 * @module
 */

import { IdTable } from "./id_table.ts";

/** How many lines, and ids, there is room for at first; it doubles when needed. */
const ROOM = 1 << 9;
/** Instead of a line, for an id that has no record. */
const NONE = -1;

/**
 * The length of each line, in bytes, and which line holds the latest record of an id: four bytes a line, and four an
 * id besides what an {@linkcode IdTable} takes.
 */
export class LineIndex {
  #ids = new IdTable();
  /** By the number of an id. */
  #lineOf = new Int32Array(ROOM).fill(NONE);
  /** Negative for lines that no longer count. */
  #lengths = new Int32Array(ROOM);
  #count = 0;
  /** Where lines begin, once that was asked for, of as many as are counted: eight bytes each. */
  #starts = new Float64Array(0);
  #started = 0;
  #garbage = 0;

  /** How many bytes are in lines that no longer count. */
  get garbage(): number {
    return this.#garbage;
  }

  /** The number by which {@linkcode put} knows an id; it changes when the lines are compacted. */
  numberOf(bytes: Uint8Array, start: number, end: number): number {
    const id = this.#ids.add(bytes, start, end);
    if (id >= this.#lineOf.length) {
      const longer = new Int32Array(2 * id).fill(NONE, id);
      longer.set(this.#lineOf);
      this.#lineOf = longer;
    }
    return id;
  }

  /** Whether there is a record of that id. */
  has(id: Uint8Array): boolean {
    const number = this.#ids.find(id, 0, id.length);
    return number >= 0 && this.#lineOf[number] !== NONE;
  }

  /** Where the line of an id begins, from the first line on, and its length, if there is a record of that id. */
  find(id: Uint8Array): { readonly start: number; readonly length: number } | undefined {
    const number = this.#ids.find(id, 0, id.length);
    const line = number < 0 ? NONE : this.#lineOf[number]!;
    return line === NONE ? undefined : { start: this.#startOf(line), length: this.#lengths[line]! };
  }

  /** Adds a line with a record. */
  put(id: number, length: number): void {
    this.#drop(this.#lineOf[id]!);
    this.#lineOf[id] = this.#add(length);
  }

  /** Adds a line that removes records. */
  remove(ids: readonly Uint8Array[], length: number): void {
    for (const id of ids) {
      const number = this.#ids.find(id, 0, id.length);
      if (number < 0) continue;
      this.#drop(this.#lineOf[number]!);
      this.#lineOf[number] = NONE;
    }
    this.addGarbage(length);
  }

  /** Adds a line that holds no record. */
  addGarbage(length: number): void {
    this.#drop(this.#add(length));
  }

  /** The lengths of all lines up to now, negative for those that do not count. */
  lengths(): Int32Array {
    return this.#lengths.slice(0, this.#count);
  }

  /** Forgets the lines that do not count, as they are no longer there, and the ids that have none. */
  compact(): void {
    const placeOf = new Int32Array(this.#count);
    let place = 0;
    for (let line = 0; line < this.#count; line++) {
      const length = this.#lengths[line]!;
      if (length < 0) continue;
      placeOf[line] = place;
      this.#lengths[place++] = length;
    }
    const lineOf = this.#lineOf;
    this.#ids = this.#ids.only((id) => lineOf[id] !== NONE);
    this.#lineOf = new Int32Array(Math.max(ROOM, place)).fill(NONE);
    let id = 0;
    for (const line of lineOf) if (line !== NONE) this.#lineOf[id++] = placeOf[line]!;
    this.#lengths = this.#lengths.slice(0, Math.max(ROOM, place));
    this.#count = place;
    this.#started = 0;
    this.#garbage = 0;
  }

  #add(length: number): number {
    if (this.#count === this.#lengths.length) {
      const longer = new Int32Array(2 * this.#count);
      longer.set(this.#lengths);
      this.#lengths = longer;
    }
    this.#lengths[this.#count] = length;
    return this.#count++;
  }

  #startOf(line: number): number {
    if (this.#starts.length < this.#count) {
      const longer = new Float64Array(this.#lengths.length);
      longer.set(this.#starts.subarray(0, this.#started));
      this.#starts = longer;
    }
    for (; this.#started <= line; this.#started++) {
      const last = this.#started - 1;
      this.#starts[this.#started] = last < 0 ? 0 : this.#starts[last]! + Math.abs(this.#lengths[last]!);
    }
    return this.#starts[line]!;
  }

  #drop(line: number): void {
    if (line === NONE) return;
    const length = this.#lengths[line]!;
    this.#garbage += length;
    this.#lengths[line] = -length;
  }
}
