import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { task, TaskRunner } from "../../mod.ts";

const one = task({ name: "one" }, () => 1);

Deno.test("TaskRunner.submit() refuses what is neither a task nor a function", async () => {
  await using runner = new TaskRunner();
  const submit = runner.submit.bind(runner) as unknown as (what: unknown) => void;
  for (const wrong of [undefined, null, 7, "text", {}]) assertThrows(() => submit(wrong), TypeError, "Cannot submit");
  await using other = new TaskRunner();
  assertThrows(() => runner.submit(one.with({ runner: other })), TypeError, "another runner");
});

Deno.test("what submit() refuses leaves nothing behind: no handle, and no place in the order", async () => {
  await using runner = new TaskRunner();
  const dedupBy = (() => 5) as unknown as () => string;
  assertThrows(() => runner.submit(task({ name: "odd", dedupBy }, () => {})), TypeError, "dedupBy of task");
  assertThrows(() => runner.submit(one.with({ pool: "none" })), TypeError, "none");
  const first = runner.submit(one);
  assertEquals([first.seq, runner.handles()], [1, [first]]);
});

Deno.test("submit() returns the handle that it stands for as well: by key for good, by dedup key while that is unfinished", async () => {
  await using runner = new TaskRunner();
  const double = task({ name: "double", dedupBy: (x: number) => `${x}` }, (x: number) => 2 * x);
  const first = runner.submit(double, 3);
  assertStrictEquals(runner.submit(double, 3), first);
  const keyed = one.with({ runner, key: "k" }).submit();
  assertEquals(await Promise.all([first, keyed]), [6, 1]);
  assertEquals(runner.submit(double, 3) === first, false);
  assertStrictEquals(one.with({ runner, key: "k" }).submit(), keyed);
  assertThrows(() => double.with({ runner, key: "k" }).submit(1), TypeError, "is the key of");
});

Deno.test("an observer of a submission may cancel it, and then it is never ready", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const statuses: string[] = [];
  runner.observe({
    status: (handle, _from, to) => {
      statuses.push(to);
      if (to === "pending") handle.cancel("not wanted");
    },
  });
  assertEquals([runner.submit(one).status, statuses], ["cancelled", ["pending", "cancelled"]]);
});

Deno.test("what a body submits belongs to it, and says so", async () => {
  await using runner = new TaskRunner();
  const outer = task({ name: "outer" }, async () => await one.submit());
  const handle = runner.submit(outer);
  assertEquals(await handle, 1);
  const [child] = handle.children();
  assertEquals([child?.name, child?.parent === handle], ["one", true]);
});
