import { assert, assertEquals, assertThrows } from "@std/assert";
import { task, TaskRunner } from "../../mod.ts";
import { telemetry } from "../../src/observe/telemetry.ts";
import { collect, type CollectedSpan } from "./collector.ts";

const PROGRAM = new URL("./programs/traced.ts", import.meta.url);

const named = (spans: readonly CollectedSpan[], name: string) => spans.filter((span) => span.name === name);

Deno.test("telemetry() has a span for the run and each attempt, active in the body, on every backend", async () => {
  const { spans, logs } = await collect(PROGRAM, ["backends"]);
  const [run] = named(spans, "run");
  const attempts = named(spans, "spanning");
  assertEquals(new Set(spans.map(({ traceId }) => traceId)).size, 1);
  assertEquals([run!.parentSpanId, run!.attributes["workflowy.tasks.completed"]], ["", 4]);
  assertEquals(run!.attributes["workflowy.runner.name"], "traced");
  for (const backend of ["async", "thread", "process"]) {
    const own = attempts.find(({ attributes }) => attributes["workflowy.pool"] === backend)!;
    const { attributes } = own;
    assertEquals(own.parentSpanId, run!.spanId);
    assertEquals([attributes["workflowy.task.name"], attributes["workflowy.task.attempt"]], ["spanning", 1]);
    assertEquals(attributes["workflowy.worker"], backend === "async" ? undefined : `${backend}-1`);
    for (const part of ["before", "after"]) {
      assertEquals(named(spans, `${backend} ${part}`).map(({ parentSpanId }) => parentSpanId), [own.spanId], backend);
    }
    assertEquals(logs.find(({ text }) => text.includes(backend))?.spanId, own.spanId);
  }
  const [join] = named(spans, "join");
  assertEquals(join!.links.toSorted(), attempts.map(({ spanId }) => spanId).toSorted());
  assertEquals([join!.attributes["workflowy.task.label"], join!.attributes["workflowy.task.tags"]], [
    "async+thread+process",
    ["last"],
  ]);
});

Deno.test("telemetry() gives an attempt the span as its parent that was active as the task was submitted", async () => {
  const { spans } = await collect(PROGRAM, ["submitters"]);
  const [request, nesting, child] = ["request", "nesting", "spanning"].map((name) => named(spans, name)[0]!);
  assertEquals([nesting!.parentSpanId, child!.parentSpanId], [request!.spanId, nesting!.spanId]);
  assertEquals(named(spans, "child after").map(({ parentSpanId }) => parentSpanId), [child!.spanId]);
});

Deno.test("telemetry() marks attempts that failed, and counts and measures tasks", async () => {
  const { spans, points } = await collect(PROGRAM, ["failures"]);
  const attempts = named(spans, "flaky");
  assertEquals(attempts.map(({ attributes }) => attributes["workflowy.task.attempt"]).toSorted(), [1, 2]);
  for (const { failed, attributes, events } of attempts) {
    assert(failed);
    assertEquals(attributes["error.type"], "TypeError");
    assertEquals(events.map(({ attributes }) => attributes["exception.message"]), ["no answer"]);
  }
  const last = (metric: string) => points.findLast((point) => point.metric === metric);
  assertEquals(last("workflowy.tasks")?.attributes, {
    "workflowy.task.name": "flaky",
    "workflowy.task.status": "failed",
  });
  assertEquals([last("workflowy.tasks")?.value, last("workflowy.task.duration")?.value], [1, 2]);
  assertEquals([last("workflowy.task.wait")?.value, last("workflowy.task.wait")?.unit], [1, "s"]);
  assert(points.every(({ attributes }) => attributes["workflowy.task.id"] === undefined));
});

Deno.test("telemetry() measures how busy the pools are", async () => {
  const { points } = await collect(PROGRAM, ["pools"]);
  const busy = points.filter(({ metric, attributes }) =>
    metric === "workflowy.pool.busy" && attributes["workflowy.pool"] === "async"
  );
  assert(busy.some(({ value }) => value === 1), JSON.stringify(busy));
});

Deno.test("telemetry() exports of a burst what matters, and says how many spans it has left out", async () => {
  const { spans } = await collect(PROGRAM, ["burst"]);
  assertEquals([named(spans, "flaky").length, named(spans, "run").length], [2, 1]);
  const [run] = named(spans, "run");
  const dropped = Number(run!.attributes["workflowy.spans.dropped"]);
  assert(dropped > 0, `${dropped}`);
  assertEquals(named(spans, "noop").length + dropped, 20_000);
});

Deno.test("telemetry() does nothing where nothing exports, and refuses wrong options", async () => {
  await using runner = new TaskRunner();
  using _ = telemetry(runner);
  assertEquals(await runner.submit(task({ name: "load" }, () => 42)), 42);
  assertThrows(
    () => telemetry({} as never),
    TypeError,
    "What telemetry() is given must be a TaskRunner, not an object",
  );
  assertThrows(() => telemetry(runner, { every: 1 } as never), TypeError, "telemetry()");
  assertThrows(() => telemetry(runner, { spansPerSecond: 0 }), RangeError, "spansPerSecond");
  assertThrows(() => telemetry(runner, { minDuration: -1 }), RangeError, "minDuration");
});
