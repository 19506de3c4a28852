import { assertEquals } from "@std/assert";
import { Fleet } from "../../src/remote/pool/fleet.ts";

const HELLO = { worker: "w", slots: 2, busy: 1, ahead: 0, leaving: false, tags: [], tasks: ["a"] };

Deno.test("the slots of a fleet are those of the workers that are alive", () => {
  const fleet = new Fleet();
  assertEquals(fleet.heard(HELLO, 0), true);
  assertEquals(fleet.heard(HELLO, 10), false);
  assertEquals([fleet.heard({ ...HELLO, worker: "v", slots: 3 }, 20), fleet.slots, fleet.size], [true, 5, 2]);
  assertEquals([fleet.forgetSilent(15), fleet.slots], [["w"], 3]);
});

Deno.test("a worker that leaves has the slots of what it still runs", () => {
  const fleet = new Fleet();
  fleet.heard(HELLO, 0);
  assertEquals([fleet.heard({ ...HELLO, leaving: true }, 1), fleet.slots], [true, 1]);
  assertEquals([fleet.heard({ ...HELLO, leaving: true, busy: 0 }, 2), fleet.slots, fleet.size], [true, 0, 0]);
});

Deno.test("the work ahead of a fleet is what those of its workers that stay have room for", () => {
  const fleet = new Fleet();
  fleet.heard(HELLO, 0);
  fleet.heard({ ...HELLO, worker: "v", ahead: 5 }, 0);
  fleet.learned("w", 300);
  assertEquals(fleet.ahead, 305);
  fleet.learned("w", 20);
  fleet.learned("unknown", 7);
  assertEquals(fleet.ahead, 25);
  fleet.heard({ ...HELLO, leaving: true }, 1);
  fleet.learned("w", 40);
  assertEquals(fleet.ahead, 5);
});

Deno.test("messages name what workers serve", () => {
  const fleet = new Fleet();
  assertEquals(fleet.describeTasks(), "no task");
  fleet.heard({ ...HELLO, tasks: ["b", "a@2"] }, 0);
  assertEquals(fleet.describeTasks(), '"a@2", "b"');
  fleet.heard({ ...HELLO, tasks: Array.from({ length: 30 }, (_, x) => `t${x}`) }, 0);
  assertEquals(fleet.describeTasks().endsWith("and 10 more"), true);
});
