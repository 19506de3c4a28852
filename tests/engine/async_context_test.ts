import { AsyncLocalStorage } from "node:async_hooks";
import { assertEquals } from "@std/assert";
import { currentTask, MemoryCheckpointer, task, TaskRunner } from "../../mod.ts";

const request = new AsyncLocalStorage<string>();
const tenant = new AsyncLocalStorage<string>();

const reads = task(async function reads() {
  const before = request.getStore();
  await Promise.resolve();
  return [before, request.getStore(), tenant.getStore()];
});

Deno.test("a body runs in the async context of its submission", async () => {
  await using runner = new TaskRunner();
  const handles = request.run("r1", () => [runner.submit(reads), tenant.run("t", () => runner.submit(reads))]);
  const outside = runner.submit(reads);
  assertEquals(await Promise.all([...handles, outside]), [
    ["r1", "r1", undefined],
    ["r1", "r1", "t"],
    [undefined, undefined, undefined],
  ]);
});

Deno.test("submissions in one scope have each its own async context", async () => {
  await using runner = new TaskRunner();
  runner.enter();
  const names = ["a", "b", "a"];
  const handles = names.map((name) => request.run(name, () => reads.submit()));
  const last = reads();
  assertEquals((await Promise.all(handles)).map(([name]) => name), names);
  assertEquals(await last, [undefined, undefined, undefined]);
});

Deno.test("children and all attempts of a task have its async context, and what its body adds", async () => {
  await using runner = new TaskRunner();
  const child = task(() => [request.getStore(), tenant.getStore()]);
  const parent = task({ retries: 2, backoff: () => 0 }, async function parent() {
    const plain = await child.submit();
    const more = await tenant.run("inner", () => child.submit());
    if (currentTask()!.attempt < 3) throw new Error("again");
    return [plain, more, request.getStore()];
  });
  const found = await request.run("r", () => runner.submit(parent));
  assertEquals(found, [["r", undefined], ["r", "inner"], "r"]);
});

Deno.test("a task that waits for another one, or for a slot, has its own async context", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const first = request.run("first", () => runner.submit(reads));
  const second = request.run("second", () => runner.submit(reads));
  const third = request.run("third", () => runner.submit(reads));
  third.after(first);
  assertEquals([(await first)[0], (await second)[0], (await third)[0]], ["first", "second", "third"]);
});

Deno.test("with a checkpointer, too, a body has the async context of its submission, as long as the program lives", async () => {
  const checkpointer = new MemoryCheckpointer({ codec: "structured" });
  await using runner = new TaskRunner({ checkpointer });
  assertEquals((await request.run("r", () => runner.submit(reads)))[0], "r");
});

Deno.test("code of the engine runs outside of every async context: listeners of events, later tasks", async () => {
  await using runner = new TaskRunner();
  const seen: unknown[] = [];
  const after = task(() => 1);
  await request.run("r", () => runner.submit(after));
  runner.addEventListener("completed", () => seen.push(request.getStore()));
  await runner.submit(reads);
  assertEquals(seen, [undefined]);
});
