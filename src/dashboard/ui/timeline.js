/**
 * The timeline: when what ran, where, and how long it waited.
 */

/** @import { Bars, Live, Point, Route, Store } from "./types.d.ts" */
/** @import { Span, View } from "./timeline_draw.js" */
import { useCanvas, usePalette, usePointer } from "./canvas.js";
import { duration, plural, READY, RETRYING, RUNNING, shortId, STATUSES, time } from "./format.js";
import { useInSteps, useSize, useStore } from "./hooks.js";
import { html } from "./html.js";
import { useEffect, useRef, useState } from "./preact.js";
import { setQuery, taskHref } from "./router.js";
import { AXIS, drawAxis, drawBars, drawLanes, drawMarks, TITLE } from "./timeline_draw.js";
import { barAt, barOf, barsOf, barsOfTask, summaryOf } from "./timeline_model.js";
import { Button, Empty } from "./widgets.js";

const MIN_LANE = 7;
const MAX_LANE = 26;
const LABELS = 108;

/** @param {{ store: Store, live: Live, route: Route }} props */
export function Timeline({ store, live, route }) {
  const revision = useStore(store, 300, 1_500);
  const model = useInSteps(store, () => barsOf(store), [revision]);
  const isWorking = live.state === "live" && store.counts[RUNNING] + store.counts[RETRYING] + store.counts[READY] > 0;
  const chosen = route.query.get("task") === null ? undefined : store.find(route.query.get("task") ?? "");
  const hidesWaits = route.query.get("waits") === "no";
  const [range, setRange] = useState(/** @type {Span | undefined} */ (undefined));
  const [shown, setShown] = useState(/** @type {Span | undefined} */ (undefined));
  const [hovered, hover] = useState(/** @type {number | undefined} */ (undefined));
  useEffect(() => {
    if (chosen === undefined || model === undefined) return;
    const own = barsOfTask(model, chosen);
    if (own.length === 0) return;
    const [from, to] = [model.start[own[0]], model.end[own[own.length - 1]]];
    const margin = Math.max(20, (to - from) * 1.5);
    setShown({ from: Math.max(model.first, from - margin), to: Math.min(model.last, to + margin) });
  }, [chosen, model === undefined]);
  if (model === undefined) {
    return html`
      <${Empty} title="Drawing …" icon="timeline">
        <//>
    `;
  }
  if (model.size === 0) {
    return html`<${Empty} title="Nothing has run yet" icon="timeline">Each attempt becomes a bar here, in the lane of its worker.<//>`;
  }
  const shownBar = hovered !== undefined && hovered < model.size
    ? hovered
    : chosen === undefined
    ? undefined
    : barsOfTask(model, chosen).at(-1);
  const bar = shownBar === undefined ? undefined : barOf(model, shownBar);
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
          <span class="found">${plural(model.size, "attempt")} in ${duration(total)} · ${plural(
            model.lanes.length,
            "lane",
          )}<span class="wide faint"> · Shift + drag selects a range</span></span>
        </div>
        <${Lanes} store=${store} model=${model} shown=${shown} setShown=${setShown} range=${range} setRange=${setRange} chosen=${chosen} hover=${hover}
          hovered=${hovered} hidesWaits=${hidesWaits} isWorking=${isWorking} />
        <div class="strip" aria-live="off">${bar === undefined
          ? html`<span class="faint">Choose a bar to see what it is.</span>`
          : html`<span class=${`s-${STATUSES[bar.status]}`}>■</span> <b title=${store.id(bar.task)}>${
            shortId(store.id(bar.task))
          }</b> <span class="faint">${store.label.get(bar.task) ?? ""}</span>
        <span>${STATUSES[bar.status]}, ${duration(bar.end - bar.start)}${
            bar.start - bar.wait > 0 ? `, waited ${duration(bar.start - bar.wait)}` : ""
          }</span>
        <span class="faint">${time(bar.start + store.epoch)}</span><a href=${
            taskHref(store.id(bar.task))
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
 *   hover: (bar: number | undefined) => void, hovered: number | undefined, hidesWaits: boolean, isWorking: boolean }} props
 */
function Lanes({ store, model, shown, setShown, range, setRange, chosen, hover, hovered, hidesWaits, isWorking }) {
  const colours = usePalette();
  const [top, setTop] = useState(0);
  const { size: many, lanes, groups, first, last } = model;
  const frame = useRef();
  const size = useSize(frame);
  /** @returns {View} */
  const view = () => {
    const { width, height } = size;
    const labels = width < 560 ? 0 : LABELS;
    const room = height - AXIS - groups.length * TITLE;
    const lane = Math.max(MIN_LANE, Math.min(MAX_LANE, room / Math.max(1, lanes.length)));
    const full = AXIS + groups.length * TITLE + lanes.length * lane;
    const { from, to } = shown ?? { from: first, to: isWorking ? Math.max(last, store.until) : last };
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
    drawBars(context, of, tops, { model, colours, store, chosen, hovered, hidesWaits });
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
    return barAt(model, lane, of.atOf(x - 2), of.atOf(x + 2));
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
      setQuery({ task: bar === undefined ? undefined : store.id(model.task[bar]) });
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
        aria-label=${`Timeline of ${plural(many, "attempt")} in ${
          plural(lanes.length, "lane")
        }; the list of tasks has the same times`}></canvas>
    </div>
  `;
}
