import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { CONTINUES, FROM, IDLE, PAUSED } from "../../../src/pools/protocol/messages.ts";
import { FakeOutbox } from "./fake_outbox.ts";

Deno.test("Outbox sends each thing that it is told at once, as a record of its own", () => {
  const outbox = new FakeOutbox();
  outbox.ready();
  outbox.begun(1);
  outbox.started(1);
  outbox.done(1, CONTINUES, { a: [1, "two", null] });
  outbox.timedOut(2, PAUSED);
  outbox.progress(3, 0.5, "half");
  outbox.progress(3, 0.75, undefined);
  outbox.log(3, "warn", ["a", { b: 1 }]);
  outbox.requestCredit();
  outbox.heardAbort(3);
  outbox.ended();
  assertEquals(outbox.heard, [
    ["ready"],
    ["begun", 1],
    ["started", 1],
    ["done", 1, CONTINUES, { a: [1, "two", null] }],
    ["timedOut", 2, PAUSED],
    ["progress", 3, 0.5, "half"],
    ["progress", 3, 0.75, undefined],
    ["log", 3, "warn", ["a", { b: 1 }]],
    ["creditRequested"],
    ["heardAbort", 3],
    [FROM.ended],
  ]);
});

Deno.test("Outbox sends errors with their class", () => {
  const outbox = new FakeOutbox();
  outbox.failed(1, IDLE, new RangeError("too far"));
  const [[kind, seq, flow, error]] = outbox.heard as [unknown[]];
  assertEquals([kind, seq, flow], ["failed", 1, IDLE]);
  assertInstanceOf(error, RangeError);
});

Deno.test("Outbox sends nothing of what cannot be sent, and what follows it as ever", () => {
  const outbox = new FakeOutbox();
  assertThrows(() => outbox.done(1, IDLE, () => {}), TypeError, "the result");
  assertThrows(() => outbox.log(1, "info", [Symbol("a")]), TypeError, "what is logged");
  outbox.done(2, IDLE, "fine");
  assertEquals(outbox.heard, [["done", 2, IDLE, "fine"]]);
});
