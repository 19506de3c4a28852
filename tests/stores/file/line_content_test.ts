import { assertEquals } from "@std/assert";
import { batchOf, bytesOfId, contentOf, endOfId, ID_AT, removalOf } from "../../../src/stores/file/line_content.ts";
import { bytesOf } from "./support.ts";

Deno.test("endOfId() finds the id that a record begins with", () => {
  for (const id of ["a", 'with "quotes"', "back\\slash", "line\nbreak", "é€😀", "\\"]) {
    const line = bytesOf(`,${JSON.stringify({ id, name: "x" }).slice(1)}`);
    const end = endOfId(line, 0, line.length);
    assertEquals(line.subarray(ID_AT, end), bytesOfId(id), id);
  }
});

Deno.test("endOfId() is -1 if a line begins with something else, or has no end of an id", () => {
  for (const text of ["{}", '{"name":"x"}', '{"id":5}', '{"id":""}', '{"id":"a', '{"id":"a\\"', '{"i', ""]) {
    assertEquals(endOfId(bytesOf(text), 0, text.length), -1, text);
  }
});

Deno.test("contentOf() tells records, removals and batches apart", () => {
  assertEquals(contentOf(bytesOf('{"name":"x","id":"a\\n"}')), { id: bytesOf("a\\n") });
  assertEquals(contentOf(bytesOf(removalOf(["a", "b\n"]))), { removed: [bytesOf("a"), bytesOf("b\\n")] });
  assertEquals(contentOf(bytesOf(batchOf(3))), { batch: 3 });
});

Deno.test("contentOf() of anything else is undefined", () => {
  const lines = [
    "",
    "x",
    "5",
    "null",
    "[]",
    "{}",
    '{"id":5}',
    '{"id":""}',
    '{"batch":0}',
    '{"batch":1.5}',
    '{"delete":[5]}',
  ];
  for (const each of lines) assertEquals(contentOf(bytesOf(each)), undefined, each);
});
