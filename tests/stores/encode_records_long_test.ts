import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { CheckpointError, FileCheckpointer, MemoryCheckpointer, task, TaskRunner } from "../../mod.ts";
import { runnerOn } from "../runner/scripted_checkpointer.ts";

Deno.test("a result that is too large to be stored costs its own task only", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const large = task({ name: "large" }, () => "\0".repeat(90_000_000));
    const small = task({ name: "small" }, (x: number) => x);
    await using runner = runnerOn(new FileCheckpointer(`${folder}/state.jsonl`), { onTaskError: "continue" });
    const failed = runner.submit(large);
    const others = [1, 2, 3].map((x) => runner.submit(small, x));
    await runner.run();
    assertStringIncludes((await failed.exception() as Error).message, "it would have more than 500 million bytes");
    assertEquals(await Promise.all(others), [1, 2, 3]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("arguments that are too large to be stored are an error of submit(), or with a key of their task", async () => {
  const length = task({ name: "length" }, (text: string) => text.length);
  await using runner = runnerOn(new MemoryCheckpointer(), { onTaskError: "continue" });
  const large = "\0".repeat(90_000_000);
  const message = "would have more than 500 million bytes; keep large values elsewhere";
  assertThrows(() => runner.submit(length, large), CheckpointError, message);
  const failed = length.with({ key: "k", runner }).submit(large);
  const other = runner.submit(length, "abc");
  await runner.run();
  assertStringIncludes((await failed.exception() as Error).message, message);
  assertEquals(await other, 3);
});

Deno.test("a result with fewer characters, but more bytes than a string can be read from, costs its own task only", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/state.jsonl`;
    const large = task({ name: "large" }, () => "€".repeat(180_000_000));
    const small = task({ name: "small" }, (x: number) => x);
    {
      await using runner = runnerOn(new FileCheckpointer(path), { onTaskError: "continue" });
      const failed = runner.submit(large);
      const other = runner.submit(small, 1);
      await runner.run();
      assertStringIncludes((await failed.exception() as Error).message, "it would have more than 500 million bytes");
      assertEquals(await other, 1);
    }
    await using runner = await TaskRunner.resume(path);
    const again = runner.submit(small, 1);
    assertEquals([await again, again.restored], [1, true]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
