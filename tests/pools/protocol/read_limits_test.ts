import { assert, assertEquals, assertThrows } from "@std/assert";
import { ByteReader, ByteWriter, FRAME_HEAD } from "../../../src/pools/protocol/bytes.ts";
import { checkClone, checkJson, limitsFor } from "../../../src/pools/protocol/read_limits.ts";

const MIB = 2 ** 20;
const encoder = new TextEncoder();

Deno.test("limitsFor() leaves a worker alone that may do what the program may", () => {
  assertEquals(limitsFor(false), undefined);
  assertEquals(limitsFor(false, Infinity), undefined);
  assertEquals(limitsFor(true, 64), { maxBytes: 64 * MIB, maxMemory: 64 * MIB });
  assertEquals(limitsFor(false, 64), limitsFor(true, 64));
  assert(limitsFor(true) !== undefined);
});

const BOMBS: Readonly<Record<string, string>> = {
  "nested arrays": "[".repeat(MIB) + "]".repeat(MIB),
  "empty objects": `[${"{},".repeat(MIB)}{}]`,
  "many numbers": `[${"0,".repeat(5 * MIB)}0]`,
  "arrays behind a string": `["\\"[",${"[],".repeat(MIB)}[]]`,
};

for (const [name, json] of Object.entries(BOMBS)) {
  Deno.test(`checkJson() refuses what its sender cannot have had in memory: ${name}`, () => {
    assertThrows(() => checkJson(encoder.encode(json), limitsFor(true, 20)!), RangeError, "more than its worker");
    checkJson(encoder.encode(json), limitsFor(true, 200)!);
  });
}

Deno.test("checkJson() does not take what is within strings for elements", () => {
  const json = JSON.stringify(["[{,".repeat(2 * MIB), '\\",'.repeat(MIB), "a\\"]);
  checkJson(encoder.encode(json), { maxBytes: Infinity, maxMemory: 200 });
});

Deno.test("checkJson() refuses more elements than V8 takes, whatever the memory", () => {
  const bytes = new Uint8Array(2 ** 26 + 10).fill(0x2c);
  assertThrows(() => checkJson(bytes, limitsFor(true)!), RangeError);
});

Deno.test("checkClone() refuses values with which V8 could end the program", () => {
  checkClone(2 ** 26);
  assertThrows(() => checkClone(2 ** 27), RangeError, "can be read");
});

Deno.test("ByteReader checks JSON before it parses it, where it has limits", () => {
  const writer = new ByteWriter();
  const start = writer.begin(1);
  writer.value(Array.from({ length: 500_000 }, () => []), "it");
  writer.end(start);
  const read = (memory: number) => {
    const reader = new ByteReader(writer.bytes, { maxBytes: memory, maxMemory: memory });
    reader.seek(FRAME_HEAD + 1, writer.length);
    return reader.value() as unknown[];
  };
  assertEquals(read(100 * MIB).length, 500_000);
  assertThrows(() => read(5 * MIB), RangeError, "elements");
});
