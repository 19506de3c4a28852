/**
 * How many tasks have finished lately, counted as they do: the rate is on every page, and no page looks at all tasks for it.
 */

/** For how long back the rate counts, and what of it is counted together, in milliseconds. */
const WINDOW_MS = 10_000;
const PART_MS = 250;
const PARTS = WINDOW_MS / PART_MS;

/** Times are in milliseconds after some epoch. */
export class RecentFinishes {
  /** How many there were in each part of the window, and which part of time it is. */
  counts = new Uint32Array(PARTS);
  parts = new Float64Array(PARTS).fill(-Infinity);

  /** @param {number} at When a task has finished. */
  add(at) {
    const part = Math.floor(at / PART_MS);
    const place = ((part % PARTS) + PARTS) % PARTS;
    if (!(part >= this.parts[place])) return;
    if (part > this.parts[place]) this.counts[place] = 0;
    this.parts[place] = part;
    this.counts[place]++;
  }

  /**
   * How many tasks finish each second.
   *
   * @param {number} now
   * @param {number} since When the first task has started.
   */
  perSecond(now, since) {
    const oldest = Math.floor(now / PART_MS) - PARTS;
    const recent = this.counts.reduce((sum, count, place) => this.parts[place] > oldest ? sum + count : sum, 0);
    return (recent * 1_000) / Math.max(500, Math.min(WINDOW_MS, now - since));
  }
}
