import { assertEquals, assertThrows } from "@std/assert";
import type { JobTask } from "../../../src/core/pool.ts";
import { ThreadKind } from "../../../src/pools/thread/thread_kind.ts";
import { connectOneOfTwo } from "../startable_kind.ts";

const taskWith = (options: Record<string, unknown>) => ({ name: "load", options }) as unknown as JobTask;

Deno.test("ThreadKind takes each task of a module on any of its threads", () => {
  const kind = new ThreadKind();
  const modules = [import.meta.url, "https://example.com/tasks.ts"];
  assertEquals(modules.map((module) => kind.groupOf(taskWith({ module, permissions: "inherit" }))), ["", ""]);
});

Deno.test("ThreadKind refuses a task without a module, and one with permissions of its own", () => {
  const kind = new ThreadKind();
  assertThrows(() => kind.groupOf(taskWith({ permissions: "inherit" })), TypeError, 'Cannot run "load" on a thread');
  assertThrows(() => kind.groupOf(taskWith({ module: import.meta.url, permissions: "none" })), Error, "load");
});

Deno.test("ThreadKind starts threads that are connected later, or ended", async () => {
  await connectOneOfTwo(new ThreadKind(), taskWith({ module: "data:text/javascript," }));
});
