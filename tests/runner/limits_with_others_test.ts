import { assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { MemoryCheckpointer, task, TaskRunner, TaskTimeoutError } from "../../mod.ts";

const HOURLY = { limit: 1, period: "1h" } as const;

Deno.test("a deadline ends a task that waits for a throttle, and others wait on", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const limited = task({ name: "limited", throttle: HOURLY }, (x: number) => x).with({ runner });
  assertEquals(await limited.submit(1), 1);
  const late = limited.with({ deadline: 20 }).submit(2);
  const patient = limited.submit(3);
  const error = await late.exception();
  assertInstanceOf(error, TaskTimeoutError);
  assertStringIncludes(patient.explain(), "throttle");
  assertEquals([late.attempts, patient.status], [0, "ready"]);
  patient.cancel();
});

Deno.test("a retried task stands in line for its limits like a new one, with its label", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  let most = 0;
  let now = 0;
  let isUp = false;
  const work = task({ name: "work", concurrency: 1, label: (x: number) => `no. ${x}` }, async (x: number) => {
    most = Math.max(most, ++now);
    await Promise.resolve();
    now--;
    if (!isUp) throw new Error("down");
    return x;
  }).with({ runner });
  const handles = work.map([1, 2, 3]);
  assertEquals((await runner.run()).counts.failed, 3);
  isUp = true;
  const retried = runner.retryFailed();
  assertEquals((await runner.run()).counts.completed, 3);
  assertEquals(retried.map(({ id, label }) => [id, label]), handles.map(({ id }, at) => [id, `no. ${at + 1}`]));
  assertEquals([most, now], [1, 0]);
});

for (const what of ["a paused pool", "a throttle"] as const) {
  Deno.test(`stop({ queued: "leave" }) leaves on record what waits for ${what}`, async () => {
    const checkpointer = new MemoryCheckpointer();
    const limited = task({ name: "limited", throttle: HOURLY }, (x: number) => x);
    await using runner = await TaskRunner.resume(checkpointer);
    const served = runner.serve();
    if (what === "a throttle") assertEquals(await runner.submit(limited, 0), 0);
    else runner.pause();
    const handles = limited.with({ runner }).map([1, 2]);
    await runner.flush();
    await runner.stop({ queued: "leave" });
    await served;
    assertEquals(handles.map(({ done }) => done), [false, false]);
    const left: unknown[] = [];
    for await (const { status, args } of checkpointer.load()) if (status !== "completed") left.push(args?.[0]);
    assertEquals(left.sort(), [1, 2]);
  });
}

Deno.test("a stream through a throttled task yields its results in order", async () => {
  await using runner = new TaskRunner();
  const limited = task({ name: "limited", throttle: { limit: 5, period: 20 } }, (x: number) => 2 * x).with({ runner });
  const values: (number | undefined)[] = [];
  for await (const { value } of limited.stream([1, 2, 3, 4, 5, 6, 7, 8], { ahead: 3 })) values.push(value);
  assertEquals(values, [2, 4, 6, 8, 10, 12, 14, 16]);
});
