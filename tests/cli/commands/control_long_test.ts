import { assertEquals, assertStringIncludes } from "@std/assert";
import { world } from "./world.ts";

Deno.test("control: mistakes get one sentence", async () => {
  await using here = await world();
  const nothing = "No program runs that can be reached; start one with: workflowy run program.ts";
  assertStringIncludes(await here.mistake("retry", "--failed"), nothing);
  assertEquals(await here.call("ps"), { code: 0, stdout: "No program runs that can be reached.\n", stderr: "" });
  await here.start();
  assertStringIncludes(await here.mistake("cancel", "the-map"), 'did you mean "the-nap"?');
  assertStringIncludes(await here.mistake("cancel", "the-"), '"the-" may mean 2 tasks: the-nap, the-flaky');
  assertStringIncludes(await here.mistake("retry", "the-nap"), '"the-nap" is running');
  assertStringIncludes(await here.mistake("retry"), "Give the id of a task, or --failed");
  assertStringIncludes(await here.mistake("pause", "asinc"), "asinc");
  assertStringIncludes(await here.mistake("pause", "--runner", "7"), 'There is no runner "7"');
  assertStringIncludes(await here.mistake("deliver", "the-key", "yes"), `a string is '"yes"'`);
  assertStringIncludes(await here.mistake("pause", "-p", "shop"), 'No program "shop" runs; there is ');
  await here.start();
  assertStringIncludes(await here.mistake("pause"), "2 programs run; choose one with --program: ");
  const pids = (await here.call("ps", "--json")).stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(pids.map(({ token }) => token), [undefined, undefined]);
  assertEquals((await here.call("pause", "-p", String(pids[0].pid))).code, 0);
});

Deno.test("control: what a killed program has left is removed, and does not disturb", async () => {
  await using here = await world();
  const { child } = await here.start();
  const [{ pid }] = (await here.call("ps", "--json")).stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  child.kill("SIGKILL"); // the command line, which then cannot clean up
  await child.status;
  Deno.kill(pid, "SIGKILL");
  let left = await here.call("ps");
  while (!left.stdout.includes("No program runs")) left = await here.call("ps");
});
