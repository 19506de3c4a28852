import { assertEquals, assertNotEquals, assertStrictEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { currentTask, MemoryCheckpointer, task, type TaskHandle, TaskRunner } from "../../mod.ts";
import { recordingLogger, turn } from "../support.ts";
import { start } from "./support.ts";
import { load as loadCustomers } from "../runner/programs/namesakes/customers.ts";
import { load as loadWeather } from "../runner/programs/namesakes/weather.ts";

const charged: string[] = [];
const charge = task({ name: "charge" }, (card: string) => (charged.push(card), `receipt ${charged.length}`));

Deno.test("equal work of two bodies is two pieces of work, in whatever order they run again", async () => {
  charged.length = 0;
  let isDown = true;
  const order = task({ name: "order" }, async (id: number) => {
    if (id === 2 && isDown) throw new Error("out of stock");
    return `${id}: ${await charge.submit("visa")}`;
  });
  const store = new MemoryCheckpointer();
  for (let round = 0; round < 2; round++) {
    const { runner } = await start(store);
    runner.enter();
    order.map(isDown ? [1, 2] : [2, 1]);
    await runner.run();
    await runner.shutdown();
    isDown = false;
  }
  assertEquals(charged, ["visa", "visa"]);
});

Deno.test("each attempt counts equal submissions from the start, and finds what children of the last one completed", async () => {
  charged.length = 0;
  const attempts: string[][] = [];
  const order = task({ name: "order", retries: 2, backoff: "none" }, async () => {
    const receipts = [await charge.submit("a"), await charge.submit("a"), await charge.submit("b")];
    attempts.push(receipts);
    if (attempts.length < 3) throw new Error("later");
    return receipts;
  });
  for (const retain of [0, 1_000]) {
    charged.length = attempts.length = 0;
    const { runner } = await start(new MemoryCheckpointer(), { retain });
    runner.enter();
    const served = runner.serve();
    await order.submit();
    assertEquals(charged, ["a", "a", "b"], `retain ${retain}`);
    assertEquals(attempts, Array(3).fill(["receipt 1", "receipt 2", "receipt 3"]));
    await runner.stop();
    await served;
    await runner.shutdown();
  }
});

Deno.test("without a checkpointer each attempt submits new work", async () => {
  charged.length = 0;
  const order = task({ name: "order", retries: 1, backoff: "none" }, async () => {
    await charge.submit("a");
    if (currentTask()!.attempt === 1) throw new Error("later");
  });
  await using runner = new TaskRunner();
  runner.enter();
  await order.submit();
  assertEquals(charged, ["a", "a"]);
});

Deno.test("a child that failed runs again with the next attempt of its parent", async () => {
  let calls = 0;
  const flaky = task({ name: "flaky" }, () => {
    if (++calls === 1) throw new Error("once");
    return calls;
  });
  const parent = task({ name: "parent", retries: 1, backoff: "none" }, async () => await flaky.submit());
  const { runner } = await start(new MemoryCheckpointer());
  runner.enter();
  assertEquals(await parent.submit(), 2);
  await runner.shutdown();
});

Deno.test("a key is an idempotency key: the same handle, whatever its outcome", async () => {
  for (const checkpointer of [undefined, new MemoryCheckpointer()]) {
    charged.length = 0;
    await using runner = new TaskRunner({ onTaskError: "continue", ...(checkpointer && { checkpointer }) });
    runner.enter();
    const keyed = charge.with({ key: "order-1" });
    const first = keyed.submit("visa");
    assertStrictEquals(keyed.submit("another"), first);
    assertEquals(await first, "receipt 1");
    assertStrictEquals(keyed.submit("visa"), first);
    const failing = task({ name: "failing" }, () => {
      throw new Error("no");
    }).with({ key: "order-2" });
    const failed = failing.submit();
    await failed.exception();
    assertStrictEquals(failing.submit(), failed);
    assertEquals(charged, ["visa"]);
  }
});

Deno.test("a key is found again after a restart; what failed with it runs again", async () => {
  charged.length = 0;
  let isDown = true;
  const flaky = task({ name: "flaky" }, () => {
    if (isDown) throw new Error("down");
    return "up";
  });
  const store = new MemoryCheckpointer();
  const outcomes: unknown[] = [];
  for (let round = 0; round < 2; round++) {
    const { runner } = await start(store);
    runner.enter();
    const served = runner.serve();
    const [first, second] = [charge.with({ key: "k" }).submit("visa"), flaky.with({ key: "f" }).submit()];
    outcomes.push(await first, first.restored, await second.exception() === undefined, second.restored);
    await runner.stop();
    await served;
    await runner.shutdown();
    isDown = false;
  }
  assertEquals(outcomes, ["receipt 1", false, false, false, "receipt 1", true, true, false]);
});

Deno.test("a key is found on record, too, when its handle is no longer kept", async () => {
  charged.length = 0;
  const { runner } = await start(new MemoryCheckpointer(), { retain: 1 });
  runner.enter();
  const served = runner.serve();
  const keyed = charge.with({ key: "old" });
  const first = keyed.submit("visa");
  await first;
  for (let other = 0; other < 5; other++) await charge.submit(`other ${other}`);
  assertEquals(runner.handles().includes(first), false);
  const [again, once] = [keyed.submit("visa"), keyed.submit("visa")];
  assertStrictEquals(once, again);
  assertEquals([await again, again.restored, charged.filter((card) => card === "visa").length], ["receipt 1", true, 1]);
  await runner.stop();
  await served;
  await runner.shutdown();
});

Deno.test("another task with the same key is an error that names both", async () => {
  for (const checkpointer of [undefined, new MemoryCheckpointer()]) {
    await using runner = new TaskRunner({ ...(checkpointer && { checkpointer }) });
    runner.enter();
    const other = task({ name: "other" }, (_: string) => 1);
    await charge.with({ key: "shared" }).submit("visa");
    const error = assertThrows(() => other.with({ key: "shared" }).submit("x"), TypeError);
    for (const part of ['"other"', '"charge"', 'key "shared"', "use another key"]) {
      assertStringIncludes(error.message, part);
    }
  }
});

Deno.test("no key is mistaken for another id, nor any id for a key", async () => {
  await using runner = new TaskRunner();
  runner.enter();
  const keys = ["charge#1", "charge%231", "charge%25231", "job@2026-06-01T01:00:00.000Z", "schedule:job", "plain"];
  const handles = [charge.submit("first"), ...keys.map((key) => charge.with({ key }).submit(key))];
  const ids = handles.map(({ id }) => id);
  assertEquals(new Set(ids).size, ids.length);
  assertEquals([ids[0], ids.at(-1)], ["charge#1", "plain"]);
  assertNotEquals(ids[1], "charge#1");
  await runner.run();
});

Deno.test("what serve() takes in is new work, what was submitted before is found on record", async () => {
  charged.length = 0;
  const store = new MemoryCheckpointer();
  for (let round = 0; round < 2; round++) {
    const { runner } = await start(store);
    runner.enter();
    const before = charge.submit("before");
    const served = runner.serve();
    await Promise.all([before, charge.submit("request"), charge.submit("request")]);
    await runner.stop();
    await served;
    await runner.shutdown();
  }
  assertEquals(charged.sort(), ["before", "request", "request", "request", "request"]);
});

Deno.test("tasks of one name in two modules share no records, dedup keys or results", async () => {
  const store = new MemoryCheckpointer();
  for (let round = 0; round < 2; round++) {
    const { runner } = await start(store);
    const same = { runner, dedupKey: "same" };
    const [weather, customers] = [loadWeather.with(same).submit("Oslo"), loadCustomers.with(same).submit("Oslo")];
    assertNotEquals(weather.id, customers.id);
    assertNotEquals(await weather, await customers);
    assertEquals([weather.restored, customers.restored], [round === 1, round === 1]);
    await runner.shutdown();
  }
});

Deno.test("a submission that shared another one's dedup key finds its result after a restart", async () => {
  charged.length = 0;
  const once = charge.with({ dedupKey: "once" });
  let isStuck = true;
  const release = Promise.withResolvers<void>();
  const order = task({ name: "order" }, async (id: number) => {
    const receipt = await once.submit(`card of ${id}`);
    if (isStuck && id === 2) await release.promise;
    return receipt;
  });
  const program = await start(new MemoryCheckpointer());
  program.runner.enter();
  const [first] = order.map([1, 2]);
  await first;
  const left = await program.kill();
  release.resolve();
  isStuck = false;
  const { runner } = await start(left);
  runner.enter();
  const handles = order.map([2, 1]);
  assertEquals(await Promise.all(handles), ["receipt 1", "receipt 1"]);
  assertEquals(charged.length, 1);
  await runner.shutdown();
});

Deno.test("a shared child is cancelled only when no one wants it any more", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  runner.enter();
  const release = Promise.withResolvers<void>();
  const child = task({ name: "child", dedupBy: () => "same" }, () => release.promise.then(() => "child"));
  let shared: TaskHandle<string> | undefined;
  const parent = task({ name: "parent" }, async (_: number) => await (shared = child.submit()));
  const [a, b, c] = parent.map([1, 2, 3]);
  const controller = new AbortController();
  void runner.run();
  while (runner.statistics().running < 4) await turn();
  assertStrictEquals(child.with({ signal: controller.signal }).submit(), shared);
  a!.cancel();
  controller.abort();
  assertEquals(shared!.status, "running");
  b!.cancel();
  assertEquals(shared!.status, "running");
  c!.cancel();
  assertEquals(shared!.status, "cancelled");
  release.resolve();
});

Deno.test("a body that submits other work than before its program was killed is warned of", async () => {
  const logger = recordingLogger();
  const release = Promise.withResolvers<void>();
  let round = 0;
  const mail = task({ name: "mail" }, (_at: number) => release.promise);
  const flow = task({ name: "flow" }, async () => {
    const handle = mail.submit(round);
    if (round === 0) await handle;
  });
  const program = await start(new MemoryCheckpointer());
  program.runner.enter();
  flow.submit();
  void program.runner.run();
  while (program.runner.statistics().running < 2) await turn();
  const left = await program.kill();
  round++;
  release.resolve();
  const { runner } = await start(left, { logger });
  runner.enter();
  flow.submit();
  await runner.run();
  const warnings = logger.lines.filter(({ level }) => level === "warn").map(({ data }) => String(data[0]));
  assertEquals(warnings.length, 1);
  assertStringIncludes(warnings[0]!, 'ran again and did not submit "mail#');
  assertEquals(runner.orphaned, []);
  await runner.shutdown();
});

Deno.test("a body that submits other work is warned of, too, if what it had submitted has completed", async () => {
  const logger = recordingLogger();
  let round = 0;
  const sent: number[] = [];
  const mail = task({ name: "mail" }, (at: number) => void sent.push(at));
  const flow = task({ name: "flow" }, async () => {
    await mail.submit(round);
    if (round === 0) await new Promise(() => {});
  });
  const program = await start(new MemoryCheckpointer());
  program.runner.enter();
  flow.submit();
  void program.runner.run();
  while (program.runner.statistics().completed < 1) await turn();
  const left = await program.kill();
  round++;
  const { runner } = await start(left, { logger });
  runner.enter();
  flow.submit();
  await runner.run();
  assertEquals(sent, [0, 1]);
  const warnings = logger.lines.filter(({ level }) => level === "warn").map(({ data }) => String(data[0]));
  assertEquals(warnings.length, 1);
  assertStringIncludes(warnings[0]!, 'ran again and did not submit "mail#');
  await runner.shutdown();
});

Deno.test("a body that continues from its second attempt is not warned of what only its first one submitted", async () => {
  const logger = recordingLogger();
  let isStuck = true;
  const look = task({ name: "look" }, (attempt: number) => attempt);
  const flow = task({ name: "flow", retries: 2, backoff: "none" }, async () => {
    const { attempt } = currentTask()!;
    await look.submit(Math.min(attempt, 2));
    if (attempt === 1) throw new Error("once more");
    if (isStuck) await new Promise(() => {});
  });
  const program = await start(new MemoryCheckpointer());
  program.runner.enter();
  flow.submit();
  void program.runner.run();
  while (program.runner.statistics().completed < 2) await turn();
  const left = await program.kill();
  isStuck = false;
  const { runner } = await start(left, { logger });
  runner.enter();
  await flow.submit();
  assertEquals(logger.lines.filter(({ level }) => level === "warn"), []);
  await runner.shutdown();
});

for (const retain of [0, 1, 1_000]) {
  Deno.test(`equal submissions with other tasks in between keep their results in order, with retain: ${retain}`, async () => {
    let runs = 0;
    const count = task({ name: "count" }, () => ++runs);
    const other = task({ name: "other" }, (n: number) => n);
    const store = new MemoryCheckpointer();
    for (let round = 0; round < 2; round++) {
      const { runner } = await start(store, { retain });
      runner.enter();
      const served = round === 0 ? undefined : runner.run(); // with and without a run under way
      const values: number[] = [];
      for (let n = 0; n < 3; n++) {
        values.push(await count.submit());
        await Promise.all(other.map(Array.from({ length: 5 }, (_, index) => 5 * n + index)));
      }
      await served;
      assertEquals(values, [1, 2, 3]);
      await runner.shutdown();
    }
    assertEquals(runs, 3);
  });
}

Deno.test("a shared child survives the retry of one of those who submitted it", async () => {
  const store = new MemoryCheckpointer();
  for (const checkpointer of [undefined, store]) {
    await using runner = new TaskRunner({ onTaskError: "continue", ...(checkpointer && { checkpointer }) });
    runner.enter();
    const release = Promise.withResolvers<void>();
    let runs = 0;
    const user = task({ name: "user", dedupBy: () => "ann" }, () => (runs++, release.promise.then(() => "Ann")));
    const failing = task({ name: "failing", retries: 1, backoff: "none" }, async () => {
      const handle = user.submit();
      await turn();
      if (currentTask()!.attempt === 1) throw new Error("once");
      release.resolve();
      return await handle;
    });
    const calm = task({ name: "calm" }, async () => await user.submit());
    const handles = [failing.submit(), calm.submit()];
    await runner.run();
    assertEquals([await Promise.all(handles), runs], [["Ann", "Ann"], 1]);
  }
});

Deno.test("what bodies get is what was on record when the task was submitted", async () => {
  const seen: unknown[] = [];
  const store = new MemoryCheckpointer({ codec: "structured" });
  const { runner } = await start(store);
  runner.enter();
  const look = task({ name: "look", retries: 1, backoff: "none" }, (value: { list: number[] }) => {
    seen.push(structuredClone(value));
    value.list.push(99);
    if (seen.length === 1) throw new Error("once more");
  });
  const value = { list: [1] };
  const handle = look.submit(value);
  value.list.push(2);
  await handle;
  assertEquals(seen, [{ list: [1] }, { list: [1] }]);
  await runner.shutdown();
});
