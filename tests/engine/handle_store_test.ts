import { assertEquals } from "@std/assert";
import { task, TaskRunner } from "../../mod.ts";

const identity = task(function identity(x: number) {
  return x;
});

function values(runner: TaskRunner): unknown[] {
  return runner.results().map(({ value }) => value);
}

Deno.test("TaskRunner.handles() has all handles that have not finished, in the order of submission", async () => {
  await using runner = new TaskRunner({ retain: 0 });
  const handles = [1, 2, 3].map((x) => runner.submit(identity, x));
  assertEquals(runner.handles(), handles);
  assertEquals(runner.results(), []);
  handles[1]!.cancel();
  assertEquals(runner.results().map(({ id }) => id), ["identity#2"]);
});

Deno.test("TaskRunner.results() has the last finished ones while serving, as many as `retain` says", async () => {
  await using runner = new TaskRunner({ retain: 3 });
  const served = runner.serve();
  await Promise.all(Array.from({ length: 10 }, (_, x) => runner.submit(identity, x)));
  assertEquals(values(runner), [7, 8, 9]);
  const waiting = Promise.withResolvers<number>();
  const open = runner.submit(() => waiting.promise);
  await Promise.all(Array.from({ length: 200 }, (_, x) => runner.submit(identity, x)));
  assertEquals(values(runner), [197, 198, 199]);
  assertEquals(runner.handles()[0], open);
  waiting.resolve(-1);
  await open;
  assertEquals(values(runner), [-1, 198, 199]);
  await runner.stop();
  await served;
});

Deno.test("TaskRunner.results() has none while serving with `retain: 0`", async () => {
  await using runner = new TaskRunner({ retain: 0 });
  const served = runner.serve();
  assertEquals(await runner.submit(identity, 1), 1);
  assertEquals(runner.handles(), []);
  await runner.stop();
  await served;
});

Deno.test("TaskRunner.results() has all of a run", async () => {
  await using runner = new TaskRunner({ retain: 2 });
  for (let x = 0; x < 300; x++) runner.submit(identity, x);
  await runner.run();
  assertEquals(values(runner).length, 300);
});

Deno.test("TaskRunner.results() of a run go when a serving runner has finished others", async () => {
  await using runner = new TaskRunner({ retain: 2 });
  for (let x = 0; x < 5; x++) runner.submit(identity, x);
  await runner.run();
  const served = runner.serve();
  await runner.submit(identity, 5);
  assertEquals(values(runner), [4, 5]);
  await runner.stop();
  await served;
});

Deno.test("TaskHandle keeps its result when a serving runner has released it", async () => {
  await using runner = new TaskRunner({ retain: 0 });
  const served = runner.serve();
  const first = runner.submit(identity, 1);
  const second = runner.submit(identity, first);
  assertEquals(await second, 1);
  assertEquals([await first, first.status, first.peek()?.value], [1, "completed", 1]);
  const third = runner.submit(identity, first);
  assertEquals(await third, 1);
  await runner.stop();
  await served;
});
