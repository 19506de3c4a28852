import { assertEquals } from "@std/assert";
import { PoolGate } from "../../../src/engine/queue/pool_gate.ts";
import { FakeTime } from "@std/testing/time";
import { FakeHost } from "../limits/fake_host.ts";

const quiet = { opened() {}, held: () => true };

Deno.test("PoolGate is closed while it is paused", () => {
  const host = new FakeHost();
  const gate = new PoolGate(undefined, host, quiet);
  assertEquals(gate.isOpen(0), true);
  gate.pause();
  assertEquals([gate.isOpen(0), host.alarms.size], [false, 1]); // the program has to stay alive
  gate.unpause();
  assertEquals([gate.isOpen(0), host.alarms.size], [true, 0]);
});

Deno.test("PoolGate tells its listener that tasks wait, until that has understood, once for each pause", () => {
  using time = new FakeTime();
  const host = new FakeHost();
  let told = 0;
  const gate = new PoolGate(undefined, host, { opened: () => void gate.isOpen(0), held: () => ++told === 2 });
  gate.pause();
  gate.isOpen(0);
  time.tick(60_000);
  assertEquals(told, 2);
  gate.unpause();
  assertEquals([host.alarms.size, gate.isOpen(0)], [0, true]);
  gate.pause();
  gate.isOpen(0);
  time.tick(5_000);
  assertEquals(told, 3);
  gate.rest();
});

Deno.test("PoolGate tells its pool when time opens it, once it was asked", () => {
  using time = new FakeTime();
  const host = new FakeHost();
  let touches = 0;
  const gate = new PoolGate({ limit: 1, period: 100, burst: 1 }, host, { ...quiet, opened: () => void touches++ });
  gate.throttle!.admit(0);
  gate.throttle!.started(0);
  assertEquals(host.alarms.size, 0);
  assertEquals([gate.isOpen(0), gate.isOpen(1), host.alarms.size, gate.opensAt(1)], [false, false, 1, 100]);
  host.time = 100;
  time.tick(100);
  assertEquals([touches, gate.isOpen(100)], [1, true]);
});

Deno.test("PoolGate is closed until the time that a task has asked for, and rests when nothing waits", () => {
  const host = new FakeHost();
  const gate = new PoolGate(undefined, host, quiet);
  gate.extend(50);
  assertEquals([gate.isOpen(49), host.alarms.size], [false, 1]);
  gate.rest();
  assertEquals([host.alarms.size, gate.isOpen(50)], [0, true]);
});
