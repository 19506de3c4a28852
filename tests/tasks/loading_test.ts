import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { TaskRunner } from "../../mod.ts";
import { GUARD, refuseWhileLoading, whileLoading } from "../../src/tasks/loading.ts";

Deno.test("refuseWhileLoading() refuses nothing in a program", () => {
  refuseWhileLoading("start a TaskRunner");
});

Deno.test("whileLoading() gives what the module gives, and refuses runners as long as it loads", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const loading = whileLoading("file:///tasks.ts", async () => {
    assertThrows(() => refuseWhileLoading("do this"), Error, "Cannot do this while a worker imports file:///tasks.ts");
    return await promise;
  });
  const error = assertThrows(() => refuseWhileLoading("do that"), Error, "file:///tasks.ts");
  assert(error.message.includes(GUARD) && GUARD.includes("import.meta.main"), error.message);
  resolve("the module");
  assertEquals(await loading, "the module");
  refuseWhileLoading("do this");
});

Deno.test("whileLoading() passes on why a module cannot be loaded, and refuses nothing afterwards", async () => {
  const failing = () => Promise.reject(new SyntaxError("no module"));
  await assertRejects(() => whileLoading("file:///broken.ts", failing), SyntaxError, "no module");
  refuseWhileLoading("do this");
  const throwing = () => {
    throw new RangeError("at once");
  };
  await assertRejects(() => whileLoading("file:///broken.ts", throwing), RangeError, "at once");
  refuseWhileLoading("do this");
});

Deno.test("A runner does not run tasks while a worker imports the module that starts it", async () => {
  const error = await whileLoading("file:///main.ts", async () => {
    try {
      await using runner = new TaskRunner();
      await runner.submit(() => 1);
    } catch (error) {
      return error;
    }
    return undefined;
  });
  assert(error instanceof Error, "it ran");
  assert(error.message.includes("while a worker imports file:///main.ts"), error.message);
  await using runner = new TaskRunner();
  assertEquals(await runner.submit(() => 1), 1);
});
