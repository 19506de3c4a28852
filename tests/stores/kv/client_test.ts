import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { stub } from "@std/testing/mock";
import {
  CheckpointError,
  currentTask,
  KvCheckpointer,
  task,
  TaskCancelledError,
  TaskRunner,
  waitFor,
} from "../../../mod.ts";
import { KvClient } from "../../../src/stores/kv/mod.ts";
import { tempFolder, until, untilAborted } from "../../support.ts";

const double = task({ name: "double" }, (x: number) => 2 * x);
const hang = task({ name: "hang" }, () => untilAborted(currentTask()!.signal));
const approved = task({ name: "approved" }, async (order: string) => await waitFor<string>(`approve ${order}`));

/** A runner that serves until the end of its scope. */
async function serving(checkpointer: KvCheckpointer) {
  const runner = await TaskRunner.resume(checkpointer, { onTaskError: "continue" });
  const served = runner.serve();
  return {
    runner,
    async [Symbol.asyncDispose]() {
      await runner.shutdown();
      await served;
    },
  };
}

Deno.test("a KvClient submits to a runner that serves, and gets the results; a key stands for one submission", async () => {
  using kv = await Deno.openKv(":memory:");
  await using client = new KvClient({ kv });
  const early = await client.submit(double.with({ key: "early", tags: ["a"] }), 1);
  assertEquals(await client.submit(double.with({ key: "early" }), 9), early);
  const other = () => client.submit(hang.with({ key: "early" }));
  await assertRejects(other, TypeError, 'Cannot submit "hang" of ');
  assertEquals((await client.get(early))?.status, "pending");
  await using own = await serving(new KvCheckpointer({ kv }));
  assertEquals(await client.result(early), 2);
  const ids = await Promise.all(Array.from({ length: 50 }, (_, x) => client.submit(double, x)));
  assertEquals(await Promise.all(ids.map((id) => client.result(id))), Array.from({ length: 50 }, (_, x) => 2 * x));
  assertEquals(await client.submit(double.with({ key: "early" }), 9), early);
  assertEquals((await client.get(early))?.value, 2);
  await assertRejects(other, TypeError, 'with the key "early", which is the key of "double" of ');
  await own.runner.flush();
  assertEquals(await Array.fromAsync(kv.list({ prefix: ["workflowy", "request"] })), []);
});

Deno.test("a KvClient delivers signals, once, and cancels", async () => {
  using kv = await Deno.openKv(":memory:");
  await using client = new KvClient({ kv });
  assertEquals([await client.deliver("approve early", "by Ann"), await client.deliver("approve early")], [true, false]);
  await using own = await serving(new KvCheckpointer({ kv }));
  assertEquals(await client.result(await client.submit(approved, "early")), "by Ann");
  const id = await client.submit(hang);
  await until("it runs", () => own.runner.get(id)?.status === "running");
  assertEquals(await client.cancel(id), true);
  await assertRejects(() => client.result(id), TaskCancelledError);
  assertEquals([await client.cancel(id), await client.cancel("nothing")], [false, false]);
});

Deno.test("what KvClients ask for is done in the order in which they did, also within a millisecond", async () => {
  using kv = await Deno.openKv(":memory:");
  await using client = new KvClient({ kv });
  {
    using _ = stub(Date, "now", () => 1_796_000_000_000);
    // The key of a request to cancel comes before that of the task.
    assertEquals(await client.submit(double.with({ key: "a" }), 1), "a");
    assertEquals(await client.cancel("a"), true);
  }
  await using runner = await TaskRunner.resume(new KvCheckpointer({ kv }), { onTaskError: "continue" });
  await runner.run();
  await assertRejects(() => client.result("a"), TaskCancelledError);
});

Deno.test("a KvClient with the same file as a runner is heard, and hears", async () => {
  await using folder = await tempFolder();
  const path = folder.file("state.kv");
  await using _ = await serving(new KvCheckpointer({ path, prefix: "mine", codec: "structured" }));
  await using client = new KvClient({ path, prefix: "mine", codec: "structured" });
  assertEquals(await client.result(await client.submit(double, 21)), 42);
});

Deno.test("what a KvClient submits before a run is part of that run, and each is run once", async () => {
  using kv = await Deno.openKv(":memory:");
  await using client = new KvClient({ kv });
  const ids = await Promise.all([1, 2, 3].map((x) => client.submit(double, x)));
  for (let round = 0; round < 2; round++) {
    await using runner = await TaskRunner.resume(new KvCheckpointer({ kv }));
    const { counts } = await runner.run();
    assertEquals(counts.completed, round === 0 ? 3 : 0);
  }
  assertEquals(await Promise.all(ids.map((id) => client.result(id))), [2, 4, 6]);
});

Deno.test("a KvClient refuses what cannot be stored, and another codec", async () => {
  using kv = await Deno.openKv(":memory:");
  await using client = new KvClient({ kv });
  await client.submit(double.with({ key: "a" }), 1);
  const text = task({ name: "text" }, (text: string) => text.length);
  const error = await assertRejects(() => client.submit(text, "x".repeat(70_000)), CheckpointError, "more than 60 KiB");
  assertEquals(error.reason, "unsavable");
  assertThrows(() => new KvClient({ kv, path: "a" }), TypeError, "Give kv or path of a KvClient, not both");
  await using other = new KvClient({ kv, codec: "structured" });
  assertEquals((await assertRejects(() => other.submit(double, 1), CheckpointError)).reason, "incompatible");
  const signal = AbortSignal.timeout(10);
  assert((await assertRejects(() => client.result("a", { signal }), DOMException)).name === "TimeoutError");
});

Deno.test("a KvClient that was disposed of refuses all that it is asked, and opens no database", async () => {
  const client = new KvClient({ path: ":memory:" });
  await client.submit(double.with({ key: "a" }), 1);
  await client[Symbol.asyncDispose]();
  using open = stub(Deno, "openKv", () => Promise.reject(new Error("opened")));
  for (
    const use of [
      () => client.submit(double, 1),
      () => client.get("a"),
      () => client.result("a"),
      () => client.deliver("approve a"),
      () => client.cancel("a"),
    ]
  ) {
    const error = await assertRejects(use, CheckpointError, "The client was disposed of: use it before");
    assertEquals(error.reason, "unavailable");
  }
  assertEquals(open.calls.length, 0);
  await client[Symbol.asyncDispose]();
});
