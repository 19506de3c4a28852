import { assertEquals } from "@std/assert";
import { currentTask, Scheduler, task, type TaskRunner } from "@workflowy/workflowy";
import axe from "axe-core";
import { browserTest, type OpenOptions, PHONE } from "./browser.ts";

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
