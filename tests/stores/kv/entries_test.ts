import { assertEquals } from "@std/assert";
import { readAll, readEntry, readPage } from "../../../src/stores/kv/entries.ts";

Deno.test("entries are read one, a page, or all of them", async () => {
  using kv = await Deno.openKv(":memory:");
  for (let index = 0; index < 25; index++) await kv.set(["p", index], index * 10);
  await kv.set(["q", 0], "other");
  assertEquals((await readEntry(kv, ["p", 3])).value, 30);
  assertEquals((await readEntry(kv, ["p", 99])).versionstamp, null);
  const first = await readPage(kv, ["p"], 10, "");
  const second = await readPage(kv, ["p"], 10, first.cursor);
  const third = await readPage(kv, ["p"], 10, second.cursor);
  const pages = [first, second, third].map(({ entries }) => entries.map(({ value }) => value));
  assertEquals(pages.map((page) => page.length), [10, 10, 5]);
  assertEquals(third.cursor, "");
  for (const size of [1, 5, 10, 25, 100]) {
    assertEquals(await Array.fromAsync(readAll(kv, ["p"], size), ({ value }) => value), pages.flat());
  }
  assertEquals(await Array.fromAsync(readAll(kv, ["none"], 10)), []);
});
