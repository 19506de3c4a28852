/**
 * Draws the timeline.
 */

/** @import { Bars, Lane, LaneGroup, Store } from "./types.d.ts" */
/** @import { Palette } from "./canvas.js" */
/** @typedef {{ from: number, to: number }} Span */
/**
 * What is in view. `offset` is how far lanes are scrolled, `scale` how many pixels a millisecond has.
 *
 * @typedef {{ width: number, height: number, labels: number, lane: number, full: number, from: number, to: number, scale: number,
 *   offset: number, xOf: (at: number) => number, atOf: (x: number) => number }} View
 */
import { fit } from "./canvas.js";
import { FAILED, harmless, RETRYING, shortId, tick, time } from "./format.js";
import { barsOfTask, firstAfter, stepFor } from "./timeline_model.js";

/** How high the axis, and the title of a group of lanes, are. */
export const [AXIS, TITLE] = [30, 22];
/** Bars that are narrower than this have no round corners. */
const NARROW = 6;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {View} of
 * @param {Float64Array} tops
 * @param {{ lanes: readonly Lane[], groups: readonly LaneGroup[], colours: Palette }} props
 */
export function drawLanes(context, of, tops, { lanes, groups, colours }) {
  context.textBaseline = "middle";
  for (const { name: given, first, size } of groups) {
    const name = harmless(given);
    const y = tops[first] - TITLE;
    context.fillStyle = colours.ink;
    context.font = `600 12px ${colours.font}`;
    context.fillText(name, 10, y + TITLE / 2 + 2);
    const nameWidth = context.measureText(name).width;
    context.fillStyle = colours.faint;
    context.font = `12px ${colours.font}`;
    context.fillText(size === 1 ? "1 lane" : `${size} lanes`, 18 + nameWidth, y + TITLE / 2 + 2);
    for (let at = first; at < first + size; at++) {
      if (tops[at] > of.height || tops[at] + of.lane < AXIS) continue;
      context.fillStyle = colours.lane;
      context.fillRect(of.labels, tops[at] + 0.5, of.width - of.labels, Math.max(1, of.lane - 1));
      if (of.labels === 0 || of.lane < 13) continue;
      context.fillStyle = colours.faint;
      context.font = `11px ${colours.font}`;
      context.fillText(
        fit(context, lanes[at].worker || `slot ${at - first + 1}`, of.labels - 24),
        18,
        tops[at] + of.lane / 2,
      );
    }
  }
}

/** @param {CanvasRenderingContext2D} context @param {View} of @param {{ colours: Palette, first: number }} props */
export function drawMarks(context, of, { colours, first }) {
  context.fillStyle = colours.line;
  for (const { x } of marksOf(of, first)) context.fillRect(Math.round(x), AXIS, 1, of.height);
}

/** The times that are marked, and where. @param {View} of @param {number} first Marks count from there. */
function* marksOf(of, first) {
  const step = stepFor(1 / of.scale);
  for (let at = first + Math.ceil((of.from - first) / step) * step; at <= of.to; at += step) {
    const x = of.xOf(at);
    if (x >= of.labels - 1) yield { at, x };
  }
}

/**
 * @typedef {{ model: Bars, colours: Palette, store: Store, chosen: number | undefined, hovered: number | undefined,
 *   hidesWaits: boolean }} Drawn `chosen` is a task, `hovered` a bar.
 */

/**
 * @param {CanvasRenderingContext2D} context
 * @param {View} of
 * @param {Float64Array} tops
 * @param {Drawn} drawn
 */
export function drawBars(context, of, tops, drawn) {
  const { model, colours, chosen, hovered } = drawn;
  context.save();
  context.beginPath();
  context.rect(of.labels, AXIS, of.width - of.labels, of.height - AXIS);
  context.clip();
  context.textBaseline = "middle";
  context.font = `11px ${colours.font}`;
  const seen = [...tops.keys()].filter((lane) => tops[lane] <= of.height && tops[lane] + of.lane >= AXIS);
  const [bars, waits] = [new Strips(of, seen.length), new Strips(of, seen.length)];
  /** @type {number[]} */
  const wide = [];
  seen.forEach((lane, row) => fillRow(of, lane, row, { bars, waits, wide }, drawn));
  markFailed(of, seen, bars, drawn);
  const [pad, height] = insetOf(of);
  if (chosen === undefined) {
    context.globalAlpha = 0.35;
    waits.draw(context, seen.map((lane) => tops[lane] + of.lane - 3), 2);
  }
  context.globalAlpha = chosen === undefined ? 1 : 0.35;
  bars.draw(context, seen.map((lane) => tops[lane] + pad), height);
  for (const bar of wide) drawBar(context, of, bar, tops[model.lane[bar]], drawn);
  context.globalAlpha = 1;
  const marked = chosen === undefined ? [] : [...barsOfTask(model, chosen)];
  if (hovered !== undefined) marked.push(hovered);
  for (const bar of marked) {
    const y = tops[model.lane[bar]];
    if (model.task[bar] === chosen) drawWait(context, of, bar, y, drawn);
    drawBar(context, of, bar, y, drawn);
    const [x, end] = placeOf(of, bar, drawn);
    context.strokeStyle = colours.ink;
    context.lineWidth = 1.5;
    context.strokeRect(x + 0.5, y + pad + 0.5, Math.max(2, end - x - 1), height - 1);
  }
  context.restore();
}

/** How much room there is above a bar, and how high it is. @param {View} of */
function insetOf(of) {
  const height = Math.max(2, of.lane - (of.lane > 10 ? 4 : 1));
  return [(of.lane - height) / 2, height];
}

/** Where a bar begins and ends on the screen. @param {View} of @param {number} bar @param {Drawn} drawn */
function placeOf(of, bar, { model, store }) {
  const end = model.isOpen[bar] === 1 ? Math.max(model.end[bar], store.until) : model.end[bar];
  return [of.xOf(model.start[bar]), of.xOf(end)];
}

/**
 * Bars and waits that are too narrow to have a shape: a row of pixels for each lane, which is as high as a lane when it is
 * drawn. It takes as long as there are pixels, however many bars there are.
 */
class Strips {
  /** @param {View} of @param {number} rows */
  constructor(of, rows) {
    this.left = of.labels;
    this.scale = devicePixelRatio;
    this.width = Math.max(1, Math.round((of.width - of.labels) * this.scale));
    this.image = new ImageData(this.width, Math.max(1, rows));
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  /** @param {number} row @param {number} from @param {number} to @param {number} pixel */
  fill(row, from, to, pixel) {
    const first = Math.max(0, Math.round((from - this.left) * this.scale));
    const last = Math.min(this.width, Math.max(first + 1, Math.round((to - this.left) * this.scale)));
    const start = row * this.width;
    for (let at = first; at < last; at++) this.pixels[start + at] = pixel;
  }

  /** @param {CanvasRenderingContext2D} context @param {readonly number[]} tops @param {number} height */
  draw(context, tops, height) {
    const { image, left, width, scale } = this;
    const canvas = new OffscreenCanvas(image.width, image.height);
    canvas.getContext("2d")?.putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    tops.forEach((top, row) => context.drawImage(canvas, 0, row, width, 1, left, top, width / scale, height));
  }
}

/**
 * Puts the bars of a lane into strips, but those that are wide enough to be drawn one by one. What would lie within a bar that was
 * drawn is passed over.
 *
 * @param {View} of
 * @param {number} lane
 * @param {number} row
 * @param {{ bars: Strips, waits: Strips, wide: number[] }} into
 * @param {Drawn} drawn
 */
function fillRow(of, lane, row, { bars, waits, wide }, drawn) {
  const { model, colours, store: { now } } = drawn;
  const { order, laneStart, start, end, status, wait, attempt, isOpen } = model;
  const widest = of.lane > 10 ? NARROW : Infinity;
  const hasWaits = of.lane > 10 && !drawn.hidesWaits;
  const stop = laneStart[lane + 1];
  const origin = of.labels - of.from * of.scale;
  // What is filled with waits without a gap.
  let [waitFrom, waitTo] = [Infinity, -Infinity];
  // No bar gets an object of its own here: there may be one for each pixel.
  for (let at = firstAfter(model, lane, of.from); at < stop;) {
    const bar = order[at];
    if (start[bar] > of.to) break;
    const x = origin + start[bar] * of.scale;
    const right = origin + (isOpen[bar] === 1 ? Math.max(end[bar], now) : end[bar]) * of.scale;
    if (right - x < widest) {
      bars.fill(row, x, Math.max(x + 1.5, right - (right - x > 4 ? 1 : 0)), colours.pixels[status[bar]]);
    } else wide.push(bar);
    if (hasWaits && start[bar] > wait[bar]) {
      const from = Math.max(of.labels, origin + wait[bar] * of.scale);
      const pixel = attempt[bar] > 0 ? colours.pixels[RETRYING] : colours.faintPixel;
      if (from > waitTo) waitFrom = from;
      else if (from < waitFrom) {
        waits.fill(row, from, waitFrom, pixel);
        waitFrom = from;
      }
      waits.fill(row, Math.max(from, waitTo), x, pixel);
      waitTo = x;
    }
    at++;
    const passed = (right + 0.8 - origin) / of.scale;
    if (at < stop && end[order[at]] < passed) at = firstAfter(model, lane, passed, at);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {View} of
 * @param {number} bar
 * @param {number} y
 * @param {Drawn} drawn
 */
function drawBar(context, of, bar, y, drawn) {
  const { model, colours, store } = drawn;
  const [pad, height] = insetOf(of);
  const [x, end] = placeOf(of, bar, drawn);
  const width = Math.max(1.5, end - x - (end - x > 4 ? 1 : 0));
  context.fillStyle = colours.status[model.status[bar]];
  if (width > 5 && height > 6) {
    context.beginPath();
    context.roundRect(x, y + pad, width, height, 3);
    context.fill();
  } else context.fillRect(x, y + pad, width, height);
  const left = Math.max(x, of.labels) + 6;
  const room = x + width - left;
  if (width <= 46 || height < 13 || room <= 30) return;
  const task = model.task[bar];
  const label = store.label.get(task);
  const name = shortId(store.id(task));
  context.fillStyle = colours.panel;
  context.fillText(fit(context, label === undefined ? name : `${name} · ${label}`, room - 6), left, y + of.lane / 2);
}

/**
 * How long a bar has waited: a line before it.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {View} of
 * @param {number} bar
 * @param {number} y
 * @param {Drawn} drawn
 */
function drawWait(context, of, bar, y, { model, colours, hidesWaits }) {
  const { start, wait, attempt } = model;
  if (hidesWaits || !(start[bar] > wait[bar]) || of.lane <= 10) return;
  const from = Math.max(of.labels, of.xOf(wait[bar]));
  context.fillStyle = attempt[bar] > 0 ? colours.status[RETRYING] : colours.faint;
  context.fillRect(from, y + of.lane - 3, of.xOf(start[bar]) - from, 2);
}

/**
 * What failed is seen, also where bars lie so close that it was passed over.
 *
 * @param {View} of
 * @param {readonly number[]} seen The lanes of the rows.
 * @param {Strips} bars
 * @param {Drawn} drawn
 */
function markFailed(of, seen, bars, drawn) {
  const { model, colours } = drawn;
  const rows = new Map(seen.map((lane, row) => [lane, row]));
  const lastX = new Float64Array(seen.length).fill(-1);
  for (const bar of model.failed) {
    if (model.end[bar] < of.from || model.start[bar] > of.to) continue;
    const row = rows.get(model.lane[bar]);
    const [x, end] = placeOf(of, bar, drawn);
    if (row === undefined || end - x >= NARROW || end - lastX[row] < 0.6) continue;
    lastX[row] = end;
    bars.fill(row, x, Math.max(x + 2, end), colours.pixels[FAILED]);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {View} of
 * @param {{ colours: Palette, first: number, range: Span | undefined, epoch: number }} props
 */
export function drawAxis(context, of, { colours, first, range, epoch }) {
  context.fillStyle = colours.panel;
  context.fillRect(0, 0, of.width, AXIS);
  context.fillStyle = colours.line;
  context.fillRect(0, AXIS - 1, of.width, 1);
  context.font = `11px ${colours.font}`;
  context.textBaseline = "middle";
  for (const { at, x } of marksOf(of, first)) {
    context.fillStyle = colours.line;
    context.fillRect(Math.round(x), AXIS - 7, 1, 7);
    context.fillStyle = colours.faint;
    const words = at - first > 86_400_000 ? time(at + epoch) : tick(at - first);
    if (x + context.measureText(words).width + 6 < of.width) context.fillText(words, x + 5, AXIS / 2);
  }
  if (of.labels > 0) {
    context.fillStyle = colours.faint;
    context.fillText(time(first + epoch), 10, AXIS / 2);
  }
  if (range === undefined) return;
  const [from, to] = [of.xOf(Math.min(range.from, range.to)), of.xOf(Math.max(range.from, range.to))];
  context.fillStyle = colours.accent;
  context.globalAlpha = 0.16;
  context.fillRect(from, AXIS, to - from, of.height);
  context.globalAlpha = 1;
  context.fillRect(from, AXIS, 1, of.height);
  context.fillRect(to, AXIS, 1, of.height);
}
