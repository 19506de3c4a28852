import { assertEquals, assertMatch } from "@std/assert";
import { task, TaskRunner } from "../../../mod.ts";
import { detailsOfHandle, viewOfHandle } from "../../../src/observe/api/view_of_handle.ts";

const load = task({ name: "load", label: (x: number) => `number ${x}`, tags: ["io"] }, (x: number) => {
  if (x === 0) throw new RangeError("zero");
  return { x, at: new Date(0) };
});

Deno.test("viewOfHandle has what is known at each moment, as JSON", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const handle = load.with({ runner, source: "cron" }).submit(1);
  const before = viewOfHandle(handle);
  assertEquals([before.id, before.status, before.attempts, before.source], [handle.id, "ready", 0, "cron"]);
  assertEquals([before.finishedAt, before.error], [undefined, undefined]);
  await handle;
  const after = viewOfHandle(handle);
  assertEquals([after.status, after.label, after.tags], ["completed", "number 1", ["io"]]);
  assertMatch(after.finishedAt!, /^\d{4}-\d\d-\d\dT/);
  assertEquals(JSON.parse(JSON.stringify(after)), after);
});

Deno.test("detailsOfHandle has the value, or the error and its reason", async () => {
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const good = runner.submit(load, 1);
  const bad = runner.submit(load, 0);
  await runner.run();
  assertEquals(detailsOfHandle(good).value, { x: 1, at: "1970-01-01T00:00:00.000Z" });
  const details = detailsOfHandle(bad);
  assertEquals([details.error?.name, details.error?.message, details.why], ["RangeError", "zero", bad.explain()]);
  assertEquals(JSON.parse(JSON.stringify(details)), details);
});
