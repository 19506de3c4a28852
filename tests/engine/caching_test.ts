import { assert, assertEquals } from "@std/assert";
import { task, TaskRunner } from "../../mod.ts";
import { SYSTEM_CLOCK } from "../../src/core/clock.ts";
import { Caching, type CachingParts } from "../../src/engine/caching.ts";
import { NO_DURABILITY } from "../../src/engine/durability.ts";
import type { Handle } from "../../src/engine/handle.ts";
import { recordingLogger, tempFolder, until } from "../support.ts";

/** A cache in a folder, and handles of tasks that are not the engine's business here. */
async function scene() {
  const folder = await tempFolder();
  const runner = new TaskRunner();
  const released: Handle[] = [];
  const ended: [Handle, unknown][] = [];
  const gate = { isOpen: false };
  const caching = new Caching({
    options: { path: folder.path, maxBytes: 1e6 },
    logger: recordingLogger(),
    clock: SYSTEM_CLOCK,
    dispatcher: gate as CachingParts["dispatcher"],
    completion: {
      end: (handle: Handle, _: number, error: unknown) => void ended.push([handle, error]),
      endWith: (handle: Handle, value: unknown) => void ended.push([handle, value]),
    } as unknown as CachingParts["completion"],
    durability: NO_DURABILITY,
    released: (handle) => void released.push(handle),
    follows() {},
  });
  const made = task({ name: "made", cache: {} }, (x: number) => x);
  const plain = task({ name: "plain" }, (x: number) => x);
  return {
    caching,
    released,
    ended,
    gate,
    cachedHandle: (x: number) => Object.assign(runner.submit(plain, x) as Handle, { spec: { options: made.options } }),
    plainHandle: () => runner.submit(plain, 1) as Handle,
    async [Symbol.asyncDispose]() {
      await caching.idle();
      for (const { details } of runner.handles() as unknown as Handle[]) {
        if (details !== undefined) details.decided = undefined;
      }
      await runner.shutdown();
      await folder[Symbol.asyncDispose]();
    },
  };
}

Deno.test("a task is looked up once tasks may start, and then runs", async () => {
  await using made = await scene();
  const { caching, released, gate } = made;
  const handle = made.cachedHandle(1);
  assert(!caching.admits(handle));
  assertEquals([handle.blocking, caching.isBusy, released], [1, true, []]);
  caching.pump();
  await caching.idle();
  assertEquals(released, []);
  gate.isOpen = true;
  caching.pump();
  await caching.idle();
  assertEquals([released, caching.isBusy], [[handle], false]);
  assert(caching.admits(handle));
});

Deno.test("any number of tasks are looked up, a few at a time, except those that have finished", async () => {
  await using made = await scene();
  const { caching, released, gate } = made;
  const handles = Array.from({ length: 100 }, (_, x) => made.cachedHandle(x));
  for (const handle of handles) assert(!caching.admits(handle));
  handles[50]!.cancel();
  gate.isOpen = true;
  caching.pump();
  await caching.idle();
  assertEquals(new Set(released), new Set(handles.toSpliced(50, 1)));
});

Deno.test("what follows a completed task waits until its value is kept, and the next one gets it", async () => {
  await using made = await scene();
  const { caching, ended, gate } = made;
  gate.isOpen = true;
  const [first, second] = [made.cachedHandle(1), made.cachedHandle(1)];
  caching.admits(first);
  await caching.idle();
  let isSettled = false;
  caching.keep(first, 5, () => isSettled = true);
  assertEquals([isSettled, first.details?.decided], [false, "by its body"]);
  await until("the value is kept", () => isSettled);
  caching.admits(second);
  await caching.idle();
  assert(!caching.admits(second));
  assertEquals(ended, [[second, 5]]);
});

Deno.test("a program that ends does not wait for values to be kept, and each follows once", async () => {
  await using made = await scene();
  const { caching, gate } = made;
  gate.isOpen = true;
  const handle = made.cachedHandle(1);
  caching.admits(handle);
  await caching.idle();
  let calls = 0;
  caching.keep(handle, 5, () => calls++);
  caching.stop();
  assertEquals(calls, 1);
  await caching.idle();
  assertEquals(calls, 1);
});

Deno.test("a task that was not looked up is not kept", async () => {
  await using made = await scene();
  let calls = 0;
  made.caching.keep(made.plainHandle(), 5, () => calls++);
  assertEquals(calls, 1);
});
