import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { TaskRunner } from "../../mod.ts";

Deno.test("TaskRunner.run() and serve() exclude each other, and can follow each other", async () => {
  await using runner = new TaskRunner();
  for (let round = 0; round < 2; round++) {
    const served = runner.serve();
    await assertRejects(() => runner.run(), Error, "Cannot run() a runner that is serving already");
    await assertRejects(() => runner.serve(), Error, "Cannot serve() a runner that is serving already");
    await runner.stop();
    await served;
    const run = runner.run();
    await assertRejects(() => runner.serve(), Error, "Cannot serve() a runner that is running already");
    await run;
  }
});

Deno.test("TaskRunner.run() refuses to be called by one of its own tasks", async () => {
  await using runner = new TaskRunner();
  const error = await runner.submit(() => runner.run().catch((error: Error) => error.message));
  assertEquals(error, "Cannot run() a runner from within one of its tasks: await the handles instead");
});

Deno.test("TaskRunner refuses submissions while it stops, except those of its own tasks", async () => {
  await using runner = new TaskRunner();
  const served = runner.serve();
  const gate = Promise.withResolvers<void>();
  const parent = runner.submit(async () => {
    await gate.promise;
    return await runner.submit(() => "from a task");
  });
  await Promise.resolve();
  const stopped = runner.stop();
  assertThrows(() => runner.submit(function late() {}), Error, 'Cannot submit "late", as its runner is stopping');
  gate.resolve();
  assertEquals(await parent, "from a task");
  await Promise.all([stopped, served]);
  assertEquals(await runner.submit(() => "again"), "again");
});

Deno.test("TaskRunner refuses everything once it was shut down", async () => {
  const runner = new TaskRunner();
  await runner.shutdown();
  assertEquals(runner.open, false);
  assertThrows(() => runner.submit(function late() {}), Error, 'Cannot submit "late", as its runner was shut down');
  assertThrows(() => runner.use(() => {}), Error, "Cannot use a runner that was shut down: make a new one");
  assertThrows(() => runner.enter(), Error, "Cannot enter a runner that was shut down: make a new one");
  await assertRejects(() => runner.run(), Error, "Cannot run() a runner that was shut down: make a new one");
});
