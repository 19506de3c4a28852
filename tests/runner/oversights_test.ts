import { assertEquals, assertStringIncludes } from "@std/assert";
import { TaskRunner, type TaskRunnerOptions } from "../../mod.ts";
import { recordingLogger, until } from "../support.ts";

/** What a runner warns of when it is shut down after `use` used it. */
async function warnings(use: (runner: TaskRunner) => unknown, options: TaskRunnerOptions = {}): Promise<string[]> {
  const logger = recordingLogger();
  await using runner = new TaskRunner({ logger, ...options });
  await use(runner);
  await runner.shutdown();
  return logger.lines.filter(({ level }) => level === "warn").map(({ data }) => String(data[0]));
}

function boom(): never {
  throw new Error("boom");
}

Deno.test("TaskRunner warns of tasks that no one ever started", async () => {
  const [warning, ...more] = await warnings((runner) => {
    for (let count = 0; count < 3; count++) runner.submit(function forgotten() {});
  });
  assertStringIncludes(warning!, "3 tasks never started");
  assertStringIncludes(warning!, "call run() or serve(), or await a handle");
  assertEquals(more, []);
});

Deno.test("TaskRunner warns of a failure that no one asked for", async () => {
  const [warning, ...more] = await warnings(async (runner) => {
    runner.submit(boom);
    await runner.submit(() => {});
  });
  assertStringIncludes(warning!, 'A task failed and nothing asked how it ended: "boom#1" failed with Error: boom.');
  assertEquals(more, []);
});

const QUIET: [string, (runner: TaskRunner) => unknown, TaskRunnerOptions?][] = [
  ["was awaited", (runner) => runner.submit(boom).exception()],
  ["came to light by a dependent", (runner) => runner.submit((_: unknown) => {}, runner.submit(boom)).exception()],
  ["rejected run()", (runner) => (runner.submit(boom), runner.run().catch(() => {}))],
  ["is logged by serve()", async (runner) => {
    const served = runner.serve();
    const handle = runner.submit(boom);
    await until("it has failed", () => handle.done);
    await runner.stop();
    await served;
  }],
  ["is in a report", (runner) => (runner.submit(boom), runner.run()), { onTaskError: "log" }],
  ["is told to listeners", (runner) => {
    runner.addEventListener("failed", () => {});
    runner.submit(boom);
    return runner.submit(() => {});
  }],
  ["is not reported to anyone", (runner) => (runner.submit(boom), runner.submit(() => {})), {
    onTaskError: "continue",
  }],
];

for (const [why, use, options] of QUIET) {
  Deno.test(`TaskRunner does not warn of a failure that ${why}`, async () => {
    assertEquals(await warnings(use, options), []);
  });
}
