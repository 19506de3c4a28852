import { assertEquals, assertStrictEquals } from "@std/assert";
import { TaskLimits } from "../../../src/engine/limits/task_limits.ts";
import { ticketOf } from "../../../src/engine/limits/ticket.ts";
import { fakeHandle } from "../fake_handle.ts";
import { FakeHost, limitedHandle, type Rules } from "./fake_host.ts";

const rules: Rules = { throttle: { limit: 2, period: 100, burst: 2 }, concurrency: { limit: 1 } };

Deno.test("ticketOf() has none for a task without limits", () => {
  assertEquals(ticketOf(fakeHandle(1)), undefined);
});

Deno.test("Ticket waits for the pause of its task, its throttle and its concurrency", () => {
  const own = new TaskLimits(new FakeHost());
  const ticket = ticketOf(limitedHandle(own, rules, 1, "k"))!;
  assertEquals(ticket.renew(), [
    own.pause,
    own.throttle(rules.throttle!, "k"),
    own.concurrency(rules.concurrency!, "k"),
  ]);
  const unlimited = ticketOf(limitedHandle(own, { throttle: undefined, concurrency: undefined }, 1))!;
  assertEquals([unlimited.renew(), unlimited.reenter()], [[own.pause], undefined]);
});

Deno.test("Ticket gives back what it has when it is withdrawn", () => {
  const own = new TaskLimits(new FakeHost());
  const ticket = ticketOf(limitedHandle(own, rules, 1, "k"))!;
  for (const limit of ticket.renew()) limit.admit(0);
  ticket.withdraw(0);
  assertEquals(ticket.renew().map((limit) => limit.isOpen(0)), [true, true, true]);
  assertEquals(own.concurrency(rules.concurrency!, "k").atWork, 0);
});

Deno.test("Ticket counts a body again that continues, or names the limit that it has to wait for", () => {
  const own = new TaskLimits(new FakeHost());
  const [a, b] = [1, 2].map((seq) => ticketOf(limitedHandle(own, rules, seq, "k"))!);
  assertEquals(a!.reenter(), undefined);
  assertStrictEquals(b!.reenter(), own.concurrency(rules.concurrency!, "k"));
  a!.leave(0);
  assertEquals([b!.reenter(), own.concurrency(rules.concurrency!, "k").atWork], [undefined, 1]);
});
