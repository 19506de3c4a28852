import { assertEquals } from "@std/assert";
import { currentRunner, currentTask, task, type TaskHandle, TaskRunner } from "../../mod.ts";
import { turn } from "../support.ts";

/** More calls than the engine needs to take a body for one that never returns a promise. */
const MANY = 50;

/** A task that returns plain values until it is given a promise, run often enough that the engine counts on them. */
async function makePlain(runner: TaskRunner) {
  const plain = task({ name: "plain" }, (body?: () => unknown) => body?.());
  for (let call = 0; call < MANY; call++) await runner.submit(plain, undefined);
  return plain;
}

Deno.test("a body that always returned plain values still finds its own task", async () => {
  await using runner = new TaskRunner();
  const plain = await makePlain(runner);
  const handles = Array.from({ length: 3 }, () => runner.submit(plain, () => [currentTask()?.id, currentRunner()]));
  for (const handle of handles) assertEquals(await handle, [handle.id, runner]);
});

Deno.test("a body that returns a promise for once finds its task in all of its continuations", async () => {
  await using runner = new TaskRunner();
  const plain = await makePlain(runner);
  const seen = runner.submit(plain, async () => {
    const id = () => currentTask()?.id;
    const inTimer = new Promise((resolve) => setTimeout(() => resolve(id()), 0));
    await turn();
    return [id(), await inTimer, await Promise.resolve().then(id)];
  });
  assertEquals(await seen, [seen.id, seen.id, seen.id]);
});

Deno.test("bodies that return promises for once are told apart", async () => {
  await using runner = new TaskRunner();
  const plain = await makePlain(runner);
  const body = async () => {
    const before = currentTask()?.id;
    await turn();
    return [before, currentTask()?.id];
  };
  const handles = Array.from({ length: 4 }, () => runner.submit(plain, body));
  assertEquals(await Promise.all(handles), handles.map(({ id }) => [id, id]));
});

Deno.test("what a body left running is never taken for another task", async () => {
  await using runner = new TaskRunner();
  const plain = await makePlain(runner);
  const leftover = Promise.withResolvers<unknown>();
  const gate = Promise.withResolvers<void>();
  await runner.submit(plain, () => void setTimeout(() => leftover.resolve(currentTask()?.id), 5));
  const other = runner.submit(plain, () => gate.promise);
  other.exception();
  const found = await leftover.promise;
  gate.resolve();
  await other;
  assertEquals(found, undefined);
});

Deno.test("what a body left running submits no children of another task", async () => {
  await using runner = new TaskRunner();
  const plain = await makePlain(runner);
  const left = Promise.withResolvers<{ handle: TaskHandle<string> }>();
  const [gate, hold] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()];
  await runner.submit(
    plain,
    () => void setTimeout(() => left.resolve({ handle: runner.submit(() => hold.promise) }), 5),
  );
  const other = runner.submit(plain, () => gate.promise);
  other.exception();
  const { handle } = await left.promise;
  other.cancel();
  hold.resolve("mine");
  gate.resolve();
  assertEquals(await handle, "mine");
});

Deno.test("a listener finds itself in no task, while one that returned a promise for once continues", async () => {
  await using runner = new TaskRunner();
  const plain = await makePlain(runner);
  const gate = Promise.withResolvers<void>();
  const other = runner.submit(plain, () => gate.promise);
  other.exception();
  await turn();
  assertEquals(other.status, "running");
  const seen: unknown[] = [];
  runner.addEventListener("completed", () => void seen.push(currentTask()?.id));
  await runner.submit(function second() {});
  await runner.submit(async function third() {
    await turn();
  });
  gate.resolve();
  await other;
  assertEquals(seen, [undefined, undefined, undefined]);
});

Deno.test("what a listener submits is not a child of a task that continues", async () => {
  await using runner = new TaskRunner();
  const plain = await makePlain(runner);
  const gate = Promise.withResolvers<void>();
  const other = runner.submit(plain, () => gate.promise);
  other.exception();
  await turn();
  const hold = Promise.withResolvers<string>();
  const submitted = Promise.withResolvers<{ handle: TaskHandle<string> }>();
  runner.addEventListener("completed", () => submitted.resolve({ handle: runner.submit(() => hold.promise) }), {
    once: true,
  });
  await runner.submit(function second() {});
  const { handle } = await submitted.promise;
  other.cancel();
  hold.resolve("mine");
  gate.resolve();
  assertEquals(await handle, "mine");
});
