/**
 * All about one task.
 */

/** @import { Act, AttemptView, ErrorView, LineView, Live, Route, Store, TaskView } from "./types.d.ts" */
/** @import { Part } from "./preact.d.ts" */
import {
  codeOf,
  COMPLETED,
  count,
  duration,
  fullTime,
  plural,
  relative,
  RETRYING,
  shortId,
  STATUSES,
  time,
  withTimes,
} from "./format.js";
import { eachEdge } from "./graph_model.js";
import { useClock, useInSteps, useStore } from "./hooks.js";
import { html } from "./html.js";
import { request } from "./live.js";
import { useEffect, useRef, useState } from "./preact.js";
import { go, hrefOf, taskHref } from "./router.js";
import { Button, Card, Empty, FactList, StatusBadge, StatusMark, TaskId, Value } from "./widgets.js";

const MAX_LISTED = 60;
/** @type {{ dependents: number[], children: number[] }} */
const NONE = { dependents: [], children: [] };

/** @param {{ store: Store, live: Live, route: Route, act: Act, readOnly: boolean }} props */
export function TaskPage({ store, live, route, act, readOnly }) {
  const id = route.rest;
  useStore(store, 200);
  const index = store.find(id);
  /**
   * @type {[{ task: TaskView, dropped: number } | undefined, (answer: { task: TaskView, dropped: number }) => void]}
   */
  const [answer, setAnswer] = useState();
  /** @type {[string | undefined, (problem: string | undefined) => void]} */
  const [problem, setProblem] = useState();
  const [lines, setLines] = useState(/** @type {LineView[]} */ ([]));
  const status = index === undefined ? undefined : store.status[index];
  const attempts = index === undefined ? undefined : store.attempts[index];
  useClock(status !== undefined && status < COMPLETED, 500);
  useEffect(() => {
    live.open(id, (more) => setLines((known) => [...known, ...more].slice(-1_000)));
    return () => live.open(undefined);
  }, [id]);
  useEffect(() => {
    let isHere = true;
    request(`/live/task?id=${encodeURIComponent(id)}&${live.query}`).then((given) => {
      if (!isHere) return;
      setAnswer(given);
      setLines(given.lines);
      setProblem(undefined);
    }, (error) => isHere && setProblem(error.message));
    return () => isHere = false;
  }, [id, status, attempts, live.runner, live.state === "live"]);
  useEffect(() => {
    /** @param {KeyboardEvent} event */
    const onKey = (event) => {
      if (event.key === "Escape" && !event.defaultPrevented && document.querySelector("dialog") === null) {
        history.back();
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  if (index === undefined && answer === undefined) {
    return html`<${Empty} title=${problem === undefined ? "Loading …" : `There is no task “${id}”`} icon="search">${
      problem ?? ""
    }
      ${problem !== undefined && html`<p><a href=${hrefOf("/tasks")}>Go to the list of tasks</a></p>`}<//>`;
  }
  const task = answer?.task;
  const code = status ?? codeOf(task?.status ?? "");
  return html`
    <${Head} store=${store} index=${index} task=${task} id=${id} code=${code} act=${act}
      readOnly=${readOnly} />
        ${problem !== undefined &&
          html`<p class="problem" role="alert">${problem}. What is shown comes from the list.</p>`}
        ${task !== undefined && html`<p class=${`why s-${STATUSES[code]}`}>${withTimes(task.why)}</p>`}
        <div class="grid task-grid">
      <div class="column">
            <${Facts} store=${store} index=${index} task=${task} id=${id} />
            ${task !== undefined && html`<${Values} task=${task} />`}
          </div>
      <div class="column">
            ${task !== undefined && html`<${Attempts} task=${task} store=${store} />`}
            ${index !== undefined && html`<${Relations} store=${store} index=${index} />`}
          </div>
      <${Log} lines=${lines} dropped=${answer?.dropped ?? 0} />
    </div>
  `;
}

/**
 * @param {{ store: Store, index: number, task: TaskView, id: string, code: number, act: Act, readOnly: boolean }} props
 */
function Head({ store, index, task, id, code, act, readOnly }) {
  const label = task?.label ?? (index === undefined ? undefined : store.label.get(index));
  const progress = index === undefined ? undefined : store.progress.get(index);
  const path = `/api/tasks/${encodeURIComponent(id)}`;
  return html`<div class="task-head">
    <${Button} icon="back" kind="quiet" title="Back (Esc)" onClick=${() =>
    history.length > 1 ? history.back() : go(hrefOf("/tasks"))} />
    <div class="task-title"><span class="task-id" title=${id}>${shortId(id)}</span>${
    label && html`<span class="task-label">${label}</span>`
  }</div>
    <${StatusBadge} code=${code} />
    <a class="button" href=${hrefOf("/graph", { task: id })}>In the graph</a>
    <a class="button" href=${hrefOf("/timeline", { task: id })}>In the timeline</a>
    ${
    !readOnly && code < COMPLETED && html`<${Button} icon="cancel" kind="danger" shortcut="c" onClick=${() =>
      act({
        question: `Cancel “${id}”?`,
        detail: "What its body has submitted is cancelled with it.",
        verb: "Cancel the task",
        isDanger: true,
        path: `${path}/cancel`,
        body: { reason: "cancelled in the dashboard" },
        done: `${id} was cancelled`,
      })}>Cancel<//>`
  }
    ${
    !readOnly && code > COMPLETED && html`<${Button} icon="retry" kind="primary" shortcut="r" onClick=${() =>
      act({
        question: `Retry “${id}”?`,
        detail: "It runs again with the arguments that it had.",
        verb: "Retry",
        path: `${path}/retry`,
        done: `${id} was submitted again`,
      })}>Retry<//>`
  }
    ${
    progress !== undefined &&
    html`<div class="task-progress"><div class="meter" role="img" aria-label=${`${
      Math.round(progress * 100)
    } percent`}><span style=${{ width: `${progress * 100}%` }}></span></div>
      <span>${Math.round(progress * 100)} %${
      store.message.has(index) ? ` · ${store.message.get(index)}` : ""
    }</span></div>`
  }
  </div>`;
}

/** @param {{ store: Store, index: number, task: TaskView, id: string }} props */
function Facts({ store, index, task, id }) {
  /** @param {"submitted" | "ready" | "started" | "finished"} column */
  const at = (column) => index === undefined ? NaN : store[column][index] + store.epoch;
  const submitted = index === undefined ? Date.parse(task?.submittedAt ?? "") : at("submitted");
  /** @type {[string, number][]} */
  const moments = [["Submitted", submitted], ["Ready", at("ready")], ["Started", at("started")], [
    "Finished",
    at("finished"),
  ]];
  const now = store.now + store.epoch;
  const tags = task?.tags ?? [];
  const facts = [
    ["Ran for", index === undefined ? "–" : duration(store.runTime(index))],
    ["Waited", index === undefined ? "–" : duration(store.waitTime(index))],
    ["Attempts", String(task?.attempts ?? store.attempts[index])],
    ["Pool", index === undefined ? task?.pool ?? "–" : store.strings[store.pool[index]]],
    [
      "Worker",
      (index === undefined || store.worker[index] < 0 ? task?.worker : store.strings[store.worker[index]]) ??
        "event loop",
    ],
    ...(task?.source === undefined ? [] : [["Submitted by", task.source]]),
    ...(shortId(id) === id ? [] : [["Id", html`<code class="whole-id">${id}</code>`]]),
    ...(task?.deadline === undefined ? [] : [["Deadline", time(Date.parse(task.deadline))]]),
    ...(task?.retryAt === undefined ? [] : [["Next attempt", relative(Date.parse(task.retryAt), now)]]),
    ...(task?.restored
      ? [["Restored", "from an earlier run"]]
      : task?.cached
      ? [["Cached", "its result was reused"]]
      : []),
  ];
  return html`<${Card} title="When and where">
    <ol class="moments">${
    moments.map(([name, when]) =>
      html`<li key=${name} class=${Number.isNaN(when) ? "none" : ""}><span>${name}</span>
      <time title=${fullTime(when)}>${time(when)}</time><span class="faint">${
        Number.isNaN(when) ? "" : relative(when, now)
      }</span></li>`
    )
  }</ol>
    <${FactList} facts=${facts} />
    ${
    tags.length > 0 && html`<p class="tags">${
      tags.map((tag) => html`<a key=${tag} class="tag" href=${hrefOf("/tasks", { tag })}>${tag}</a>`)
    }</p>`
  }
  <//>`;
}

/** @param {{ task: TaskView, store: Store }} props */
function Attempts({ task, store }) {
  const { history, error, status } = task;
  const known = history.length > 0 || error === undefined ? history : [{ number: task.attempts, status, error }];
  const ends = known.flatMap(({ startedAt = NaN, finishedAt }) => [startedAt, finishedAt ?? store.until + store.epoch])
    .filter(
      Number.isFinite,
    );
  const [first, last] = [Math.min(...ends), Math.max(...ends)];
  /** @param {number} at */
  const place = (at) => `${last > first ? (100 * (at - first)) / (last - first) : 0}%`;
  return html`<${Card} title=${known.length === 1 ? "Attempt" : "Attempts"}>
    ${known.length === 0 && html`<p class="faint">It has not started yet.</p>`}
    <ol class="attempts">${
    known.toReversed().map((attempt) => {
      const { number, startedAt = NaN, finishedAt, worker } = attempt;
      const failure = attempt.error ?? (number === task.attempts ? error : undefined);
      const end = finishedAt ?? store.until + store.epoch;
      return html`<li key=${number}>
        <div class="attempt-top"><b>#${number}</b> <span class=${`s-${attempt.status}`}>${attempt.status}</span>
          ${
        Number.isFinite(startedAt) &&
        html`<span class="faint">${time(startedAt)} · ${duration(end - startedAt)}${
          worker === undefined ? "" : ` · ${worker}`
        }</span>`
      }</div>
        ${
        known.length > 1 && Number.isFinite(startedAt) &&
        html`<div class="attempt-bar" aria-hidden="true"><span class=${`f-${attempt.status}`} style=${{
          left: place(startedAt),
          width: `max(3px, calc(${place(end)} - ${place(startedAt)}))`,
        }}></span></div>`
      }
        ${failure !== undefined && html`<${Failure} error=${failure} />`}
      </li>`;
    })
  }</ol>
    ${
    history.length > 0 && history.length < task.attempts &&
    html`<p class="faint">Of ${task.attempts} attempts, the last ${history.length} are kept.</p>`
  }
  <//>`;
}

/**
 * An error with its stack and its causes.
 *
 * @param {{ error: ErrorView, isCause?: boolean }} props
 */
function Failure({ error, isCause = false }) {
  const frames = typeof error.stack === "string" ? error.stack.split("\n").filter((line) => /^\s+at /.test(line)) : [];
  const others = Object.entries(error).filter(([key]) =>
    !["name", "message", "stack", "cause", "errors"].includes(key)
  );
  return html`<div class="failure">
    ${isCause && html`<span class="faint">caused by</span>`}
    <p class="failure-message"><b>${error.name}</b>${error.name ? ": " : ""}${error.message}</p>
    ${
    others.length > 0 && html`
      <div class="code">
        <${Value} value=${Object.fromEntries(others)} />
      </div>
    `
  }
    ${
    frames.length > 0 && html`
      <details class="stack">
        <summary>Stack, ${plural(frames.length, "frame")}</summary>
        <pre>${frames.map((line) => line.trim()).join("\n")}</pre>
      </details>
    `
  }
    ${Array.isArray(error.errors) && error.errors.map((each, index) => html`<${Failure} key=${index} error=${each} />`)}
    ${
    typeof error.cause === "object" && error.cause !== null && html`<${Failure} error=${error.cause} isCause=${true} />`
  }
  </div>`;
}

/** @param {{ task: TaskView }} props */
function Values({ task }) {
  const { args, value, status } = task;
  const code = codeOf(status);
  return html`<${Card} title="Arguments and result">
    <h3>Arguments</h3>
    ${
    args === undefined
      ? html`<p class="faint">They are not kept any more.</p>`
      : args.length === 0
      ? html`<p class="faint">It has none.</p>`
      : html`<ol class="args">${
        args.map((each, index) =>
          html`<li key=${index} class="code">${
            typeof each === "object" && each !== null && "handle" in each && typeof each.handle === "string" &&
              Object.keys(each).length === 1
              ? html`<a href=${taskHref(each.handle)} title=${each.handle}>result of ${shortId(each.handle)}</a>`
              : html`<${Value} value=${/** @type {Part} */ (each)} />`
          }</li>`
        )
      }</ol>`
  }
    <h3>Result</h3>
    ${
    status !== "completed"
      ? html`<p class="faint">${code < COMPLETED ? "It has none yet" : "It has none"}, as it is ${status}.</p>`
      : html`<div class="code">${
        value === undefined ? html`<span class="v-null">undefined</span>` : html`<${Value} value=${value} />`
      }</div>`
  }
  <//>`;
}

/** @param {{ lines: readonly LineView[], dropped: number }} props */
function Log({ lines, dropped }) {
  const element = useRef();
  const [isFollowing, follow] = useState(true);
  useEffect(() => {
    if (isFollowing && element.current !== undefined && element.current !== null) {
      element.current.scrollTop = element.current.scrollHeight;
    }
  }, [lines, isFollowing]);
  return html`<${Card} title="Log" className="span-4" actions=${
    lines.length > 0 && html`<span class="faint">${plural(lines.length, "line")}</span>`
  }>
    ${dropped > 0 && html`<p class="faint">${plural(dropped, "earlier line")} dropped.</p>`}
    ${
    lines.length === 0
      ? html`<p class="faint">It has logged and printed nothing.</p>`
      : html`<div class="log" ref=${element} tabindex="0" role="log" aria-label="Log lines" onScroll=${({ target }) =>
        follow(target.scrollHeight - target.scrollTop - target.clientHeight < 24)}>
        ${
        lines.map(({ at, level, text, attempt, source }, index) =>
          html`<div key=${index} class=${`line l-${level}`}><time title=${fullTime(at)}>${time(at)}</time>
          <span class="line-attempt" title=${`attempt ${attempt}, by ${source}`}>#${attempt}</span><span class="line-text">${text}</span></div>`
        )
      }
      </div>`
  }
  <//>`;
}

/**
 * The tasks that depend on a task, and those that its body has submitted, in steps.
 *
 * @param {Store} store
 * @param {number} index
 */
function* relatedTo(store, index) {
  /** @type {number[]} */
  const dependents = [];
  /** @type {number[]} */
  const children = [];
  yield* eachEdge(store, (from, to, kind) => {
    if (from === index) (kind === 0 ? dependents : children).push(to);
  });
  return { dependents, children };
}

/** @param {{ store: Store, index: number }} props */
function Relations({ store, index }) {
  const dependsOn = (store.dependsOn.get(index) ?? []).map((seq) => store.bySeq.get(seq)).filter((each) =>
    each !== undefined
  );
  const parent = store.bySeq.get(store.parent.get(index) ?? -1);
  const revision = useStore(store, 300, 1_000);
  const { dependents, children } = useInSteps(store, () => relatedTo(store, index), [index, revision]) ?? NONE;
  /** @type {[string, number[]][]} */
  const all = [["Submitted by", parent === undefined ? [] : [parent]], ["Depends on", dependsOn], [
    "Needed by",
    dependents,
  ], ["Has submitted", children]];
  const groups = all.filter(([, list]) => list.length > 0);
  return html`<${Card} title="Related tasks">
    ${groups.length === 0 && html`<p class="faint">It stands alone: no task depends on it, and it depends on none.</p>`}
    <div class="relations">${
    groups.map(([title, list]) =>
      html`<div key=${title}><h3>${title} <span class="faint">${count(list.length)}</span></h3>
      <ul class="rows">${
        list.slice(0, MAX_LISTED).map((other) =>
          html`<li key=${other}><a href=${taskHref(store.id(other))}><${StatusMark} code=${store.status[other]} />
        <span class="row-name"><${TaskId} id=${store.id(other)} /><span class="faint"> ${
            store.label.get(other) ?? ""
          }</span></span><span class="number">${
            store.status[other] === RETRYING ? "" : duration(store.runTime(other))
          }</span></a></li>`
        )
      }</ul>
      ${list.length > MAX_LISTED && html`<p class="faint">and ${count(list.length - MAX_LISTED)} more</p>`}</div>`
    )
  }</div>
  <//>`;
}
