import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { world } from "./world.ts";

Deno.test("control: a program is retried, delivered to, paused and cancelled until it ends", async () => {
  await using here = await world();
  const { child, lines } = await here.start();
  const list = await here.call("ps");
  assertMatch(
    list.stdout,
    /^ *PID +STARTED +RUNNING +WAITING +COMPLETED +FAILED +PROGRAM\n *\d+ .* 2 +1 +0 +1 .*nap\.ts\n$/,
  );

  assertMatch((await here.call("retry", "the-flaky")).stdout, /the-flaky\n$/);
  await lines.until("completed flaky done");
  // The old handle and the new one are one task.
  assertStringIncludes(await here.mistake("retry", "the-fl"), '"the-flaky" is completed');

  const paused = await here.call("pause", "async", "--json");
  assertEquals([paused.code, JSON.parse(paused.stdout)], [0, { v: 1, paused: true, pool: "async" }]);
  assertStringIncludes((await here.call("unpause", "-p", "nap")).stdout, "Tasks are started again");

  const early = await here.call("deliver", "another-key", "1");
  assertEquals(early.stdout, 'Delivered "another-key"; no task waits for it yet, so it is kept until one does\n');
  assertEquals((await here.call("deliver", "the-key", '{"by":"Ada"}')).stdout, 'Delivered "the-key"\n');
  await lines.until("completed approval [object Object]");
  assertStringIncludes(await here.mistake("deliver", "the-key", "1"), '"the-key" was delivered before');

  assertMatch((await here.call("cancel", "the-n", "--reason", "enough")).stdout, /^⊘ cancelled {2}the-nap\n$/);
  await lines.until("cancelled nap");
  assertEquals((await child.status).code, 0);
  assertStringIncludes(await here.mistake("cancel", "the-nap"), "No program runs that can be reached");
});
