/**
 * How long the work of a page takes, as the browser traces it: by the processor's time, in which other programs do not count.
 *
 * @module
 */

import type { Page } from "playwright-core";

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** In microseconds, and how much of it the thread had a processor. */
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: unknown };
}

/** The longest unbroken work of a page, in milliseconds: on the processor, and until it had ended. */
export interface LongestTask {
  readonly cpu: number;
  readonly wall: number;
}

/** The longest work of a page while something is done. */
export async function longestTask(page: Page, act: () => Promise<unknown>): Promise<LongestTask> {
  const session = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on("Tracing.dataCollected", ({ value }) => void events.push(...value as unknown as TraceEvent[]));
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"] },
  });
  await act();
  await session.send("Tracing.end");
  await complete;
  await session.detach();
  const key = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const pages = new Set(events.filter(({ args }) => args?.name === "CrRendererMain").map(key));
  const tasks = events.filter((event) => /RunTask$/.test(event.name) && event.ph === "X" && pages.has(key(event)));
  const longest = (times: readonly (number | undefined)[]) =>
    Math.round(times.reduce<number>((most, time = 0) => Math.max(most, time), 0) / 100) / 10;
  return { cpu: longest(tasks.map(({ tdur }) => tdur)), wall: longest(tasks.map(({ dur }) => dur)) };
}
