import { assertEquals, assertMatch } from "@std/assert";
import { sleep, task, TaskRunner, TaskTimeoutError, waitFor } from "../../mod.ts";
import { atDefinition } from "../../src/engine/error_place.ts";
import type { Handle } from "../../src/engine/handle.ts";

const HERE = /^(\w+): (.*\n)+? {4}at (\S+) \(file:.*error_place_test\.ts:\d+:\d+\)$/;

async function stackOf(handle: { exception(): Promise<unknown> }): Promise<string> {
  return (await handle.exception() as Error).stack!;
}

Deno.test("errors that no body threw point to where their task is defined, and to nothing of this package", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const late = task({ name: "late", deadline: 1 }, async () => await sleep("1h"));
  const asks = task({ name: "asks" }, async () => await waitFor("nothing", { timeout: 1 }));
  const fails = task({ name: "fails" }, () => {
    throw new Error("no");
  });
  const follows = task({ name: "follows" }, (_: unknown) => {});
  for (const handle of [runner.submit(late), runner.submit(asks), runner.submit(follows, runner.submit(fails))]) {
    const stack = await stackOf(handle);
    assertMatch(stack, HERE);
    assertEquals(HERE.exec(stack)![3], handle.name);
  }
});

Deno.test("an error of a wait that belongs to no task has no place", async () => {
  await using runner = new TaskRunner();
  const outer = runner.submit(task({ name: "outer" }, () => {}));
  await outer;
  const wait = { name: "waitFor", parent: undefined, spec: { ...(outer as Handle).spec, wait: "signal" as const } };
  const error = atDefinition(new TaskTimeoutError("late", { task: "waitFor" }), wait);
  assertEquals(error.stack, "TaskTimeoutError: late");
  assertMatch(atDefinition(error, { ...wait, parent: outer as Handle }).stack!, HERE);
});
