/**
 * The timeline: when what ran, where, and how long it waited.
 */

/** @import { Bar, Bars, Lane, LaneGroup, Live, Point, Route, Store } from "./types.d.ts" */
/** @typedef {{ from: number, to: number }} Span */
/**
 * What is in view. `offset` is how far lanes are scrolled, `scale` how many pixels a millisecond has.
 *
 * @typedef {{ width: number, height: number, labels: number, lane: number, full: number, from: number, to: number, scale: number,
 *   offset: number, xOf: (at: number) => number, atOf: (x: number) => number }} View
 */
/** @import { Palette } from "./canvas.js" */
import { fit, useCanvas, usePalette, usePointer } from "./canvas.js";
import { duration, plural, READY, RETRYING, RUNNING, shortId, STATUSES, tick, time } from "./format.js";
import { html, useEffect, useRef, useState } from "./preact.js";
import { setQuery, taskHref } from "./router.js";
import { barsOf, stepFor, summaryOf } from "./timeline_model.js";
import { Button, Empty, useInSteps, useSize, useStore } from "./widgets.js";

const AXIS = 30;
const TITLE = 22;
const MIN_LANE = 7;
const MAX_LANE = 26;
const LABELS = 108;

/** @param {{ store: Store, live: Live, route: Route }} props */
export function Timeline({ store, live, route }) {
  const isLarge = store.size > 20_000;
  const revision = useStore(store, isLarge ? 1_500 : 300);
  const model = useInSteps(store, () => barsOf(store), [revision]);
  const isWorking = live.state === "live" && store.counts[RUNNING] + store.counts[RETRYING] + store.counts[READY] > 0;
  const chosen = route.query.get("task") === null ? undefined : store.find(route.query.get("task") ?? "");
  const hidesWaits = route.query.get("waits") === "no";
  const [range, setRange] = useState(/** @type {Span | undefined} */ (undefined));
  const [shown, setShown] = useState(/** @type {Span | undefined} */ (undefined));
  const [hovered, hover] = useState(/** @type {Bar | undefined} */ (undefined));
  useEffect(() => {
    if (chosen === undefined || model === undefined) return;
    const own = model.bars.filter(({ index }) => index === chosen);
    if (own.length === 0) return;
    const [from, to] = [own[0].start, own[own.length - 1].end];
    const margin = Math.max(20, (to - from) * 1.5);
    setShown({ from: Math.max(model.first, from - margin), to: Math.min(model.last, to + margin) });
  }, [chosen, model === undefined]);
  if (model === undefined) {
    return html`
      <${Empty} title="Drawing …" icon="timeline">
        <//>
    `;
  }
  if (model.bars.length === 0) {
    return html`<${Empty} title="Nothing has run yet" icon="timeline">Each attempt becomes a bar here, in the lane of its worker.<//>`;
  }
  const bar = hovered ?? model.bars.findLast(({ index }) => index === chosen);
  const total = model.last - model.first;
  return html`
    <div class="toolbar">
      <${Button} onClick=${() => setShown(undefined)} icon="fit" disabled=${shown === undefined}>Show all<//>
          <${Button} pressed=${!hidesWaits} onClick=${() =>
            setQuery({ waits: hidesWaits ? undefined : "no" })}>Waits<//>
          ${range !== undefined && html`<${Range} model=${model} range=${range} onZoom=${() => {
            setShown({ from: Math.min(range.from, range.to), to: Math.max(range.from, range.to) });
            setRange(undefined);
          }} onClear=${() => setRange(undefined)} />`}
          <span class="found">${plural(model.bars.length, "attempt")} in ${duration(total)} · ${plural(
            model.lanes.length,
            "lane",
          )}<span class="wide faint"> · Shift + drag selects a range</span></span>
        </div>
        <${Lanes} store=${store} model=${model} shown=${shown} setShown=${setShown} range=${range} setRange=${setRange} chosen=${chosen} hover=${hover}
          hovered=${hovered} hidesWaits=${hidesWaits} isWorking=${isWorking} />
        <div class="strip" aria-live="off">${bar === undefined
          ? html`<span class="faint">Choose a bar to see what it is.</span>`
          : html`<span class=${`s-${STATUSES[bar.status]}`}>■</span> <b title=${store.id(bar.index)}>${
            shortId(store.id(bar.index))
          }</b> <span class="faint">${store.label.get(bar.index) ?? ""}</span>
        <span>${STATUSES[bar.status]}, ${duration(bar.end - bar.start)}${
            bar.start - bar.wait > 0 ? `, waited ${duration(bar.start - bar.wait)}` : ""
          }</span>
        <span class="faint">${time(bar.start + store.epoch)}</span><a href=${
            taskHref(store.id(bar.index))
          }>Open the task</a>`}</div>
  `;
}

/** @param {{ model: Bars, range: Span, onZoom: () => void, onClear: () => void }} props */
function Range({ model, range, onZoom, onClear }) {
  const [from, to] = [Math.min(range.from, range.to), Math.max(range.from, range.to)];
  const { tasks, failed, atOnce } = summaryOf(model, from, to);
  return html`<span class="range-words"><b>${duration(to - from)}</b> · ${plural(tasks, "task")}${
    failed > 0 ? `, ${failed} failed` : ""
  } · ${atOnce.toFixed(1)} at a time
    <${Button} kind="small" onClick=${onZoom}>Zoom in<//><${Button} kind="small quiet" icon="cancel" title="Clear the range" onClick=${onClear} /></span>`;
}

/**
 * @param {{ store: Store, model: Bars, shown: Span | undefined, setShown: (span: Span | undefined) => void,
 *   range: Span | undefined, setRange: (span: Span | undefined) => void, chosen: number | undefined,
 *   hover: (bar: Bar | undefined) => void, hovered: Bar | undefined, hidesWaits: boolean, isWorking: boolean }} props
 */
function Lanes({ store, model, shown, setShown, range, setRange, chosen, hover, hovered, hidesWaits, isWorking }) {
  const colours = usePalette();
  const [top, setTop] = useState(0);
  const { bars, lanes, groups, first, last } = model;
  const frame = useRef();
  const size = useSize(frame);
  /** @returns {View} */
  const view = () => {
    const { width, height } = size;
    const labels = width < 560 ? 0 : LABELS;
    const room = height - AXIS - groups.length * TITLE;
    const lane = Math.max(MIN_LANE, Math.min(MAX_LANE, room / Math.max(1, lanes.length)));
    const full = AXIS + groups.length * TITLE + lanes.length * lane;
    const { from, to } = shown ?? { from: first, to: isWorking ? Math.max(last, store.now) : last };
    const scale = (width - labels - 8) / Math.max(0.5, to - from);
    const offset = Math.max(0, Math.min(top, full - height));
    return {
      width,
      height,
      labels,
      lane,
      full,
      from,
      to,
      scale,
      offset,
      xOf: (at) => labels + (at - from) * scale,
      atOf: (x) => from + (x - labels) / scale,
    };
  };
  /** @param {View} of */
  const laneTops = (of) => {
    const tops = new Float64Array(lanes.length);
    let y = AXIS - of.offset;
    for (const group of groups) {
      y += TITLE;
      for (let at = 0; at < group.size; at++, y += of.lane) tops[group.first + at] = y;
    }
    return tops;
  };
  /** @param {CanvasRenderingContext2D} context */
  const draw = (context) => {
    const of = view();
    const tops = laneTops(of);
    drawLanes(context, of, tops, { lanes, groups, colours });
    drawMarks(context, of, { colours, first });
    drawBars(context, of, tops, { bars, colours, store, chosen, hovered, hidesWaits, count: lanes.length });
    drawAxis(context, of, { colours, first, range, epoch: store.epoch });
  };
  const canvas = useCanvas(draw, size);
  useEffect(() => {
    if (!isWorking || shown !== undefined) return;
    const timer = setInterval(() => setTop((each) => each + 1e-9), 500);
    return () => clearInterval(timer);
  }, [isWorking, shown]);
  /** @param {number} from @param {number} to */
  const clamp = (from, to) => {
    const length = Math.max(0.5, Math.min(to - from, (last - first) * 1.2 + 10));
    const start = Math.max(first - length * 0.5, Math.min(from, last - length * 0.5));
    setShown({ from: start, to: start + length });
  };
  /** @param {Point} point */
  const find = ({ x, y }) => {
    const of = view();
    const tops = laneTops(of);
    const lane = tops.findIndex((each) => y >= each && y < each + of.lane);
    if (lane < 0 || y < AXIS) return undefined;
    const [from, to] = [of.atOf(x - 2), of.atOf(x + 2)];
    return bars.findLast((bar) => bar.lane === lane && bar.start <= to && bar.end >= from);
  };
  /** @param {{ x: number }} point @param {number} factor */
  const zoom = ({ x }, factor) => {
    const of = view();
    const at = of.atOf(x);
    clamp(at - (at - of.from) / factor, at + (of.to - at) / factor);
  };
  usePointer(canvas, {
    onMove: (dx, dy) => {
      const of = view();
      if (of.full > of.height) setTop(Math.max(0, of.offset - dy));
      if (shown !== undefined && dx !== 0) clamp(of.from - dx / of.scale, of.to - dx / of.scale);
    },
    onZoom: (at, factor, event) => {
      const of = view();
      if (event?.shiftKey || (event?.deltaX && Math.abs(event.deltaX) > Math.abs(event.deltaY))) {
        return clamp(
          of.from + (event.deltaX || event.deltaY) / of.scale,
          of.to + (event.deltaX || event.deltaY) / of.scale,
        );
      }
      zoom(at, factor);
    },
    onSelect: (start, end) => {
      const of = view();
      setRange({ from: of.atOf(Math.max(of.labels, start.x)), to: of.atOf(Math.max(of.labels, end.x)) });
    },
    onHover: (at) => hover(find(at)),
    onClick: (at) => {
      const bar = find(at);
      setRange(undefined);
      setQuery({ task: bar === undefined ? undefined : store.id(bar.index) });
    },
  });
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    const of = view();
    const step = (of.to - of.from) / 6;
    if (event.key === "ArrowLeft") clamp(of.from - step, of.to - step);
    else if (event.key === "ArrowRight") clamp(of.from + step, of.to + step);
    else if (event.key === "ArrowDown") setTop(of.offset + 60);
    else if (event.key === "ArrowUp") setTop(Math.max(0, of.offset - 60));
    else if (event.key === "+" || event.key === "=") zoom({ x: of.width / 2 }, 1.4);
    else if (event.key === "-") zoom({ x: of.width / 2 }, 0.7);
    else if (event.key === "0") setShown(undefined);
    else return;
    event.preventDefault();
  };
  return html`
    <div class="picture lanes" ref=${frame}>
      <canvas ref=${canvas} tabindex="0" role="img" onKeyDown=${onKeyDown} class=${hovered === undefined
        ? ""
        : "pointing"}
        aria-label=${`Timeline of ${plural(bars.length, "attempt")} in ${
          plural(lanes.length, "lane")
        }; the list of tasks has the same times`}></canvas>
    </div>
  `;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {View} of
 * @param {Float64Array} tops
 * @param {{ lanes: Lane[], groups: LaneGroup[], colours: Palette }} props
 */
function drawLanes(context, of, tops, { lanes, groups, colours }) {
  context.textBaseline = "middle";
  for (const { name, first, size } of groups) {
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
function drawMarks(context, of, { colours, first }) {
  const step = stepFor(1 / of.scale);
  context.fillStyle = colours.line;
  for (let at = first + Math.ceil((of.from - first) / step) * step; at <= of.to; at += step) {
    if (of.xOf(at) >= of.labels - 1) context.fillRect(Math.round(of.xOf(at)), AXIS, 1, of.height);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {View} of
 * @param {Float64Array} tops
 * @param {{ bars: Bar[], colours: Palette, store: Store, chosen: number | undefined, hovered: Bar | undefined,
 *   hidesWaits: boolean, count: number }} props
 */
function drawBars(context, of, tops, { bars, colours, store, chosen, hovered, hidesWaits, count }) {
  context.save();
  context.beginPath();
  context.rect(of.labels, AXIS, of.width - of.labels, of.height - AXIS);
  context.clip();
  const height = Math.max(2, of.lane - (of.lane > 10 ? 4 : 1));
  const pad = (of.lane - height) / 2;
  const lastX = new Float64Array(count).fill(-1);
  context.textBaseline = "middle";
  context.font = `11px ${colours.font}`;
  for (const bar of bars) {
    if (bar.end < of.from || bar.start > of.to) continue;
    const y = tops[bar.lane];
    if (y > of.height || y + of.lane < AXIS) continue;
    const x = of.xOf(bar.start);
    const end = of.xOf(bar.isOpen ? Math.max(bar.end, store.now) : bar.end);
    // Bars that would lie within one that was drawn are left out, unless they failed.
    if (end - lastX[bar.lane] < 0.6 && bar.status !== 5) continue;
    const width = Math.max(1.5, end - x - (end - x > 4 ? 1 : 0));
    if (!hidesWaits && bar.start > bar.wait && of.lane > 10 && (chosen === undefined || chosen === bar.index)) {
      const from = Math.max(of.labels, of.xOf(bar.wait));
      context.fillStyle = bar.attempt > 0 ? colours.status[3] : colours.faint;
      context.globalAlpha = chosen === undefined ? 0.22 : 0.9;
      context.fillRect(from, y + of.lane - 3, x - from, 2);
      context.globalAlpha = 1;
    }
    context.fillStyle = colours.status[bar.status];
    if (chosen !== undefined && bar.index !== chosen) context.globalAlpha = 0.35;
    if (width > 5 && height > 6) {
      context.beginPath();
      context.roundRect(x, y + pad, width, height, 3);
      context.fill();
    } else context.fillRect(x, y + pad, width, height);
    context.globalAlpha = 1;
    if (bar === hovered || bar.index === chosen) {
      context.strokeStyle = colours.ink;
      context.lineWidth = 1.5;
      context.strokeRect(x + 0.5, y + pad + 0.5, Math.max(2, width - 1), height - 1);
    }
    if (width > 46 && height >= 13) {
      context.fillStyle = colours.panel;
      const left = Math.max(x, of.labels) + 6;
      const words = store.label.get(bar.index);
      const name = shortId(store.id(bar.index));
      if (x + width - left > 30) {
        context.fillText(
          fit(context, words === undefined ? name : `${name} · ${words}`, x + width - left - 6),
          left,
          y + of.lane / 2,
        );
      }
    }
    lastX[bar.lane] = Math.max(lastX[bar.lane], end);
  }
  context.restore();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {View} of
 * @param {{ colours: Palette, first: number, range: Span | undefined, epoch: number }} props
 */
function drawAxis(context, of, { colours, first, range, epoch }) {
  context.fillStyle = colours.panel;
  context.fillRect(0, 0, of.width, AXIS);
  context.fillStyle = colours.line;
  context.fillRect(0, AXIS - 1, of.width, 1);
  const step = stepFor(1 / of.scale);
  context.font = `11px ${colours.font}`;
  context.textBaseline = "middle";
  for (let at = first + Math.ceil((of.from - first) / step) * step; at <= of.to; at += step) {
    const x = of.xOf(at);
    if (x < of.labels - 1) continue;
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
