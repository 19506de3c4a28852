import { assertEquals, assertThrows } from "@std/assert";
import type { JobTask } from "../../../src/core/pool.ts";
import { ThreadKind } from "../../../src/pools/thread/thread_kind.ts";
import { RecordingListener } from "../recording_listener.ts";

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
  const kind = new ThreadKind();
  const task = taskWith({ module: "data:text/javascript," });
  const [used, unused] = [kind.start(task, false), kind.start(task, false)];
  await unused.end();
  const connect = await kind.load();
  const started = Promise.withResolvers<void>();
  class Listener extends RecordingListener {
    override ready(): void {
      started.resolve();
    }
  }
  const channel = connect(used, task, new Listener());
  await started.promise;
  await channel.end();
});
