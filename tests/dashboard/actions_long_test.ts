import { assertEquals } from "@std/assert";
import { currentTask, Scheduler, task, waitFor } from "@workflowy/workflowy";
import type { Page } from "playwright-core";
import { until, untilAborted } from "../support.ts";
import { browserTest } from "./browser.ts";

/** Presses a button, and says yes to what is asked then. */
async function act(page: Page, button: string, verb: string): Promise<void> {
  await page.getByRole("button", { name: button, exact: true }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: verb, exact: true }).click();
}

browserTest(
  "a task is cancelled, and retried, after a question",
  { readOnly: false },
  async ({ page, runner, open }) => {
    let isUp = false;
    const hang = task({ name: "hang" }, () => untilAborted(currentTask()!.signal));
    const fetch = task({ name: "fetch" }, () => {
      if (!isUp) throw new Error("down");
      return "up";
    });
    const running = runner.submit(hang);
    const ended = running.exception();
    await open("/tasks/hang%231");
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.getByRole("button", { name: "Not now" }).click();
    assertEquals(running.status, "running");
    await act(page, "Cancel", "Cancel the task");
    await page.locator(".toast").getByText("hang#1 was cancelled").waitFor();
    await ended;
    assertEquals(running.status, "cancelled");
    await page.locator(".badge").getByText("cancelled").waitFor();

    const failed = runner.submit(fetch);
    await failed.exception();
    isUp = true;
    await open("/tasks/fetch%232");
    await act(page, "Retry", "Retry");
    await page.locator(".badge").getByText("completed").waitFor();
    assertEquals(await runner.get(failed.id), "up");
  },
);

browserTest(
  "all that failed is retried, with the number first",
  { readOnly: false },
  async ({ page, runner, open }) => {
    let isUp = false;
    const fetch = task({ name: "fetch" }, (n: number) => {
      if (!isUp) throw new Error("down");
      return n;
    });
    await Promise.all(fetch.with({ runner }).map([1, 2, 3]).map((handle) => handle.exception()));
    isUp = true;
    await open("/");
    await page.getByRole("button", { name: "Retry all failed" }).click();
    await page.getByText("Retry 3 failed tasks?").waitFor();
    await page.getByRole("button", { name: "Retry 3" }).click();
    await page.locator(".toast").getByText("3 tasks submitted again").waitFor();
    await until("all three have completed", () => runner.statistics().completed === 3);
  },
);

browserTest(
  "a pool and all pools are paused and resumed, and a signal is delivered",
  { readOnly: false },
  async ({ page, runner, open }) => {
    const ask = task({ name: "ask" }, async () => await waitFor<{ approved: boolean }>("order-7"));
    const handle = runner.submit(ask);
    const answer = handle.result();
    await open("/");
    await act(page, "Pause async", "Pause");
    await page.getByText("paused", { exact: true }).waitFor();
    assertEquals(runner.statistics().pools["async"]?.paused, true);
    await act(page, "Resume async", "Resume");
    await page.getByRole("button", { name: "Pause async" }).waitFor();
    await act(page, "Pause all pools", "Pause");
    await page.getByRole("button", { name: "Resume all pools" }).waitFor();
    assertEquals(Object.values(runner.statistics().pools).every(({ paused }) => paused), true);
    await act(page, "Resume all pools", "Resume");
    await page.getByRole("button", { name: "Pause all pools" }).waitFor();

    await page.getByRole("button", { name: "Deliver …" }).click();
    await page.getByLabel("Key").fill("order-7");
    await page.getByLabel("Value, as JSON").fill('{"approved": true}');
    await page.getByRole("dialog").getByRole("button", { name: "Deliver" }).click();
    assertEquals(await answer, { approved: true });
    await page.locator(".toast").getByText("Delivered “order-7”").waitFor();
  },
);

browserTest("a job runs now, is paused, and is resumed", { readOnly: false }, async ({ page, runner, open }) => {
  await using scheduler = new Scheduler({ runner });
  const job = scheduler.every("1h", { name: "clean up" }).do(task({ name: "clean" }, () => "clean"));
  await open("/schedule");
  await act(page, "Run now", "Run now");
  await page.locator(".last-run").getByText("completed").waitFor();
  assertEquals(await job.lastHandle, "clean");
  await act(page, "Pause", "Pause");
  await page.locator(".job").getByText("paused", { exact: true }).waitFor();
  assertEquals(job.status, "paused");
  await act(page, "Resume", "Resume");
  await page.locator(".job").getByText("active").waitFor();
  await scheduler.stop();
});

browserTest("actions have keys, which ask first too", { readOnly: false }, async ({ page, runner, open }) => {
  let isUp = false;
  const fetch = task({ name: "fetch" }, () => {
    if (!isUp) throw new Error("down");
    return "up";
  });
  const failed = runner.submit(fetch);
  await failed.exception();
  isUp = true;
  await open("/tasks");
  await page.locator(".row").waitFor();
  await page.keyboard.press("/");
  await page.locator("input[type=search]:focus").waitFor();
  await page.keyboard.press("Enter"); // to the list
  await page.locator(".list:focus").waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.locator(".why").waitFor();
  await page.keyboard.press("r");
  await page.getByRole("dialog").getByText("Retry “fetch#1”?").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assertEquals(runner.get(failed.id)?.status, "failed");
  await page.keyboard.press("r");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".badge").getByText("completed").waitFor();
  await page.keyboard.press("p");
  await page.getByRole("dialog").getByText("Pause all pools?").waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Resume all pools" }).waitFor();
  await page.keyboard.press("Escape");
  await page.waitForURL(/\/tasks$/);
});

browserTest("a dashboard that is read only offers no action", {}, async ({ page, runner, open }) => {
  const fail = task({ name: "fail" }, () => {
    throw new Error("no");
  });
  await runner.submit(fail).exception();
  await open("/");
  await page.getByText("Error: no").waitFor();
  assertEquals(await page.getByRole("button", { name: /Retry|Pause|Deliver|Cancel/ }).count(), 0);
  await open("/tasks/fail%231");
  await page.locator(".why").waitFor();
  assertEquals(await page.getByRole("button", { name: /Retry|Cancel/ }).count(), 0);
});
