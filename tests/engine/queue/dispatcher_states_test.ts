import { assert, assertEquals } from "@std/assert";
import { ACTIVITY, type Activity, GATE, type Gate } from "../../../src/engine/queue/dispatcher.ts";

/** The tables once more, so that a slip in the source's own is noticed. */
const LEGAL_GATE: Record<Gate, string[]> = {
  closed: ["open → open", "bar → barred", "hold → held", "dispose → disposed"],
  barred: ["open → waiting", "unbar → closed", "hold → heldBarred", "dispose → disposed"],
  waiting: ["close → barred", "unbar → open", "hold → heldBarred", "dispose → disposed"],
  open: ["close → closed", "bar → waiting", "hold → held", "dispose → disposed"],
  held: ["letGo → closed", "dispose → disposed"],
  heldBarred: ["unbar → held", "letGo → barred", "dispose → disposed"],
  disposed: [],
};
const LEGAL_ACTIVITY: Record<Activity, string[]> = {
  idle: ["touch → scheduled", "expect → expected", "pump → pumping"],
  scheduled: ["expect → expected", "pump → pumping"],
  expected: ["pump → pumping"],
  pumping: ["drained → idle", "sliceEnded → yielding"],
  yielding: ["turn → idle"],
};

function legal(table: Readonly<Record<string, Readonly<Record<string, string>>>>): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(table).map((
      [from, events],
    ) => [from, Object.entries(events).map(([event, to]) => `${event} → ${to}`)]),
  );
}

Deno.test("Dispatcher has the transitions of its gate and of its activity, and no others", () => {
  assertEquals(legal(GATE as never), LEGAL_GATE);
  assertEquals(legal(ACTIVITY as never), LEGAL_ACTIVITY);
});

Deno.test("Dispatcher reaches every state, and leaves every one but disposed", () => {
  for (const [table, start] of [[GATE, "closed"], [ACTIVITY, "idle"]] as const) {
    const reached = new Set<string>([start]);
    for (const state of reached) {
      for (const next of Object.values((table as Record<string, Record<string, string>>)[state]!)) reached.add(next);
    }
    assertEquals(reached, new Set(Object.keys(table)));
    for (const [state, events] of Object.entries(table)) {
      assert(state === "disposed" || Object.keys(events).length > 0, state);
    }
  }
});
