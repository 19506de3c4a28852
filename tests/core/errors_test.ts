import { assert, assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import {
  CheckpointError,
  CycleError,
  DependencyFailedError,
  NonRetryableError,
  RetryAfterError,
  RetryExhaustedError,
  TaskCancelledError,
  TaskError,
  TaskTimeoutError,
  WorkerLostError,
} from "../../mod.ts";

const cause = new TypeError("the cause");
const options = { task: "load", cause };

const ERRORS: [error: TaskError, name: string, code: string][] = [
  [new TaskError("m", options), "TaskError", "TASK_ERROR"],
  [new TaskTimeoutError("m", options), "TaskTimeoutError", "TASK_TIMEOUT"],
  [new TaskCancelledError("m", options), "TaskCancelledError", "TASK_CANCELLED"],
  [new CycleError("m", { ...options, cycle: ["a", "a"] }), "CycleError", "CYCLE"],
  [new DependencyFailedError("m", { ...options, dependency: "a#1" }), "DependencyFailedError", "DEPENDENCY_FAILED"],
  [new RetryExhaustedError("m", { ...options, attempts: 3 }), "RetryExhaustedError", "RETRY_EXHAUSTED"],
  [new CheckpointError("m", options), "CheckpointError", "CHECKPOINT"],
  [new WorkerLostError("m", options), "WorkerLostError", "WORKER_LOST"],
  [new NonRetryableError("m", options), "NonRetryableError", "NON_RETRYABLE"],
  [new RetryAfterError("m", { ...options, retryAfter: 1 }), "RetryAfterError", "RETRY_AFTER"],
];

for (const [error, name, code] of ERRORS) {
  Deno.test(`${name} is a TaskError with its own name, code, task and cause`, () => {
    assertInstanceOf(error, TaskError);
    assertInstanceOf(error, Error);
    const { message, task } = error;
    assertEquals({ name: error.name, code: error.code, message, task }, { name, code, message: "m", task: "load" });
    assertEquals(error.constructor.name, name);
    assertStrictEquals(error.cause, cause);
  });
}

Deno.test("no two errors share a code", () => {
  assertEquals(new Set(ERRORS.map(([error]) => error.code)).size, ERRORS.length);
});

Deno.test("TaskError has no cause and no task unless given", () => {
  const error = new TaskError("m");
  assertEquals([error.task, Object.hasOwn(error, "cause")], [undefined, false]);
});

Deno.test("CycleError, DependencyFailedError and RetryExhaustedError keep what they are about", () => {
  assertEquals(new CycleError("m", { cycle: ["a", "b", "a"] }).cycle, ["a", "b", "a"]);
  assertEquals(new DependencyFailedError("m", { dependency: "a#1" }).dependency, "a#1");
  assertEquals(new RetryExhaustedError("m", { attempts: 4 }).attempts, 4);
});

Deno.test("TaskCancelledError has its reason as its cause too", () => {
  const error = new TaskCancelledError("m", { reason: "closing time" });
  assertEquals([error.reason, error.cause], ["closing time", "closing time"]);
});

Deno.test("TaskCancelledError keeps a cause of its own beside the reason", () => {
  const error = new TaskCancelledError("m", { reason: "closing time", cause });
  assertEquals([error.reason, error.cause], ["closing time", cause]);
});

Deno.test("TaskCancelledError without a reason has no cause", () => {
  const error = new TaskCancelledError("m");
  assertEquals([error.reason, "cause" in error], [undefined, false]);
});

Deno.test("an engine's error can be told from a task's own", () => {
  assert(!(new RangeError("m") instanceof TaskError));
});
