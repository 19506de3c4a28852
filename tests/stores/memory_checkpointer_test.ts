import { assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { MemoryCheckpointer } from "../../src/stores/memory_checkpointer.ts";
import type { TaskRecord } from "../../src/core/checkpointer.ts";
import { CheckpointError } from "../../src/core/errors.ts";

// What all checkpointers have in common is tested by checkpointer_cases_test.ts.

function record(id: string, value: unknown = id): TaskRecord {
  return { id, name: "a", status: "completed", attempts: 1, args: [], dependsOn: [], value };
}

Deno.test("MemoryCheckpointer keeps JSON, or what structured clone takes", () => {
  assertEquals(new MemoryCheckpointer().codec, "json");
  assertEquals(new MemoryCheckpointer({}).codec, "json");
  assertEquals(new MemoryCheckpointer({ codec: undefined }).codec, "json");
  assertEquals(new MemoryCheckpointer({ codec: "structured" }).codec, "structured");
});

Deno.test("MemoryCheckpointer keeps its records after its disposal", async () => {
  const checkpointer = new MemoryCheckpointer();
  {
    await using disposed = checkpointer;
    await disposed.save([record("a")]);
  }
  assertEquals(await Array.fromAsync(checkpointer.load()), [record("a")]);
  assertEquals(await Array.fromAsync(new MemoryCheckpointer().load()), []);
});

Deno.test("MemoryCheckpointer.load() yields what there was when it began", async () => {
  const checkpointer = new MemoryCheckpointer();
  await checkpointer.save([record("a"), record("b")]);
  const ids: string[] = [];
  for await (const { id } of checkpointer.load()) {
    ids.push(id);
    await checkpointer.save([record(`${id}+`), record("b", "new")]);
    await checkpointer.delete(["b"]);
  }
  assertEquals(ids, ["a", "b"]);
  assertEquals((await Array.fromAsync(checkpointer.load())).map(({ id }) => id), ["a", "a+", "b+"]);
});

Deno.test("MemoryCheckpointer.save() rejects with a CheckpointError that names the record", async () => {
  const json = new MemoryCheckpointer();
  const error = await assertRejects(() => json.save([record("a"), record("b", 1n)]), CheckpointError);
  assertEquals(
    error.message,
    'Cannot save the record "b" with codec: "json": TypeError: Do not know how to serialize a BigInt',
  );
  assertInstanceOf(error.cause, TypeError);
  const structured = new MemoryCheckpointer({ codec: "structured" });
  await assertRejects(
    () => structured.save([record("a", () => 1)]),
    CheckpointError,
    'Cannot save the record "a" with codec: "structured": TypeError: record.value is a function, which cannot be saved: use plain data',
  );
  for (const checkpointer of [json, structured]) assertEquals(await Array.fromAsync(checkpointer.load()), []);
});

Deno.test("MemoryCheckpointer never throws where it returns a promise", async () => {
  const checkpointer = new MemoryCheckpointer();
  await assertRejects(() => checkpointer.save(undefined as never), TypeError);
  await assertRejects(() => checkpointer.delete(undefined as never), TypeError);
});

Deno.test("MemoryCheckpointer refuses wrong options", () => {
  assertThrows(
    () => new MemoryCheckpointer({ path: "x" } as never),
    TypeError,
    'Unknown option "path" of a MemoryCheckpointer',
  );
  assertThrows(
    () => new MemoryCheckpointer(null as never),
    TypeError,
    "The options of a MemoryCheckpointer must be an object",
  );
  assertThrows(
    () => new MemoryCheckpointer({ codec: "xml" as never }),
    RangeError,
    "codec of a MemoryCheckpointer must be one of",
  );
});
