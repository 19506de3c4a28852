/**
 * Tests in a real browser.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { TaskRunner, type TaskRunnerOptions } from "@workflowy/workflowy";
import { type Dashboard, dashboard, type DashboardOptions } from "@workflowy/workflowy/dashboard";
import { type Browser, chromium, type Page } from "playwright-core";
import { recordingLogger } from "../support.ts";

const CHROMIUM = "/usr/bin/chromium";
/** How long a page may take for anything, on a busy machine, in milliseconds. */
const PATIENCE_MS = 30_000;

const hasChromium = await Deno.stat(CHROMIUM).then(() => true, () => false);
if (!hasChromium) {
  console.warn(`Skipped: tests of the dashboard in a browser, as there is no ${CHROMIUM} (apt-get install chromium)`);
}

export const WIDE = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

/** What a test in a browser gets. */
export interface Opened {
  readonly browser: Browser;
  readonly page: Page;
  readonly runner: TaskRunner;
  readonly ui: Dashboard;
  /** Opens a path of the dashboard in the page. */
  readonly open: (path: string) => Promise<void>;
}

/** What is opened. */
export interface OpenOptions extends DashboardOptions {
  readonly runner?: TaskRunnerOptions;
  readonly size?: typeof WIDE;
  readonly dark?: boolean;
}

/** A test with a runner, its dashboard, and a page of a browser. It fails if the page reports an error. */
export function browserTest(name: string, options: OpenOptions, run: (opened: Opened) => Promise<void>): void {
  Deno.test({
    name,
    ignore: !hasChromium,
    fn: async () => {
      const { runner: runnerOptions, size = WIDE, dark = false, ...dashboardOptions } = options;
      await using runner = new TaskRunner({
        onTaskError: "continue",
        logger: recordingLogger(),
        name: "test",
        ...runnerOptions,
      });
      await using ui = dashboard(runner, dashboardOptions);
      const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
      try {
        const page = await newPage(browser, size, dark);
        const problems = problemsOf(page);
        await page.goto(ui.url);
        await page.getByRole("navigation", { name: "Pages" }).waitFor();
        const origin = ui.url.replace(/\/#.*$/, "");
        await run({ browser, page, runner, ui, open: async (path) => void await page.goto(origin + path) });
        assertEquals(problems, []);
      } finally {
        await browser.close();
      }
    },
  });
}

/** A page of its own, which shares nothing with others. */
export async function newPage(browser: Browser, size = WIDE, dark = false): Promise<Page> {
  const context = await browser.newContext({ viewport: size, colorScheme: dark ? "dark" : "light", locale: "en-GB" });
  context.setDefaultTimeout(PATIENCE_MS);
  return await context.newPage();
}

/** What goes wrong in a page, as it does: errors, and what the content security policy has refused. */
export function problemsOf(page: Page): string[] {
  const problems: string[] = [];
  page.on("pageerror", ({ message }) => void problems.push(message));
  page.on("dialog", (dialog) => {
    problems.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("console", (message) => {
    // A connection that is lost, and an answer of 404, are reported by the browser itself, and are expected in some tests.
    if (message.type() === "error" && !/Failed to load resource|WebSocket connection/.test(message.text())) {
      problems.push(message.text());
    }
  });
  return problems;
}
