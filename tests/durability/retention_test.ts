import { assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { MemoryCheckpointer, type Retention, task, type TaskRecord, TaskRunner } from "../../mod.ts";
import { never, until } from "../support.ts";

const ids = async (store: MemoryCheckpointer) => (await Array.fromAsync(store.load(), ({ id }) => id)).sort();

const OLD = { attempts: 1, args: [], dependsOn: [], module: import.meta.url, finishedAt: 1_000, name: "one" } as const;

async function holding(...records: TaskRecord[]): Promise<MemoryCheckpointer> {
  const store = new MemoryCheckpointer();
  await store.save(records);
  return store;
}

const one = task({ name: "one" }, (_?: unknown): unknown => 1);

Deno.test("retention deletes finished records that are old enough, by how they ended", async () => {
  const store = await holding(
    { ...OLD, id: "completed", status: "completed" },
    { ...OLD, id: "failed", status: "failed" },
    { ...OLD, id: "cancelled", status: "cancelled" },
    { ...OLD, id: "young", status: "completed", finishedAt: Date.now() },
  );
  await using runner = await TaskRunner.resume(store, { retention: { completed: "1h", cancelled: "2h" } });
  const served = runner.serve();
  await until("the old ones are gone", async () => {
    await runner.flush();
    return (await ids(store)).length === 2;
  });
  assertEquals(await ids(store), ["failed", "young"]);
  await runner.stop();
  await served;
});

Deno.test("retention deletes old records at the end of a program that is too short for a look in between", async () => {
  const store = await holding(
    { ...OLD, id: "old", status: "completed" },
    { ...OLD, id: "needed", status: "completed" },
    { ...OLD, id: "open", status: "ready", dependsOn: ["needed"] },
  );
  const left = one.with({ key: "left" });
  {
    await using runner = await TaskRunner.resume(store, { retention: { completed: 0 } });
    runner.pause();
    runner.submit(left, runner.submit(one.with({ key: "first" })));
  }
  assertEquals(await ids(store), ["first", "left", "needed", "open"]);
  {
    await using runner = await TaskRunner.resume(store, { retention: { completed: 0 } });
    assertEquals(await runner.submit(left, runner.submit(one.with({ key: "first" }))), 1);
  }
  assertEquals(await ids(store), ["needed", "open"]);
});

Deno.test("a program with a retention ends by itself", async () => {
  const program = fromFileUrl(new URL("programs/retaining.ts", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), { args: ["run", "-q", "-A", "--no-check", program] }).spawn();
  let hasEnded = false;
  void child.status.then(() => hasEnded = true);
  try {
    await until("it has ended", () => hasEnded);
  } finally {
    if (!hasEnded) child.kill("SIGKILL");
    await child.status;
  }
});

Deno.test("retention keeps what an unfinished task depends on or belongs to", async () => {
  const store = await holding(
    { ...OLD, id: "needed", status: "completed", value: 7 },
    { ...OLD, id: "grandparent", status: "completed" },
    { ...OLD, id: "parent", status: "completed", parent: "grandparent" },
    { ...OLD, id: "gone", status: "completed" },
    { ...OLD, id: "open", status: "ready", dependsOn: ["needed"], parent: "parent", detached: true },
    { ...OLD, id: "unfinished", status: "running" },
    { ...OLD, id: "child", status: "completed", parent: "unfinished" },
  );
  await using runner = await TaskRunner.resume(store, { retention: { completed: 0 } });
  const served = runner.serve();
  await until("one is gone", async () => {
    await runner.flush();
    return !(await ids(store)).includes("gone");
  });
  assertEquals(await ids(store), ["child", "grandparent", "needed", "open", "parent", "unfinished"]);
  await runner.stop();
  await served;
});

Deno.test("retention keeps what something unfinished belongs to, also by way of a record that never goes", async () => {
  const store = await holding(
    { ...OLD, id: "grandparent", status: "completed" },
    { ...OLD, id: "parent", status: "failed", parent: "grandparent" },
    { ...OLD, id: "gone", status: "completed" },
    { ...OLD, id: "open", status: "ready", parent: "parent", detached: true },
  );
  await using runner = await TaskRunner.resume(store, {
    retention: { completed: 0 },
    onTaskError: "continue",
    retain: 0,
  });
  runner.enter();
  const served = runner.serve();
  const failing = task({ name: "failing" }, () => {
    one.with({ key: "far", startAfter: "1d" }).submit();
    throw new Error("no");
  });
  const outer = task({ name: "outer" }, async () => void await failing.with({ key: "inner" }).submit().exception());
  await outer.with({ key: "outer" }).submit();
  await one.with({ key: "gone, too" }).submit();
  await until("two are gone", async () => {
    await runner.flush();
    return !(await ids(store)).some((id) => id.startsWith("gone"));
  });
  assertEquals(await ids(store), ["far", "grandparent", "inner", "open", "outer", "parent"]);
  await runner.shutdown();
  await served;
});

Deno.test("retention keeps what had completed below what an unfinished task may run again", async () => {
  for (const retention of [{ completed: 0 }, { completed: 0, failed: 0, cancelled: 0 }]) {
    const store = await holding(
      { ...OLD, id: "open", status: "running" },
      { ...OLD, id: "failed", status: "failed", parent: "open" },
      { ...OLD, id: "cancelled", status: "cancelled", parent: "failed" },
      { ...OLD, id: "step", status: "completed", parent: "cancelled" },
      { ...OLD, id: "completed", status: "completed", parent: "failed" },
      { ...OLD, id: "below what does not run again", status: "completed", parent: "completed" },
      { ...OLD, id: "circle 1", status: "failed", parent: "circle 2" },
      { ...OLD, id: "circle 2", status: "failed", parent: "circle 1" },
      { ...OLD, id: "below a circle", status: "completed", parent: "circle 1" },
    );
    {
      await using _ = await TaskRunner.resume(store, { retention });
    }
    const circle = retention.failed === undefined ? ["circle 1", "circle 2"] : [];
    assertEquals(await ids(store), ["cancelled", ...circle, "completed", "failed", "open", "step"]);
  }
});

Deno.test("retention deletes what tasks of this run have left, too, once nothing needs it", async () => {
  const store = new MemoryCheckpointer();
  const release = Promise.withResolvers<void>();
  await using runner = new TaskRunner({ checkpointer: store, retention: { completed: 0 }, retain: 1 });
  runner.enter();
  const served = runner.serve();
  const early = one.submit();
  const late = task({ name: "late" }, (_: unknown) => release.promise).submit(early);
  await early;
  for (let n = 0; n < 20; n++) await one.submit(n);
  await until("others are gone", async () => {
    await runner.flush();
    return (await ids(store)).length === 2;
  });
  assertEquals(await ids(store), [early.id, late.id].sort());
  release.resolve();
  await late;
  await until("all are gone", async () => {
    await runner.flush();
    return (await ids(store)).length === 0;
  });
  await runner.stop();
  await served;
});

Deno.test('retention: "all" keeps everything, and nothing keeps the program alive for it', async () => {
  const store = await holding({ ...OLD, id: "old", status: "completed" });
  await using runner = await TaskRunner.resume(store, { retention: "all" });
  await one.with({ runner }).submit();
  await runner.flush();
  assertEquals((await ids(store)).length, 2);
});

Deno.test("retention that makes no sense is refused", () => {
  const checkpointer = new MemoryCheckpointer();
  for (
    const [retention, message] of [
      ["some", 'retention of the runner must be "all" or an object such as { completed: "7d" }, not "some"'],
      [{ done: 1 }, "done"],
      [{ completed: "soon" }, "completed of retention of the runner"],
    ] as const
  ) {
    assertThrows(() => new TaskRunner({ checkpointer, retention: retention as Retention }), Error, message);
  }
  assertThrows(
    () => new TaskRunner({ retention: { completed: 1 } }),
    TypeError,
    "needs a checkpointPath or a checkpointer",
  );
});

Deno.test("handle.saved() and runner.flush() resolve once the submission is on record", async () => {
  const store = new MemoryCheckpointer();
  await using runner = new TaskRunner({ checkpointer: store, maxWorkers: 1, checkpointInterval: "1h" });
  const blocker = runner.submit(task({ name: "blocker" }, never));
  const handle = runner.submit(one);
  await handle.saved();
  assertEquals((await ids(store)).includes(handle.id), true);
  await runner.flush();
  assertEquals((await ids(store)).length, 2);
  blocker.cancel();
  assertEquals(await handle, 1);
  await handle.saved();
  await using other = new TaskRunner();
  await other.submit(one).saved();
  await other.flush();
});
