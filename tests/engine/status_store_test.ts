import { assertEquals, assertThrows } from "@std/assert";
import { EventListeners, TaskEventEmitter } from "../../src/runner/event_listeners.ts";
import { mayMove, PENDING, READY, RUNNING, type StatusCode, STATUSES, TRANSITIONS } from "../../src/core/status.ts";
import { Observers } from "../../src/engine/observers.ts";
import { StatusStore } from "../../src/engine/status_store.ts";
import type { Handle } from "../../src/engine/handle.ts";
import { fakeHandle } from "./fake_handle.ts";

interface SetUp {
  readonly statuses: StatusStore;
  readonly handleIn: (code: StatusCode) => Handle;
  readonly listen: (type: string, listener: (event: Event) => void) => void;
}

function setUp(): SetUp {
  const target = new EventTarget();
  const listeners = new EventListeners(() => {});
  const observers = new Observers(() => {});
  observers.add(new TaskEventEmitter(target, listeners));
  const statuses = new StatusStore(observers);
  const listen: SetUp["listen"] = (type, listener) => target.addEventListener(type, listeners.add(type, listener));
  let seq = 0;
  const handleIn = (code: StatusCode) => {
    const handle = fakeHandle(++seq, { code, name: "load" });
    statuses.add(handle);
    return handle;
  };
  return { statuses, handleIn, listen };
}

Deno.test("StatusStore.transition() rejects running → pending", () => {
  const { statuses, handleIn } = setUp();
  const handle = handleIn(RUNNING);
  const error = assertThrows(() => statuses.transition(handle, PENDING), Error);
  assertEquals(error.message, `Cannot move "load#1" from running to pending`);
  assertEquals(handle.status, "running");
  assertEquals([statuses.count(RUNNING), statuses.count(PENDING)], [1, 0]);
});

Deno.test("StatusStore.transition() allows just the moves of the table", () => {
  const codes = STATUSES.map((_, code) => code as StatusCode);
  for (const from of codes) {
    for (const to of codes) {
      const { statuses, handleIn } = setUp();
      const handle = handleIn(from);
      const isAllowed = TRANSITIONS[STATUSES[from]!].includes(STATUSES[to]!);
      assertEquals(mayMove(from, to), isAllowed);
      if (isAllowed) statuses.transition(handle, to);
      else assertThrows(() => statuses.transition(handle, to), Error, `from ${STATUSES[from]} to ${STATUSES[to]}`);
      assertEquals(handle.status, STATUSES[isAllowed ? to : from]);
    }
  }
});

Deno.test("StatusStore counts tasks by their status", () => {
  const { statuses, handleIn } = setUp();
  const [a, b] = [handleIn(PENDING), handleIn(PENDING)];
  assertEquals([statuses.count(PENDING), statuses.unfinished], [2, 2]);
  statuses.transition(a, READY);
  statuses.transition(b, READY);
  statuses.transition(a, RUNNING);
  assertEquals([statuses.count(PENDING), statuses.count(READY), statuses.count(RUNNING), statuses.unfinished], [
    0,
    1,
    1,
    2,
  ]);
  statuses.transition(a, 4);
  statuses.transition(b, 6);
  assertEquals([statuses.count(4), statuses.count(6), statuses.unfinished], [1, 1, 0]);
});

Deno.test("StatusStore reports submissions and moves, but not of a move back to pending", () => {
  const { statuses, handleIn, listen } = setUp();
  const seen: string[] = [];
  for (const type of ["submitted", "ready", "pending"]) listen(type, ({ type }) => seen.push(type));
  const handle = handleIn(PENDING);
  statuses.transition(handle, READY);
  statuses.transition(handle, PENDING);
  statuses.transition(handle, READY);
  assertEquals(seen, ["submitted", "ready", "ready"]);
});
