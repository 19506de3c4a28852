import { assertEquals, assertMatch } from "@std/assert";
import { currentTask, type Job, type PoolWatcher, Scheduler, task, type TaskRunner } from "@workflowy/workflowy";
import type { Page } from "playwright-core";
import { browserTest } from "./browser.ts";

const load = task({ name: "load", label: (shop: number) => `shop ${shop}`, tags: ["net"] }, (shop: number) => {
  currentTask()!.log.info(`loads ${shop}`);
  return { shop, prices: [1.5, 2.25] };
});
const parse = task({ name: "parse" }, ({ shop }: { shop: number }) => {
  if (shop % 4 === 3) throw new RangeError(`shop ${shop} is closed`);
  return shop;
});
const flaky = task(
  { name: "flaky", retries: 2, backoffBase: 1, redact: ([name]) => [name, "…"] },
  (name: string, _secret: string) => {
    currentTask()!.log("tries", name);
    throw new Error("no connection", { cause: new TypeError("reset by peer") });
  },
);
const parent = task({ name: "parent" }, async () => {
  await load.submit(100);
  return "all is done";
});

/** Runs some tasks of each kind. */
async function fill(runner: TaskRunner): Promise<void> {
  runner.enter();
  for (let shop = 0; shop < 12; shop++) parse.submit(load.submit(shop));
  flaky.submit("Ann", "hunter2");
  parent.submit();
  await runner.run();
}

async function text(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).allInnerTexts()).join("\n");
}

browserTest("the overview tells how far it is, and what failed and why", {}, async ({ page, runner }) => {
  await page.getByText("No tasks yet").waitFor();
  await fill(runner);
  await page.getByText("100%").first().waitFor();
  await page.getByText("27 of 27").first().waitFor();
  const failures = page.locator(".failures");
  await failures.getByText("RangeError: shop 3 is closed").waitFor();
  await failures.getByText("3×").waitFor();
  await failures.getByText("Error: no connection").waitFor();
  await page.getByRole("heading", { name: "By name" }).waitFor();
  await page.getByRole("link", { name: "failed 4" }).click();
  await page.waitForURL(/tasks\?status=failed/);
  await page.getByText("4 of 27 tasks").waitFor();
});

const elsewhere = {
  slots: 0,
  watchers: new Set<PoolWatcher>(),
  maxWorkers: 4,
  execute: (job: Job) => job.complete(undefined),
  watch(watcher: PoolWatcher) {
    this.watchers.add(watcher);
    return { [Symbol.dispose]: () => void this.watchers.delete(watcher) };
  },
  get state() {
    const worker = { name: "desk-7", slots: 4, busy: 3, tags: ["gpu", "room 2"] };
    return { workers: this.slots / 4, quarantined: 0, remote: this.slots === 0 ? [] : [worker] };
  },
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

browserTest(
  "the overview names the workers on other machines, with their slots and tags",
  { runner: { pools: { cluster: elsewhere } } },
  async ({ page, runner }) => {
    await runner.submit(task({ name: "far", pool: "cluster" }, () => {}));
    await page.getByRole("heading", { name: "Pools and workers" }).waitFor();
    elsewhere.slots = 4;
    for (const watcher of elsewhere.watchers) watcher.worker({ kind: "started", worker: "desk-7", at: new Date() });
    await page.getByText("desk-7").waitFor();
    assertEquals(await text(page, ".remote li"), "desk-7\n3 of 4 slots\ngpu\nroom 2");
  },
);

browserTest("the overview tells which limits hold back tasks, and until when", {}, async ({ page, runner }) => {
  const gate = Promise.withResolvers<void>();
  const fetch = task(
    { name: "fetch", concurrency: { limit: 1, key: (host: string) => host } },
    (_host: string) => gate.promise,
  );
  const handles = ["shop.example", "shop.example", "shop.example"].map((host) => runner.submit(fetch, host));
  const run = runner.run();
  const card = page.getByRole("region", { name: "Limits" });
  await card.getByText("1 of 1 at work").waitFor();
  await card.getByText("shop.example").waitFor();
  await card.getByText("2 tasks wait, until one ends").waitFor();
  gate.resolve();
  await Promise.all(handles);
  await run;
});

browserTest("the overview tells what each worker does", {}, async ({ page, runner, open }) => {
  const { stay } = await import("./worker_tasks.ts");
  const handle = runner.submit(stay);
  const ended = handle.exception();
  await open("/");
  const card = page.getByRole("region", { name: "Pools and workers" });
  await card.locator(".workers").getByRole("link", { name: "stay#1" }).waitFor();
  handle.cancel();
  await ended;
});

browserTest(
  "the list keeps its filters in the address, and can be used by keys",
  {},
  async ({ page, runner, open }) => {
    await fill(runner);
    await open("/tasks");
    await page.getByText("27 tasks").waitFor();
    await page.keyboard.press("/");
    await page.locator("input[type=search]:focus").waitFor();
    await page.keyboard.type("shop 7");
    await page.waitForURL(/q=shop\+7/);
    await page.getByText("2 of 27 tasks").waitFor(); // its label, and the error of what parsed it
    await page.reload();
    await page.getByText("2 of 27 tasks").waitFor();
    await page.getByRole("button", { name: "clear" }).click();
    await page.getByText("27 tasks").waitFor();
    await page.getByLabel("Name").selectOption("parse");
    await page.getByText("12 of 27 tasks").waitFor();
    await page.getByRole("button", { name: "Hide completed" }).click();
    await page.getByText("3 of 27 tasks").waitFor();
    await page.getByLabel("Name").selectOption("");
    await page.getByLabel("Tag").selectOption("net");
    await page.getByText("No task matches").waitFor();
    await page.getByRole("button", { name: "Clear the filters" }).click();
    await page.getByLabel("Order").selectOption("concern");
    await page.waitForURL(/sort=concern/);
    await page.locator(".row").first().getByLabel("failed").waitFor();
    await page.getByRole("listbox").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("j");
    await page.locator('.row[aria-selected="true"]').waitFor();
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/tasks\/.+%23/);
    await page.locator(".why").waitFor(); // the page is there, and listens to keys
    await page.keyboard.press("Escape");
    await page.waitForURL(/\/tasks\?/);
    await page.keyboard.press("g");
    await page.keyboard.press("t");
    await page.waitForURL(/\/tasks$/);
  },
);

browserTest(
  "a task has all that is known about it, and nothing that was redacted",
  {},
  async ({ page, runner, open }) => {
    await fill(runner);
    const failed = runner.handles().find(({ name }) => name === "flaky")!;
    await open(`/tasks/${encodeURIComponent(failed.id)}`);
    await page.locator(".why").getByText("3 attempts").waitFor();
    assertEquals(await page.locator(".attempts > li").count(), 3);
    assertMatch(await text(page, ".attempts"), /no connection[^]*caused by[^]*TypeError: reset by peer/);
    await page.locator(".stack summary").first().click();
    assertMatch(await text(page, ".stack pre"), /pages_long_test\.ts/);
    assertMatch(await text(page, ".args"), /"Ann"[^]*"…"/);
    await page.locator(".log").getByText("tries Ann").first().waitFor();
    assertEquals((await page.content()).includes("hunter2"), false);

    const done = runner.handles().find(({ name }) => name === "load")!;
    await open(`/tasks/${encodeURIComponent(done.id)}`);
    await page.locator(".task-label").getByText("shop 0").waitFor();
    await page.locator(".why").waitFor(); // what the list does not know has come
    assertMatch(await text(page, ".card"), /shop: 0, prices: \[1\.5, 2\.25\]/);
    assertMatch(await text(page, ".relations"), /Needed by/i);
    await page.locator(".log").getByText("loads 0").waitFor(); // from before this page was opened
    await page.getByRole("link", { name: /parse#2/ }).click();
    await page.getByText("Depends on").waitFor();

    const outer = runner.handles().find(({ name }) => name === "parent")!;
    await open(`/tasks/${encodeURIComponent(outer.id)}`);
    await page.getByText("Has submitted").waitFor();
    await page.getByText('"all is done"').waitFor();
    await page.locator(".relations a").first().click();
    await page.getByText("Submitted by").waitFor();
    await open("/tasks/nothing%2342");
    await page.getByText("There is no task “nothing#42”").waitFor();
  },
);

browserTest("a task that runs shows its progress and its log as they come", {}, async ({ page, runner, open }) => {
  const step = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const work = task({ name: "work" }, async () => {
    currentTask()!.log("begins");
    currentTask()!.progress(0.25, "a quarter");
    await step.promise;
    currentTask()!.log.warn("continues");
    currentTask()!.progress(0.75, "three quarters");
    await end.promise;
    return "ready";
  });
  const handle = runner.submit(work);
  const result = handle.result();
  await open("/tasks/work%231");
  await page.getByText("25 % · a quarter").waitFor();
  await page.locator(".log").getByText("begins").waitFor();
  step.resolve();
  await page.getByText("75 % · three quarters").waitFor();
  await page.locator(".l-warn").getByText("continues").waitFor();
  end.resolve();
  await result;
  await page.locator(".badge").getByText("completed").waitFor();
  await page.getByText('"ready"').waitFor();
});

/** Waits until something is drawn on the canvas: pixels that are not as most are. */
async function drawn(page: Page): Promise<void> {
  await page.locator("canvas").waitFor();
  await page.evaluate(`(async () => {
    const isDrawn = () => {
      const canvas = document.querySelector("canvas");
      if (canvas.width === 0) return false;
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let drawn = 0;
      for (let at = 3; at < data.length; at += 4) if (data[at] > 0) drawn++;
      return drawn > 1000;
    };
    while (!isDrawn()) await new Promise(requestAnimationFrame);
  })()`);
}

browserTest(
  "the graph groups by name, opens groups, and shows what is around a task and the critical path",
  {},
  async ({ page, runner, open }) => {
    await fill(runner);
    await open("/graph?by=groups");
    await drawn(page);
    const panel = page.locator(".panel");
    await panel.getByText("parse").click();
    await panel.getByText("✗ failed").waitFor();
    await panel.getByRole("button", { name: "Open the group" }).click();
    await page.waitForURL(/open=parse/);
    await page.getByText("15 nodes").waitFor(); // 12 of parse, and load, flaky and parent
    await page.getByRole("button", { name: "Critical path" }).click();
    await page.getByText(/critical path: \d+ task/).waitFor();
    await page.getByRole("button", { name: "Each task" }).click();
    await page.getByText("27 nodes").waitFor();
    await open(`/graph?task=${encodeURIComponent("parse#2")}&depth=1`);
    await page.getByText("2 nodes").waitFor();
    await drawn(page);
    await page.locator("canvas").focus();
    for (const key of ["+", "ArrowLeft", "-", "0"]) await page.keyboard.press(key);
  },
);

browserTest(
  "the timeline draws attempts in lanes, zooms, selects, and opens a task",
  {},
  async ({ page, runner, open }) => {
    await fill(runner);
    await open("/timeline");
    await drawn(page);
    await page.getByText("29 attempts").waitFor();
    const canvas = page.locator("canvas");
    const box = (await canvas.boundingBox())!;
    await canvas.focus();
    await page.keyboard.press("+");
    const all = page.getByRole("button", { name: "Show all" });
    assertEquals(await all.isEnabled(), true);
    await all.click();
    assertEquals(await all.isEnabled(), false);
    await page.keyboard.down("Shift");
    await page.mouse.move(box.x + 130, box.y + 200);
    await page.mouse.down();
    await page.mouse.move(box.x + 900, box.y + 200, { steps: 4 });
    await page.mouse.up();
    await page.keyboard.up("Shift");
    await page.getByText(/at a time/).waitFor();
    await page.getByRole("button", { name: "Zoom in" }).click();
    assertEquals(await all.isEnabled(), true);
    await open(`/timeline?task=${encodeURIComponent("load#1")}`);
    await page.locator(".strip").getByText("load#1").waitFor();
    await page.getByRole("link", { name: "Open the task" }).click();
    await page.waitForURL(/\/tasks\/load%231/);
  },
);

browserTest("the schedule shows jobs with their next times", {}, async ({ page, runner, open }) => {
  await open("/schedule");
  await page.getByText("No scheduled jobs").waitFor();
  await using scheduler = new Scheduler({ runner });
  scheduler.cron("0 9 * * *", { name: "morning" }).do(task({ name: "greet" }, () => "hello"));
  const hourly = scheduler.every("1h", { name: "each hour" }).do(task({ name: "clean" }, () => {}));
  hourly.pause();
  await page.getByRole("heading", { name: "morning" }).waitFor();
  await page.getByText(/^in \d+/).first().waitFor();
  await page.locator(".job", { hasText: "each hour" }).getByText("paused").waitFor();
  await scheduler.stop();
});

browserTest(
  "a job has its own runs, and acts on itself, also beside others of its task and name",
  { readOnly: false },
  async ({
    page,
    runner,
    open,
  }) => {
    await using first = new Scheduler({ runner, name: "first" });
    await using second = new Scheduler({ runner, name: "second" });
    const clean = task({ name: "clean" }, () => {});
    const [one, two] = [first, second].map((scheduler) => scheduler.every("1h").do(clean));
    await runner.submit(clean);
    await one!.runNow();
    await one!.runNow();
    await open("/schedule");
    const [left, right] = [
      page.locator(".job", { has: page.getByText("first", { exact: true }) }),
      page.locator(".job", { has: page.getByText("second", { exact: true }) }),
    ];
    await left.locator(".run-bar").nth(1).waitFor();
    assertEquals([await left.locator(".run-bar").count(), await right.locator(".run-bar").count()], [2, 0]);
    await right.getByRole("button", { name: "Pause", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Pause", exact: true }).click();
    await right.getByText("paused", { exact: true }).waitFor();
    assertEquals([one!.status, two!.status], ["active", "paused"]);
    await Promise.all([first.stop(), second.stop()]);
  },
);

browserTest("the history has runs, and durations against the usual", {}, async ({ page, runner, open }) => {
  await open("/history");
  await page.getByText("Nothing to look back at yet").waitFor();
  await fill(runner);
  await page.getByText("run()").waitFor();
  await page.locator("td").getByText("✗ 4 failed").waitFor();
  await page.locator(".spark rect").nth(20).waitFor({ state: "attached" });
  assertEquals(await page.getByRole("heading", { name: "Last run against the one before" }).count(), 0);
  await fill(runner);
  const compared = page.getByRole("region", { name: "Last run against the one before, table" });
  await compared.getByRole("link", { name: "load" }).waitFor();
  assertEquals(await compared.getByRole("columnheader").allInnerTexts(), [
    "Task",
    "Tasks",
    "Before",
    "Last",
    "Both",
    "Change",
  ]);
});

browserTest("marks that turn text around are shown as marks, on each page", {}, async ({ page, runner, open }) => {
  const mark = "\u202e";
  const bad = task({ name: `bad${mark}name`, label: (x) => x, retries: 0 }, (_: string) => {
    throw new Error(`no${mark}thing`);
  });
  const handle = runner.submit(bad, `a${mark}b`);
  await handle.exception();
  for (const path of ["/", "/tasks", `/tasks/${encodeURIComponent(handle.id)}`, "/graph", "/timeline"]) {
    await open(path);
    await page.locator("main").filter({ hasText: "bad\ufffdname" }).or(page.locator("canvas")).first().waitFor();
    assertEquals((await text(page, "body")).includes(mark), false, path);
    assertEquals((await page.title()).includes(mark), false, path);
  }
});
