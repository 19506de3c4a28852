/**
 * The frame around all pages.
 */

/** @import { Act, PageProps, Question, Toast } from "./types.d.ts" */
import { count, harmless, percent, rate, roughly, shortId } from "./format.js";
import { Graph } from "./graph.js";
import { History } from "./history.js";
import { useClock, useStore } from "./hooks.js";
import { html } from "./html.js";
import { askOtherTabs, keepToken, Live, readToken, request } from "./live.js";
import { Overview } from "./overview.js";
import { render, useCallback, useEffect, useRef, useState } from "./preact.js";
import { followLinks, go, hrefOf, useRoute } from "./router.js";
import { Schedule } from "./schedule.js";
import { progressOf } from "./statistics.js";
import { Store } from "./store.js";
import { TaskPage } from "./task.js";
import { Tasks } from "./tasks.js";
import { Timeline } from "./timeline.js";
import { Button, Confirm, Empty, Icon, StatusBar, Toasts } from "./widgets.js";

const PAGES = [
  ["overview", "/", "Overview"],
  ["tasks", "/tasks", "Tasks"],
  ["graph", "/graph", "Graph"],
  ["timeline", "/timeline", "Timeline"],
  ["schedule", "/schedule", "Schedule"],
  ["history", "/history", "History"],
];
/** @type {Readonly<Record<string, (props: PageProps) => unknown>>} */
const VIEWS = {
  overview: Overview,
  tasks: Tasks,
  graph: Graph,
  timeline: Timeline,
  schedule: Schedule,
  history: History,
};
const THEMES = ["auto", "light", "dark"];

const store = new Store();
const live = new Live(store);

function useTheme() {
  const [theme, setTheme] = useState(localStorage.getItem("workflowy-theme") ?? "auto");
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem("workflowy-theme", theme);
    dispatchEvent(new Event("themechange"));
  }, [theme]);
  return [theme, () => setTheme(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length])];
}

/** What is done on the program: asked for first, and told about then. */
function useActions() {
  const [asked, setAsked] = useState(/** @type {Question | undefined} */ (undefined));
  const [toasts, setToasts] = useState(/** @type {Toast[]} */ ([]));
  const nextKey = useRef(0);
  const say = useCallback((/** @type {string} */ text, isError = false) => {
    const key = nextKey.current++;
    setToasts((list) => [...list, { key, text, isError }]);
    setTimeout(() => setToasts((list) => list.filter((each) => each.key !== key)), isError ? 8_000 : 4_000);
  }, []);
  const act = useCallback((/** @type {Question} */ question) => setAsked(question), []);
  /** @param {Record<string, string> | undefined} values */
  const onAnswer = async (values) => {
    if (asked === undefined) return;
    const { path, body = {}, done } = asked;
    setAsked(undefined);
    if (values === undefined) return;
    try {
      const address = live.query === "" ? path : `${path}${path.includes("?") ? "&" : "?"}${live.query}`;
      const answer = await request(address, typeof body === "function" ? body(values) : body);
      say(typeof done === "function" ? done(answer) : done);
      dispatchEvent(new Event("acted")); // what asks from time to time asks at once
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), true);
    }
  };
  const dialog = asked && html`<${Confirm} ...${asked} onAnswer=${onAnswer} />`;
  return { act, parts: html`${dialog}<${Toasts} toasts=${toasts} />` };
}

const STATES = {
  connecting: ["Connecting …", "wait"],
  loading: ["Loading …", "wait"],
  waiting: ["No runner yet", "idle"],
  live: ["Live", "on"],
  "at rest": ["Idle", "idle"],
  lost: ["Reconnecting …", "off"],
  refused: ["No access", "off"],
};

function Connection() {
  const [words, kind] = live.state === "lost" && live.hasEnded ? ["Program ended", "off"] : STATES[live.state];
  return html`<span class=${`connection ${kind}`} role="status"><span class="dot" aria-hidden="true"></span>${words}</span>`;
}

/** @param {{ theme: string, nextTheme: () => void, act: Act }} props */
function Header({ theme, nextTheme, act }) {
  const { all, finished, failed } = store.overall;
  const { pools = {} } = store.summary.statistics ?? {};
  const isPaused = Object.values(pools).length > 0 && Object.values(pools).every(({ paused }) => paused);
  const { perSecond, etaMs } = progressOf(store);
  const isBusy = finished < all && perSecond > 0;
  const hasEta = isBusy && Number.isFinite(etaMs) && store.serving === undefined;
  return html`<header class="top">
    <a class="brand" aria-label="Workflowy" href=${hrefOf("/")}><img src=${
    hrefOf("/ui/icon.svg")
  } alt="" width="24" height="24" /><span>Workflowy</span></a>
    ${
    live.sources.length > 1
      ? html`<select class="runner" aria-label="Runner" value=${live.runner} onChange=${({ target }) =>
        live.select(Number(target.value))}>
        ${live.sources.map((title, index) => html`<option key=${index} value=${index}>${title}</option>`)}
      </select>`
      : html`<span class="runner-name">${store.summary.title ?? ""}</span>`
  }
    <div class="top-progress">
      <${StatusBar} counts=${store.totals} label="All tasks" />
      <span class="top-words"><b>${percent(finished, all)}%</b><span class="wide"> ${count(finished)} of ${
    count(all)
  }</span>${
    failed > 0 &&
    html`<a class="top-failed" href=${hrefOf("/tasks", { status: "failed" })}>✗ ${
      count(failed)
    }<span class="wide"> failed</span></a>`
  }${
    isBusy &&
    html`<span class="wide faint">${rate(perSecond)}${hasEta ? ` · about ${roughly(etaMs)} left` : ""}</span>`
  }</span>
    </div>
    <${Connection} />
    ${
    !live.readOnly && html`
      <${Button} icon=${isPaused ? "play" : "pause"} kind="quiet" shortcut="p" title=${isPaused
        ? "Resume all pools"
        : "Pause all pools"}
        onClick=${() =>
          act(
            isPaused
              ? { question: "Resume all pools?", verb: "Resume", path: "/api/unpause", done: "Tasks start again" }
              : {
                question: "Pause all pools?",
                detail: "What runs continues; nothing new starts.",
                verb: "Pause",
                path: "/api/pause",
                done: "Nothing new starts",
              },
          )} />
    `
  }
    <${Button} icon=${
    theme === "auto" ? "auto" : theme === "light" ? "sun" : "moon"
  } kind="quiet" title=${`Colours: ${theme}`} onClick=${nextTheme} />
  </header>`;
}

/** @param {{ page: string }} props */
function Navigation({ page }) {
  return html`<nav class="side" aria-label="Pages">
    ${
    PAGES.map(([name, path, title]) =>
      html`
        <a key=${name} href=${hrefOf(path)}
          aria-current=${page === name ? "page" : undefined}><${Icon} name=${name} /><span>${title}</span></a>
      `
    )
  }
    <span class="side-note">${live.readOnly ? html`<${Icon} name="lock" /> Read only` : "Actions are on"}</span>
  </nav>`;
}

function AskForToken() {
  const [value, setValue] = useState("");
  /** @param {Event} event */
  const use = (event) => {
    event.preventDefault();
    keepToken(/#token=(.+)$/.exec(value.trim())?.[1] ?? value.trim());
    live.reconnect();
  };
  return html`
    <main class="gate">
      <form class="card" onSubmit=${use}>
        <${Icon} name="key" />
        <h1>This dashboard needs its token</h1>
        <p>Open the address that the program has printed: it ends with <code>#token=…</code>. A token is valid for one start of the program,
          unless the program sets one.</p>
        <label
          class="field">Token or address <input value=${value} autocomplete="off" spellcheck=${false} onInput=${(
            { target },
          ) => setValue(target.value)} /></label>
        <button class="button primary" disabled=${value.trim() === ""}>Open</button>
      </form>
    </main>
  `;
}

/** Letters that open pages, after "g"; the search; and the shortcuts of buttons. */
function useKeys() {
  useEffect(() => {
    let isGoing = false;
    /** @param {KeyboardEvent} event */
    const onKey = (event) => {
      if (
        event.ctrlKey || event.metaKey || event.altKey ||
        event.target instanceof Element && event.target.closest("input, select, textarea, dialog")
      ) {
        return;
      }
      const wasGoing = isGoing;
      isGoing = event.key === "g";
      if (wasGoing) {
        const page = PAGES.find(([name]) => name.startsWith(event.key));
        if (page !== undefined) return go(hrefOf(page[1]));
      }
      const button = document.querySelector(`[aria-keyshortcuts="${CSS.escape(event.key)}"]`);
      if (button instanceof HTMLButtonElement) return button.click();
      if (event.key === "/") {
        event.preventDefault();
        /** @returns {HTMLElement | null} */
        const find = () => document.querySelector("input[type=search]");
        if (find() === null) go(hrefOf("/tasks"));
        if (find() === null) setTimeout(() => find()?.focus(), 50);
        else find()?.focus();
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

function App() {
  const route = useRoute();
  const [theme, nextTheme] = useTheme();
  const { act, parts } = useActions();
  useStore(store, 500);
  useClock(live.state === "live", 1_000);
  useKeys();
  const title = PAGES.find(([name]) => name === route.page)?.[2] ?? "Not found";
  useEffect(() => {
    document.title = harmless(
      `${route.page === "tasks" && route.rest !== "" ? shortId(route.rest) : title} · Workflowy`,
    );
    document.querySelector("main")?.scrollTo(0, 0);
  }, [route.page, route.rest]);
  if (live.state === "refused") return html`<${AskForToken} />`;
  const isTask = route.page === "tasks" && route.rest !== "";
  const View = isTask ? TaskPage : VIEWS[route.page];
  const props = { store, live, route, act, readOnly: live.readOnly };
  const isLoading = !store.isComplete && store.size < 2_000;
  return html`<a class="skip" href="#main">Skip to the page</a>
    <${Header} theme=${theme} nextTheme=${nextTheme} act=${act} />
    <${Navigation} page=${route.page} />
    <main id="main" class=${`page page-${isTask ? "task" : route.page}`} tabindex="-1">
      <h1 class="sr">${isTask ? route.rest : title}</h1>
      ${
    store.summary.problem &&
    html`<div class="problem" role="alert"><${Icon} name="alert" /> ${store.summary.problem}</div>`
  }
      ${
    View === undefined
      ? html`<${Empty} title="There is no such page" icon="alert"><a href=${hrefOf("/")}>Go to the overview</a><//>`
      : isLoading
      ? html`<${Empty} title=${live.state === "lost" ? "The program cannot be reached" : "Loading tasks …"}>
            ${live.state === "lost" ? "It may have ended. This page connects again by itself once it can." : ""}<//>`
      : html`<${View} key=${isTask ? route.rest : route.page} ...${props} />`
  }
    </main>
    ${parts}`;
}

const token = readToken() ?? await askOtherTabs();
if (token === undefined) live.state = "refused";
else keepToken(token);
followLinks();
render(html`<${App} />`, document.getElementById("app"));
if (live.state !== "refused") live.start();
