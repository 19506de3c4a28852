import { assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { CheckpointError } from "../../src/core/errors.ts";
import { asCheckpointError, unsavableError, unsavedError } from "../../src/durability/checkpoint_errors.ts";
import type { Handle } from "../../src/engine/handle.ts";

const HANDLE = { id: "load#1", name: "load" } as Handle;

Deno.test("unsavedError() names the task and says why, with the error of the checkpointer as its cause", () => {
  const cause = new CheckpointError("the disk is full");
  const error = unsavedError(HANDLE, cause);
  assertEquals(error.message, '"load#1" finished, but its outcome could not be saved: the disk is full');
  assertEquals(error.task, "load");
  assertStrictEquals(error.cause, cause);
});

Deno.test("unsavableError() names the task and what is wrong with its result", () => {
  const error = unsavableError(HANDLE, "value.when is a Date");
  assertEquals([error.message, error.task], ['The result of "load#1" cannot be saved: value.when is a Date', "load"]);
});

Deno.test("asCheckpointError() leaves a CheckpointError as it is, and is one for anything else that was thrown", () => {
  const known = new CheckpointError("no room");
  assertStrictEquals(asCheckpointError(known, "save"), known);
  for (const thrown of [new TypeError("offline"), "offline", undefined]) {
    const error = asCheckpointError(thrown, "save");
    assertInstanceOf(error, CheckpointError);
    assertEquals(error.message.split(":")[0], "The checkpointer cannot save");
    assertStrictEquals(error.cause, thrown);
  }
});
