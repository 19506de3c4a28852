import { assertEquals, assertStrictEquals } from "@std/assert";
import { Line } from "../../../src/engine/limits/line.ts";
import { TaskLimits } from "../../../src/engine/limits/task_limits.ts";
import { FakeHost } from "./fake_host.ts";

const queue = { precedes: () => false, reconsider: () => true };

Deno.test("Line waits for the first of its limits that is closed", () => {
  const own = new TaskLimits(new FakeHost());
  const concurrency = own.concurrency({ limit: 1 }, undefined);
  const line = new Line(queue, "1,2", [own.pause, concurrency]);
  assertEquals(line.closedLimit(0), undefined);
  concurrency.admit();
  assertStrictEquals(line.closedLimit(0), concurrency);
  own.pause.extend(10);
  assertStrictEquals(line.closedLimit(0), own.pause);
  assertStrictEquals(line.closedLimit(10), concurrency);
});
