import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  Assembly,
  isIdPart,
  PART_BYTES,
  stringOfRow,
  toManifest,
  toStaleParts,
  toWritten,
} from "../../../src/stores/kv/stored_values.ts";

/** What is stored for a large string. */
function largeOf(text: string) {
  const written = toWritten(text);
  assert("manifest" in written);
  return written;
}

Deno.test("a small string is one value that comes back, and has a checksum", () => {
  for (const text of ["", "a", "é€😀", "\ufeffx", "x".repeat(PART_BYTES - 4)]) {
    const written = toWritten(text);
    assert("row" in written && written.row.length <= PART_BYTES);
    assertEquals(stringOfRow(written.row), text);
    const changed = written.row.slice();
    changed[changed.length - 1]! ^= 1;
    assertThrows(() => stringOfRow(changed), TypeError, "the checksum of the record is another one");
  }
  for (const value of [null, "x", new Uint8Array(3), [1, 2, 3, 4]]) {
    assertThrows(() => stringOfRow(value), TypeError, "its value is not a record");
  }
});

Deno.test("a large string is cut into parts that are put together again", () => {
  for (const length of [PART_BYTES - 3, PART_BYTES, 2 * PART_BYTES, 2 * PART_BYTES + 1, 500_000]) {
    const text = "€".repeat(Math.floor(length / 3)) + "x".repeat(length % 3);
    const { manifest, parts } = largeOf(text);
    assertEquals(toManifest(structuredClone(manifest)), manifest);
    const assembly = new Assembly(manifest);
    for (const [index, part] of parts.entries()) assembly.add(index, part);
    assertEquals(assembly.text(), text);
  }
});

Deno.test("Assembly refuses parts that are missing, changed, too many or in another order", () => {
  const { manifest, parts } = largeOf("x".repeat(3 * PART_BYTES));
  const cases: readonly (readonly [entries: readonly (readonly [unknown, unknown])[], string])[] = [
    [[[0, parts[0]]], "part 1 of 3 is missing"],
    [[[1, parts[1]]], "part 0 of 3 is missing"],
    [[[0, parts[0]!.subarray(1)]], "part 0 of 3 is not what was written"],
    [[[0, "x"]], "part 0 of 3 is not what was written"],
    [[...parts.entries(), [3, parts[0]]], "there are more than 3 parts"],
    [[[0, parts[0]], [1, parts[1]], [2, new Uint8Array(PART_BYTES)]], "the checksum of its parts is another one"],
  ];
  for (const [entries, message] of cases) {
    const put = () => {
      const assembly = new Assembly(manifest);
      for (const [index, part] of entries) assembly.add(index, part);
      return assembly.text();
    };
    assertThrows(put, TypeError, message);
  }
});

Deno.test("toManifest() and toStaleParts() refuse what was not written", () => {
  const { manifest } = largeOf("x".repeat(100_000));
  const bad = [null, 5, {}, { ...manifest, count: 1 }, { ...manifest, generation: 5 }, { ...manifest, length: -1 }];
  for (const value of bad) assertThrows(() => toManifest(value), TypeError, "does not say where the parts");
  assertEquals(toStaleParts({ id: "a" }), { id: "a" });
  for (const value of [null, {}, { id: 5 }]) {
    assertThrows(() => toStaleParts(value), TypeError, "which parts are left over");
  }
});

Deno.test("isIdPart() is true for strings and digests", () => {
  for (const value of ["a", "", new Uint8Array(32)]) assert(isIdPart(value));
  for (const value of [5, null, new Uint8Array(31), [1]]) assert(!isIdPart(value));
});
