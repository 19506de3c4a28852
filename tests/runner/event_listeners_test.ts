import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { EventListeners } from "../../src/runner/event_listeners.ts";
import { settle } from "../support.ts";

function setUp(): { listeners: EventListeners; failures: [string, unknown][] } {
  const failures: [string, unknown][] = [];
  return { listeners: new EventListeners((type, error) => failures.push([type, error])), failures };
}

Deno.test("EventListeners knows to which types there ever was a listener", () => {
  const { listeners } = setUp();
  assertEquals(listeners.wants("completed"), false);
  assertEquals(listeners.add("completed", null), null);
  assertEquals([listeners.wants("completed"), listeners.guard(null)], [false, null]);
  listeners.add("completed", () => {});
  assertEquals([listeners.wants("completed"), listeners.wants("failed")], [true, false]);
});

Deno.test("EventListeners registers the same for a listener each time, also for what it has registered", () => {
  const { listeners } = setUp();
  const listener = () => {};
  const registered = listeners.add("completed", listener);
  assertStrictEquals(listeners.add("failed", listener), registered);
  assertStrictEquals(listeners.guard(listener), registered);
  assertStrictEquals(listeners.guard(registered), registered);
});

Deno.test("EventListeners refuses what cannot listen", () => {
  const { listeners } = setUp();
  for (const wrong of [undefined, "completed", 5]) {
    assertThrows(
      () => listeners.add("completed", wrong as never),
      TypeError,
      "A listener to events must be a function",
    );
  }
  assertEquals(listeners.wants("completed"), false);
});

Deno.test("EventListeners reports what listeners throw and reject with, and calls objects as such", async () => {
  const { listeners, failures } = setUp();
  const target = new EventTarget();
  const errors = [new Error("thrown"), new Error("rejected"), new Error("of an object")];
  const seen: unknown[] = [];
  const add = (listener: EventListenerOrEventListenerObject) =>
    target.addEventListener("upload", listeners.add("upload", listener));
  add(() => {
    throw errors[0];
  });
  add(() => Promise.reject(errors[1]));
  const object = {
    handleEvent(this: unknown, { type }: Event) {
      seen.push(this === object, type);
      throw errors[2];
    },
  };
  add(object);
  add(function (this: unknown) {
    seen.push(this === target);
  });
  target.dispatchEvent(new Event("upload"));
  await settle();
  assertEquals(seen, [true, "upload", true]);
  assertEquals(failures, [["upload", errors[0]], ["upload", errors[2]], ["upload", errors[1]]]);
});
