import { assertEquals, assertThrows } from "@std/assert";
import { FileCheckpointer, MemoryCheckpointer, readCheckpoint, task, TaskRunner } from "../../mod.ts";
import { start } from "../durability/support.ts";
import { recordingLogger, tempFolder } from "../support.ts";

const load = task({
  name: "load",
  label: (page: number, { of }: { of: string }) => `page ${page} of ${of}`,
  tags: ["web", "nightly"],
}, (page: number, _: { of: string }) => {
  if (page === 0) throw new Error("no such page");
  return page + 1;
});

Deno.test("label and tags are on handles, in results, in reports and in explain()", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const handle = load.with({ runner }).submit(7, { of: "deno.com" });
  assertEquals([handle.label, handle.tags], ["page 7 of deno.com", ["web", "nightly"]]);
  assertEquals(
    handle.explain(),
    `"load#1" (page 7 of deno.com; tagged "web", "nightly") is ready, but its runner has not started: ` +
      `call run() or serve(), or await a handle.`,
  );
  const other = load.with({ runner, tags: [] }).submit(0, { of: "x" });
  const plain = runner.submit(function plain() {});
  const cancelled = load.with({ runner, tags: ["late"] }).submit(1, { of: "y" });
  cancelled.cancel("not needed");
  const report = await runner.run();
  assertEquals(report.results.map(({ label, tags }) => [label, tags]), [
    ["page 7 of deno.com", ["web", "nightly"]],
    ["page 0 of x", undefined],
    [undefined, undefined],
    ["page 1 of y", ["late"]],
  ]);
  assertEquals(other.explain(), `"load#2" (page 0 of x) failed with Error: no such page.`);
  assertEquals(cancelled.explain(), `"load#4" (page 1 of y; tagged "late") was cancelled: not needed.`);
  assertEquals([plain.label, plain.tags, Object.keys(report.results[2]!).includes("tags")], [undefined, [], false]);
});

Deno.test("label is called once, when the arguments are known, with values in place of handles", async () => {
  const calls: unknown[] = [];
  const sum = task(
    { name: "sum", retries: 1, backoff: "none", label: (all: number[]) => (calls.push(all), `${all}`) },
    (_all: number[]) => {
      if (calls.length === 1) throw calls.push("a retry");
    },
  );
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const parts = [load.with({ runner }).submit(1, { of: "a" }), 5];
  const handle = sum.with({ runner }).submit(parts);
  assertEquals([handle.label, calls], [undefined, []]);
  await runner.run();
  assertEquals([handle.label, calls], ["2,5", [[2, 5], "a retry"]]);
});

Deno.test("a label that cannot be made is logged, and costs nothing else", async () => {
  const logger = recordingLogger();
  await using runner = new TaskRunner({ logger });
  const broken = task({
    name: "broken",
    label: (what: string) =>
      what === "throw"
        ? ((): never => {
          throw new Error("no words");
        })()
        : (5 as never),
  }, (what: string) => what).with({ runner });
  const handles = broken.map(["throw", "number"]);
  assertEquals(await Promise.all(handles), ["throw", "number"]);
  assertEquals(handles.map(({ label }) => label), [undefined, undefined]);
  assertEquals(logger.lines.map(({ level, data }) => `${level}: ${data[0]}`), [
    `warn: "broken#1" has no label, as the function for it failed: Error: no words`,
    `warn: "broken#2" has no label, as the function for it failed: TypeError: it must return a string, not 5`,
  ]);
});

Deno.test("label and tags are on record, and restored from it where the code is not there", async () => {
  await using folder = await tempFolder();
  {
    await using runner = new TaskRunner({ checkpointer: new FileCheckpointer(folder.file()), onTaskError: "continue" });
    const first = load.with({ runner, key: "first" }).submit(3, { of: "a" });
    load.with({ runner, key: "second", tags: ["odd"] }).submit(first, { of: "b" });
    await runner.run();
  }
  const found = await Array.fromAsync(readCheckpoint(folder.file()), ({ id, label, tags }) => [id, label, tags]);
  assertEquals(found.sort(), [
    ["first", "page 3 of a", ["web", "nightly"]],
    ["second", "page 4 of b", ["odd"]],
  ]);
  await using runner = await TaskRunner.resume(folder.file());
  const again = load.with({ runner, key: "first" }).submit(3, { of: "a" });
  await again;
  assertEquals([again.restored, again.label, again.tags], [true, "page 3 of a", ["web", "nightly"]]);
});

Deno.test("resubmitOrphans() restores tags that with() gave, and the label", async () => {
  let labels = 0;
  const wait = task({ name: "label-of-orphan", label: () => `label ${++labels}`, tags: ["a"] }, () => {});
  const first = await start(new MemoryCheckpointer());
  wait.with({ runner: first.runner, key: "changed", tags: ["b", "c"] }).submit();
  wait.with({ runner: first.runner, key: "same", priority: 5 }).submit();
  const left = await first.kill();
  const records = (await Array.fromAsync(left.load())).sort((a, b) => a.id < b.id ? -1 : 1);
  assertEquals(records.map(({ options }) => options), [{ tags: ["b", "c"] }, { priority: 5 }]);
  const second = await start(left);
  const handles = second.runner.resubmitOrphans();
  assertEquals(handles.map(({ id, label, tags }) => [id, label, tags]), [
    ["changed", "label 1", ["b", "c"]],
    ["same", "label 2", ["a"]],
  ]);
  assertEquals(labels, 2);
  await second.kill();
});

Deno.test("label and tags are checked", () => {
  assertThrows(() => task({ label: "x" as never }, () => {}), TypeError, "label of task");
  assertThrows(() => task({ tags: "x" as never }, () => {}), TypeError, `must be an array of strings, not "x"`);
  assertThrows(
    () => task({ name: "t", tags: ["a", ""] }, () => {}),
    RangeError,
    `[1] of tags of task "t" must not be empty`,
  );
  const tags = ["a"];
  const { options } = task({ tags }, () => {});
  tags.push("b");
  assertEquals([options.tags, Object.isFrozen(options.tags)], [["a"], true]);
});
