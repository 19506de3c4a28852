import { assertEquals, assertRejects } from "@std/assert";
import { MemoryCheckpointer, sleep, task, TaskError, TaskRunner, waitFor } from "../../mod.ts";
import { recordEvents } from "../runner/support.ts";
import { recordingLogger } from "../support.ts";

const work = task({ name: "work" }, (x: number) => x);

Deno.test("a task that nothing blocks is ready when submit() returns, and one with a dependency once that has ended", async () => {
  await using runner = new TaskRunner();
  const first = runner.submit(work, 1);
  const second = runner.submit(work, first);
  assertEquals([first.status, second.status], ["ready", "pending"]);
  assertEquals([first.readyAt, second.readyAt !== undefined], [first.submittedAt, false]);
  await second;
  assertEquals(second.readyAt !== undefined, true);
});

Deno.test("a task whose time is yet to come is pending until then, also after its dependencies have ended", async () => {
  await using runner = new TaskRunner();
  const first = runner.submit(work, 1);
  const later = work.with({ runner, startAfter: 20 }).submit(first);
  await first;
  assertEquals(later.status, "pending");
  assertEquals(await later, 1);
});

Deno.test("a sleep and a signal never become ready", async () => {
  await using runner = new TaskRunner();
  const events = recordEvents(runner);
  const program = task({ name: "program" }, async () => [await sleep(1), await waitFor("key")]);
  const handle = runner.submit(program);
  const isDelivered = runner.deliver("key", 7);
  assertEquals([await handle, await isDelivered], [[undefined, 7], true]);
  assertEquals(events.filter((each) => each.includes("ready")), ["ready program#1"]);
});

Deno.test("a task whose limit has no key fails before it is ready", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue", logger: recordingLogger() });
  const key = () => {
    throw new RangeError("no key");
  };
  const limited = task({ name: "limited", concurrency: { limit: 1, key } }, () => 1);
  const handle = runner.submit(limited);
  assertEquals([handle.status, handle.readyAt], ["failed", undefined]);
  await assertRejects(() => handle.result(), TaskError, "no key");
});

Deno.test("a task that an earlier run has ended is never ready", async () => {
  const checkpointer = new MemoryCheckpointer();
  for (const isSecond of [false, true]) {
    await using runner = await TaskRunner.resume(checkpointer);
    const events = recordEvents(runner, ["ready", "completed"]);
    const handle = runner.submit(work, 1);
    await runner.run();
    assertEquals([handle.status, handle.restored], ["completed", isSecond]);
    assertEquals(events.map((each) => each.split(" ")[0]), isSecond ? ["completed"] : ["ready", "completed"]);
  }
});
