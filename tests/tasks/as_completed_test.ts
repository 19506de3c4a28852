import { assertEquals, assertThrows } from "@std/assert";
import { TaskRunner } from "../../mod.ts";
import { asCompleted, task, type TaskHandle } from "../../src/tasks/mod.ts";

Deno.test("asCompleted() of the small entry point yields results in the order of their ends", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const wait = task({ name: "wait" }, async (isLast: boolean) => isLast ? await promise : "first");
  const both = task({ name: "both" }, async () => {
    const seen: unknown[] = [];
    for await (const { value } of asCompleted(wait.map([true, false]))) {
      seen.push(value);
      resolve("last");
    }
    return seen;
  });
  await using runner = new TaskRunner();
  assertEquals(await runner.submit(both), ["first", "last"]);
});

Deno.test("asCompleted() refuses what is not a handle", () => {
  assertThrows(
    () => asCompleted([5 as unknown as TaskHandle<number>]),
    TypeError,
    "handles that submit() returned, not 5",
  );
  assertThrows(() => asCompleted(5 as unknown as []), TypeError, "an iterable of handles, not 5");
});

Deno.test("asCompleted() of no handles ends at once", async () => {
  assertEquals(await Array.fromAsync(asCompleted([])), []);
});
