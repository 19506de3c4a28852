import { assertEquals } from "@std/assert";
import { currentTask, Scheduler, task, TaskRunner } from "@workflowy/workflowy";
import { dashboard } from "@workflowy/workflowy/dashboard";
import axe from "axe-core";
import { recordingLogger } from "../support.ts";
import { browserTest, newPage, type OpenOptions, PHONE } from "./browser.ts";

const PAGES = ["/", "/tasks", "/graph", "/timeline", "/schedule", "/history", "/tasks/fail%231"];

async function fill(runner: TaskRunner): Promise<void> {
  const fail = task({ name: "fail", retries: 1, backoffBase: 1, tags: ["odd"], label: () => "it fails" }, () => {
    currentTask()!.log.error("no");
    throw new Error("no", { cause: new Error("why") });
  });
  runner.submit(fail);
  for (let n = 0; n < 5; n++) runner.submit(task({ name: "load" }, (n: number) => ({ n, list: [1, "2", null] })), n);
  await runner.run();
}

/** Checks all pages with axe-core: what it calls serious or critical is an error. */
function accessible(name: string, options: OpenOptions): void {
  browserTest(name, { readOnly: false, ...options }, async ({ page, runner, open }) => {
    await using scheduler = new Scheduler({ runner });
    scheduler.every("1h").do(task({ name: "clean" }, () => {}));
    await fill(runner);
    for (const path of PAGES) {
      await open(path);
      await page.locator("main :is(.card, canvas, .list)").first().waitFor();
      if (path.startsWith("/tasks/")) await page.locator(".why").waitFor();
      await page.evaluate(axe.source); // by the debugger: the policy of the page would not let a script in
      const found = await page.evaluate("axe.run()") as axe.AxeResults;
      const serious = found.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      assertEquals(
        serious.map(({ id, nodes }) => [path, id, nodes.map(({ html, failureSummary }) => [html, failureSummary])]),
        [],
      );
    }
    await scheduler.stop();
  });
}

accessible("all pages can be used by people with disabilities, in light", {});
accessible("all pages can be used by people with disabilities, in dark, on a phone", { dark: true, size: PHONE });

/** What stands on something else of the header, or says more than fits into its tile. */
const COLLISIONS = `(() => {
  const places = [...document.querySelectorAll(".top .brand img, .top select, .top-words > :not(.wide), .top .dot, .top > button")]
    .map((each) => ({ name: each.className || each.localName, box: each.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 0).sort((a, b) => a.box.left - b.box.left);
  const found = places.filter(({ box }, at) => at > 0 && box.left < places[at - 1].box.right - 0.5).map(({ name }) => name);
  const last = places.at(-1).box.right > innerWidth ? ["beyond the edge"] : [];
  const tiles = [...document.querySelectorAll(".tile-name")].filter((each) => each.scrollWidth > each.clientWidth);
  return [...found, ...last, ...tiles.map((each) => each.textContent)];
})()`;

browserTest(
  "nothing is on top of another on the smallest phones, also with several runners of long names",
  { readOnly: false },
  async ({ browser }) => {
    const options = { onTaskError: "continue", logger: recordingLogger() } as const;
    await using first = new TaskRunner({ ...options, name: "imports from the north" });
    await using second = new TaskRunner({ ...options, name: "exports to the south, again and again" });
    const fail = task({ name: "fail" }, () => {
      throw new Error("no");
    });
    for (let many = 0; many < 1_000; many++) second.submit(fail);
    await second.run();
    await using ui = dashboard([first, second], { readOnly: false });
    const page = await newPage(browser, { width: 360, height: 740 });
    await page.goto(ui.url);
    await page.getByText("✗ 1,000").waitFor();
    await page.getByText("Idle").waitFor({ state: "attached" });
    assertEquals(await page.evaluate(COLLISIONS), []);
  },
);
