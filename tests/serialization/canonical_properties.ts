/**
 * What is true of the canonical strings of any values.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { canonicalString } from "../../src/serialization/canonical.ts";
import { smallValue } from "./arbitrary.ts";
import { same } from "./same.ts";

/** Makes tests with so many random values each. */
export function testCanonicalStrings(numRuns: number): void {
  Deno.test("canonicalString() of equal values is the same, of others it is not", () => {
    let equal = 0;
    fc.assert(
      fc.property(fc.array(smallValue, { minLength: 15, maxLength: 15 }), (values) => {
        const strings = values.map(canonicalString);
        values.forEach((a, index) => {
          for (let other = 0; other < index; other++) {
            const isSame = same(a, values[other], "plain");
            if (isSame) equal++;
            assertEquals(strings[index] === strings[other], isSame, `${strings[index]}\n${strings[other]}`);
          }
        });
      }),
      { numRuns: numRuns / 5 },
    );
    assert(equal > numRuns / 60, `only ${equal} pairs were equal`);
  });

  Deno.test("canonicalString() of a value and of one with another in its place differ", () => {
    fc.assert(
      fc.property(smallValue, smallValue, smallValue, (a, b, c) => {
        for (const wrap of [wrapInArray, wrapInRecord, wrapInMap, wrapInSet, wrapInError]) {
          assertEquals(
            canonicalString(wrap(a, c)) === canonicalString(wrap(b, c)),
            same(wrap(a, c), wrap(b, c), "plain"),
          );
        }
      }),
      { numRuns },
    );
  });
}

function wrapInArray(value: unknown, other: unknown): unknown {
  return [other, value];
}
function wrapInRecord(value: unknown, other: unknown): unknown {
  return { value, other };
}
function wrapInMap(value: unknown, other: unknown): unknown {
  return new Map([[other, value], [value, other]]);
}
function wrapInSet(value: unknown, other: unknown): unknown {
  return new Set([other, value]);
}
function wrapInError(value: unknown, other: unknown): unknown {
  return Object.assign(new Error("m", { cause: other }), { value });
}
