import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { IdTable } from "../../../src/stores/file/id_table.ts";
import { bytesOf } from "./support.ts";

const id = fc.oneof(fc.string({ maxLength: 3 }), fc.string({ maxLength: 300 }), fc.nat(5_000).map((n) => `task#${n}`));

Deno.test("IdTable gives each id a number of its own, as a Map would", () => {
  fc.assert(fc.property(fc.array(id, { maxLength: 2_000 }), fc.string(), (ids, other) => {
    const table = new IdTable();
    const expected = new Map<string, number>();
    for (const each of ids) {
      if (!expected.has(each)) expected.set(each, expected.size);
      assertEquals(add(table, each), expected.get(each));
    }
    assertEquals(table.count, expected.size);
    for (const each of [...ids, other]) assertEquals(find(table, each), expected.get(each) ?? -1);
  }));
});

Deno.test("IdTable.only() keeps the ids it is given, in order, and numbers them again", () => {
  const table = new IdTable();
  for (let number = 0; number < 3_000; number++) add(table, `id ${number}`);
  const some = table.only((number) => number % 3 === 1);
  assertEquals([some.count, table.count], [1_000, 3_000]);
  assertEquals([find(some, "id 1"), find(some, "id 4"), find(some, "id 2998"), find(some, "id 0")], [0, 1, 999, -1]);
  assertEquals(add(some, "id 0"), 1_000);
});

Deno.test("IdTable keeps a million ids apart that differ little", () => {
  const table = new IdTable();
  const bytes = bytesOf("square#0000000");
  for (let number = 0; number < 1_000_000; number++) {
    for (let at = bytes.length - 1, rest = number; at > 6; at--, rest = Math.floor(rest / 10)) {
      bytes[at] = 48 + rest % 10;
    }
    if (table.add(bytes, 0, bytes.length) !== number) throw new Error(`${number} is taken for another`);
  }
  assertEquals(table.count, 1_000_000);
});

function add(table: IdTable, id: string): number {
  const bytes = bytesOf(`(${id})`);
  return table.add(bytes, 1, bytes.length - 1);
}

function find(table: IdTable, id: string): number {
  const bytes = bytesOf(id);
  return table.find(bytes, 0, bytes.length);
}
