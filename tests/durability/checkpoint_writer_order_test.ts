import { assert, assertEquals } from "@std/assert";
import { currentTask, task, TaskRunner } from "../../mod.ts";
import { runnerOn, ScriptedCheckpointer } from "../runner/scripted_checkpointer.ts";
import { settle, sleep, turn } from "../support.ts";

const five = task({ name: "five" }, () => 5);
const double = task({ name: "double" }, (x: number) => 2 * x);

for (const checkpointInterval of [0, 1]) {
  Deno.test(`what a body has submitted is on record no later than its end, with an interval of ${checkpointInterval} ms`, async () => {
    const checkpointer = new ScriptedCheckpointer();
    const COUNT = 2_500;
    const fan = task({ name: "fan" }, () => {
      for (let x = 0; x < COUNT; x++) double.submit(x);
    });
    await using runner = runnerOn(checkpointer, { checkpointInterval });
    const handle = runner.submit(fan);
    const run = runner.run();
    let onRecord = 0;
    while (onRecord === 0) {
      await turn();
      const records = await checkpointer.records();
      if (records.get(handle.id)?.status === "completed") onRecord = records.size;
    }
    assertEquals(onRecord, 1 + COUNT);
    await run;
  });
}

Deno.test("tasks that wait are saved soon, though saves and ends follow on each other all the time", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = await TaskRunner.resume(checkpointer, { pools: { other: { maxWorkers: 1 } } });
  const save = checkpointer.save.bind(checkpointer);
  checkpointer.save = async (records) => {
    await save(records);
    await sleep(4);
  };
  const short = task({ name: "short" }, () => sleep(1));
  const gate = task({ name: "gate", pool: "other" }, async () => {
    const { signal } = currentTask()!;
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  });
  const served = runner.serve();
  const submitSome = () => {
    for (let count = 0; count < 10; count++) runner.submit(short);
  };
  const source = setInterval(submitSome, 1);
  await sleep(100);
  const waiting = [1, 2, 3].map(() => gate.with({ runner }).submit());
  const end = Date.now() + 5_000;
  const isSaved = async () => {
    const records = await checkpointer.records();
    return waiting.every(({ id }) => records.has(id));
  };
  try {
    while (!await isSaved()) {
      assert(Date.now() < end, "they are not on record after 5 s");
      await sleep(5);
    }
  } finally {
    clearInterval(source);
    for (const handle of waiting) handle.cancel();
  }
  await runner.stop();
  await served;
});

Deno.test("what is thrown may be anything, and no one else's end waits for it", async () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  for (const checkpointer of [undefined, new ScriptedCheckpointer()]) {
    await using runner = new TaskRunner({ onTaskError: "continue", ...(checkpointer && { checkpointer }) });
    const hostile = runner.submit(() => {
      throw proxy;
    });
    const dependent = runner.submit(double, hostile as never);
    const others = [1, 2, 3].map((x) => runner.submit(double, x));
    const { counts } = await runner.run();
    assertEquals([counts.completed, counts.failed], [3, 2]);
    assertEquals([hostile.status, dependent.status], ["failed", "failed"]);
    assertEquals(await Promise.all(others), [2, 4, 6]);
  }
});

Deno.test("run() continues with what is submitted while it saves", async () => {
  const checkpointer = new ScriptedCheckpointer();
  await using runner = runnerOn(checkpointer, { checkpointInterval: "1h" });
  const first = runner.submit(five);
  const run = runner.run();
  await first;
  checkpointer.hold();
  await settle();
  const later = runner.submit(async function later() {
    await settle();
  });
  checkpointer.release();
  const report = await run;
  assertEquals(later.status, "completed");
  assertEquals(report.results.map(({ name, status }) => `${name} ${status}`), ["five completed", "later completed"]);
  assertEquals([report.counts.completed, report.counts.running], [2, 0]);
});
