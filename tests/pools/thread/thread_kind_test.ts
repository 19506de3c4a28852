import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { TaskRunner, WorkerLostError } from "../../../mod.ts";
import type { JobTask } from "../../../src/core/pool.ts";
import { ThreadKind } from "../../../src/pools/thread/thread_kind.ts";
import { connectOneOfTwo } from "../startable_kind.ts";
import { answer, answerOnce, breakBuiltIn } from "./breaking_tasks.ts";

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

Deno.test("a thread whose built-ins a body has broken is lost with the next task, which says so or runs elsewhere", async () => {
  for (const which of ["iterator", "push", "get"] as const) {
    await using runner = new TaskRunner({
      pools: { thread: { backend: "thread", maxWorkers: 1 } },
      onTaskError: "continue",
    });
    const broken = runner.submit(breakBuiltIn, which);
    const once = runner.submit(answerOnce.with({ dependsOn: [broken] }));
    await runner.run();
    assertEquals(await broken, which);
    await assertRejects(() => once.result(), WorkerLostError, "was lost", which);
    const again = runner.submit(breakBuiltIn, which);
    const retried = runner.submit(answer.with({ dependsOn: [again] }));
    await runner.run();
    assertEquals([await retried, retried.attempts], [42, 2]);
  }
});
