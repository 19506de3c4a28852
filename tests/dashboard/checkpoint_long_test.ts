import { assertEquals, assertMatch } from "@std/assert";
import { currentTask, MemoryCheckpointer, task, type TaskRecord, TaskRunner } from "@workflowy/workflowy";
import { dashboard } from "@workflowy/workflowy/dashboard";
import { recordingLogger, tempFolder } from "../support.ts";
import { browserTest } from "./browser.ts";

/** Leaves a checkpoint: what a program did that has ended. */
async function leave(options: { checkpointPath: string } | { checkpointer: MemoryCheckpointer }): Promise<void> {
  await using runner = new TaskRunner({ onTaskError: "continue", logger: recordingLogger(), ...options });
  const fetch = task({ name: "fetch", retries: 1, backoffBase: 1, label: (n: number) => `shop ${n}` }, (n: number) => {
    if (n === 2) throw new RangeError(`shop ${n} is closed`);
    if (n === 3 && currentTask()!.attempt === 1) throw new Error("busy");
    return { shop: n };
  });
  const parse = task({ name: "parse" }, ({ shop }: { shop: number }) => shop);
  for (const n of [1, 2, 3]) runner.submit(parse, runner.submit(fetch, n));
  await runner.run();
}

Deno.test("the JSON interface answers about a checkpoint, and changes nothing", async () => {
  const checkpointer = new MemoryCheckpointer();
  await leave({ checkpointer });
  await using ui = dashboard({ name: "nightly", read: () => checkpointer.load() }, { readOnly: false });
  const get = async (path: string, method = "GET") => {
    const headers = { authorization: `Bearer ${ui.token}`, "x-workflowy": "1" };
    const response = await fetch(ui.url.replace(/#.*/, path), { headers, method });
    return { status: response.status, ...await response.json() };
  };
  const state = await get("api/state");
  assertEquals([state.checkpoint, state.statistics.completed, state.statistics.failed], ["nightly", 4, 2]);
  const { total, tasks } = await get("api/tasks?status=failed&name=fetch");
  assertEquals(total, 1);
  assertMatch(tasks[0].error, /RangeError: shop 2 is closed$/);
  const found = await get(`api/tasks/${encodeURIComponent(tasks[0].id)}`);
  assertEquals([found.args, found.label, found.error.name], [[2], "shop 2", "RetryExhaustedError"]);
  const full = await get("api/tasks?status=failed&name=fetch&full=true");
  assertEquals([full.tasks[0].error, full.tasks[0].why], [found.error, found.why]);
  const { task } = await get(`live/task?id=${encodeURIComponent(tasks[0].id)}`);
  assertEquals(task.history.map(({ number, status }: { number: number; status: string }) => [number, status]), [
    [1, "failed"],
    [2, "failed"],
  ]);
  assertEquals((await get("api/tasks/nothing")).status, 404);
  assertEquals((await get("api/pause", "POST")).status, 409);
  assertEquals((await get("live/task?id=nothing")).status, 404);
});

Deno.test("metrics are those that Prometheus reads", async () => {
  await using runner = new TaskRunner({ name: 'a "name"', logger: recordingLogger() });
  await using ui = dashboard(runner);
  await runner.submit(() => 42);
  const response = await fetch(ui.url.replace(/#.*/, "metrics"), { headers: { authorization: `Bearer ${ui.token}` } });
  assertMatch(response.headers.get("content-type")!, /^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  assertMatch(text, /^# TYPE workflowy_tasks gauge$/m);
  assertMatch(text, /^workflowy_tasks\{runner="a \\"name\\"",status="completed"\} 1$/m);
  assertMatch(text, /^workflowy_pool_slots\{runner="a \\"name\\"",pool="async"\} 100$/m);
  for (const line of text.trimEnd().split("\n")) assertMatch(line, /^# (HELP|TYPE) \w+ .+$|^\w+\{[^}]*\} [\d.+Inf]+$/);
});

browserTest("a checkpoint of a program that is dead is shown as a run is", {}, async ({ page }) => {
  await using folder = await tempFolder();
  await leave({ checkpointPath: folder.file() });
  await using ui = dashboard(folder.file());
  await page.goto(ui.url);
  await page.getByText("6 of 6").first().waitFor();
  await page.getByText("RangeError: shop 2 is closed").waitFor();
  await page.getByRole("link", { name: "Timeline" }).click();
  await page.getByText(/attempts in/).waitFor();
  await page.getByRole("link", { name: "Tasks", exact: true }).click();
  await page.locator(".row", { hasText: "shop 3" }).first().click();
  await page.locator(".attempts").getByText("busy").waitFor();
  await page.locator(".why").getByText("completed").waitFor();
});

browserTest("a checkpoint has the runs on record, and durations against the run before", {}, async ({ page }) => {
  const recordAt = (day: number, seconds: number): TaskRecord => {
    const startedAt = Date.UTC(2026, 0, day);
    const [common, name] = [{ attempts: 1, args: [], dependsOn: [] }, "import"];
    return {
      id: `${name}#${day}`,
      name,
      status: "completed",
      ...common,
      submittedAt: startedAt,
      startedAt,
      finishedAt: startedAt + 1_000 * seconds,
    };
  };
  const records = [recordAt(1, 5), recordAt(2, 10), recordAt(3, 40)];
  const read = async function* () {
    yield* records;
  };
  await using ui = dashboard({ name: "daily", read });
  await page.goto(ui.url);
  await page.getByText("3 of 3").first().waitFor();
  await page.getByRole("link", { name: "History" }).click();
  await page.getByText("on record", { exact: true }).nth(2).waitFor();
  const cells = page.getByRole("region", { name: "Last run against the one before" }).locator("tbody td");
  const shown = (await cells.allInnerTexts()).map((text) => text.trim());
  assertEquals(shown, ["import", "1", "10.0 s", "40.0 s", "", "×4.0"]);
});

browserTest("a checkpoint that is not there is a problem that the page tells", {}, async ({ page }) => {
  await using folder = await tempFolder();
  await using ui = dashboard(folder.file("nothing.jsonl"));
  await page.goto(ui.url);
  await page.getByRole("alert").getByText("nothing.jsonl").waitFor();
});
