/**
 * Keeps words out that make this project hard to read for people who did not write it:
 * `deno task ok words`, or for some files and folders `deno run -R .ci/words.ts src/pools README.md`.
 *
 * The project once had a dialect of its own ("the run is over", "whoever heeds it"). Comments,
 * messages, titles of tests and documents use the ordinary technical word instead: {@linkcode WORDS}
 * has the expression and what to write in its place. An expression belongs here only if it is hardly
 * ever right: the check knows no exceptions.
 *
 * @module
 */

import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** What is read unless paths are given. */
const PLACES = ["README.md", "CHANGELOG.md", "mod.ts", "src", "tests", "examples", "bench", ".ci", ".github"];

/** What is read in folders. */
const TEXT = /\.(?:[cm]?[jt]s|md|ya?ml)$/;

/** Files that have to name the words. */
const EXEMPT: ReadonlySet<string> = new Set([".ci/words.ts", ".ci/words_test.ts"]);

/** An expression that is not to be used. */
interface Word {
  /** Matches it, within a line or over the end of one. */
  readonly pattern: RegExp;
  /** What to write in its place. */
  readonly advice: string;
}

/** Makes a pattern of whole words; a blank in it matches a line break within a comment as well. */
function words(source: string): RegExp {
  return new RegExp(`\\b(?:${source.replaceAll(" ", String.raw`(?:[ \t]+|\s*\n\s*(?:\*|//)?[ \t]*)`)})\\b`, "gi");
}

/** The expressions, each with what to write in its place. */
export const WORDS: readonly Word[] = [
  { pattern: words("a text|texts|no text|one text"), advice: "a string, strings; the text of X" },
  {
    pattern: words("(?:is|are|was|were|be|been|isn't)(?: not| all)? over(?! \\d)"),
    advice: "has finished, has settled, has ended; exceeds",
  },
  {
    pattern: words("nobody|somebody|anybody|whoever|whomever"),
    advice: "no caller, another process, the caller, the user",
  },
  { pattern: words("anew"), advice: "again, from scratch" },
  { pattern: words("bears?|bearing|borne"), advice: "handles, survives, tolerates" },
  { pattern: words("heeds?|heeded|heedless|pays? no heed"), advice: "respects, obeys; ignores" },
  { pattern: words("at the (?:most|least)"), advice: "at most, at least" },
  { pattern: words("brought"), advice: "returned, produced, caused" },
  { pattern: words("(?:takes?|took|taken|taking) (?:\\w+ )?back"), advice: "undoes, removes, withdraws, unsubscribes" },
  { pattern: words("(?:makes?|made|making) up for"), advice: "catches up on, compensates" },
  { pattern: words("(?:becomes?|became|become) of"), advice: "the outcome of, what happens to" },
  { pattern: words("(?:goes|go|went|going|gone) on"), advice: "continues, proceeds; happens" },
  { pattern: words("in force"), advice: "current, active, in effect" },
  { pattern: words("(?:is|are) good for"), advice: "works for, allows, lasts" },
  { pattern: words("none of (?:its|their|his|your) own"), advice: "no X; not its own" },
  { pattern: words("(?:has|have|had) come to"), advice: "say what happened" },
  { pattern: words("none the wiser|by and by|in vain|lest"), advice: "say it in plain words" },
  { pattern: words("(?:lets?|letting) go of"), advice: "releases, closes, drops" },
  { pattern: words("(?:sees?|saw|seen|seeing) to(?! which| whom)"), advice: "makes sure that, handles" },
  { pattern: words("(?:tells?|told|telling) of"), advice: "reports, notifies" },
  {
    pattern: words(
      "(?<!there |which )(?:is|are|was|were) no (?!longer|more|less|later|earlier|one|other|such|need|way|use|\\d)[a-z]+",
    ),
    advice: "is not a X, does not X",
  },
  { pattern: /\b(?:MOST|LONGEST|DEEPEST|LARGEST|LEAST|SHORTEST|SMALLEST)(?:_[A-Z]+)*\b/g, advice: "MAX_…, MIN_…" },
];

/** A place where an expression stands. */
export interface Finding {
  /** Counted from 1. */
  readonly line: number;
  readonly found: string;
  readonly advice: string;
}

/** The expressions in a text that are not to be used, in the order of their places. */
export function findWords(text: string): Finding[] {
  const findings = WORDS.flatMap(({ pattern, advice }) =>
    [...text.matchAll(pattern)].map(({ 0: found, index }) => ({ index, found, advice }))
  );
  return findings.sort((a, b) => a.index - b.index).map(({ index, found, advice }) => ({
    line: text.slice(0, index).split("\n").length,
    found: found.replaceAll(/\s*\n\s*(?:\*|\/\/)?\s*/g, " "),
    advice,
  }));
}

/** The files at a path: itself, or all texts below it. */
async function* filesAt(path: string): AsyncGenerator<string> {
  const { isDirectory } = await Deno.stat(path);
  if (!isDirectory) return yield path;
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (isDirectory || TEXT.test(name)) yield* filesAt(join(path, name));
  }
}

/** The room of a file: the first two folders of its path. */
function roomOf(path: string): string {
  return path.split("/").slice(0, -1).slice(0, 2).join("/") || path;
}

async function main(args: readonly string[]): Promise<number> {
  const places = args.length > 0 ? args : PLACES.map((place) => join(ROOT, place));
  const counts = new Map<string, number>();
  for (const place of places) {
    for (const file of (await Array.fromAsync(filesAt(place))).sort()) {
      const path = relative(ROOT, await Deno.realPath(file)).replaceAll(sep, "/");
      if (EXEMPT.has(path)) continue;
      const findings = findWords(await Deno.readTextFile(file));
      for (const { line, found, advice } of findings) console.log(`${path}:${line}  ${found}  →  ${advice}`);
      if (findings.length > 0) counts.set(roomOf(path), (counts.get(roomOf(path)) ?? 0) + findings.length);
    }
  }
  if (counts.size === 0) return 0;
  const rooms = [...counts].sort(([, a], [, b]) => b - a);
  console.log(`\n${rooms.map(([room, count]) => `${String(count).padStart(5)}  ${room}`).join("\n")}`);
  const total = rooms.reduce((sum, [, count]) => sum + count, 0);
  console.log(`${total} expressions to be written in plainer words (the list is in .ci/words.ts)`);
  return 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
