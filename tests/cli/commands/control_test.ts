import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { tempFolder } from "../../support.ts";
import { type CliResult, type Lines, linesOf, oneLineOf, workflowy } from "../support.ts";

const NAP = fromFileUrl(new URL("../programs/nap.ts", import.meta.url));

/** Programs that run, in a world of their own. */
interface World extends AsyncDisposable {
  start(): Promise<{ readonly child: Deno.ChildProcess; readonly lines: Lines }>;
  call(...args: string[]): Promise<CliResult>;
  mistake(...args: string[]): Promise<string>;
}

async function world(): Promise<World> {
  const folder = await tempFolder();
  const env = { XDG_RUNTIME_DIR: folder.path };
  const children: Deno.ChildProcess[] = [];
  const all: Lines[] = [];
  return {
    async start() {
      const child = workflowy.spawn(["run", "--progress", "none", NAP], { env });
      children.push(child);
      const lines = linesOf(child.stdout);
      all.push(lines);
      await lines.until("failed the-flaky");
      return { child, lines };
    },
    call: (...args) => workflowy(args, { env }),
    mistake: (...args) => oneLineOf(args, { env }),
    async [Symbol.asyncDispose]() {
      for (const lines of all) await lines[Symbol.asyncDispose]();
      for (const child of children) {
        try {
          child.kill("SIGTERM");
        } catch {
          // it has ended
        }
        await child.status;
      }
      await folder[Symbol.asyncDispose]();
    },
  };
}

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

  const paused = await here.call("pause", "async", "--json");
  assertEquals([paused.code, JSON.parse(paused.stdout)], [0, { v: 1, paused: true, pool: "async" }]);
  assertStringIncludes((await here.call("unpause", "-p", "nap")).stdout, "Tasks are started again");

  assertEquals((await here.call("deliver", "the-key", '{"by":"Ada"}')).stdout, 'Delivered "the-key"\n');
  await lines.until("completed approval [object Object]");
  assertStringIncludes(await here.mistake("deliver", "the-key", "1"), '"the-key" was delivered before');

  assertMatch((await here.call("cancel", "the-n", "--reason", "enough")).stdout, /^⊘ cancelled {2}the-nap\n$/);
  await lines.until("cancelled nap");
  assertEquals((await child.status).code, 0);
  assertStringIncludes(await here.mistake("cancel", "the-nap"), "No program runs that can be reached");
});

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
