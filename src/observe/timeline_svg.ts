/**
 * The timeline of a run as an SVG picture: what each pool did when, and how much waited for it.
 *
 * @module
 */

import type { TaskStatus } from "../core/status.ts";
import { formatMilliseconds } from "../core/duration.ts";
import { escapeXml } from "./escape.ts";
import { type Bar, type Lane, lanesOf, type PoolLanes } from "./lanes.ts";
import { cut, grouped, inUtc, oneLine, widthOf } from "./printable.ts";
import type { RunSnapshot } from "./run_snapshot.ts";
import { BY_CONCERN } from "./statuses.ts";
import { picture, pictureStyle, round, svgText, type Theme } from "./svg_parts.ts";

/** A pool with more lanes than this is drawn as one area: how many tasks ran at a time. */
const MAX_LANES = 64;
/** Up to this many lanes there is room for names in bars. */
const MAX_TALL_LANES = 24;
const GUTTER = 92;
const RIGHT = 24;
const AREA_HEIGHT = 110;
const QUEUE_HEIGHT = 22;
/** The width that one column of small text takes at most, in pixels. */
const COLUMN = 6.2;

/** What is drawn. */
export interface TimelineSvgOptions {
  readonly theme: Theme;
  readonly width: number;
  /** Whether it stands in a page that has the style. */
  readonly isInPage: boolean;
}

/** From times to places. */
interface Scale {
  readonly start: number;
  readonly end: number;
  readonly left: number;
  readonly width: number;
  x(time: number): number;
}

/** Draws the timeline of a run. */
export function timelineOf(run: RunSnapshot, { theme, width, isInPage }: TimelineSvgOptions): string {
  const { start, end, pools, restored } = lanesOf(run);
  const span = Math.max(1, end - start);
  const room = width - GUTTER - RIGHT;
  const scale: Scale = {
    start,
    end: start + span,
    left: GUTTER,
    width: room,
    x: (time) => GUTTER + ((time - start) / span) * room,
  };
  const body: string[] = [];
  let y = 34;
  for (const pool of pools) {
    const drawn = drawPool(pool, run, scale, y);
    body.push(drawn.body);
    y += drawn.height + 16;
  }
  if (pools.length === 0) {
    body.push(svgText(GUTTER, y + 14, "wf-faint", "No task has started."));
    y += 30;
  }
  const notes = [
    `${inUtc(start)}, ${formatMilliseconds(end - start)}`,
    ...restored > 0 ? [`${grouped(restored)} tasks of earlier runs are left out`] : [],
  ];
  body.push(svgText(GUTTER, y + 6, "wf-faint wf-small", notes.join("; ")));
  const height = y + 20;
  return picture({
    width,
    height,
    title: `${run.title}: timeline`,
    style: isInPage ? undefined : pictureStyle(theme),
    body: drawAxis(scale, height - 26) + body.join(""),
  });
}

function drawAxis({ start, end, x }: Scale, bottom: number): string {
  const step = niceStep((end - start) / 9);
  const parts: string[] = [];
  for (let at = 0; at <= end - start; at += step) {
    const place = round(x(start + at));
    parts.push(`<path class="wf-grid" d="M${place} 24V${round(bottom)}"/>`);
    parts.push(svgText(place, 17, "wf-faint wf-small", at === 0 ? "0" : formatMilliseconds(at), "middle"));
  }
  return parts.join("");
}

const MINUTE = 60_000;
const HOUR = 3_600_000;
/** The distances between marks on the axis from one second on; shorter ones are 1, 2, 5, 10 … milliseconds. */
const STEPS = [1, 2, 5, 10, 15, 30].flatMap((n) => [n * 1_000, n * MINUTE])
  .concat([1, 2, 3, 6, 12, 24, 48, 96, 168].map((n) => n * HOUR)).sort((a, b) => a - b);

/** A round distance that is at least so long. */
function niceStep(atLeast: number): number {
  if (atLeast <= 500) {
    const power = 10 ** Math.floor(Math.log10(Math.max(1, atLeast)));
    return power * ([1, 2, 5].find((factor) => factor * power >= atLeast) ?? 10);
  }
  return STEPS.find((step) => step >= atLeast) ?? Math.ceil(atLeast / (168 * HOUR)) * 168 * HOUR;
}

function drawPool(pool: PoolLanes, run: RunSnapshot, scale: Scale, top: number): { body: string; height: number } {
  const { lanes, bars } = pool;
  const tasks = new Set(bars.map(({ task }) => task)).size;
  const name = pool.pool === "" ? "tasks" : cut(oneLine(pool.pool), 40);
  const title = `${name}: ${grouped(tasks)} ${tasks === 1 ? "task" : "tasks"}, ` +
    `up to ${grouped(lanes.length)} at a time`;
  const queue = drawQueue(bars, scale, top + 20);
  const body = [
    svgText(scale.left, top + 12, "wf-ink wf-bold", name),
    svgText(
      scale.left + widthOf(name) * 7.6 + 10,
      top + 12,
      "wf-faint wf-small",
      title.slice(name.length + 2) + queue.words,
    ),
    queue.body,
  ];
  let y = top + 20 + queue.height;
  if (lanes.length > MAX_LANES) {
    body.push(drawArea(bars, scale, y));
    return { body: body.join(""), height: y + AREA_HEIGHT - top };
  }
  const height = lanes.length > MAX_TALL_LANES ? 9 : 19;
  let lastWorker: string | undefined;
  for (const lane of lanes) {
    if (lane.worker !== undefined && lane.worker !== lastWorker) {
      const label = cut(oneLine(lane.worker), Math.floor((GUTTER - 12) / COLUMN));
      body.push(svgText(GUTTER - 8, y + height / 2 + 3.5, "wf-faint wf-small", label, "end"));
    }
    lastWorker = lane.worker;
    body.push(`<rect class="wf-lane" x="${scale.left}" y="${y}" width="${scale.width}" height="${height - 2}"/>`);
    body.push(drawLane(lane, run, scale, y, height - 2));
    y += height;
  }
  return { body: body.join(""), height: y - top };
}

/** Bars that are too short to be seen, drawn as one. */
interface Run {
  status: TaskStatus;
  from: number;
  to: number;
  readonly bars: Bar[];
}

function drawLane({ bars }: Lane, run: RunSnapshot, scale: Scale, y: number, height: number): string {
  const parts: string[] = [];
  const runs: Run[] = [];
  let lastEnd = scale.left;
  for (const bar of bars) {
    const { status } = bar.attempt;
    const [from, to] = [scale.x(bar.start), Math.max(scale.x(bar.end), scale.x(bar.start) + 1)];
    const last = runs.at(-1);
    const isSmall = to - from < 2.5;
    if (last !== undefined && isSmall && last.status === status && from - last.to < 0.8 && last.to - last.from < 40) {
      last.to = Math.max(last.to, to);
      last.bars.push(bar);
    } else {
      const waited = bar.waitedFrom === undefined ? from : Math.max(lastEnd + 1, scale.x(bar.waitedFrom));
      if (from - waited > 3) {
        parts.push(`<path class="wf-wait" d="M${round(waited)} ${round(y + height / 2)}H${round(from)}"/>`);
      }
      runs.push({ status, from, to, bars: [bar] });
    }
    lastEnd = to;
  }
  for (const each of runs) parts.push(drawRun(each, run, y, height));
  return parts.join("");
}

function drawRun({ status, from, to, bars }: Run, { tasks }: RunSnapshot, y: number, height: number): string {
  const [bar] = bars as [Bar, ...Bar[]];
  const { id, name, label } = tasks[bar.task]!;
  const title = bars.length > 1
    ? `${bars.length} attempts, ${status}: ${namesOf(bars, tasks)}`
    : describe(bar, id, label);
  const width = to - from;
  const shown = oneLine(label === undefined ? name : `${name} ${label}`);
  const columns = Math.floor((width - 8) / COLUMN);
  const isWritten = bars.length === 1 && height > 12 && columns >= Math.min(4, widthOf(shown));
  const open = bars.length === 1 ? `<g data-task="${bar.task}">` : "<g>";
  return `${open}<title>${escapeXml(title)}</title>` +
    `<rect class="wf-${status}" x="${round(from)}" y="${y}" width="${
      round(Math.max(0.8, width - (width > 3 ? 1 : 0)))
    }" ` +
    `height="${height}" rx="${width > 6 ? 2 : 0}"/>` +
    (isWritten ? svgText(from + 4, y + height / 2 + 3.8, "wf-on wf-small", cut(shown, columns)) : "") + `</g>`;
}

/** The names of the tasks of some bars, the first few. */
function namesOf(bars: readonly Bar[], tasks: RunSnapshot["tasks"]): string {
  const names = [...new Set(bars.map(({ task }) => tasks[task]!.name))];
  return names.slice(0, 4).map(oneLine).join(", ") + (names.length > 4 ? " …" : "");
}

function describe({ attempt, start, end, waitedFrom }: Bar, id: string, label: string | undefined): string {
  const waited = waitedFrom === undefined ? "" : `, waited ${formatMilliseconds(start - waitedFrom)}`;
  const error = attempt.error === undefined ? "" : `\n${oneLine(attempt.error).slice(0, 300)}`;
  return `${oneLine(id)}${
    label === undefined ? "" : ` (${oneLine(label)})`
  }\nattempt ${attempt.number}, ${attempt.status}, ` +
    `${formatMilliseconds(end - start)}${waited}${error}`;
}

/** How many spans there were at each pixel, on average. */
function amounts(spans: readonly (readonly [from: number, to: number])[], { start, end, width }: Scale): Float64Array {
  const columns = Math.ceil(width);
  const parts = new Float64Array(columns + 1);
  const changes = new Float64Array(columns + 1); // of what lasts for whole pixels
  const size = (end - start) / columns;
  for (const [from, to] of spans) {
    const [a, b] = [(from - start) / size, Math.min(columns, (to - start) / size)];
    const [first, last] = [Math.floor(a), Math.min(columns - 1, Math.floor(b))];
    if (first === last) parts[first]! += b - a;
    else {
      parts[first]! += first + 1 - a;
      parts[last]! += b - last;
      changes[first + 1]! += 1;
      changes[last]! -= 1;
    }
  }
  let whole = 0;
  return parts.map((part, column) => part + (whole += changes[column]!));
}

/** How many tasks were ready and waited for a slot. */
function drawQueue(bars: readonly Bar[], scale: Scale, top: number): { body: string; height: number; words: string } {
  const spans = bars.flatMap(({ waitedFrom, start, attempt }) =>
    waitedFrom === undefined || attempt.number > 1 ? [] : [[Math.max(waitedFrom, scale.start), start] as const]
  );
  const waiting = amounts(spans, scale);
  const peak = waiting.reduce((a, b) => Math.max(a, b), 0);
  if (peak < 1.5) return { body: "", height: 2, words: "" };
  const line = area(
    waiting,
    (column) => top + QUEUE_HEIGHT - 3 - (waiting[column]! / peak) * (QUEUE_HEIGHT - 3),
    scale,
  );
  const bottom = top + QUEUE_HEIGHT - 3;
  return {
    body: `<path class="wf-queue" d="M${scale.left} ${bottom}${line}V${bottom}z"/>` +
      svgText(GUTTER - 8, bottom - 4, "wf-faint wf-small", "waiting", "end"),
    height: QUEUE_HEIGHT,
    words: `, up to ${grouped(Math.round(peak))} waiting`,
  };
}

/** How many tasks of each status ran at a time, one upon the other. */
function drawArea(bars: readonly Bar[], scale: Scale, top: number): string {
  const byStatus = Map.groupBy(bars, ({ attempt }) => attempt.status);
  const layers = BY_CONCERN.toReversed().flatMap((status) => {
    const its = byStatus.get(status);
    return its === undefined ? [] : [{ status, at: amounts(its.map(({ start, end }) => [start, end]), scale) }];
  });
  const base = new Float64Array(Math.ceil(scale.width) + 1);
  const peak = base.map((_, column) => layers.reduce((sum, { at }) => sum + at[column]!, 0))
    .reduce((a, b) => Math.max(a, b), 1);
  const y = (amount: number) => top + (AREA_HEIGHT - 2) * (1 - amount / peak);
  const bottom = top + AREA_HEIGHT - 2;
  const parts = [
    `<rect class="wf-lane" x="${scale.left}" y="${top}" width="${scale.width}" height="${AREA_HEIGHT - 2}"/>`,
    svgText(GUTTER - 8, top + 9, "wf-faint wf-small", grouped(Math.round(peak)), "end"),
    svgText(GUTTER - 8, bottom, "wf-faint wf-small", "at a time", "end"),
  ];
  const drawn: string[] = [];
  for (const { status, at } of layers) {
    at.forEach((amount, column) => base[column]! += amount);
    const line = area(base, (column) => y(base[column]!), scale);
    drawn.push(`<path class="wf-${status}" d="M${scale.left} ${bottom}${line}V${bottom}z"/>`);
  }
  return parts.join("") + drawn.toReversed().join(""); // the highest one is behind the others
}

/** A line over all columns; columns in a row that are equally high are one step of it. */
function area(amounts: Float64Array, y: (column: number) => number, { left, width }: Scale): string {
  let line = "";
  let last: number | undefined;
  const columns = Math.ceil(width);
  for (let column = 0; column < columns; column++) {
    const height = round(y(column));
    if (height === last) continue;
    line += `${last === undefined ? "" : `H${round(left + column)}`}V${height}`;
    last = height;
  }
  return amounts.length === 0 ? "" : `${line}H${round(left + width)}`;
}
