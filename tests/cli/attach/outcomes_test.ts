import { assertEquals } from "@std/assert";
import { task, TaskRunner, waitFor } from "../../../mod.ts";
import { Outcomes } from "../../../src/cli/attach/outcomes.ts";

Deno.test("Outcomes counts what failed last, of several runners", async () => {
  let works = false;
  const flaky = task({ name: "flaky" }, (x: number) => {
    if (x === 1 || !works) throw new Error("down");
  });
  await using first = new TaskRunner({ onTaskError: "continue" });
  await using second = new TaskRunner({ onTaskError: "continue" });
  const outcomes = new Outcomes();
  for (const runner of [first, second]) {
    outcomes.watch(runner);
    flaky.with({ runner }).map([1, 2]); // the ids are the same in both
    await runner.run();
  }
  assertEquals([outcomes.submitted, outcomes.failed.size], [4, 4]);
  works = true;
  first.retryFailed();
  await first.run();
  assertEquals([outcomes.submitted, outcomes.failed.size], [6, 3]);
});

Deno.test("Outcomes leaves it to a body what the end of its wait means", async () => {
  const approve = task({ name: "approve" }, async () => {
    try {
      return await waitFor("approval", { timeout: 1 });
    } catch {
      return "no answer";
    }
  });
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const outcomes = new Outcomes();
  outcomes.watch(runner);
  assertEquals(await runner.submit(approve), "no answer");
  assertEquals([runner.statistics().failed, outcomes.failed.size], [1, 0]);
  runner.use(() => waitFor("nothing", { timeout: 1 }));
  await runner.run();
  assertEquals(outcomes.failed.size, 1);
});
