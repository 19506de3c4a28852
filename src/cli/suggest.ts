/**
 * Suggestions for what was mistyped.
 *
 * @module
 */

/** How many letters a suggestion may differ in, for so many letters of what was typed. */
const LETTERS_PER_MISTAKE = 3;

/** How many letters say enough as the beginning of a word. */
const MIN_START = 2;

/**
 * The candidate that was probably meant: one that begins like that, or the closest one.
 *
 * @returns `undefined` if none is close.
 */
export function closest(typed: string, candidates: Iterable<string>): string | undefined {
  const wanted = typed.toLowerCase();
  const all = [...candidates];
  const whole = wanted.length < MIN_START ? undefined : all.find((each) => each.toLowerCase().startsWith(wanted));
  if (whole !== undefined) return whole;
  let best: string | undefined;
  let fewest = Math.max(1, Math.floor(wanted.length / LETTERS_PER_MISTAKE)) + 1;
  for (const candidate of all) {
    const other = candidate.toLowerCase();
    if (Math.abs(other.length - wanted.length) >= fewest) continue;
    const mistakes = distance(wanted, other);
    if (mistakes < fewest) [best, fewest] = [candidate, mistakes];
  }
  return best;
}

/** `; did you mean "x"?`, or nothing. */
export function didYouMean(typed: string, candidates: Iterable<string>): string {
  const meant = closest(typed, candidates);
  return meant === undefined ? "" : `; did you mean "${meant}"?`;
}

/** A path or `file:` URL whose file is not there, with the name of one in the same folder that is close to it. */
export function closestFile(path: string, isWanted: (entry: Deno.DirEntry) => boolean): string | undefined {
  const [, folder = "", name = ""] = /^(.*[/\\])?(.*)$/s.exec(path)!;
  try {
    const entries = [...Deno.readDirSync(folder.startsWith("file:") ? new URL(folder) : folder === "" ? "." : folder)];
    const meant = closest(name, entries.filter(isWanted).map((entry) => entry.name));
    return meant === undefined ? undefined : folder + meant;
  } catch {
    return undefined; // there is no such folder
  }
}

/** What to do about such a path, as the end of a sentence: see {@linkcode closestFile}. */
export function adviceOnPath(path: string, isWanted: (entry: Deno.DirEntry) => boolean): string {
  const meant = closestFile(path, isWanted);
  return meant === undefined ? "check the path" : `did you mean "${meant}"?`;
}

/** How many letters must be inserted, removed, replaced, or swapped with the next one. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(row[j - 1]! + 1, last[j]! + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      }
      row.push(cost);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}
