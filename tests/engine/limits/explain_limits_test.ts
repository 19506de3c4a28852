import { assertEquals } from "@std/assert";
import { gateObstacle, limitObstacle } from "../../../src/engine/limits/explain_limits.ts";
import { LimitedQueue } from "../../../src/engine/limits/limited_queue.ts";
import { TaskLimits } from "../../../src/engine/limits/task_limits.ts";
import { ticketOf } from "../../../src/engine/limits/ticket.ts";
import { PoolGate } from "../../../src/engine/queue/pool_gate.ts";
import { FakeHost, limitedHandle, type Rules } from "./fake_host.ts";

/** Two handles that wait behind one that has started, and their limits. */
function scene(rules: Rules) {
  const host = new FakeHost();
  const queue = new LimitedQueue(host, () => {});
  const own = new TaskLimits(host);
  const handles = [1, 2, 3].map((seq) => limitedHandle(own, rules, seq, "k"));
  for (const handle of handles) queue.push(handle, ticketOf(handle)!);
  if (queue.peek(0) !== undefined) queue.take(0);
  const end = () => {
    for (const handle of handles.slice(1)) queue.remove(handle, ticketOf(handle)!, ticketOf(handle)!.line!);
  };
  return { own, second: handles[1]!, last: handles[2]!, first: ticketOf(handles[0]!)!, end };
}

Deno.test("limitObstacle() names the throttle that a task waits for, and until when", () => {
  const { last, second, first, end } = scene({
    throttle: { limit: 1, period: 60_000, burst: 1 },
    concurrency: undefined,
  });
  const rule = 'waits for its throttle, 1 in 1 min for key "k", which lets the next one start';
  assertEquals(limitObstacle(last, 0), `${rule} once those before it have started (2 waiting)`);
  first.started(0);
  assertEquals(limitObstacle(last, 1_500), `${rule} in 58.5 s (2 waiting)`);
  assertEquals(limitObstacle(last, 60_000), `${rule} now (2 waiting)`);
  assertEquals(limitObstacle(second, 60_000), undefined);
  end(); // with its timer
});

Deno.test("limitObstacle() names the concurrency that a task waits for", () => {
  const { last } = scene({ throttle: undefined, concurrency: { limit: 1 } });
  assertEquals(limitObstacle(last, 0), 'waits for its limit, 1 at a time for key "k" (2 waiting)');
});

Deno.test("limitObstacle() names no limit that has room for all who wait, or whose first task waits for a slot", () => {
  const wide = scene({ throttle: undefined, concurrency: { limit: 3 } });
  assertEquals(limitObstacle(wide.last, 0), undefined);
  const { last, first } = scene({ throttle: undefined, concurrency: { limit: 2 } });
  const text = 'waits for its limit, 2 at a time for key "k" (2 waiting)';
  assertEquals([limitObstacle(last, 0), limitObstacle(last, 0, false)], [text, undefined]);
  const both = scene({ throttle: { limit: 9, period: 1, burst: 9 }, concurrency: { limit: 2 } });
  assertEquals(limitObstacle(both.last, 0), text); // and not the throttle, which is wide
  first.leave(0);
});

Deno.test("limitObstacle() names the pause that an attempt has asked for", () => {
  const { own, last } = scene({ throttle: { limit: 9, period: 1, burst: 9 }, concurrency: undefined });
  own.throttle({ limit: 9, period: 1, burst: 9 }, "k").extend(2_000);
  const end = "do not start for another 2 s, as an attempt has asked for that (2 waiting)";
  assertEquals(limitObstacle(last, 0), `such tasks for key "k" ${end}`);
  own.pause.extend(2_000);
  assertEquals(limitObstacle(last, 0), `such tasks ${end}`);
});

Deno.test("gateObstacle() names what keeps a pool from starting anything", () => {
  const host = new FakeHost();
  const gate = new PoolGate({ limit: 2, period: 1_000, burst: 1 }, host, { opened() {}, held: () => true });
  assertEquals([gateObstacle("api", gate, 0), gateObstacle("api", undefined, 0)], [undefined, undefined]);
  gate.throttle!.admit(0);
  gate.throttle!.started(0);
  const text = 'waits for the throttle of pool "api", 2 in 1 s, which lets the next one start in 500 ms';
  assertEquals(gateObstacle("api", gate, 0), text);
  gate.extend(5_000);
  assertEquals(
    gateObstacle("api", gate, 0),
    'its pool "api" starts nothing for another 5 s, as a task has asked for that',
  );
  gate.pause();
  assertEquals(gateObstacle("api", gate, 0), 'its pool "api" is paused, until unpause("api") or unpause()');
});
