import { assertEquals } from "@std/assert";
import { AsyncLocalStorage } from "node:async_hooks";
import { runDetached } from "../../src/core/run_detached.ts";

Deno.test("runDetached() calls a function outside of the caller's async context, and what it starts as well", async () => {
  const storage = new AsyncLocalStorage<string>();
  const [inside, later, outside] = storage.run("task", () => [
    storage.getStore(),
    runDetached(() => Promise.resolve().then(() => storage.getStore())),
    runDetached(() => storage.getStore()),
  ]);
  assertEquals([inside, await later, outside], ["task", undefined, undefined]);
});
