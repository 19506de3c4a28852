import { assertEquals, assertStrictEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { task, type TaskHandle } from "../../mod.ts";
import { runnerOn, ScriptedCheckpointer } from "../runner/scripted_checkpointer.ts";
import { settle } from "../support.ts";

const double = task({ name: "double" }, (x: number) => 2 * x);

Deno.test("with a checkpointInterval tasks end at once, and are saved at most that often", async () => {
  using time = new FakeTime();
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer, { checkpointInterval: "1s" });
  const served = runner.serve();
  assertEquals(await runner.submit(double, 1), 2);
  await settle();
  assertEquals(checkpointer.count("save"), 0);
  time.tick(900);
  assertEquals(await runner.submit(double, 2), 4);
  await settle();
  assertEquals(checkpointer.count("save"), 0);
  time.tick(100);
  await settle();
  assertEquals(checkpointer.saves.map((records) => records.map(({ value }) => value)), [[2, 4]]);
  checkpointer.hold();
  assertEquals(await runner.submit(double, 3), 6);
  time.tick(1_000);
  await settle();
  assertEquals(checkpointer.count("save"), 2);
  assertEquals(await runner.submit(double, 4), 8); // while the second one is under way
  checkpointer.release();
  await settle();
  assertEquals(checkpointer.count("save"), 2);
  time.tick(999);
  await settle();
  assertEquals(checkpointer.count("save"), 2);
  time.tick(1);
  await settle();
  assertEquals(checkpointer.count("save"), 3);
  time.tick(60_000);
  await settle();
  assertEquals(checkpointer.count("save"), 3);
  await runner.stop();
  await served;
});

Deno.test("with a checkpointInterval all is saved when run() and serve() have finished, and at the shutdown", async () => {
  using _time = new FakeTime();
  const checkpointer = new ScriptedCheckpointer();
  const runner = runnerOn(checkpointer, { checkpointInterval: "1h" });
  const saved = async (handle: TaskHandle<unknown>) => (await checkpointer.statuses())[handle.id];
  const inRun = runner.submit(double, 1);
  await runner.run();
  assertEquals(await saved(inRun), "completed");
  const served = runner.serve();
  const inServe = runner.submit(double, 2);
  await inServe;
  assertEquals(await saved(inServe), undefined);
  await runner.stop();
  await served;
  assertEquals(await saved(inServe), "completed");
  const awaited = runner.submit(double, 3);
  await awaited;
  assertEquals(await saved(awaited), undefined);
  const never = runner.submit(double, 4);
  await runner.shutdown();
  assertEquals([await saved(awaited), await saved(never)], ["completed", "ready"]);
});

Deno.test("with a checkpointInterval what the program does to a result does not reach its record", async () => {
  for (const codec of ["json", "structured"] as const) {
    const checkpointer = new ScriptedCheckpointer(codec);
    await using runner = runnerOn(checkpointer, { checkpointInterval: "1h" });
    const error = new RangeError("within");
    Reflect.deleteProperty(error, "stack");
    const value = codec === "json" ? { list: [1] } : { list: [1], at: new Date(5), error, map: new Map([[1, 2]]) };
    const handle = runner.submit(function shares() {
      return value;
    });
    const got = await handle;
    assertStrictEquals(got, value);
    Object.assign(got, { fn: () => {} }).list.push(2);
    await runner.run();
    const saved = (await checkpointer.records()).get(handle.id)?.value;
    if (codec === "json") assertEquals(saved, { list: [1] });
    else assertEquals(saved, { list: [1], at: new Date(5), error, map: new Map([[1, 2]]) });
  }
});

Deno.test("with a checkpointInterval a run can have many more tasks than are saved at a time", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer, { checkpointInterval: "1h" });
  double.with({ runner }).map(Array.from({ length: 2_500 }, (_, x) => x));
  await runner.run();
  assertEquals(checkpointer.saves.map((records) => records.length), [1_000, 1_000, 500]);
});

Deno.test("a checkpointInterval longer than timers can be does not become a short one", async () => {
  using time = new FakeTime();
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer, { checkpointInterval: "60d" });
  await runner.submit(double, 1);
  time.tick(86_400_000);
  await settle();
  assertEquals(checkpointer.count("save"), 0);
});
