import { assertEquals, assertStringIncludes } from "@std/assert";
import type { TaskRecord } from "../../mod.ts";
import { COMPLETED, FAILED } from "../../src/core/status.ts";
import { EarlierRun } from "../../src/durability/earlier_run.ts";
import { Leftovers } from "../../src/durability/leftovers.ts";
import { fakeHandle } from "../engine/fake_handle.ts";
import { recordingLogger } from "../support.ts";

function record(id: string, rest: Partial<TaskRecord> = {}): TaskRecord {
  return { id, name: id, status: "completed", attempts: 1, args: [], dependsOn: [], ...rest };
}

/** Leftovers of a run that has left these records. */
function leftovers(...records: readonly TaskRecord[]) {
  const logger = recordingLogger();
  const deleted: string[] = [];
  const earlier = new EarlierRun(new Map(records.map((each) => [each.id, each])), new Set(["completed"]));
  const cancelled: string[] = [];
  const made = new Leftovers({
    earlier: () => earlier,
    logger,
    delete: (id) => deleted.push(id),
    cancelled: ({ id }) => cancelled.push(id),
  });
  return { made, earlier, deleted, cancelled, warnings: () => logger.lines.map(({ data }) => String(data[0])) };
}

/** The second attempt of a task whose first one was cut short. */
function parent() {
  const handle = fakeHandle(1, { name: "parent" });
  handle.attempts = 2;
  handle.ensureDetails().uncounted = 1;
  return handle;
}

Deno.test("Leftovers deletes unfinished tasks that a body which completed did not submit again, and warns once", () => {
  const { made, deleted, warnings } = leftovers(
    record("a", { parent: "parent#1", status: "running" }),
    record("b", { parent: "a", status: "pending" }),
    record("c", { parent: "parent#1", status: "pending" }),
    record("left", { parent: "parent#1", status: "pending", detached: true }),
    record("other", { status: "pending" }),
  );
  made.forgetUnclaimed(parent(), COMPLETED);
  assertEquals(deleted, ["a", "b", "c"]);
  assertEquals(warnings().length, 1);
  assertStringIncludes(warnings()[0]!, '"parent#1" ran again and did not submit "a"');
});

Deno.test("Leftovers keeps what has ended, and warns of it only if the body that completed was the first to do so", () => {
  const ended = record("a", { parent: "parent#1" });
  const first = leftovers(ended);
  first.made.forgetUnclaimed(parent(), COMPLETED);
  assertEquals([first.deleted, first.warnings().length], [[], 1]);
  const failed = leftovers(ended);
  failed.made.forgetUnclaimed(parent(), FAILED);
  const later = leftovers(ended);
  const retried = parent();
  retried.attempts = 3;
  later.made.forgetUnclaimed(retried, COMPLETED);
  assertEquals([...failed.warnings(), ...later.warnings()], []);
});

Deno.test("Leftovers deletes what several have begun and now share, but not what has ended, and does not warn of it", () => {
  const { made, deleted, warnings } = leftovers(
    record("open", { parent: "parent#1", status: "running" }),
    record("ended", { parent: "parent#1" }),
  );
  for (const id of ["open", "ended", "unknown"]) made.discardReplaced(id);
  made.forgetUnclaimed(parent(), COMPLETED);
  assertEquals([deleted, warnings()], [["open"], []]);
});

Deno.test("Leftovers cancels what a task that did not complete had begun, and keeps what has completed below it", () => {
  const { made, earlier, deleted, cancelled, warnings } = leftovers(
    record("a", { parent: "parent#1", status: "running" }),
    record("b", { parent: "a", status: "pending" }),
    record("done", { parent: "a" }),
    record("left", { parent: "parent#1", status: "pending", detached: true }),
    record("keyed", { parent: "parent#1", status: "pending", key: "keyed" }),
    record("shared", { parent: "a", status: "pending", dedupKey: "same" }),
    record("circle", { parent: "b", status: "pending" }),
    record("other", { status: "pending" }),
  );
  made.forgetUnclaimed(parent(), FAILED);
  assertEquals([cancelled, deleted, warnings()], [["a", "b", "circle"], [], []]);
  assertEquals([...earlier.records()].map(({ id }) => id), ["done", "left", "keyed", "shared", "other"]);
});

Deno.test("Leftovers cancels an unfinished task with what it had begun", () => {
  const { made, cancelled } = leftovers(
    record("a", { status: "running" }),
    record("b", { parent: "a", status: "pending" }),
  );
  for (const id of ["a", "unknown"]) made.cancel(id);
  assertEquals(cancelled, ["a", "b"]);
});

Deno.test("Leftovers keeps what has a key, as others may have submitted it, too", () => {
  const { made, earlier, deleted, warnings } = leftovers(
    record("keyed", { parent: "parent#1", status: "pending", key: "keyed" }),
    record("a", { parent: "parent#1", status: "pending" }),
    record("shared", { parent: "a", status: "pending", dedupKey: "same" }),
    record("charged", { parent: "a", key: "charged" }),
  );
  made.forgetUnclaimed(parent(), COMPLETED);
  assertEquals([deleted, warnings().length], [["a"], 1]);
  assertEquals([...earlier.records()].map(({ id }) => id), ["keyed", "shared", "charged"]);
});
