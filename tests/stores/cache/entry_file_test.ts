import { assertEquals, assertThrows } from "@std/assert";
import { decodeEntry, encodeEntry, keptValueOf, valueOf } from "../../../src/stores/cache/entry_file.ts";

const outputs = [["out.txt", "file:abc"]] as const;

Deno.test("an entry is read as it was written", () => {
  for (const value of [undefined, 5, "ü", { a: [1n] }, new Map([[1, new Error("no")]]), new Uint8Array(3)]) {
    const entry = { savedAt: 5, outputs, value: keptValueOf(value) };
    const read = decodeEntry(encodeEntry(entry))!;
    assertEquals([read.savedAt, read.outputs, valueOf(read.value)], [5, outputs, value]);
  }
});

Deno.test("an entry with any byte changed, or cut anywhere, is none", () => {
  const bytes = encodeEntry({ savedAt: 5, outputs, value: keptValueOf({ text: "value" }) });
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice();
    changed[at]! ^= 1;
    assertEquals(decodeEntry(changed), undefined);
    assertEquals(decodeEntry(bytes.slice(0, at)), undefined);
  }
});

Deno.test("a value that would not come back equal is refused, with the path to what would not", () => {
  assertThrows(() => keptValueOf({ a: [() => {}] }), TypeError, "value.a[0]");
});
