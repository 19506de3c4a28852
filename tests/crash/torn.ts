/**
 * Files that end too early, as a write was not carried out to its end.
 *
 * @module
 */

import { fingerprint } from "./fingerprint.ts";
import type { Runs } from "./runs.ts";
import { readStore, type Records, type StoreSpec } from "./store.ts";

/** From how many of the files a run continues. */
const RESUMED = 3;
/** How many places are tried before the last write. */
const EARLIER = 40;
/** Larger files take too long, in bytes. */
const MAX_BYTES = 150_000;

const NEWLINE = 0x0a;

/**
 * Cuts copies of the checkpoint at every byte of its last write, and at some before that. Each must load, as what it was
 * before the write that was cut; and runs that continue from some of them must come to the right end.
 *
 * @param most How many places are tried in the write; if it is longer, at its beginning, at its end, and some between.
 * @returns How many copies there were.
 * @throws {CrashFailure} If one of them does not.
 */
export async function tearLastWrite(runs: Runs, most: number): Promise<number> {
  const bytes = await bytesOf(runs.store.path);
  if (bytes.length === 0 || bytes.length > MAX_BYTES) return 0;
  const { random } = runs;
  const whole = await readCut(runs, bytes, bytes.length);
  const { start, before } = await lastWriteOf(runs, bytes);
  const cuts = bytesBetween(start, bytes.length, most);
  for (const cut of cuts) {
    const found = await readCut(runs, bytes, cut);
    // All but the line break is there: whether that counts as written is not settled.
    if (sameRecords(found, before) || (cut === bytes.length - 1 && sameRecords(found, whole))) continue;
    throw runs.failure(`cut at byte ${cut} of ${bytes.length}`, [
      `it does not hold what it did before its last write, which began at ${start}`,
    ]);
  }
  const earlier = Array.from({ length: EARLIER }, () => random.int(0, start));
  for (const cut of earlier) await readCut(runs, bytes, cut);
  for (const cut of random.some([...cuts, ...earlier.slice(0, RESUMED)], RESUMED)) await continueFrom(runs, bytes, cut);
  return cuts.length + earlier.length;
}

/** Where the last write began, and what the file held then: without the last line, nothing of its batch is there. */
async function lastWriteOf(
  runs: Runs,
  bytes: Uint8Array,
): Promise<{ readonly start: number; readonly before: Records }> {
  let start = lineBefore(bytes, bytes.length);
  const before = await readCut(runs, bytes, start);
  while (start > 0) {
    const earlier = lineBefore(bytes, start);
    if (!sameRecords(await readCut(runs, bytes, earlier), before)) break;
    start = earlier;
  }
  return { start, before };
}

/** Where the line begins that ends there. */
function lineBefore(bytes: Uint8Array, end: number): number {
  return bytes.lastIndexOf(NEWLINE, end - 2) + 1;
}

/** Continues from the file, cut. */
async function continueFrom(runs: Runs, bytes: Uint8Array, cut: number): Promise<void> {
  const before = await readCut(runs, bytes, cut);
  await runs.go(runs.orderOf({ store: tornStore(runs) }), undefined, before, true);
}

async function readCut(runs: Runs, bytes: Uint8Array, cut: number): Promise<Records> {
  const store = tornStore(runs);
  await Deno.writeFile(store.path, bytes.subarray(0, cut));
  try {
    return await readStore(store);
  } catch (error) {
    throw runs.failure(`cut at byte ${cut} of ${bytes.length}`, [`the checkpoint cannot be read: ${error}`]);
  }
}

function tornStore({ store, folder }: Runs): StoreSpec {
  return { ...store, path: `${folder}/torn` };
}

function bytesBetween(from: number, to: number, most: number): number[] {
  const all = Array.from({ length: to - from }, (_, index) => from + index);
  if (all.length <= most) return all;
  const third = Math.ceil(most / 3);
  const inner = all.slice(third, -third);
  const step = Math.ceil(inner.length / third);
  return [...all.slice(0, third), ...inner.filter((_, index) => index % step === 0), ...all.slice(-third)];
}

function sameRecords(a: Records, b: Records): boolean {
  return a.size === b.size && a.values().every((record) => fingerprint(record) === fingerprint(b.get(record.id)));
}

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Uint8Array();
    throw error;
  }
}
