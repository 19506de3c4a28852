/**
 * The graph: what depends on what, by name or by task, with live statuses.
 */

/** @import { Counted, Graph, Placed, Point, Route, Size, Store } from "./types.d.ts" */
/** What is in view: how large, and where the origin is. @typedef {{ k: number, x: number, y: number }} ViewOf */
import { useCanvas, usePalette, usePointer } from "./canvas.js";
import { count, duration, plural, shortId, SIGNS, STATUSES } from "./format.js";
import { drawEdge, drawNode } from "./graph_draw.js";
import { countsOf, criticalPath, graphOf, MAX_SINGLE } from "./graph_model.js";
import { fitted } from "./graph_parts.js";
import { useInSteps, useSize, useStore } from "./hooks.js";
import { html } from "./html.js";
import { useEffect, useMemo, useRef, useState } from "./preact.js";
import { go, hrefOf, setQuery, taskHref } from "./router.js";
import { Button, Empty, StatusBar, StatusMark, TaskId } from "./widgets.js";

/** With more nodes, a picture shows nothing that can be read. */
const MAX_NODES = 3_000;
/** How many steps from a task are drawn, as the user chooses. */
const DEPTHS = [1, 2, 3, 5, 9];
/** How many nodes are listed beside the picture. */
const MAX_LISTED = 100;
/** @type {number[]} */
const NOTHING = [];
/** @type {Graph} */
const EMPTY = { nodes: [], edges: [], nodeOf: new Int32Array(0), isCut: false };
/** @type {Counted & { placed: Placed }} */
const NOT_DRAWN = {
  graph: EMPTY,
  counts: [],
  placed: { sizes: [], isDown: false, width: 0, height: 0, x: [], y: [], paths: [] },
};
const HEIGHT = { group: 58, task: 34 };

/**
 * A graph with how many tasks of each node have each status: both are of the same moment.
 *
 * @param {Store} store
 * @param {Graph} graph
 * @returns {Generator<undefined, Counted>}
 */
function* counted(store, graph) {
  return { graph, counts: yield* countsOf(store, graph) };
}

/** @param {{ store: Store, route: Route }} props */
export function Graph({ store, route }) {
  const revision = useStore(store, 300, 1_000);
  const { query } = route;
  const task = query.get("task") === null ? undefined : store.find(query.get("task") ?? "");
  const mode = task !== undefined
    ? "around"
    : query.get("by") ?? (store.size - store.gone <= MAX_SINGLE ? "tasks" : "groups");
  const opened = new Set((query.get("open") ?? "").split("\n").filter((each) => each !== ""));
  const depth = DEPTHS.find((each) => String(each) === query.get("depth")) ?? 2;
  const made = useInSteps(store, () => graphOf(store, { mode, opened, task, depth }), [
    store.shape,
    mode,
    query.get("open"),
    task,
    depth,
  ]);
  const known = useInSteps(store, () => made === undefined ? [].values() : counted(store, made), [made, revision]);
  const isCritical = query.get("critical") !== null;
  const path = useInSteps(store, () => isCritical ? criticalPath(store) : [].values(), [isCritical, made, revision]);
  const critical = isCritical && path !== undefined ? path : NOTHING;
  const [selected, select] = useState(/** @type {string | undefined} */ (undefined));
  if (store.size === 0) {
    return html`<${Empty} title="No tasks yet" icon="graph">The graph grows as the program submits tasks.<//>`;
  }
  const { graph, counts } = known ?? NOT_DRAWN;
  const node = selected === undefined ? undefined : graph.nodes.findIndex(({ name }) => name === selected);
  return html`<div class="toolbar">
      ${
    mode === "around"
      ? html`
        <span class="found">Around <b>${shortId(query.get("task") ?? "")}</b>${graph.isCut
          ? ", the nearest tasks only"
          : ""}</span>
        <select aria-label="Distance" value=${depth} onChange=${({ target }) => setQuery({ depth: target.value })}>
                    ${DEPTHS.map((each) =>
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
              disabled=${value === "tasks" &&
                store.size - store.gone > MAX_NODES} title=${value === "tasks" && store.size - store.gone > MAX_NODES
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
      ${
    graph.nodes.length > MAX_NODES
      ? html`
        <${Empty} title="Too many nodes to draw"
          icon="graph">There are ${count(
            graph.nodes.length,
          )}. Open a task and choose “In the graph” to see what is around it.<//>
      `
      : html`
        <${Picture} store=${store} known=${known} critical=${critical} selected=${selected} focus=${task}
          select=${select} />
      `
  }
      <${Panel} store=${store} graph=${graph} counts=${counts} critical=${critical} node=${node} select=${select} opened=${opened} mode=${mode} />
    </div>`;
}

/** @param {Store} store @param {readonly number[]} path */
function pathTime(store, path) {
  return store.finished[path[path.length - 1]] - store.started[path[0]];
}

/**
 * Where the nodes of a graph go: `undefined` before that is known, then that of the last graph of which it is.
 *
 * @param {Graph | undefined} graph
 * @param {Size} room
 */
function usePlaced(graph, room) {
  const [placed, setPlaced] = useState(/** @type {{ graph: Graph, placed: Placed } | undefined} */ (undefined));
  const state = useRef({ ask: () => {}, isBusy: false, isStale: false }).current;
  const latest = useRef({ graph, room });
  latest.current = { graph, room };
  useEffect(() => {
    const worker = new Worker(new URL("./graph_worker.js", import.meta.url), { type: "module" });
    state.ask = () => {
      const { graph, room } = latest.current;
      if (graph === undefined || room.width === 0) return;
      Object.assign(state, { isBusy: true, isStale: false });
      worker.onmessage = ({ data }) => {
        state.isBusy = false;
        setPlaced({ graph, placed: data });
        if (state.isStale) state.ask();
      };
      worker.postMessage({ sizes: sizesOf(graph), edges: graph.edges.map(({ from, to }) => [from, to]), room });
    };
    return () => worker.terminate();
  }, []);
  useEffect(() => {
    if (state.isBusy) state.isStale = true;
    else state.ask();
  }, [graph, room]);
  return placed;
}

/** How large the nodes of a graph are. @param {Graph} graph */
function sizesOf(graph) {
  return graph.nodes.map(({ name, isGroup }) => ({
    width: Math.max(isGroup ? 172 : 110, Math.min(260, (isGroup ? name : shortId(name)).length * 8 + 46)),
    height: isGroup ? HEIGHT.group : HEIGHT.task,
  }));
}

/**
 * @param {{ store: Store, known: Counted | undefined, critical: number[], selected: string | undefined,
 *   focus: number | undefined, select: (name: string | undefined) => void }} props
 */
function Picture({ store, known, critical, selected, focus, select }) {
  const colours = usePalette();
  const frame = useRef();
  const size = useSize(frame);
  const latest = usePlaced(known?.graph, size);
  const drawn = useRef(NOT_DRAWN);
  // What is drawn together belongs together: a picture stays until all of the next one is known.
  if (known !== undefined && latest?.graph === known.graph) drawn.current = { ...known, placed: latest.placed };
  const { graph, counts, placed } = drawn.current;
  const [view, setView] = useState(/** @type {ViewOf | undefined} */ (undefined));
  const [hovered, hover] = useState(/** @type {number | undefined} */ (undefined));
  const moved = useRef(false);
  const { onPath, pathEdges } = useMemo(() => {
    const nodes = critical.map((index) => graph.nodeOf[index] ?? -1);
    return {
      onPath: new Set(nodes.filter((node) => node >= 0)),
      pathEdges: new Set(nodes.slice(1).map((node, at) => nodes[at] * graph.nodes.length + node)),
    };
  }, [critical, graph]);
  /** @param {CanvasRenderingContext2D} context */
  const draw = (context) => {
    const { x, y, k } = view ?? fitted(placed, size);
    context.translate(x, y);
    context.scale(k, k);
    const isSmall = k < 0.35;
    graph.edges.forEach((edge, at) =>
      drawEdge(context, edge, placed.paths[at], colours, {
        isOn: pathEdges.has(edge.from * graph.nodes.length + edge.to),
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
        isSelected: each.name === selected,
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
    onClick: (point) => {
      const found = at(point);
      select(found === undefined ? undefined : graph.nodes[found].name);
    },
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
 * @param {{ store: Store, graph: Graph, counts: readonly number[][], critical: number[], node: number | undefined,
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
  const list = onPath ? critical.slice(0, MAX_LISTED) : undefined;
  const rest = (onPath ? critical : graph.nodes).length - MAX_LISTED;
  return html`
    <aside class="panel" aria-label=${onPath ? "Critical path" : "Nodes"}>
      <h2>${onPath ? "Critical path" : mode === "groups" ? "By name" : "Tasks"}</h2>
      <ul class="rows">${list === undefined
        ? graph.nodes.slice(0, MAX_LISTED).map((each, at) =>
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
      ${rest > 0 && html`<p class="faint">and ${count(rest)} more</p>`}
    </aside>
  `;
}
