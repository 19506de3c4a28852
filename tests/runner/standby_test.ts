import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import {
  type Checkpointer,
  CheckpointError,
  currentTask,
  FileCheckpointer,
  KvCheckpointer,
  task,
  TaskRunner,
} from "../../mod.ts";
import { errorOf, tempFolder, until, untilAborted } from "../support.ts";

/** Stores that one runner at a time can have. */
const STORES: Record<string, (path: string) => Checkpointer> = {
  file: (path) => new FileCheckpointer(`${path}.jsonl`),
  kv: (path) => new KvCheckpointer({ path: `${path}.kv` }),
};

const double = task({ name: "double" }, (x: number) => 2 * x);

for (const [name, open] of Object.entries(STORES)) {
  Deno.test(`a runner stands by until the one before it has ended, and continues from the record (${name})`, async () => {
    await using folder = await tempFolder();
    const first = await TaskRunner.resume(open(folder.file("state")));
    await first.submit(double.with({ key: "a" }), 4);
    const error = await assertRejects(() => TaskRunner.resume(open(folder.file("state"))), CheckpointError);
    assertEquals(error.reason, "in use");
    const standby = TaskRunner.resume(open(folder.file("state")), { standby: true });
    assertEquals(
      await Promise.race([standby.then(() => "open"), new Promise((resolve) => setTimeout(resolve, 50, "waits"))]),
      "waits",
    );
    await first.shutdown();
    await using second = await standby;
    const handle = second.submit(double.with({ key: "a" }), 5);
    assertEquals([await handle, handle.restored], [8, true]);
  });

  Deno.test(`a signal ends the wait, that of standby or that of the runner (${name})`, async () => {
    await using folder = await tempFolder();
    await using first = await TaskRunner.resume(open(folder.file("state")));
    await first.submit(double, 1);
    for (const which of ["standby", "runner"]) {
      const controller = new AbortController();
      const { signal } = controller;
      const options = which === "standby" ? { standby: { signal } } : { standby: true, signal };
      const waiting = TaskRunner.resume(open(folder.file("state")), options);
      setTimeout(() => controller.abort(new Error("no longer")), 20);
      await assertRejects(() => waiting, Error, "no longer");
    }
  });
}

Deno.test("resume() refuses a standby of a wrong kind", async () => {
  const resume = (standby: unknown) => TaskRunner.resume("/tmp/a.jsonl", { standby } as never);
  await assertRejects(
    () => resume(5),
    TypeError,
    "standby of TaskRunner.resume() must be true, false or { signal }, not 5",
  );
  await assertRejects(() => resume({ wait: 1 }), TypeError, 'Unknown option "wait" of standby of TaskRunner.resume()');
  await assertRejects(() => resume({ signal: 1 }), TypeError, "must be an AbortSignal, not 1");
});

Deno.test("a runner whose checkpoint was taken over ends its bodies, although nothing is saved", async () => {
  await using folder = await tempFolder();
  const path = folder.file("state.kv");
  using kv = await Deno.openKv(path);
  const checkpointer = new KvCheckpointer({ kv, lease: 300 });
  const runner = await TaskRunner.resume(checkpointer);
  let hasBegun = false;
  let reason: unknown;
  runner.submit(task({ name: "wait" }, async () => {
    hasBegun = true;
    const { signal } = currentTask()!;
    await untilAborted(signal).catch((error) => reason = error);
  }));
  let hasEnded = false;
  const running = errorOf(() => runner.run()).finally(() => hasEnded = true);
  await until("it runs", () => hasBegun);
  await kv.set(["workflowy", "lease"], { owner: "another one", until: Date.now() + 60_000 });
  await until("the run has ended", () => hasEnded);
  const error = await running;
  assertInstanceOf(error, CheckpointError);
  assertEquals(error.reason, "lost");
  assert(reason !== undefined);
  await runner.shutdown().catch(() => {});
});
