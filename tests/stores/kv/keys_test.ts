import { assert, assertEquals, assertThrows } from "@std/assert";
import { checkPrefix, describeKey, idPartOf, keyOfPart, KeySpace, shortPart } from "../../../src/stores/kv/keys.ts";

Deno.test("KeySpace has keys for each kind, and counts at least the bytes that Deno KV does", async () => {
  using kv = await Deno.openKv(":memory:");
  const keys = new KeySpace(["p", 1, 2n, true, new Uint8Array([0, 1, 0])]);
  const ids = ["a", "\0\0", "é€😀", new Uint8Array(32)];
  for (const id of ids) {
    for (const { key } of [keys.row(id), keys.large(id), keys.stale("g"), keys.part(id, "g", 3)]) {
      await kv.set([...key], 1);
      assertEquals((await kv.get([...key])).key, [...key]);
    }
    assertEquals(keys.lastOf(keys.row(id).key), id);
    assertEquals(keys.part(id, "g", 3).key, [...keys.parts(id, "g").key, 3]);
  }
  assertEquals(keys.lastOf([...keys.all("row"), "a", "b"]), undefined);
  assertEquals([keys.header.key.at(-1), keys.lease.key.at(-1)], ["header", "lease"]);
  // A key has at most 2,048 bytes: one that is counted as shorter is accepted.
  const id = "\0".repeat(250) + "é".repeat(5);
  const { key, bytes } = new KeySpace([new Uint8Array(1_500)]).row(id);
  assert(bytes > 2_048);
  await kv.set([...new KeySpace(["x".repeat(500)]).row(id).key], 1);
  let isRefused = false;
  await kv.set([...key], 1).catch(() => isRefused = true);
  assert(isRefused);
});

Deno.test("an id stands in a key as it is, or as its digest if it is too long or not well-formed", async () => {
  for (const id of ["a", "x".repeat(510), "é"]) assertEquals([shortPart(id), await idPartOf(id)], [id, id]);
  for (const id of ["x".repeat(511), "€".repeat(300), "\ud800"]) {
    assertEquals(shortPart(id), undefined);
    const part = await idPartOf(id);
    assert(part instanceof Uint8Array && part.length === 32);
    assertEquals(part, await idPartOf(id));
  }
  assert(keyOfPart(await idPartOf("\ud800")) !== keyOfPart(await idPartOf("\ud801")));
  assert(keyOfPart("ab") !== keyOfPart(new Uint8Array([0xab])));
});

Deno.test("checkPrefix() returns a copy of the parts, and refuses what is not a prefix", () => {
  const bytes = new Uint8Array([1]);
  const prefix = checkPrefix(["a", 1, bytes], "prefix");
  bytes[0] = 2;
  assertEquals(prefix, ["a", 1, new Uint8Array([1])]);
  assertEquals(checkPrefix("a", "prefix"), ["a"]);
  assertThrows(() => checkPrefix(5, "prefix"), TypeError, "prefix must be a string or an array of key parts, not 5");
  assertThrows(() => checkPrefix([{}], "prefix"), TypeError, "Part 0 of prefix must be");
  assertThrows(() => checkPrefix([], "prefix"), RangeError, "at least one part");
  assertThrows(() => checkPrefix("", "prefix"), RangeError, "prefix must not be empty");
  assertThrows(() => checkPrefix(["x".repeat(512)], "prefix"), RangeError, "up to 512 bytes, not 514");
  assertThrows(() => checkPrefix(["\ud800"], "prefix"), RangeError, "lone surrogates");
  assertThrows(() => checkPrefix(["a", "row"], "prefix"), RangeError, 'Part 1 of prefix must not be "row"');
  assertEquals(checkPrefix(["row"], "prefix"), ["row"]);
});

Deno.test("describeKey() writes a key as a program would have it", () => {
  assertEquals(describeKey(["a", 1, 2n, true, new Uint8Array([255])]), '["a", 1, 2n, true, Uint8Array.fromHex("ff")]');
});
