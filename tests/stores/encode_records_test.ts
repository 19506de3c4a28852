import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { TaskRecord } from "../../src/core/checkpointer.ts";
import { CheckpointError } from "../../src/core/errors.ts";
import { encodeRecords } from "../../src/stores/encode_records.ts";
import { codecNamed } from "../../src/stores/record_codec.ts";

const JSON_CODEC = codecNamed("json");

function record(id: string, value?: unknown): TaskRecord {
  return { id, name: "n", status: "completed", attempts: 1, args: [], dependsOn: [], value };
}

Deno.test("encodeRecords() returns the strings in the order of the records", () => {
  const records = [record("a", 1), record("b", [2])];
  assertEquals(encodeRecords(JSON_CODEC, records, undefined).map((each) => JSON.parse(each)), records);
});

Deno.test("encodeRecords() passes each codec what is known of the values", () => {
  const seen: unknown[] = [];
  const codec = { name: "structured", encode: (_: TaskRecord, encoding?: string) => `${seen.push(encoding)}` } as const;
  assertEquals(encodeRecords(codec, [record("a"), record("b")], ["clone", undefined]), ["1", "2"]);
  assertEquals(seen, ["clone", undefined]);
});

Deno.test("encodeRecords() names all records that cannot be encoded, and why the first one cannot", () => {
  const error = assertThrows(
    () => encodeRecords(JSON_CODEC, [record("a", 1n), record("b"), record("c", 2n)], undefined),
    CheckpointError,
    'Cannot save the records "a", "c" with codec: "json": TypeError: Do not know how to serialize a BigInt',
  );
  assertEquals(error.unsavable, ["a", "c"]);
  assert(error.cause instanceof TypeError);
});

Deno.test("encodeRecords() keeps its message short", () => {
  const records = Array.from({ length: 1_000 }, (_, index) => record(`r${index}`, 1n));
  const error = assertThrows(() => encodeRecords(JSON_CODEC, records, undefined), CheckpointError);
  assertEquals(error.unsavable?.length, 1_000);
  assert(error.message.length < 300);
});

Deno.test("encodeRecords() says what to do with what no string can hold", () => {
  const encode = () => {
    throw new RangeError("Invalid string length"); // as JSON.stringify() does
  };
  const error = assertThrows(() => encodeRecords({ name: "json", encode }, [record("a")], undefined), CheckpointError);
  assertStringIncludes(error.message, "it would have more than 500 million bytes; keep large values elsewhere");
});
