/**
 * The last lines that tasks have logged or printed, for those who look later.
 *
 * @module
 */

import type { LineView } from "./messages.ts";

/** How many lines are kept of one task. */
const MAX_OF_TASK = 500;
/** How many characters are kept in all: those of the task that logged first go first. */
const MAX_CHARACTERS = 4_000_000;
/** How many characters of a line are kept. */
const MAX_OF_LINE = 4_000;
/** What a line costs besides its characters. */
const LINE_COST = 100;

/** Lines by task, of bounded size. */
export class KeptLines {
  readonly #byTask = new Map<string, { readonly lines: LineView[]; size: number; dropped: number }>();
  #size = 0;

  /** Adds a line. Returns it as it is kept. */
  add(id: string, line: LineView): LineView {
    const kept = line.text.length <= MAX_OF_LINE ? line : { ...line, text: `${line.text.slice(0, MAX_OF_LINE)}…` };
    let entry = this.#byTask.get(id);
    if (entry === undefined) this.#byTask.set(id, entry = { lines: [], size: 0, dropped: 0 });
    entry.lines.push(kept);
    this.#count(entry, kept.text.length + LINE_COST);
    if (entry.lines.length > MAX_OF_TASK) {
      this.#count(entry, -(entry.lines.shift()!.text.length + LINE_COST));
      entry.dropped++;
    }
    for (const [oldest, { size }] of this.#byTask) {
      if (this.#size <= MAX_CHARACTERS) break;
      if (oldest === id) continue;
      this.#byTask.delete(oldest);
      this.#size -= size;
    }
    return kept;
  }

  /** The lines of a task, and how many came before them. */
  of(id: string): { readonly lines: readonly LineView[]; readonly dropped: number } {
    return this.#byTask.get(id) ?? { lines: [], dropped: 0 };
  }

  #count(entry: { size: number }, size: number): void {
    entry.size += size;
    this.#size += size;
  }
}
