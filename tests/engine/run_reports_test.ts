import { assertEquals } from "@std/assert";
import { COMPLETED, FAILED, READY, RUNNING } from "../../src/core/status.ts";
import { NO_DURABILITY } from "../../src/engine/durability.ts";
import { HandleStore } from "../../src/engine/handle_store.ts";
import { Observers } from "../../src/engine/observers.ts";
import { RunReports } from "../../src/engine/run_reports.ts";
import { StatusStore } from "../../src/engine/status_store.ts";
import { fakeHandle } from "./fake_handle.ts";

/** A report on tasks that are added to it, and end as is said. */
function reports() {
  const handles = new HandleStore(10, NO_DURABILITY);
  const statuses = new StatusStore(new Observers(() => {}));
  let seq = 0;
  const add = (name: string) => {
    const handle = fakeHandle(++seq, { name });
    handles.add(handle);
    statuses.add(handle);
    return handle;
  };
  const end = (name: string, code: typeof COMPLETED | typeof FAILED, outcome?: unknown) => {
    const handle = add(name);
    statuses.transition(handle, RUNNING);
    handle.outcome = outcome;
    statuses.transition(handle, code);
    return handle;
  };
  return { add, end, reports: new RunReports(handles, statuses), lastSeq: () => seq };
}

Deno.test("RunReports has each task in one report, with how many ended in each way", () => {
  const { end, reports: made, lastSeq } = reports();
  const first = end("first", COMPLETED);
  const { handles, counts } = made.take(lastSeq());
  assertEquals([handles, counts.completed, counts.failed], [[first], 1, 0]);
  const second = end("second", FAILED, new Error("no"));
  const next = made.take(lastSeq());
  assertEquals([next.handles, next.counts.completed, next.counts.failed], [[second], 0, 1]);
  assertEquals([made.lastSeq, made.take(lastSeq()).handles], [2, []]);
});

Deno.test("RunReports knows an error that was asked for, also as the cause of another one", () => {
  const { end, reports: made } = reports();
  const [known, cause] = [new Error("known"), new Error("cause")];
  const handle = end("known", FAILED, known);
  end("caused", FAILED, new Error("outer", { cause })).observed = true;
  assertEquals([made.isKnown(known), made.isKnown(cause)], [false, true]);
  handle.observed = true;
  assertEquals([made.isKnown(known), made.isKnown(new Error("known"))], [true, false]);
});

Deno.test("RunReports warns of tasks that never started, and of failures that nothing asked for", () => {
  const { add, end, reports: made, lastSeq } = reports();
  assertEquals(add("left").code, READY);
  assertEquals(made.warnings(true), []);
  assertEquals(made.warnings(false).map((each) => each.split(":")[0]), ["A task never started"]);
  end("lost", FAILED);
  end("asked", FAILED).observed = true;
  end("lost", FAILED);
  assertEquals(made.warnings(true).map((each) => each.split(":")[0]), [
    "2 tasks failed and nothing asked how they ended",
  ]);
  made.take(lastSeq());
  assertEquals(made.warnings(false), []);
});
