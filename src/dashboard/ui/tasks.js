/**
 * The list of all tasks. Only the rows in view are in the document, however many there are.
 */

/** @import { Route, Store } from "./types.d.ts" */
import { count, duration, plural, RETRYING, roughly, RUNNING, short, SIGNS, STATUSES, time } from "./format.js";
import { useClock, useInSteps, useSize, useStore } from "./hooks.js";
import { html } from "./html.js";
import { useLayoutEffect, useMemo, useRef, useState } from "./preact.js";
import { go, setQuery, taskHref } from "./router.js";
import { select } from "./selection.js";
import { Empty, Icon, StatusMark, TaskId } from "./widgets.js";

const ROW = 40;
const HEAD = 30;
const EXTRA = 6;
/** Browsers draw no element that is taller. */
const MAX_HEIGHT = 8_000_000;

const SORTS = [
  ["", "Order of submission"],
  ["-seq", "Newest first"],
  ["-start", "Last started first"],
  ["-duration", "Longest first"],
  ["duration", "Shortest first"],
  ["-wait", "Waited the longest"],
  ["-attempts", "Most attempts"],
  ["concern", "What went wrong first"],
];

/** @param {{ store: Store, route: Route }} props */
export function Tasks({ store, route }) {
  const { query } = route;
  const revision = useStore(store, 250, 1_000);
  const selected = useInSteps(store, () => select(store, query), [query.toString(), revision]);
  if (selected === undefined) return html`<${Toolbar} store=${store} query=${query} />`;
  // Until those of another query are known, the ones before stay.
  const { search, found } = selected;
  return html`<${Toolbar} store=${store} query=${query} found=${found.length} />
    ${
    found.length === 0
      ? html`<${Empty} title=${store.size === 0 ? "No tasks yet" : "No task matches"} icon=${
        store.size === 0 ? "tasks" : "search"
      }>
        ${
        store.size === 0
          ? "They show up here as soon as the program submits some."
          : html`<button class="button" onClick=${() => go(location.pathname)}>Clear the filters</button>`
      }<//>`
      : html`<${List} key=${search} store=${store} found=${found} search=${search} />`
  }`;
}

/** @param {{ store: Store, query: URLSearchParams, found?: number }} props */
function Toolbar({ store, query, found = NaN }) {
  const chosen = new Set((query.get("status") ?? "").split(",").filter((each) => each !== ""));
  /** @param {string} status */
  const toggle = (status) => {
    const next = new Set(chosen);
    if (!next.delete(status)) next.add(status);
    setQuery({ status: [...next].join(",") });
  };
  const { names, tags } = useMemo(() => choices(store), [store.kinds]);
  // A service counts all that there were, and keeps the last ones.
  const { all } = store.overall;
  const kept = store.kept;
  const isHiding = query.get("hide") === "completed";
  const isFiltered = ["status", "name", "tag", "q", "hide"].some((each) => query.get(each) !== null);
  return html`<div class="toolbar" role="search">
    <label class="search"><${Icon} name="search" /><span class="sr">Find tasks</span>
      <input type="search" placeholder="Find by id, label, tag or error" value=${query.get("q") ?? ""}
        onInput=${({ target }) => setQuery({ q: target.value })} onKeyDown=${(event) => {
    if (event.key === "ArrowDown" || event.key === "Enter") {
      /** @type {HTMLElement | null} */ (document.querySelector(".list"))?.focus();
    }
    if (event.key === "Escape") event.target.blur();
  }} />
    </label>
    <select aria-label="Name" value=${query.get("name") ?? ""} onChange=${({ target }) =>
    setQuery({ name: target.value })}>
      <option value="">All names</option>${
    names.map((name) => html`<option key=${name} value=${name}>${name}</option>`)
  }
    </select>
    ${
    tags.length > 0 && html`<select aria-label="Tag" value=${query.get("tag") ?? ""} onChange=${({ target }) =>
      setQuery({ tag: target.value })}>
      <option value="">All tags</option>${
      tags.map((tag) => html`<option key=${tag} value=${tag}>${tag}</option>`)
    }
    </select>`
  }
    <select aria-label="Order" value=${query.get("sort") ?? ""} onChange=${({ target }) =>
    setQuery({ sort: target.value })}>
      ${SORTS.map(([value, title]) => html`<option key=${value} value=${value}>${title}</option>`)}
    </select>
    <div class="chips" role="group" aria-label="Status">
      ${
    STATUSES.map((status, code) =>
      (store.counts[code] > 0 || chosen.has(status)) &&
      html`<button key=${status} type="button" class=${`chip s-${status}`} aria-pressed=${
        chosen.has(status)
      } onClick=${() => toggle(status)}>
          <span aria-hidden="true">${SIGNS[code]}</span> ${status} <b>${short(store.counts[code])}</b></button>`
    )
  }
      <button type="button" class="chip" aria-pressed=${isHiding} onClick=${() =>
    setQuery({ hide: isHiding ? undefined : "completed" })}>Hide completed</button>
    <span class="found" role="status">${
    Number.isNaN(found) ? "" : isFiltered ? `${count(found)} of ${plural(store.kept, "task")}` : plural(found, "task")
  }${all > kept && html`<span class="wide">, of ${count(all)} in all</span>`}
      ${
    isFiltered && html`
      ${" · "}<button type="button" class="link" onClick=${() => go(location.pathname)}>clear</button>
    `
  }</span>
    </div>
  </div>`;
}

/** @param {Store} store */
function choices({ uses, strings }) {
  /** @param {Map<number, number>} of */
  const words = (of) => [...of.keys()].map((index) => strings[index]).sort();
  return { names: words(uses.name), tags: words(uses.tag) };
}

/** @param {{ store: Store, found: Int32Array, search: string }} props */
function List({ store, found, search }) {
  const element = useRef();
  const { height } = useSize(element);
  const key = `list ${search}`;
  const [top, setTop] = useState(0);
  const [selected, setSelected] = useState(-1);
  const second = useClock(store.counts[RUNNING] > 0, 1_000);
  useLayoutEffect(() => {
    element.current.scrollTop = Number(sessionStorage.getItem(key) ?? 0);
    const view = element.current;
    return () => sessionStorage.setItem(key, String(view.scrollTop));
  }, []);
  const full = found.length * ROW;
  const scale = Math.min(1, MAX_HEIGHT / full);
  const first = Math.max(0, Math.floor(top / scale / ROW) - EXTRA);
  const last = Math.min(found.length, first + Math.ceil(height / ROW) + 2 * EXTRA);
  const offset = first * ROW - (top / scale - top);
  /** @param {number} place */
  const show = (place) => {
    const at = Math.max(0, Math.min(found.length - 1, place));
    setSelected(at);
    const view = element.current;
    const [start, end] = [at * ROW * scale, (at + 1) * ROW * scale];
    if (start < view.scrollTop) view.scrollTop = start;
    else if (end > view.scrollTop + view.clientHeight - HEAD) view.scrollTop = end - view.clientHeight + HEAD;
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    const page = Math.max(1, Math.floor(height / ROW) - 1);
    /** @type {Readonly<Record<string, number>>} */
    const moves = {
      ArrowDown: 1,
      j: 1,
      ArrowUp: -1,
      k: -1,
      PageDown: page,
      PageUp: -page,
      Home: -Infinity,
      End: Infinity,
    };
    const move = moves[event.key];
    if (move !== undefined) {
      event.preventDefault();
      show(move === -Infinity ? 0 : move === Infinity ? found.length - 1 : selected + move);
    } else if (event.key === "Enter" && found[selected] !== undefined) go(taskHref(store.id(found[selected])));
  };
  // A row that is the same object as before is not looked at again: most of them, while one scrolls.
  const known = useMemo(() => new Map(), [found, second, selected]);
  const rows = [];
  for (let place = first; place < last; place++) {
    if (!known.has(place)) {
      known.set(
        place,
        html`<${Row} key=${place} store=${store} index=${found[place]} place=${place} isSelected=${
          place === selected
        } />`,
      );
    }
    rows.push(known.get(place));
  }
  return html`
    <div ref=${element} class="list" role="listbox" tabindex="0" aria-label="Tasks" aria-activedescendant=${selected >=
        0
      ? `task-${selected}`
      : undefined}
      onKeyDown=${onKeyDown} onScroll=${({ target }) => setTop(target.scrollTop)}>
      <div class="list-head"
        aria-hidden="true"><span></span><span>Task</span><span class="c-start">Started</span><span class="c-wait number">Waited</span><span class="number c-duration">Duration</span></div>
      <div class="list-space" style=${{ height: `${full * scale}px` }}>
        <div class="list-rows" style=${{ transform: `translateY(${offset}px)` }}>${rows}</div>
      </div>
    </div>
  `;
}

/** @param {{ store: Store, index: number, place: number, isSelected: boolean }} props */
function Row({ store, index, place, isSelected }) {
  const code = store.status[index];
  const id = store.id(index);
  const label = store.label.get(index);
  const error = store.error.get(index);
  const progress = store.progress.get(index);
  const retry = code === RETRYING ? store.retry.get(index) : undefined;
  const note = code === RUNNING ? store.message.get(index) ?? label : error ?? label;
  return html`
    <a class="row" id=${`task-${place}`} role="option" aria-selected=${isSelected} tabindex="-1" href=${taskHref(id)}>
      <${StatusMark} code=${code} />
      <span
        class="row-main"><span class="row-id"><${TaskId} id=${id} /></span>${store.attempts[index] > 1 &&
          html`<span class="tag">attempt ${store.attempts[index]}</span>`}${store.reused.has(index) &&
          html`<span class="tag">reused</span>`}${store.tags.get(index)?.map((tag) =>
            html`<span class="tag" key=${tag}>${store.strings[tag]}</span>`
          )}<span
          class=${error === undefined ? "row-note" : `row-note s-${STATUSES[code]}`}>${note ?? ""}</span></span>
      <span class="c-start faint">${Number.isNaN(store.started[index])
        ? ""
        : time(store.started[index] + store.epoch)}</span>
      <span class="c-wait number faint">${duration(store.waitTime(index))}</span>
      <span class="number c-duration">${progress === undefined
        ? retry === undefined ? duration(store.runTime(index)) : `again in ${roughly(Math.max(0, retry - store.now))}`
        : html`<span class="mini" role="img" aria-label=${`${Math.round(progress * 100)} percent`}><span style=${{
          width: `${progress * 100}%`,
        }}></span></span>${duration(store.runTime(index))}`}</span>
    </a>
  `;
}
