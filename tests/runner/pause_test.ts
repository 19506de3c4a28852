import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { PoolStalledError, task, TaskCancelledError, TaskRunner } from "../../mod.ts";
import { recordingLogger, settle, turn } from "../support.ts";
import { play, statuses, withState } from "./signal_scenes.ts";
import { assertAtRest } from "./support.ts";
import { onVirtualTime, pass, untilSettled } from "./virtual_time.ts";

Deno.test("pause() starts nothing more, retries included, while what runs continues and returns from waits", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1, pools: { other: {} } });
  const seen: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const child = task({ name: "child", pool: "other" }, async () => await promise);
  const parent = task({ name: "parent" }, async () => {
    seen.push("parent begins");
    await child.submit();
    seen.push("parent returns");
  });
  let calls = 0;
  const flaky = task({ name: "flaky", retries: 1, backoff: "none" }, async () => {
    seen.push(`flaky ${++calls}`);
    await promise;
    if (calls === 1) throw new Error("the first attempt");
  });
  const handles = [runner.submit(parent), runner.submit(flaky)];
  const run = runner.run();
  while (seen.length < 2) await turn();
  runner.pause();
  const late = runner.submit(() => "late");
  resolve();
  while (handles[0]!.status !== "completed" || handles[1]!.status !== "ready") await turn();
  await settle();
  assertEquals(seen, ["parent begins", "flaky 1", "parent returns"]);
  assertEquals([handles[1]!.status, late.status], ["ready", "ready"]);
  assertEquals(runner.statistics().pools["async"], { maxWorkers: 1, busy: 0, queued: 2, paused: true });
  runner.unpause();
  await run;
  assertEquals([seen.at(-1), await late], ["flaky 2", "late"]);
  assertAtRest(runner);
});

Deno.test("pause() of one pool leaves the others alone, and unpause() of all ends it", async () => {
  await using runner = new TaskRunner({ pools: { a: {}, b: {} } });
  const [a, b] = ["a", "b"].map((pool) => runner.submit(task({ name: pool, pool }, () => pool)));
  runner.pause("a");
  assertEquals(await b, "b");
  assertEquals(a!.explain(), '"a#1" is ready, but its pool "a" is paused, until unpause("a") or unpause().');
  runner.unpause("b");
  assertEquals(a!.status, "ready");
  runner.unpause();
  assertEquals(await a, "a");
  await runner.run();
});

Deno.test("pause() and unpause() of a pool that is not there name those that are", async () => {
  await using runner = new TaskRunner({ pools: { api: {} } });
  for (const method of ["pause", "unpause"] as const) {
    assertThrows(() => runner[method]("db"), TypeError, 'no pool "db": the runner\'s pools are "async", "thread"');
  }
});

Deno.test("what waits in a paused pool can be cancelled, and a shutdown ends it", async () => {
  const runner = new TaskRunner({ onTaskError: "continue" });
  runner.pause();
  const [first, second] = [runner.submit(() => {}), runner.submit(() => {})];
  const run = runner.run();
  await settle();
  assert(first.cancel());
  await runner.shutdown();
  await assertRejects(() => second.result(), TaskCancelledError, "shut down");
  await run;
});

Deno.test("a run whose tasks all wait in a paused pool says so, once, and ends after unpause()", () =>
  onVirtualTime(async (time) => {
    const logger = recordingLogger();
    await using runner = new TaskRunner({ logger, pools: { api: {} } });
    const call = task({ name: "call", pool: "api" }, () => {});
    const pause = async () => {
      runner.pause("api");
      runner.submit(call);
      runner.submit(call);
      const run = runner.run();
      await settle();
      await pass(time, 60_000);
      assertEquals(runner.statistics().pools["api"]?.queued, 2);
      runner.unpause();
      await untilSettled(time, run);
    };
    await pause();
    await pause();
    const warning = 'Nothing runs: pool "api" is paused, and 2 tasks wait for it. unpause("api") lets them start';
    assertEquals(logger.lines, [warning, warning].map((text) => ({ level: "warn" as const, data: [text] })));
    assertAtRest(runner);
  }));

Deno.test("a body that waits for a task of a paused strict pool has not stalled", () =>
  onVirtualTime(async (time) => {
    await using runner = new TaskRunner({ pools: { db: { maxWorkers: 1, strict: true } }, onTaskError: "continue" });
    const child = task({ name: "child", pool: "db" }, () => {});
    const parent = task({ name: "parent", pool: "db" }, async () => {
      runner.pause("db");
      await child.submit();
    });
    const handle = runner.submit(parent);
    const run = runner.run();
    await settle();
    await pass(time, 10_000);
    assertEquals(handle.status, "running");
    runner.unpause(); // and now it has
    await assertRejects(() => untilSettled(time, handle.result()), PoolStalledError);
    await untilSettled(time, run);
  }));

Deno.test("a paused pool of workers starts nothing", async () => {
  await using runner = new TaskRunner({ maxWorkers: 1 });
  const { plainStart } = await import("./limited_tasks.ts");
  runner.pause("thread");
  const handle = runner.submit(plainStart, 5);
  assertEquals(await runner.submit(() => "elsewhere"), "elsewhere");
  assertEquals([handle.status, runner.statistics().pools["thread"]?.workers], ["ready", 0]);
  runner.unpause("thread");
  assertEquals(typeof await handle, "number");
});

Deno.test("a program whose tasks all wait in a paused pool stays alive, and a signal ends it with care", () =>
  withState(async (state) => {
    const end = await play("paused", state, "SIGTERM");
    assertEquals([end.code, end.stderr, await statuses(state)], [143, "", ["square open"]]);
  }));
