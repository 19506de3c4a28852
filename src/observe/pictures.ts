/**
 * Pictures and reports of runs and checkpoints.
 *
 * @module
 */

import { oneOf, refuseUnknown } from "../core/checks.ts";
import { describeValue } from "../core/describe.ts";
import { traceOf } from "./chrome_trace.ts";
import { dotOf } from "./dot.ts";
import { graphSvg } from "./graph_svg.ts";
import { mermaidOf } from "./mermaid.ts";
import { reportHtml } from "./report_html.ts";
import { type RunSource, snapshotOf } from "./snapshot_of.ts";
import type { Theme } from "./svg_parts.ts";
import { type Grouping, READABLE } from "./task_graph.ts";
import { timelineOf } from "./timeline_svg.ts";

/** Options of a graph in words: {@linkcode toMermaid} and {@linkcode toDot}. */
export interface GraphOptions {
  /**
   * Whether tasks of one name are one node, with how many have which status: where there are too many to be read
   * (`"auto"`, the default), `"always"`, or `"never"`. Mermaid refuses large graphs, so those are grouped in any case.
   */
  readonly group?: Grouping | undefined;
}

/** Options of {@linkcode toSvg}. */
export interface SvgOptions extends GraphOptions {
  /** The colours: those that the system of the viewer prefers (`"auto"`, the default), `"light"` or `"dark"`. */
  readonly theme?: Theme | undefined;
}

/** Options of {@linkcode timelineSvg}. */
export interface TimelineOptions {
  /** The colours: those that the system of the viewer prefers (`"auto"`, the default), `"light"` or `"dark"`. */
  readonly theme?: Theme | undefined;
  /** The width, in pixels, from 300 to 20,000. Default: 1,200. */
  readonly width?: number | undefined;
}

/** Options of {@linkcode htmlReport}. */
export interface ReportOptions extends SvgOptions {
  /** What stands at its head. Default: the name of the runner, or of the file. */
  readonly title?: string | undefined;
}

const grouping = oneOf(["auto", "always", "never"]);
const theming = oneOf(["auto", "light", "dark"]);

/** The options of a picture, checked and with their defaults. */
function resolve(options: ReportOptions & TimelineOptions, known: readonly string[], owner: string) {
  refuseUnknown(options, known, `of ${owner}()`);
  const { group = "auto", theme = "auto", width = 1_200, title } = options;
  grouping(group, `group of ${owner}()`);
  theming(theme, `theme of ${owner}()`);
  if (typeof width !== "number") {
    throw new TypeError(`width of ${owner}() must be a number, not ${describeValue(width)}`);
  }
  if (!(width >= 300 && width <= 20_000)) {
    throw new RangeError(`width of ${owner}() must be a number from 300 to 20,000, not ${width}`);
  }
  if (title !== undefined && typeof title !== "string") throw new TypeError(`title of ${owner}() must be a string`);
  return { grouping: group, theme, width, title, limits: READABLE };
}

/**
 * Writes the graph of a run as Mermaid, which GitHub and others draw in Markdown. An arrow leads from a task to those that
 * depend on it; a dashed one to those that its body has submitted.
 *
 * @param source A runner, a checkpoint or a snapshot: see {@linkcode RunSource}.
 * @param options How tasks are grouped. Default: by name, where there are too many to be read.
 * @returns The source of a diagram.
 * @throws {TypeError} If the source is none of these, or an option is unknown or of a wrong kind.
 * @throws {RangeError} If an option has another value.
 * @throws {CheckpointError} If the checkpoint cannot be read.
 *
 * @example A graph of two tasks
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { task, TaskRunner } from "@workflowy/workflowy";
 * import { toMermaid } from "@workflowy/workflowy/observe";
 *
 * const load = task({ name: "load" }, () => [3, 1, 2]);
 * const sort = task({ name: "sort" }, (numbers: number[]) => numbers.toSorted());
 * await using runner = new TaskRunner();
 * runner.submit(sort, runner.submit(load));
 * await runner.run();
 * const diagram = await toMermaid(runner);
 * assertStringIncludes(diagram, 'n0["✓ load"]');
 * assertStringIncludes(diagram, "n0 --> n1");
 * ```
 */
export async function toMermaid(source: RunSource, options: GraphOptions = {}): Promise<string> {
  const { grouping, limits } = resolve(options, ["group"], "toMermaid");
  return mermaidOf(await snapshotOf(source), grouping, limits);
}

/**
 * Writes the graph of a run in DOT, the language of Graphviz and of many tools for graphs.
 *
 * @param source A runner, a checkpoint or a snapshot: see {@linkcode RunSource}.
 * @param options How tasks are grouped. Default: by name, where there are too many to be read.
 * @returns The source of a diagram.
 * @throws {TypeError} If the source is none of these, or an option is unknown or of a wrong kind.
 * @throws {RangeError} If an option has another value.
 * @throws {CheckpointError} If the checkpoint cannot be read.
 *
 * @example A graph of two tasks
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { task, TaskRunner } from "@workflowy/workflowy";
 * import { toDot } from "@workflowy/workflowy/observe";
 *
 * const load = task({ name: "load" }, () => [3, 1, 2]);
 * const sort = task({ name: "sort" }, (numbers: number[]) => numbers.toSorted());
 * await using runner = new TaskRunner();
 * runner.submit(sort, runner.submit(load));
 * assertStringIncludes(await toDot(runner), "n0 -> n1");
 * ```
 */
export async function toDot(source: RunSource, options: GraphOptions = {}): Promise<string> {
  const { grouping, limits } = resolve(options, ["group"], "toDot");
  return dotOf(await snapshotOf(source), grouping, limits);
}

/**
 * Draws the graph of a run as a picture, from left to right. It has tooltips with ids, labels and errors.
 *
 * @param source A runner, a checkpoint or a snapshot: see {@linkcode RunSource}.
 * @param options How tasks are grouped, and the colours. Default: by name, where there are too many to be read; the colours
 * that the viewer prefers.
 * @returns An SVG document.
 * @throws {TypeError} If the source is none of these, or an option is unknown or of a wrong kind.
 * @throws {RangeError} If an option has another value.
 * @throws {CheckpointError} If the checkpoint cannot be read.
 *
 * @example A picture in a file
 * ```ts
 * import { assert } from "@std/assert";
 * import { task, TaskRunner } from "@workflowy/workflowy";
 * import { toSvg } from "@workflowy/workflowy/observe";
 *
 * await using runner = new TaskRunner();
 * runner.submit(task({ name: "load" }, () => 42));
 * await runner.run();
 * const path = `${await Deno.makeTempDir()}/graph.svg`;
 * await Deno.writeTextFile(path, await toSvg(runner));
 * assert((await Deno.readTextFile(path)).startsWith("<svg"));
 * ```
 */
export async function toSvg(source: RunSource, options: SvgOptions = {}): Promise<string> {
  const { grouping, theme, limits } = resolve(options, ["group", "theme"], "toSvg");
  return graphSvg(await snapshotOf(source), { grouping, theme, limits, isInPage: false });
}

/**
 * Draws the timeline of a run as a picture: for each pool its slots or workers with the attempts that ran there, and how much
 * waited for them.
 *
 * @param source A runner, a checkpoint or a snapshot: see {@linkcode RunSource}.
 * @param options The colours and the width. Default: the colours that the viewer prefers; 1,200 pixels.
 * @returns An SVG document.
 * @throws {TypeError} If the source is none of these, or an option is unknown or of a wrong kind.
 * @throws {RangeError} If an option has another value.
 * @throws {CheckpointError} If the checkpoint cannot be read.
 *
 * @example The timeline of a run
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { task, TaskRunner } from "@workflowy/workflowy";
 * import { timelineSvg } from "@workflowy/workflowy/observe";
 *
 * await using runner = new TaskRunner();
 * await runner.submit(task({ name: "load" }, () => 42));
 * assertStringIncludes(await timelineSvg(runner), "1 task, up to 1 at a time");
 * ```
 */
export async function timelineSvg(source: RunSource, options: TimelineOptions = {}): Promise<string> {
  const { theme, width } = resolve(options, ["theme", "width"], "timelineSvg");
  return timelineOf(await snapshotOf(source), { theme, width, isInPage: false });
}

/**
 * Writes a run as a trace in Chrome's format, for https://ui.perfetto.dev, `chrome://tracing` or speedscope: a process for each
 * pool, a thread for each of its slots, a slice for each attempt, and arrows for dependencies.
 *
 * @param source A runner, a checkpoint or a snapshot: see {@linkcode RunSource}.
 * @returns JSON.
 * @throws {TypeError} If the source is none of these.
 * @throws {CheckpointError} If the checkpoint cannot be read.
 *
 * @example What is in a trace
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { task, TaskRunner } from "@workflowy/workflowy";
 * import { chromeTrace } from "@workflowy/workflowy/observe";
 *
 * await using runner = new TaskRunner();
 * await runner.submit(task({ name: "load" }, () => 42));
 * const { traceEvents } = JSON.parse(await chromeTrace(runner));
 * const slices = traceEvents.filter(({ ph }: { ph: string }) => ph === "X");
 * assertEquals(slices.map(({ name }: { name: string }) => name), ["load"]);
 * ```
 */
export async function chromeTrace(source: RunSource): Promise<string> {
  return traceOf(await snapshotOf(source));
}

/**
 * Writes a report on a run as one HTML page: what failed and why, the graph, the timeline, and all tasks in a list with a filter.
 * It needs no network, and its policy (CSP) lets it run no other script than its own. Arguments are shown as `redact` of the task
 * left them; results are not in it.
 *
 * @param source A runner, a checkpoint or a snapshot: see {@linkcode RunSource}.
 * @param options Its title, how tasks are grouped, and the colours. Default: the name of the run; by name, where there are too
 * many to be read; the colours that the viewer prefers.
 * @returns An HTML document.
 * @throws {TypeError} If the source is none of these, or an option is unknown or of a wrong kind.
 * @throws {RangeError} If an option has another value.
 * @throws {CheckpointError} If the checkpoint cannot be read.
 *
 * @example A report after each run
 * ```ts
 * import { assert } from "@std/assert";
 * import { task, TaskRunner } from "@workflowy/workflowy";
 * import { htmlReport } from "@workflowy/workflowy/observe";
 *
 * const folder = await Deno.makeTempDir();
 * await using runner = new TaskRunner({ onTaskError: "continue" });
 * runner.submit(task({ name: "parse" }, (text: string) => JSON.parse(text)), "[1, 2");
 * await runner.run();
 * await Deno.writeTextFile(`${folder}/report.html`, await htmlReport(runner, { title: "Tonight" }));
 * assert((await Deno.readTextFile(`${folder}/report.html`)).includes("SyntaxError"));
 * ```
 */
export async function htmlReport(source: RunSource, options: ReportOptions = {}): Promise<string> {
  const { grouping, theme, limits, title } = resolve(options, ["group", "theme", "title"], "htmlReport");
  const run = await snapshotOf(source);
  return reportHtml(title === undefined ? run : { ...run, title }, { grouping, theme, limits });
}
