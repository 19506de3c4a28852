/**
 * Values of several kinds that tasks take and return.
 *
 * @module
 */

import type { CodecName } from "../../mod.ts";
import { Random } from "./random.ts";

/** An error with a class and fields of its own. */
export class PlannedError extends Error {
  override readonly name = "PlannedError";
  readonly details: unknown;

  constructor(message: string, details: unknown, cause?: unknown) {
    super(message, { cause });
    this.details = details;
  }
}

const JSON_KINDS = {
  nothing: () => undefined,
  null: () => null,
  boolean: (random: Random) => random.chance(0.5),
  number: (random: Random) => random.next() * 10 ** random.int(-20, 20),
  text: (random: Random) => textOf(random, random.int(0, 60)),
  list: (random: Random) => Array.from({ length: random.int(0, 9) }, () => smallJson(random)),
  record: (random: Random) => recordOf(random),
  /** As text more than one value of Deno KV may take, and more than one write of a pipe. */
  large: (random: Random) => textOf(random, random.int(66_000, 120_000)),
  /** Some of them fill a file. */
  medium: (random: Random) => textOf(random, random.int(20_000, 40_000)),
  numbers: (random: Random) => Array.from({ length: 3_000 }, () => random.int(-1e9, 1e9)),
} as const;

const STRUCTURED_KINDS = {
  special: (random: Random) => [-0, NaN, Infinity, undefined, random.int(0, 9)],
  bigint: (random: Random) => BigInt(random.int(1, 2 ** 31)) ** 5n,
  date: (random: Random) => new Date(random.int(0, 4e12)),
  map: (random: Random) => new Map<unknown, unknown>([[smallJson(random), new Set([1n, "1"])], [{}, recordOf(random)]]),
  bytes: (random: Random) => Uint8Array.from({ length: random.int(1, 90_000) }, (_, index) => index * 7 % 251),
  floats: (random: Random) => Float64Array.of(random.next(), -0, Infinity),
  holes: (random: Random) => Object.assign(new Array<unknown>(5), { 3: random.next() }),
  cycle: (random: Random) => cycleOf(random),
  error: (random: Random) =>
    new PlannedError(textOf(random, 9), new Map([[1, smallJson(random)]]), new RangeError("the cause")),
} as const;

/** Kinds of values. */
export type ValueKind = keyof typeof JSON_KINDS | keyof typeof STRUCTURED_KINDS;

const MAKERS: Readonly<Record<ValueKind, (random: Random) => unknown>> = { ...JSON_KINDS, ...STRUCTURED_KINDS };

/** The kinds that a codec keeps. */
export function kindsFor(codec: CodecName): readonly ValueKind[] {
  return Object.keys(codec === "json" ? JSON_KINDS : MAKERS) as ValueKind[];
}

/** A value of that kind; the same each time for the same seed. */
export function makeValue(kind: ValueKind, seed: number): unknown {
  return MAKERS[kind](new Random(seed));
}

const CHARACTERS = [
  "a",
  "b",
  " ",
  "\n",
  '"',
  "\\",
  "\u2028",
  "\0",
  "ä",
  "語",
  "🦕",
  "\ud800",
  "{",
  "]",
  "null",
  "\x1e",
];

function textOf(random: Random, length: number): string {
  if (length > 100) return textOf(random, 99).repeat(Math.ceil(length / 99));
  return Array.from({ length }, () => random.pick(CHARACTERS)).join("");
}

function smallJson(random: Random): unknown {
  return random.pick([0, 1.5, "", textOf(random, 5), null, true, [], {}, [[1], { a: null }]]);
}

function recordOf(random: Random): Record<string, unknown> {
  const names = ["a", "b", "id", "__proto", "constructor", "toString", "ü", "", "0", "status", "$workflowy"];
  return Object.fromEntries(random.some(names, random.int(0, 6)).map((name) => [name, smallJson(random)]));
}

function cycleOf(random: Random): unknown {
  const cycle: Record<string, unknown> = { at: random.next() };
  cycle["self"] = cycle;
  cycle["list"] = [cycle];
  return cycle;
}
