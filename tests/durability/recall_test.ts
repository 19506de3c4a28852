import { assertEquals, assertInstanceOf } from "@std/assert";
import { CheckpointError, TaskCancelledError, TaskInterruptedError, type TaskRecord } from "../../mod.ts";
import { SYSTEM_CLOCK } from "../../src/core/clock.ts";
import { COMPLETED, FAILED, PENDING } from "../../src/core/status.ts";
import { EarlierRun } from "../../src/durability/earlier_run.ts";
import { Recall } from "../../src/durability/recall.ts";
import { TaskState } from "../../src/durability/task_state.ts";
import type { DurabilityHost } from "../../src/engine/durability.ts";
import { fakeHandle } from "../engine/fake_handle.ts";
import { recordingLogger } from "../support.ts";

function record(rest: Partial<TaskRecord> = {}): TaskRecord {
  return { id: "fake#1", name: "fake", status: "completed", attempts: 1, args: [], dependsOn: [], ...rest };
}

/** A task that is submitted again, and what is recalled of it. */
function submitted(...records: readonly TaskRecord[]) {
  const logger = recordingLogger();
  const host = { epoch: 0, clock: SYSTEM_CLOCK, survives: () => false } as Partial<DurabilityHost> as DurabilityHost;
  const earlier = new EarlierRun(new Map(records.map((each) => [each.id, each])), new Set(["completed", "cancelled"]));
  const recall = new Recall({ host: () => host, earlier: () => earlier, logger, detailLogger: logger });
  const handle = fakeHandle(1, { code: PENDING });
  const state = new TaskState({ args: [], refs: [], encoding: undefined }, undefined, undefined, false);
  handle.ensureDetails().durable = state;
  return { recall, handle, state, lines: () => logger.lines.map(({ data }) => data.map(String).join(" ")) };
}

Deno.test("Recall ends a task as its record says, with the value, the error or the fact that it was cancelled", () => {
  const { recall, handle, state } = submitted();
  const done = record({ value: 7, worker: "thread 1", finishedAt: 5 });
  recall.match(handle, state, done);
  assertEquals([state.candidate, handle.details?.decided], [done, "by an earlier run"]);
  assertEquals(recall.end(handle, done), { code: COMPLETED, outcome: 7 });
  assertEquals([handle.worker, handle.finishedMs, handle.attempts, state.isSaved], ["thread 1", 5, 1, true]);
  assertInstanceOf(recall.end(handle, record({ status: "cancelled" }))?.outcome, TaskCancelledError);
  const broken = recall.end(handle, record({ status: "failed", error: { error: 5 } as never }));
  assertEquals(broken?.code, FAILED);
  assertInstanceOf(broken?.outcome, CheckpointError);
});

Deno.test("Recall ends a task only if what it depends on has ended as it had then", () => {
  const { recall, handle, state } = submitted();
  const dependency = fakeHandle(2, { code: PENDING });
  handle.dependencies = dependency;
  recall.match(handle, state, record({ value: 7 }));
  assertEquals(handle.details?.decided, undefined, "it is not certain yet");
  dependency.code = FAILED;
  assertEquals(recall.end(handle, record({ value: 7 })), undefined);
  assertEquals(recall.end(handle, record({ value: 7, lost: { "fake#2": "failed" } })), { code: COMPLETED, outcome: 7 });
});

Deno.test("Recall lets a task continue that was cut short, until that was too often in a row, and says so", () => {
  const { recall, handle, state, lines } = submitted();
  recall.match(handle, state, record({ status: "running", attempts: 2, recoveries: 1 }));
  assertEquals([state.candidate, state.isRecovered, state.recoveries, handle.attempts], [undefined, true, 2, 2]);
  assertEquals(lines().map((line) => line.includes("ended in attempt 2, 2 times in a row")), [true]);
  assertEquals(recall.continue(handle, state), "go");
  state.recoveries = handle.spec.options.maxRecoveries + 1;
  const refused = recall.continue(handle, state);
  assertInstanceOf((refused as { failure: unknown }).failure, TaskInterruptedError);
});

Deno.test("Recall lets a task wait for the time of its next attempt once, if that is yet to come", () => {
  const { recall, handle, state } = submitted();
  const retryAt = Date.now() + 3_600_000;
  recall.match(handle, state, record({ status: "retrying", retryAt }));
  assertEquals(recall.continue(handle, state), { retryAt });
  assertEquals(recall.continue(handle, state), "go");
  state.retryAt = Date.now() - 1;
  assertEquals(recall.continue(handle, state), "go");
});

Deno.test("Recall counts how often a task had ended, and runs again", () => {
  const { recall, handle, state } = submitted();
  const round = () => handle.details?.round;
  recall.match(handle, state, record({ status: "failed" }));
  assertEquals([state.candidate, round()], [undefined, 1]);
  recall.match(handle, state, record({ status: "running", round: 1 }));
  assertEquals(round(), 1, "it has not ended since");
  recall.match(handle, state, record({ status: "failed", round: 1 }));
  assertEquals(round(), 2);
  const done = record({ status: "completed", round: 2 });
  recall.match(handle, state, done);
  recall.end(handle, done);
  assertEquals(round(), 2, "it does not run again");
});

Deno.test("Recall ends no task by a record that may be that of another function, and warns once", () => {
  const ambiguous = record({ ambiguous: true });
  const { recall, state, lines } = submitted(ambiguous);
  assertEquals([recall.isAnswer(ambiguous, state), recall.isAnswer(ambiguous, state)], [false, false]);
  assertEquals(lines().length, 1);
});
