import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { stateOf, TaskState } from "../../src/durability/task_state.ts";
import type { Handle } from "../../src/engine/handle.ts";

const handleWith = (details: unknown) => ({ id: "load#1", details }) as Handle;

Deno.test("stateOf() is what durability keeps beside a handle, and a fault of the engine where there is none", () => {
  const state = new TaskState({ args: [5], refs: [] }, "parent#1", undefined, false);
  assertStrictEquals(stateOf(handleWith({ durable: state })), state);
  for (const details of [undefined, {}, { durable: {} }]) {
    assertThrows(() => stateOf(handleWith(details)), Error, '"load#1" has no recorded state');
  }
});

Deno.test("TaskState begins as that of a task that was never saved, nor cut short", () => {
  const { inputs, scope, isSaved, isDetached, isRecovered, recoveries, retryAt } = new TaskState(
    { args: [5], refs: [] },
    "parent#1",
    undefined,
    false,
  );
  assertEquals([inputs, scope], [{ args: [5], refs: [] }, "parent#1"]);
  assertEquals([isSaved, isDetached, isRecovered, recoveries, retryAt], [false, false, false, 0, undefined]);
});
