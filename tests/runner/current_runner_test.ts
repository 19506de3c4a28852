import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { currentRunner, TaskRunner } from "../../mod.ts";

Deno.test("currentRunner() is the runner of the running task, or the one that is used or entered", async () => {
  assertEquals(currentRunner(), undefined);
  await using runner = new TaskRunner();
  await using other = new TaskRunner();
  assertStrictEquals(runner.use(() => currentRunner()), runner);
  const seen = other.use(() => runner.submit(() => currentRunner() === runner));
  assertEquals(await seen, true);
  assertEquals(currentRunner(), undefined);
});

Deno.test("use() says what it needs", async () => {
  await using runner = new TaskRunner();
  assertThrows(
    () => runner.use(undefined as unknown as () => void),
    TypeError,
    "What use() is given must be a function",
  );
});
