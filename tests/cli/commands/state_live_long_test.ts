import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { tempFolder } from "../../support.ts";
import { linesOf, oneLineOf, workflowy } from "../support.ts";
import { world } from "./world.ts";

const parsed = (stdout: string) => stdout.trimEnd().split("\n").map((line) => JSON.parse(line));

Deno.test("state looks into a program that runs and has no checkpoint", async () => {
  await using here = await world();
  const { child } = await here.start();

  const list = await here.call("state");
  assertEquals([list.code, list.stderr], [0, ""]);
  const lines = list.stdout.trimEnd().split("\n");
  assertEquals(lines[0], "4 tasks  ▶ 2 running  ✗ 1 failed  ○ 1 pending");
  assertMatch(lines[3]!, /^▶ running +the-nap +1/);
  assertMatch(lines[5]!, /^✗ failed +the-flaky +1 .* Error: not yet/);
  assertMatch(lines[6]!, /^○ pending +waitFor#\d+ +0 .*waits for deliver\("the-key", …\)$/);

  const named = await here.call("state", "nap", "list", "--json", "--status", "running", "--name", "nap");
  const [nap] = parsed(named.stdout);
  assertEquals([nap.id, nap.status, nap.pool], ["the-nap", "running", "async"]);
  const { pid } = JSON.parse((await here.call("ps", "--json")).stdout);
  assertEquals((await here.call("state", String(pid), "failed")).stdout, (await here.call("state", "failed")).stdout);
  assertEquals(parsed((await here.call("state", "list", "-p", "nap.ts", "--json")).stdout).length, 4);

  const failed = await here.call("state", "failed");
  assertMatch(failed.stdout, /^✗ the-flaky {2}\d{4}-/);
  assertStringIncludes(failed.stdout, "Error: not yet\n");
  assertMatch(failed.stdout, /nap\.ts:\d+/, "the frames of the user's code");

  const show = await here.call("state", "show", "the-n…");
  assertMatch(show.stdout, /^▶ running {2}the-nap\n/);
  assertStringIncludes(show.stdout, 'arguments  "bed"\n');
  assertStringIncludes(show.stdout, "pool       async\n");
  const [details] = parsed((await here.call("state", "show", "the-flaky", "--json")).stdout);
  assertEquals([details.status, details.error.message, details.history.length], ["failed", "not yet", 1]);

  const why = await here.call("state", "nap", "why", "approval");
  assertMatch(
    why.stdout,
    /^▶ "approval#\d+" runs, waiting for deliver\("the-key", …\)\.\n {2}○ .*deliver\("the-key", …\)\.\n$/,
  );

  const orphans = await here.call("state", "orphans");
  assertEquals(orphans.stdout.trimEnd().split("\n").length, 3);
  const history = parsed((await here.call("state", "history", "--json")).stdout);
  const ofFlaky = history.filter(({ id }) => id === "the-flaky").map(({ what }) => what);
  assertEquals(ofFlaky, ["submitted", "attempt 1", "failed"]);
  const [stats] = parsed((await here.call("state", "stats", "--json")).stdout);
  assertEquals([stats.tasks, stats.counts.running, stats.counts.failed], [4, 2, 1]);
  assertStringIncludes((await here.call("state", "stats")).stdout, "4 tasks");

  assertStringIncludes(
    await here.mistake("state", "show", "the-nup"),
    'has no task "the-nup"; did you mean "the-nap"?',
  );
  assertStringIncludes(await here.mistake("state", "show", "nothing-like-it"), "workflowy state list lists its tasks");
  assertStringIncludes(await here.mistake("state", "--program", "noon"), 'No program "noon" runs; there is');
  assertStringIncludes(await here.mistake("state", "faild"), 'did you mean "failed"?');
  assertStringIncludes(await here.mistake("state", "nab"), 'no checkpoint or program "nab"; did you mean "nap"?');
  child.kill("SIGTERM");
  await child.status;
  assertStringIncludes(
    await here.mistake("state"),
    "Name a checkpoint, as no program runs that can be reached",
  );
});

Deno.test("state --follow prints what changes in a program that runs, and ends with it", async () => {
  await using here = await world();
  const { child } = await here.start();
  const { env } = here;
  const following = workflowy.spawn(["state", "--follow", "--json"], { env });
  const output = following.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const first = (await output.read()).value ?? "";
  assert(parsed(first).some(({ id, status }) => id === "the-nap" && status === "running"));
  const page = workflowy.spawn(["state", "nap", "--follow"], { env });
  await using lines = linesOf(page.stdout);
  await lines.until("4 tasks  ▶ 2 running  ✗ 1 failed  ○ 1 pending");
  await here.call("retry", "the-flaky");
  await lines.until("4 tasks  ▶ 2 running  ○ 1 pending  ✓ 1 completed");
  child.kill("SIGTERM");
  await child.status;
  assertEquals([(await following.status).code, (await page.status).code], [0, 0]);
  await output.cancel();
});

Deno.test("state: a file comes before a program of that name, and what does not belong together is refused", async () => {
  await using here = await world();
  await here.start();
  await using folder = await tempFolder();
  const options = { env: here.env, cwd: folder.path };
  assertStringIncludes((await workflowy(["state", "nap"], options)).stdout, "4 tasks");
  await Deno.writeTextFile(folder.file("nap"), "");
  assertStringIncludes((await workflowy(["state", "nap"], options)).stdout, "nap has no tasks.");
  assertStringIncludes(await oneLineOf(["state", "nap", "--runner", "0"], options), "--runner belongs to a program");
  assertStringIncludes(await oneLineOf(["state", "nap", "-p", "nap"], options), "a checkpoint or --program, not both");
});
