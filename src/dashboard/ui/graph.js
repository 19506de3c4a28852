/**
 * The graph: what depends on what, by name or by task, with live statuses.
 */

/** @import { Graph, GraphEdge, GraphNode, Placed, Point, Route, Size, Store } from "./types.d.ts" */
/** What is in view: how large, and where the origin is. @typedef {{ k: number, x: number, y: number }} ViewOf */
/** @import { Palette } from "./canvas.js" */
import { fit, useCanvas, usePalette, usePointer } from "./canvas.js";
import {
  ALONG_BAR,
  COMPLETED,
  count,
  duration,
  FAILED,
  plural,
  RUNNING,
  short,
  shortId,
  SIGNS,
  STATUSES,
} from "./format.js";
import { countsOf, criticalPath, graphOf, MAX_SINGLE } from "./graph_model.js";
import { layOutParts } from "./graph_parts.js";
import { html, useEffect, useMemo, useRef, useState } from "./preact.js";
import { go, hrefOf, setQuery, taskHref } from "./router.js";
import { Button, Empty, StatusBar, StatusMark, TaskId, useInSteps, useSize, useStore } from "./widgets.js";

/** Before it is known how much room there is. */
const NOT_PLACED = { sizes: [], isDown: false, width: 0, height: 0, x: [], y: [], paths: [] };
/** Where there is less room than this, the buttons that zoom get a line of their own; and how high they are. */
const [NARROW, CONTROLS] = [560, 44];
/** @type {number[]} */
const NOTHING = [];
const HEIGHT = { group: 58, task: 34 };

/** @param {{ store: Store, route: Route }} props */
export function Graph({ store, route }) {
  const revision = useStore(store, store.size > 20_000 ? 1_000 : 300);
  const { query } = route;
  const task = query.get("task") === null ? undefined : store.find(query.get("task") ?? "");
  const mode = task !== undefined
    ? "around"
    : query.get("by") ?? (store.size - store.gone <= MAX_SINGLE ? "tasks" : "groups");
  const opened = new Set((query.get("open") ?? "").split("\n").filter((each) => each !== ""));
  const depth = Number(query.get("depth") ?? 2);
  const graph = useMemo(() => graphOf(store, { mode, opened, task, depth }), [
    store.shape,
    mode,
    query.get("open"),
    task,
    depth,
  ]);
  const counts = useMemo(() => countsOf(store, graph), [graph, revision]);
  const isCritical = query.get("critical") !== null;
  const path = useInSteps(store, () => isCritical ? criticalPath(store) : [].values(), [isCritical, graph, revision]);
  const critical = isCritical && path !== undefined ? path : NOTHING;
  const [selected, select] = useState(/** @type {string | undefined} */ (undefined));
  const node = selected === undefined ? undefined : graph.nodes.findIndex(({ name }) => name === selected);
  /** @param {number | undefined} at */
  const onSelect = (at) => select(at === undefined ? undefined : graph.nodes[at].name);
  if (store.size === 0) {
    return html`<${Empty} title="No tasks yet" icon="graph">The graph grows as the program submits tasks.<//>`;
  }
  return html`<div class="toolbar">
      ${
    mode === "around"
      ? html`
        <span class="found">Around <b>${shortId(query.get("task") ?? "")}</b>${graph.isCut
          ? ", the nearest tasks only"
          : ""}</span>
        <select aria-label="Distance" value=${depth} onChange=${({ target }) => setQuery({ depth: target.value })}>
                    ${[1, 2, 3, 5, 9].map((each) =>
                      html`<option key=${each} value=${each}>${plural(each, "step")}</option>`
                    )}</select>
        <a class="button" href=${hrefOf("/graph")}>Whole graph</a>
      `
      : html`<div class="segmented" role="group" aria-label="Nodes">
          ${
        [["groups", "By name"], ["tasks", "Each task"]].map(([value, title]) =>
          html`
            <button key=${value} type="button" aria-pressed=${mode === value} onClick=${() =>
              setQuery({ by: value, open: undefined })}
              disabled=${value === "tasks" && store.size > 3_000} title=${value === "tasks" && store.size > 3_000
                ? "Too many tasks to draw each"
                : undefined}>${title}</button>
          `
        )
      }</div>`
  }
      <${Button} pressed=${isCritical} onClick=${() =>
    setQuery({
      critical: isCritical ? undefined : "1",
    })} title="The chain of tasks that made the run take as long as it did">Critical path<//>
      ${opened.size > 0 && html`<${Button} onClick=${() => setQuery({ open: undefined })}>Close groups<//>`}
      <span class="found">${plural(graph.nodes.length, "node")}${
    isCritical && critical.length > 0
      ? ` · critical path: ${plural(critical.length, "task")}, ${duration(pathTime(store, critical))}`
      : ""
  }</span>
    </div>
    <div class="graph">
      <${Picture} store=${store} graph=${graph} counts=${counts} critical=${critical} node=${node} focus=${task} onSelect=${onSelect} />
      <${Panel} store=${store} graph=${graph} counts=${counts} critical=${critical} node=${node} select=${select} opened=${opened} mode=${mode} />
    </div>`;
}

/** @param {Store} store @param {readonly number[]} path */
function pathTime(store, path) {
  return store.finished[path[path.length - 1]] - store.started[path[0]];
}

/**
 * @param {{ store: Store, graph: Graph, counts: number[][], critical: number[], node: number | undefined,
 *   focus: number | undefined, onSelect: (at: number | undefined) => void }} props
 */
function Picture({ store, graph, counts, critical, node, focus, onSelect }) {
  const colours = usePalette();
  const frame = useRef();
  const size = useSize(frame);
  const placed = useMemo(() => size.width === 0 ? NOT_PLACED : placeNodes(graph, size), [graph, size]);
  const [view, setView] = useState(/** @type {ViewOf | undefined} */ (undefined));
  const [hovered, hover] = useState(/** @type {number | undefined} */ (undefined));
  const moved = useRef(false);
  const onPath = new Set(critical.map((index) => graph.nodeOf[index]).filter((each) => each >= 0));
  const pathEdges = new Set(
    critical.slice(1).map((index, at) => `${graph.nodeOf[critical[at]]} ${graph.nodeOf[index]}`),
  );
  /** @param {CanvasRenderingContext2D} context */
  const draw = (context) => {
    const { x, y, k } = view ?? fitted(placed, size);
    context.translate(x, y);
    context.scale(k, k);
    const isSmall = k < 0.35;
    graph.edges.forEach((edge, at) =>
      drawEdge(context, edge, placed.paths[at], colours, {
        isOn: pathEdges.has(`${edge.from} ${edge.to}`),
        isNear: hovered !== undefined && (edge.from === hovered || edge.to === hovered),
        isDim: pathEdges.size > 0,
        isDown: placed.isDown,
        k,
      })
    );
    const [left, right] = [-x / k, (size.width - x) / k];
    const [top, bottom] = [-y / k, (size.height - y) / k];
    graph.nodes.forEach((each, at) => {
      const { width, height } = placed.sizes[at];
      const [nx, ny] = [placed.x[at], placed.y[at] - height / 2];
      if (nx > right || nx + width < left || ny > bottom || ny + height < top) return;
      context.globalAlpha = onPath.size > 0 && !onPath.has(at) ? 0.4 : 1;
      drawNode(context, {
        node: each,
        counts: counts[at],
        x: nx,
        y: ny,
        width,
        height,
        store,
        colours,
        isSmall,
        isSelected: at === node,
        isHovered: at === hovered,
        isOn: onPath.has(at) || each.tasks[0] === focus && !each.isGroup,
      });
      context.globalAlpha = 1;
    });
  };
  const canvas = useCanvas(draw, size);
  const now = () => view ?? fitted(placed, size);
  useEffect(() => {
    if (!moved.current) setView(undefined);
  }, [placed]);
  /** @param {Point} point */
  const at = ({ x, y }) => {
    const of = now();
    const [gx, gy] = [(x - of.x) / of.k, (y - of.y) / of.k];
    const found = graph.nodes.findIndex((_, index) =>
      gx >= placed.x[index] && gx <= placed.x[index] + placed.sizes[index].width &&
      Math.abs(gy - placed.y[index]) <= placed.sizes[index].height / 2
    );
    return found < 0 ? undefined : found;
  };
  /** @param {Point} point @param {number} factor */
  const zoom = ({ x, y }, factor) => {
    moved.current = true;
    const of = now();
    const k = Math.min(3, Math.max(0.03, of.k * factor));
    setView({ k, x: x - ((x - of.x) * k) / of.k, y: y - ((y - of.y) * k) / of.k });
  };
  usePointer(canvas, {
    onMove: (dx, dy) => {
      moved.current = true;
      const of = now();
      setView({ ...of, x: of.x + dx, y: of.y + dy });
    },
    onZoom: zoom,
    onHover: (point) => hover(at(point)),
    onClick: (point) => onSelect(at(point)),
  });
  const middle = { x: size.width / 2, y: size.height / 2 };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    /** @type {Readonly<Record<string, number[]>>} */
    const steps = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      moved.current = true;
      const of = now();
      setView({ ...of, x: of.x + step[0], y: of.y + step[1] });
    } else if (event.key === "+" || event.key === "=") zoom(middle, 1.25);
    else if (event.key === "-") zoom(middle, 0.8);
    else if (event.key === "0") setView(undefined);
  };
  return html`
    <div class="picture" ref=${frame}>
      <canvas ref=${canvas} tabindex="0" role="img" onKeyDown=${onKeyDown} class=${hovered === undefined
        ? ""
        : "pointing"}
        aria-label=${`Graph of ${plural(graph.nodes.length, "node")} and ${
          plural(graph.edges.length, "edge")
        }; the list beside it has the same`}></canvas>
      <div class="zoom">
        <${Button} icon="zoomIn" kind="quiet" title="Zoom in (+)" onClick=${() => zoom(middle, 1.3)} />
        <${Button} icon="zoomOut" kind="quiet" title="Zoom out (−)" onClick=${() => zoom(middle, 0.77)} />
        <${Button}
          icon="fit" kind="quiet" title="Show all (0)" onClick=${() => {
            moved.current = false;
            setView(undefined);
          }} />
      </div>
    </div>
  `;
}

/**
 * Lays out a graph from left to right, or downwards if it is larger on the screen then.
 *
 * @param {Graph} graph
 * @param {Size} size
 */
function placeNodes(graph, size) {
  const sizes = graph.nodes.map(({ name, isGroup }) => ({
    width: Math.max(isGroup ? 172 : 110, Math.min(260, (isGroup ? name : shortId(name)).length * 7.4 + 46)),
    height: isGroup ? HEIGHT.group : HEIGHT.task,
  }));
  /** @type {[number, number][]} */
  const edges = graph.edges.map(({ from, to }) => [from, to]);
  const turned = sizes.map(({ width, height }) => ({ width: height, height: width }));
  const across = layOutParts(sizes, edges, { layerGap: 56, nodeGap: 14 }, size);
  const down = layOutParts(turned, edges, { layerGap: 40, nodeGap: 18 }, {
    width: size.height,
    height: size.width,
  });
  const stood = { ...down, width: down.height, height: down.width };
  if (fitted(stood, size).k <= fitted(across, size).k * 1.15) return { sizes, isDown: false, ...across };
  return {
    ...stood,
    sizes,
    isDown: true,
    x: down.y.map((middle, node) => middle - sizes[node].width / 2),
    y: down.x.map((top, node) => top + sizes[node].height / 2),
  };
}

/** @param {{ width: number, height: number }} props @param {Size} size */
function fitted({ width, height }, size) {
  const room = size.height - (size.width < NARROW ? CONTROLS : 0);
  const k = Math.min(1.15, (size.width - 48) / Math.max(1, width), (room - 48) / Math.max(1, height));
  return { k, x: (size.width - width * k) / 2, y: (room - height * k) / 2 };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {GraphEdge} edge
 * @param {readonly number[]} path
 * @param {Palette} colours
 * @param {{ isOn: boolean, isNear: boolean, isDim: boolean, isDown: boolean, k: number }} how
 */
function drawEdge(context, { kind, count: n }, path, colours, { isOn, isNear, isDim, isDown, k }) {
  /** @param {number} along @param {number} across */
  const moveTo = (along, across) => isDown ? context.moveTo(across, along) : context.moveTo(along, across);
  /** @param {number} along @param {number} across */
  const lineTo = (along, across) => isDown ? context.lineTo(across, along) : context.lineTo(along, across);
  context.strokeStyle = isOn ? colours.accent : isNear ? colours.ink : colours.edge;
  context.lineWidth = (isOn ? 2.6 : Math.min(4, 1 + Math.log10(n) * 0.8)) / Math.min(1, Math.max(0.4, k));
  context.globalAlpha = isDim && !isOn ? 0.3 : 1;
  context.setLineDash(kind === 1 ? [5, 4] : []);
  context.beginPath();
  moveTo(path[0], path[1]);
  let [lastX, lastY] = path;
  for (let at = 2; at < path.length; at += 2) {
    const end = at === path.length - 2 ? path[at] - 5 : path[at];
    const y = path[at + 1];
    const bend = end > lastX ? (end - lastX) / 2 : 50;
    if (isDown) context.bezierCurveTo(lastY, lastX + bend, y, end - bend, y, end);
    else context.bezierCurveTo(lastX + bend, lastY, end - bend, y, end, y);
    [lastX, lastY] = [end, y];
  }
  context.stroke();
  context.setLineDash([]);
  context.fillStyle = context.strokeStyle;
  context.beginPath();
  moveTo(lastX + 5, lastY);
  lineTo(lastX - 4, lastY - 4);
  lineTo(lastX - 4, lastY + 4);
  context.fill();
  context.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{ node: GraphNode, counts: number[], x: number, y: number, width: number, height: number, store: Store, colours: Palette,
 *   isSmall: boolean, isSelected: boolean, isHovered: boolean, isOn: boolean }} what
 */
function drawNode(
  context,
  { node, counts, x, y, width, height, store, colours, isSmall, isSelected, isHovered, isOn },
) {
  const code = overall(counts);
  const colour = colours.status[code];
  if (node.isGroup && !isSmall) box(context, x + 4, y + 4, width, height, colours.panel, colours.line, 1);
  box(
    context,
    x,
    y,
    width,
    height,
    colours.panel,
    isSelected || isOn ? colours.accent : isHovered ? colours.ink : colours.line,
    isSelected || isOn ? 2.2 : 1,
  );
  context.fillStyle = colour;
  context.beginPath();
  context.roundRect(x + 0.5, y + 0.5, isSmall ? width : 5, height - 1, isSmall ? 8 : [8, 0, 0, 8]);
  if (isSmall) context.globalAlpha *= 0.75;
  context.fill();
  if (isSmall) return;
  const inner = width - 40;
  context.textBaseline = "middle";
  context.font = `600 13px ${colours.font}`;
  context.fillText(SIGNS[code], x + 14, y + (node.isGroup ? 17 : height / 2));
  context.fillStyle = colours.ink;
  context.font = `${node.isGroup ? 600 : 500} 13px ${colours.font}`;
  context.fillText(
    fit(context, node.isGroup ? node.name : shortId(node.name), inner),
    x + 31,
    y + (node.isGroup ? 17 : height / 2 + 0.5),
  );
  if (!node.isGroup) {
    const progress = store.progress.get(node.tasks[0]);
    if (code === RUNNING && progress !== undefined) {
      context.fillStyle = colour;
      context.fillRect(x + 6, y + height - 4, (width - 12) * progress, 2.5);
    }
    return;
  }
  const all = node.tasks.length;
  const finished = counts.slice(COMPLETED).reduce((sum, each) => sum + each, 0);
  context.font = `12px ${colours.font}`;
  context.fillStyle = colours.faint;
  const words = `${short(finished)} of ${short(all)}${node.inner > 0 ? " ⟲" : ""}`;
  context.fillText(words, x + 14, y + 35);
  if (counts[FAILED] > 0) {
    context.fillStyle = colours.status[FAILED];
    context.textAlign = "right";
    context.fillText(`✗ ${short(counts[FAILED])}`, x + width - 12, y + 35);
    context.textAlign = "left";
  }
  const bar = width - 26;
  let from = x + 14;
  context.save();
  context.beginPath();
  context.roundRect(from, y + 46, bar, 5, 2.5);
  context.clip();
  context.fillStyle = colours.lane;
  context.fillRect(from, y + 46, bar, 5);
  for (const each of ALONG_BAR) {
    const length = (bar * counts[each]) / all;
    if (length === 0) continue;
    context.fillStyle = colours.status[each];
    context.globalAlpha = each < RUNNING ? 0.45 : 1;
    context.fillRect(from, y + 46, length, 5);
    from += length;
  }
  context.restore();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 * @param {string} fill
 * @param {string} stroke
 * @param {number} line
 */
function box(context, x, y, width, height, fill, stroke, line) {
  context.beginPath();
  context.roundRect(x, y, width, height, 8);
  context.fillStyle = fill;
  context.fill();
  context.strokeStyle = stroke;
  context.lineWidth = line;
  context.stroke();
}

/**
 * The status of a group: what most needs to be seen.
 *
 * @param {number[]} counts
 */
function overall(counts) {
  for (const code of [FAILED, RUNNING, 3]) if (counts[code] > 0) return code;
  const started = counts[COMPLETED] > 0 && counts[0] + counts[1] > 0;
  if (started) return RUNNING;
  return [6, 7, COMPLETED, 1, 0].find((code) => counts[code] > 0) ?? 0;
}

/**
 * @param {{ store: Store, graph: Graph, counts: number[][], critical: number[], node: number | undefined,
 *   select: (name: string | undefined) => void, opened: Set<string>, mode: string }} props
 */
function Panel({ store, graph, counts, critical, node, select, opened, mode }) {
  const chosen = node === undefined || node < 0 ? undefined : graph.nodes[node];
  if (chosen !== undefined) {
    const [index] = chosen.tasks;
    const of = counts[node ?? 0];
    return html`<aside class="panel" aria-label="Selected node">
      <div class="panel-head"><h2 title=${chosen.name}>${
      chosen.isGroup ? chosen.name : shortId(chosen.name)
    }</h2><${Button} icon="cancel" kind="quiet small" title="Close" onClick=${() => select(undefined)} /></div>
      ${
      chosen.isGroup
        ? html`<${StatusBar} counts=${of} label=${chosen.name} />
          <dl class="facts">${
          STATUSES.map((status, code) =>
            of[code] > 0 && html`
              <div key=${status}>
                <dt class=${`s-${status}`}>${SIGNS[code]} ${status}</dt>
                <dd>${count(of[code])}</dd>
              </div>
            `
          )
        }</dl>
          ${chosen.inner > 0 && html`<p class="faint">⟲ ${plural(chosen.inner, "edge")} between tasks of this name</p>`}
          <div class="buttons"><a class="button" href=${hrefOf("/tasks", { name: chosen.group })}>Show its tasks</a>
          <${Button} onClick=${() => setQuery({ open: [...opened, chosen.group].join("\n") })}>Open the group<//></div>`
        : html`<p class=${`s-${STATUSES[store.status[index]]}`}>${SIGNS[store.status[index]]} ${
          STATUSES[store.status[index]]
        }${Number.isNaN(store.runTime(index)) ? "" : `, ${duration(store.runTime(index))}`}</p>
          ${store.label.has(index) && html`<p>${store.label.get(index)}</p>`}${
          store.error.has(index) && html`<p class="failure-error">${store.error.get(index)}</p>`
        }
          <div class="buttons"><a class="button primary" href=${taskHref(store.id(index))}>Open the task</a>
          <${Button} onClick=${() => go(hrefOf("/graph", { task: store.id(index) }))}>What is around it<//></div>`
    }
    </aside>`;
  }
  const onPath = critical.length > 0;
  const list = onPath ? critical : undefined;
  return html`
    <aside class="panel" aria-label=${onPath ? "Critical path" : "Nodes"}>
      <h2>${onPath ? "Critical path" : mode === "groups" ? "By name" : "Tasks"}</h2>
      <ul class="rows">${list === undefined
        ? graph.nodes.slice(0, 200).map((each, at) =>
          html`<li key=${each.name}><button type="button" class="row-button" onClick=${() => select(each.name)}>
        ${!each.isGroup && html`<${StatusMark} code=${store.status[each.tasks[0]]} />`}<span class="row-name">${
            each.isGroup ? each.name : html`<${TaskId} id=${each.name} />`
          }</span>${
            each.isGroup &&
            html`<span class="number faint">${count(each.tasks.length)}</span><${StatusBar} counts=${
              counts[at]
            } label=${each.name} slim=${true} />`
          }</button></li>`
        )
        : list.map((index) =>
          html`<li key=${index}><a href=${taskHref(store.id(index))}><span class=${`s-${
            STATUSES[store.status[index]]
          }`} aria-hidden="true">${SIGNS[store.status[index]]}</span>
        <span class="row-name"><${TaskId} id=${store.id(index)} /></span><span class="number">${
            duration(store.runTime(index))
          }</span></a></li>`
        )}</ul>
    </aside>
  `;
}
