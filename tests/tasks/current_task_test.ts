import { assertEquals } from "@std/assert";
import { currentTask, task, TaskRunner } from "../../mod.ts";

Deno.test("currentTask() is that of the body, also where the body uses another runner", async () => {
  await using runner = new TaskRunner();
  await using other = new TaskRunner();
  const names = task({ name: "outer" }, () => [currentTask()?.name, other.use(() => currentTask()?.name)]);
  assertEquals(await runner.submit(names), ["outer", "outer"]);
  assertEquals([currentTask(), other.use(() => currentTask())], [undefined, undefined]);
});

Deno.test("currentTask() of a child is the child, and that of its parent is the parent again", async () => {
  await using runner = new TaskRunner();
  const child = task({ name: "child" }, () => currentTask()?.name);
  const parent = task({ name: "parent" }, async () => {
    const before = currentTask()?.name;
    return [before, await child.submit(), currentTask()?.name];
  });
  assertEquals(await runner.submit(parent), ["parent", "child", "parent"]);
});
