import { assert, assertEquals, assertThrows } from "@std/assert";
import { CheckpointError, type TaskRecord } from "../../mod.ts";
import { forget, isSignal, isTimedOut, learn, signalRecord } from "../../src/durability/signal_records.ts";
import type { KnownSignals } from "../../src/engine/durability.ts";
import { WAITING_MODULE } from "../../src/tasks/waiting.ts";

/** Notes what it is told. */
function listener(): KnownSignals & { readonly told: unknown[][] } {
  const told: unknown[][] = [];
  const note = (what: string) => (...args: unknown[]) => void told.push([what, ...args]);
  return {
    told,
    delivered: note("delivered"),
    timedOut: note("timedOut"),
    left: note("left"),
    forgotten: note("forgotten"),
    forgottenTask: note("forgottenTask"),
  };
}

const WAIT: TaskRecord = {
  id: "waitFor#1",
  name: "waitFor",
  module: WAITING_MODULE,
  status: "pending",
  attempts: 0,
  args: ["key"],
  dependsOn: [],
};

Deno.test("signalRecord() has the key and the value, and is told from the records of tasks", () => {
  const { record } = signalRecord("key", { by: "Ann" }, 7, "json");
  assertEquals([record.id, record.args, record.value, record.status], [
    "signal:key",
    ["key"],
    { by: "Ann" },
    "completed",
  ]);
  assertEquals([record.submittedAt, record.finishedAt], [7, 7]);
  assert(!("value" in signalRecord("key", undefined, 7, "json").record));
  assert(isSignal(record));
  assert(!isSignal({ ...record, module: "file:///tasks.ts" }), "a task of that name");
  assert(!isSignal(WAIT));
});

Deno.test("signalRecord() refuses what cannot be saved, with the path to it", () => {
  const error = assertThrows(() => signalRecord("key", [() => {}], 7, "json"), CheckpointError);
  assert(error.message.startsWith(`Cannot deliver "key", as value[0] is`), error.message);
});

Deno.test("learn() tells what was delivered, has timed out, and is still waited for", () => {
  const signals = listener();
  const timedOut: TaskRecord = { ...WAIT, id: "waitFor#2", status: "failed", dueAt: 5 };
  const lost: TaskRecord = { ...timedOut, lost: { "load#1": "failed" } };
  const { record } = signalRecord("key", 1, 7, "json");
  for (
    const each of [record, WAIT, { ...WAIT, dueAt: 9 }, timedOut, lost, { ...WAIT, status: "completed" as const }, {
      ...WAIT,
      args: [],
    }, { ...WAIT, module: "file:///tasks.ts" }]
  ) learn(each, signals);
  assertEquals(signals.told, [
    ["delivered", "key", 1],
    ["left", "key", undefined],
    ["left", "key", 9],
    ["timedOut", "key", "waitFor#2"],
  ]);
  assertEquals([timedOut, lost, WAIT].map(isTimedOut), [true, false, false]);
});

Deno.test("forget() tells signals from tasks", () => {
  const signals = listener();
  forget("signal:key", signals);
  forget("waitFor#1", signals);
  assertEquals(signals.told, [["forgotten", "key"], ["forgottenTask", "waitFor#1"]]);
});
