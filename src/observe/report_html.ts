/**
 * A run as one HTML page that needs nothing else.
 *
 * @module
 */

import { formatMilliseconds } from "../core/duration.ts";
import { STATUSES } from "../core/status.ts";
import { failureLines, inShort, originOf } from "./error_snapshot.ts";
import { escapeXml, jsonInHtml } from "./escape.ts";
import { graphSvg } from "./graph_svg.ts";
import { grouped, harmless, inUtc, oneLine } from "./printable.ts";
import { type PageData, type PageTask, reportClient } from "./report_client.ts";
import type { AttemptSnapshot, RunSnapshot, TaskSnapshot } from "./run_snapshot.ts";
import { BY_CONCERN, LOOKS, type StatusCounts } from "./statuses.ts";
import { pictureStyle, type Theme } from "./svg_parts.ts";
import type { GraphLimits, Grouping } from "./task_graph.ts";
import { timelineOf } from "./timeline_svg.ts";

/** How many kinds of failures are shown above the list. */
const MAX_FAILURES = 100;
/** How many of them are open from the start. */
const MAX_OPEN = 3;
/** How many of them are listed at once, so that the graph is not far down. */
const MAX_LISTED = 10;
/** How many tasks are named that failed alike. */
const MAX_ALIKE = 12;
/** How many errors have their stacks in the list. */
const MAX_STACKS = 2_000;

/** What is written. */
export interface ReportHtmlOptions {
  readonly grouping: Grouping;
  readonly limits: GraphLimits;
  readonly theme: Theme;
}

/** Writes the page of a run. */
export async function reportHtml(run: RunSnapshot, { grouping, limits, theme }: ReportHtmlOptions): Promise<string> {
  const style = pageStyle(theme);
  const script = `(${reportClient})();`;
  const counts: StatusCounts = {};
  for (const { status } of run.tasks) counts[status] = (counts[status] ?? 0) + 1;
  const policy = `default-src 'none'; script-src '${await hashOf(script)}'; style-src '${await hashOf(style)}'; ` +
    `base-uri 'none'; form-action 'none'`;
  return [
    `<!doctype html>`,
    `<html lang="en"><head><meta charset="utf-8">`,
    `<meta http-equiv="Content-Security-Policy" content="${escapeXml(policy)}">`,
    `<meta name="viewport" content="width=device-width, initial-scale=1">`,
    `<title>${escapeXml(oneLine(run.title))}</title>`,
    `<style>${style}</style></head><body>`,
    `<header><h1><bdi>${escapeXml(oneLine(run.title))}</bdi></h1><p>${escapeXml(summaryOf(run))}</p>`,
    `<p class="counts">${
      BY_CONCERN.filter((status) => counts[status]).map((status) =>
        `<span class="s-${status}">${LOOKS[status].sign} ${grouped(counts[status]!)} ${status}</span>`
      ).join(" ")
    }</p></header>`,
    failuresOf(run),
    `<section><h2>Graph</h2><div class="scroll">${
      graphSvg(run, { grouping, limits, theme, isInPage: true })
    }</div></section>`,
    `<section><h2>Timeline</h2><div class="scroll">${
      timelineOf(run, { theme, width: 1180, isInPage: true })
    }</div></section>`,
    listOf(counts),
    `<script type="application/json" id="data">${jsonInHtml(dataOf(run))}</script>`,
    `<script>${script}</script></body></html>\n`,
  ].join("\n");
}

function summaryOf({ tasks, takenAt }: RunSnapshot): string {
  let [start, end] = [Infinity, -Infinity];
  for (const { status, submittedAt, startedAt, finishedAt, restored } of tasks) {
    if (restored) continue;
    start = Math.min(start, submittedAt ?? startedAt ?? Infinity);
    end = Math.max(end, finishedAt ?? (status === "running" ? takenAt : startedAt) ?? -Infinity);
  }
  const parts = [`${grouped(tasks.length)} tasks`];
  if (start <= end) parts.push(`from ${inUtc(start)}`, `over ${formatMilliseconds(end - start)}`);
  parts.push(`as of ${inUtc(takenAt)}`);
  return parts.join(", ");
}

function failuresOf({ tasks }: RunSnapshot): string {
  const failed = [...tasks.keys()].filter((index) =>
    tasks[index]!.status === "failed" && tasks[index]!.error !== undefined && tasks[index]!.retriedAs === undefined
  );
  if (failed.length === 0) return "";
  const own = failed.filter((index) => !isByDependency(tasks[index]!));
  const alike = [...Map.groupBy(own, (index) => kindOf(tasks[index]!)).values()];
  const items = alike.slice(0, MAX_FAILURES).map((indexes, place) => failureOf(indexes, tasks, place < MAX_OPEN));
  const more = alike.length - items.length;
  const others = failed.length - own.length;
  const notes = [
    ...more > 0
      ? [`${grouped(more)} more ${more === 1 ? "kind of failures is" : "kinds of failures are"} in the list below.`]
      : [],
    ...others > 0 ? [`${grouped(others)} ${others === 1 ? "other" : "others"} failed because a dependency did.`] : [],
  ];
  const [first, rest] = [items.slice(0, MAX_LISTED), items.slice(MAX_LISTED)];
  const folded = rest.length === 0
    ? ""
    : `<details><summary>${grouped(rest.length)} more kinds of failures</summary>${rest.join("\n")}</details>`;
  return `<section><h2>Failures</h2>${first.join("\n")}${folded}${
    notes.map((note) => `<p class="faint">${note}</p>`).join("")
  }</section>`;
}

/**
 * What failures of one cause have in common: addresses, what is quoted and numbers differ, as in `dashboard/ui/statistics.js`,
 * which browsers get as it is.
 */
function kindOf({ name, error }: TaskSnapshot): string {
  return `${name}\n${inShort(originOf(error!)).replace(/\w+:\/\/\S+|"[^"]*"|\d+/g, "…")}`;
}

/** Failures of tasks of one name with messages of one kind; the first one is shown in full. */
function failureOf(indexes: readonly number[], tasks: readonly TaskSnapshot[], isOpen: boolean): string {
  const { name, label, id, args, ...first } = tasks[indexes[0]!]!;
  const error = originOf(first.error!);
  const who = indexes.length === 1 ? oneLine(label ?? id) : `${grouped(indexes.length)} times`;
  const links = indexes.slice(0, MAX_ALIKE).map((index) => {
    const { label, id } = tasks[index]!;
    return `<button class="link" data-task="${index}"><bdi>${escapeXml(oneLine(label ?? id))}</bdi></button>`;
  });
  const more = indexes.length - links.length;
  return `<details${isOpen ? " open" : ""}><summary><span class="s-failed">✗</span> <b><bdi>${
    escapeXml(oneLine(name))
  }</bdi></b> ` +
    `<bdi>${escapeXml(who)}</bdi> — <bdi>${escapeXml(oneLine(inShort(error)).slice(0, 200))}</bdi></summary>` +
    `<pre class="error">${escapeXml(failureLines(error).join("\n"))}</pre>` +
    (args === undefined ? "" : `<p>arguments <bdi class="code">${escapeXml(args)}</bdi></p>`) +
    `<p>${links.join(" ")}${more > 0 ? ` <span class="faint">and ${grouped(more)} more</span>` : ""}</p></details>`;
}

/** Whether it failed because a dependency did, which is listed as well. */
function isByDependency({ error }: TaskSnapshot): boolean {
  return error?.name === "DependencyFailedError";
}

function listOf(counts: StatusCounts): string {
  const chips = STATUSES.map((status, index) =>
    counts[status]
      ? `<button class="chip" id="chip-${index}" aria-pressed="false"><span class="s-${status}">${
        LOOKS[status].sign
      }</span> ${status} ${grouped(counts[status]!)}</button>`
      : ""
  );
  return `<section><h2>Tasks</h2><div class="tools">` +
    `<input id="search" type="search" placeholder="name, id, label, argument, error …" aria-label="Filter tasks">` +
    `${chips.join("")}<select id="order" aria-label="Order"><option value="">as submitted</option>` +
    `<option value="start">by start</option><option value="duration">longest first</option>` +
    `<option value="wait">longest wait first</option></select><span id="shown" class="faint"></span></div>` +
    `<div class="both"><div id="list" role="table" aria-label="Tasks"><div id="space"></div><div id="rows"></div></div>` +
    `<div id="details" hidden></div></div><noscript><p>The list needs JavaScript.</p></noscript></section>`;
}

function dataOf({ tasks }: RunSnapshot): PageData {
  const names = new Map<string, number>();
  const epoch = tasks.find(({ submittedAt, startedAt }) => (submittedAt ?? startedAt) !== undefined);
  const base = epoch?.submittedAt ?? epoch?.startedAt ?? 0;
  let stacks = 0;
  const rows = tasks.map((task): PageTask => {
    const { id, label = "", status, startedAt, finishedAt, history, args = "", pool = "", dependsOn, parent, error } =
      task;
    const name = oneLine(task.name);
    if (!names.has(name)) names.set(name, names.size);
    const isShort = error !== undefined && (isByDependency(task) || ++stacks > MAX_STACKS);
    return [
      names.get(name)!,
      STATUSES.indexOf(status),
      harmless(id),
      oneLine(label),
      startedAt === undefined ? -1 : startedAt - base,
      startedAt === undefined || finishedAt === undefined ? -1 : finishedAt - startedAt,
      waitOf(task),
      history.map(attemptInWords),
      harmless(args),
      oneLine(pool),
      dependsOn,
      parent ?? -1,
      error === undefined ? "" : harmless(isShort ? inShort(error) : failureLines(error).join("\n")),
    ];
  });
  return {
    epoch: base,
    names: [...names.keys()],
    statuses: STATUSES,
    signs: STATUSES.map((each) => LOOKS[each].sign),
    tasks: rows,
  };
}

/** How long it was ready before its first attempt, in milliseconds; -1 if that is not known. */
function waitOf({ readyAt, submittedAt, history: [first] }: TaskSnapshot): number {
  const since = readyAt ?? submittedAt;
  return since === undefined || first === undefined || first.number !== 1 ? -1 : Math.max(0, first.startedAt - since);
}

function attemptInWords({ number, status, startedAt, finishedAt, error, worker }: AttemptSnapshot): string {
  const took = finishedAt === undefined ? "" : ` after ${formatMilliseconds(Math.max(0, finishedAt - startedAt))}`;
  const where = worker === undefined ? "" : ` in ${oneLine(worker)}`;
  return `${number}: ${status}${took}${where}${error === undefined ? "" : `, ${oneLine(error).slice(0, 300)}`}`;
}

/** What a policy names a script or style by. */
async function hashOf(source: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(source));
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}

function pageStyle(theme: Theme): string {
  const colours = (ground: "light" | "dark") =>
    `:root{color-scheme:${ground};${
      ground === "light"
        ? "--paper:#fff;--box:#f6f8fa;--ink:#1f2328;--faint:#59636e;--line:#d1d9e0;--link:#0969da"
        : "--paper:#0d1117;--box:#171c24;--ink:#e6edf3;--faint:#9198a1;--line:#30363d;--link:#4c9dff"
    }}${STATUSES.map((status) => `.s-${status}{color:${LOOKS[status][ground]}}`).join("")}`;
  const themed = theme === "auto"
    ? `${colours("light")}@media (prefers-color-scheme:dark){${colours("dark")}}`
    : colours(theme);
  return themed + pictureStyle(theme) + [
    "*{box-sizing:border-box}body{margin:0 auto;max-width:1240px;padding:16px 20px 60px;background:var(--paper);color:var(--ink);font:14px/1.45 system-ui,sans-serif}",
    "h1{font-size:22px;margin:8px 0 4px}h2{font-size:16px;margin:26px 0 8px}h3{font-size:15px;margin:0 0 8px}p{margin:4px 0}",
    "header p,.faint{color:var(--faint)}.counts span{margin-right:14px;font-weight:600}",
    ".scroll{overflow:auto;max-height:75vh;border:1px solid var(--line);border-radius:8px}.scroll svg{display:block}[data-task],[data-name]{cursor:pointer}",
    "details{border:1px solid var(--line);border-radius:8px;padding:6px 10px;margin:6px 0}summary{cursor:pointer;overflow-wrap:anywhere}",
    "pre{margin:8px 0;padding:10px;background:var(--box);border-radius:6px;overflow:auto;max-height:360px;white-space:pre-wrap;overflow-wrap:anywhere}pre,.code{font:12px/1.45 ui-monospace,monospace}",
    ".tools{display:flex;flex-wrap:wrap;gap:6px;align-items:center;margin-bottom:8px}input,select,button{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--line);border-radius:6px;padding:4px 8px}",
    "input{flex:1 1 220px}button{cursor:pointer}.chip[aria-pressed=true]{background:var(--box);border-color:var(--link);box-shadow:inset 0 0 0 1px var(--link)}",
    ".link{border:0;padding:0 8px 0 0;background:none;color:var(--link);text-align:start}.close{float:right}#details pre{clear:both}",
    ".both{display:flex;gap:12px;align-items:flex-start}#list{flex:1 1 auto;min-width:0;position:relative;height:min(60vh,620px);overflow:auto;border:1px solid var(--line);border-radius:8px}#rows{position:absolute;inset:0 0 auto 0}",
    ".row{display:flex;gap:12px;height:28px;line-height:28px;padding:0 10px;white-space:nowrap;border-bottom:1px solid var(--line)}.row:hover,.row.open{background:var(--box)}.row>*{overflow:hidden;text-overflow:ellipsis}",
    ".s{flex:0 0 96px}.n{flex:0 1 200px;font-weight:600}.l{flex:1 1 160px;color:var(--faint)}.d{flex:0 0 116px;text-align:end;color:var(--faint);font-variant-numeric:tabular-nums}",
    "#details{flex:0 0 440px;max-width:50%;max-height:min(60vh,620px);overflow:auto;border:1px solid var(--line);border-radius:8px;padding:12px}dl{margin:0;display:grid;grid-template-columns:max-content 1fr;gap:4px 12px}dt{color:var(--faint)}dd{margin:0;overflow-wrap:anywhere;min-width:0}",
    "@media (max-width:760px){.both{flex-direction:column}#list,#details{width:100%;max-width:none;flex:none}.row .d{display:none}}",
  ].join("");
}
