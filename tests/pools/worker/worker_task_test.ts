import { assert, assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { TaskCancelledError, TaskTimeoutError } from "../../../src/core/errors.ts";
import { TO } from "../../../src/pools/protocol/messages.ts";
import type { Abort } from "../../../src/pools/protocol/task_marks.ts";
import { now } from "../../../src/pools/worker/clock.ts";
import { type Definition, WorkerTask } from "../../../src/pools/worker/worker_task.ts";
import type { TaskSpec } from "../../../src/tasks/spec.ts";
import { SUBMIT } from "../../../src/tasks/submitter.ts";
import { FakeOutbox } from "./fake_outbox.ts";

const DEFINITION: Definition = { module: "file:///tasks.ts", definedAs: "load", tellsStart: false, body: undefined };

/** The second attempt at a task, and the abort that a flag says, if the test sets one. */
function makeTask(timeout = 0, name?: string, startedAt = now()) {
  const outbox = new FakeOutbox();
  const flag: { abort?: Abort } = {};
  const message = [TO.run, 7, 1, 2, timeout, "load#1", ["a"], name] as ConstructorParameters<typeof WorkerTask>[0];
  const task = new WorkerTask(message, DEFINITION, startedAt, { outbox, abortOf: () => flag.abort });
  return { task, outbox, flag };
}

Deno.test("WorkerTask has what the message of the pool says", () => {
  const { task } = makeTask(50);
  const { seq, number, timeout, id, args, name } = task;
  assertEquals({ seq, number, timeout, id, args, name }, {
    seq: 7,
    number: 2,
    timeout: 50,
    id: "load#1",
    args: ["a"],
    name: "load",
  });
  assertEquals(makeTask(0, "load-again").task.name, "load-again");
});

Deno.test("WorkerTask knows why it is to end by a message, a flag or the clock", () => {
  const byMessage = makeTask().task;
  const { signal } = byMessage;
  const reason = new Error("the user left");
  byMessage.abort(reason);
  assertStrictEquals(byMessage.abortReason, reason);
  assertStrictEquals(signal.reason, reason);
  assertEquals(byMessage.knowsTimeout, false);

  const byFlag = makeTask();
  assertEquals(byFlag.task.abortReason, undefined);
  byFlag.flag.abort = "cancelled";
  assertInstanceOf(byFlag.task.abortReason, TaskCancelledError);
  assertEquals([byFlag.task.signal.aborted, byFlag.task.knowsTimeout], [false, false]); // the message follows

  const byClock = makeTask(50, undefined, now() - 50).task;
  assertInstanceOf(byClock.abortReason, TaskTimeoutError);
  assertEquals([byClock.signal.aborted, byClock.knowsTimeout], [false, true]);
});

Deno.test("WorkerTask gives a signal that is asked for after the abort", () => {
  const { task } = makeTask();
  task.abort("stop");
  assertEquals([task.signal.aborted, task.signal.reason], [true, "stop"]);
});

Deno.test("WorkerTask says nothing more once its body has ended", () => {
  const { task, outbox } = makeTask();
  task.progress(0.5, "half");
  task.log("info", ["a", () => {}]);
  assert(task.context !== null);
  task.over = true;
  task.progress(1);
  task.log("info", ["b"]);
  assertEquals(task.context, null);
  // What cannot be sent is logged as it would be printed.
  assertEquals(outbox.heard, [["progress", 7, 0.5, "half"], ["log", 7, "info", ["a", "[Function (anonymous)]"]]]);
});

Deno.test("WorkerTask refuses submissions, and says where to make them", () => {
  const { task } = makeTask();
  const spec = { options: { name: "save" } } as TaskSpec<never, unknown>;
  assertThrows(() => task[SUBMIT](spec), Error, 'Cannot submit "save" from within "load", which runs in a worker');
});
