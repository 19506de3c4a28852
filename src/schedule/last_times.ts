/**
 * The last of the times that a job has missed.
 *
 * @module
 */

/**
 * The last times up to now at which a job was due, ascending, without going through all that came before them.
 *
 * @param after The first time after another one at which the job is due.
 * @param first The first time that counts.
 * @param limit How many times are returned at most.
 */
export function lastTimes(
  after: (time: number) => number | undefined,
  first: number,
  now: number,
  limit: number,
): number[] {
  // Windows that end now, each twice as long as the last one.
  for (let length = limit;; length *= 2) {
    const start = now - length;
    const isWhole = start < first;
    const times: number[] = [];
    for (let time = isWhole ? first : after(start); time !== undefined && time <= now; time = after(time)) {
      times.push(time);
      if (times.length > 2 * limit) times.splice(0, limit);
    }
    if (isWhole || times.length >= limit) return times.slice(-limit);
  }
}
