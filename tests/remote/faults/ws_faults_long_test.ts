import { assert, assertEquals } from "@std/assert";
import { until } from "../../support.ts";
import { WS } from "./engines.ts";
import { faultTests, titleOf } from "./fault_tests.ts";
import { LEASE_MS, Stage } from "./stage.ts";

faultTests(WS);

/** Makes sure that 8 tasks have begun once each, and that a program has printed their values. */
async function assertOnce(stage: Stage<Awaited<ReturnType<typeof WS.start>>>, output: Promise<string>): Promise<void> {
  assertEquals((await output).split("\n").at(-2), "done 8 wrong 0");
  const begun = stage.lines("begin");
  assertEquals([begun.length, new Set(begun.map(({ id }) => id)).size], [8, 8]);
  assert(begun.every(({ attempt }) => attempt === 1));
}

Deno.test(
  titleOf(WS, "a killed runner that is there again at once: bodies continue, and nothing begins twice"),
  async () => {
    await using stage = await Stage.start(WS);
    await Promise.all([stage.worker("first"), stage.worker("second")]);
    const first = await stage.runner(8, 2 * LEASE_MS);
    await until("four run", () => stage.lines("begin").length === 4);
    await first.kill();
    const second = await stage.runner(8, 2 * LEASE_MS);
    await second.process.status;
    await assertOnce(stage, second.output);
  },
);

Deno.test(titleOf(WS, "a runner that stands still for longer than a lease: nothing is lost"), async () => {
  await using stage = await Stage.start(WS);
  await stage.worker("first", 4);
  const runner = await stage.runner(8, LEASE_MS);
  await until("some run", () => stage.lines("begin").length >= 2);
  runner.signal("SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, 1.6 * LEASE_MS));
  runner.signal("SIGCONT");
  await runner.process.status;
  await assertOnce(stage, runner.output);
});
