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

interface Case {
  readonly name: string;
  readonly options: OpenOptions;
  readonly run: (opened: Opened) => Promise<void>;
}

/** The tests of this file. */
const cases: Case[] = [];

/**
 * A test with a runner, its dashboard, and a page of a browser. It fails if the page reports an error. All such tests of a file
 * are steps of one, with one browser: to start it takes longer than most of them.
 */
export function browserTest(name: string, options: OpenOptions, run: (opened: Opened) => Promise<void>): void {
  if (cases.push({ name, options, run }) > 1) return;
  Deno.test({
    name: "in a browser",
    ignore: !hasChromium,
    fn: async (t) => {
      const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
      try {
        for (const { name, options, run } of cases) {
          // The browser talks all the time, across the borders of steps; what is left over is found at the end of all.
          await t.step({
            name,
            sanitizeOps: false,
            sanitizeResources: false,
            fn: () => runCase(browser, options, run),
          });
        }
      } finally {
        await browser.close();
      }
    },
  });
}

async function runCase(browser: Browser, options: OpenOptions, run: Case["run"]): Promise<void> {
  const { runner: runnerOptions, size = WIDE, dark = false, ...dashboardOptions } = options;
  await using runner = new TaskRunner({
    onTaskError: "continue",
    logger: recordingLogger(),
    name: "test",
    ...runnerOptions,
  });
  await using ui = dashboard(runner, dashboardOptions);
  try {
    const page = await newPage(browser, size, dark);
    const problems = problemsOf(page);
    await page.goto(ui.url);
    await page.getByRole("navigation", { name: "Pages" }).waitFor();
    await run({ browser, page, runner, ui, open: (path) => openIn(page, path) });
    assertEquals(problems, []);
  } finally {
    await Promise.all(browser.contexts().map((context) => context.close()));
  }
}

/** Goes to a path of the dashboard as its links do, without loading it again. */
async function openIn(page: Page, path: string): Promise<void> {
  await page.evaluate(`(async () => {
    history.pushState(null, "", ${JSON.stringify(path)});
    dispatchEvent(new PopStateEvent("popstate"));
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame); // until it is drawn
  })()`);
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
