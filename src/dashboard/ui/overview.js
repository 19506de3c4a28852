/**
 * The overview: how far it is, how fast, what is slow, and what failed and why.
 */

/** @import { Act, FailureKind, Live, NameNumbers, Store, ThroughputView } from "./types.d.ts" */
import {
  count,
  duration,
  FAILED,
  percent,
  plural,
  rate,
  READY,
  RETRYING,
  roughly,
  RUNNING,
  short,
  SIGNS,
  STATUSES,
  time,
} from "./format.js";
import { useInSteps, useStore } from "./hooks.js";
import { html } from "./html.js";
import { Pools } from "./pools.js";
import { hrefOf, taskHref } from "./router.js";
import { byName, failures, longestRunning, progressOf, throughput } from "./statistics.js";
import { Limits, useWaits, Waiting } from "./waits.js";
import { Button, Card, Empty, FactList, StatusBar, StatusMark, TableCard, TaskId } from "./widgets.js";

const BARS = 80;
/** How many kinds of failures, and how many tasks that run, are shown; and how many names. */
const [SHOWN, SHOWN_NAMES] = [6, 30];

/** All that is computed from all tasks. @param {Store} store */
function* overviewOf(store) {
  return {
    chart: yield* throughput(store, BARS),
    names: yield* byName(store, SHOWN_NAMES),
    failed: yield* failures(store, SHOWN),
  };
}

/** @param {{ store: Store, live: Live, act: Act, readOnly: boolean }} props */
export function Overview({ store, live, act, readOnly }) {
  const revision = useStore(store, 600, 2_000);
  const { all, finished } = store.overall;
  const { chart, names = [], failed } = useInSteps(store, () => overviewOf(store), [revision]) ?? {};
  const { waits, limits } = useWaits(live);
  if (all === 0) {
    return html`<${Empty} title="No tasks yet" icon="tasks">They show up here as soon as the program submits some.<//>`;
  }
  return html`
    <div class="grid">
      <${Progress} store=${store} all=${all} finished=${finished} live=${live} chart=${chart} isReady=${failed !==
        undefined} />
      <${Statuses} store=${store} />
      <div class=${store.summary.onRecord ? "column span-4" : "column"}>
        <${Failures} store=${store} act=${act} readOnly=${readOnly} failed=${failed} />
        ${!store.summary.onRecord && html`<${Running} store=${store} />`}
      </div>
      ${!store.summary.onRecord && html`
        <div class="column">
          <${Pools} store=${store} act=${act} readOnly=${readOnly} />
          <${Limits} limits=${limits} />
          <${Waiting} waits=${waits} act=${act} readOnly=${readOnly} />
        </div>
      `}
      <${Names} names=${names} all=${store.uses.name.size} />
    </div>
  `;
}

/**
 * @param {{ store: Store, all: number, finished: number, live: Live, chart: ThroughputView | undefined, isReady: boolean }} props
 */
function Progress({ store, all, finished, live, chart, isReady }) {
  const { perSecond, etaMs } = progressOf(store);
  const elapsed = chart === undefined ? NaN : chart.last - chart.first;
  const mean = finished / (elapsed / 1_000);
  const isDone = finished === all;
  const { serving, totals } = store;
  const atWork = totals[RUNNING] + totals[RETRYING] + totals[READY];
  const facts = store.summary.onRecord
    ? [
      ["Finished", `${count(finished)} of ${count(all)}`],
      ["Failed", count(totals[FAILED])],
      ["First start", chart === undefined ? "–" : time(chart.first + store.epoch)],
      ["Last change", chart === undefined ? "–" : time(store.until + store.epoch)],
    ]
    : serving !== undefined
    ? [
      ["Finished", `${count(finished)} of ${count(all)}`],
      ["Rate", perSecond > 0 ? rate(perSecond) : "–"],
      ["Serving for", roughly(store.now + store.epoch - serving.startedAt)],
      ["At work", plural(atWork, "task")],
    ]
    : [
      ["Finished", `${count(finished)} of ${count(all)}`],
      isDone
        ? ["Mean rate", Number.isFinite(mean) ? rate(mean) : "–"]
        : ["Rate", perSecond > 0 ? rate(perSecond) : "–"],
      isDone ? ["Took", duration(elapsed)] : ["Running for", roughly(elapsed)],
      ["Left", isDone ? "nothing" : Number.isFinite(etaMs) ? `about ${roughly(etaMs)}` : "–"],
    ];
  return html`<section class="card hero" aria-label="Progress">
    <div class="hero-top">
      <div class="hero-number">${percent(finished, all)}<span>%</span></div>
      <${FactList} facts=${facts} />
    </div>
    <${StatusBar} counts=${store.totals} label="All tasks" />
    ${
    chart === undefined
      ? isReady &&
        html`<p class="faint">Nothing has run yet${
          live.state === "at rest" ? ": the runner has not been started" : ""
        }.</p>`
      : html`<${Throughput} chart=${chart} store=${store} />`
  }
  </section>`;
}

/** @param {{ chart: ThroughputView, store: Store }} props */
function Throughput({ chart, store }) {
  const { good, bad, width, first, last } = chart;
  const most = Math.max(1, ...good.map((each, index) => each + bad[index]));
  return html`
    <figure class="throughput">
      <svg viewBox=${`0 0 ${
        BARS * 10
      } 100`} preserveAspectRatio="none" role="img" aria-label=${`Tasks finished over time, at most ${
        rate((most * 1_000) / width)
      }`}>
          ${[...good].map((each, index) => {
            const height = (each * 96) / most;
            const failed = (bad[index] * 96) / most;
            return html`<g key=${index}>
          ${
              each > 0 &&
              html`<rect class="f-completed" x=${index * 10 + 1} width="8" y=${100 - Math.max(1.5, height)} height=${
                Math.max(1.5, height)
              } />`
            }
          ${
              bad[index] > 0 &&
              html`<rect class="f-failed" x=${index * 10 + 1} width="8" y=${
                100 - height - Math.max(1.5, failed)
              } height=${Math.max(1.5, failed)} />`
            }
        </g>`;
          })}
        </svg>
      <figcaption><span>${time(first + store.epoch)}</span><span>finished over time · at most ${rate(
        (most * 1_000) / width,
      )}</span><span>${time(last + store.epoch)}</span></figcaption>
    </figure>
  `;
}

/** @param {{ store: Store }} props */
function Statuses({ store }) {
  const totals = store.totals;
  return html`<nav class="statuses" aria-label="Tasks by status">
    ${
    STATUSES.map((status, code) =>
      html`<a key=${status} href=${hrefOf("/tasks", { status })} class=${`tile s-${status} ${
        totals[code] === 0 ? "none" : ""
      }`}>
        <span class="tile-sign" aria-hidden="true">${SIGNS[code]}</span><span class="tile-name">${status} </span><b>${
        short(totals[code])
      }</b>
      </a>`
    )
  }
  </nav>`;
}

/**
 * @param {{ store: Store, act: Act, readOnly: boolean,
 *   failed?: { causes: readonly FailureKind[], kinds: number, effects: number } }} props
 */
function Failures({ store, act, readOnly, failed = { causes: [], kinds: 0, effects: 0 } }) {
  const { causes, kinds, effects } = failed;
  const many = store.totals[FAILED];
  const retry = !readOnly && many > 0 && html`<${Button} icon="retry" kind="small" shortcut="r" onClick=${() =>
    act({
      question: `Retry ${plural(many, "failed task")}?`,
      detail: "Each runs again with the arguments that it had. What was skipped because of it is decided again.",
      verb: `Retry ${count(many)}`,
      path: "/api/retry-failed",
      done: ({ retried }) => `${plural(retried, "task")} submitted again`,
    })}>Retry all failed<//>`;
  return html`<${Card} title="Failures" actions=${retry}>
    ${
    kinds === 0 && effects === 0
      ? html`<p class="calm">${
        many === 0 ? "✓ Nothing has failed." : store.counts[FAILED] > 0
          ? "…" // the groups are computed a moment later
          : `${plural(many, "task")} failed; the program no longer keeps them.`
      }</p>`
      : html`<ul class="failures">${
        causes.map((group) =>
          html`
            <li key=${group.name + group.error}>
              <a href=${group.count === 1
                ? taskHref(store.id(group.first))
                : hrefOf("/tasks", { status: "failed", name: group.name })}>
                <span class="failure-count">${short(group.count)}×</span>
                <span class="failure-words"><b>${group.name}</b><span class="failure-error">${group.error}</span></span>
                <span class="faint nowrap">${time(store.finished[group.last] + store.epoch)}</span>
              </a>
            </li>
          `
        )
      }</ul>
        ${
        kinds > causes.length &&
        html`<a class="more" href=${hrefOf("/tasks", { status: "failed" })}>${
          plural(kinds - causes.length, "more kind")
        } of failures</a>`
      }
        ${
        effects > 0 &&
        html`<a class="effects" href=${hrefOf("/tasks", { status: "failed", q: "DependencyFailedError" })}>${
          plural(effects, "more task")
        } failed only because another one did</a>`
      }`
  }
  <//>`;
}

/** @param {{ store: Store }} props */
function Running({ store }) {
  const revision = useStore(store, 400, 1_000);
  const longest = useInSteps(store, () => longestRunning(store, SHOWN), [revision]) ?? [];
  return html`<${Card} title="Running the longest" actions=${
    longest.length > 0 &&
    html`<a class="more" href=${hrefOf("/tasks", { status: "running", sort: "-duration" })}>All ${
      count(store.totals[RUNNING])
    }</a>`
  }>
    ${
    longest.length === 0
      ? html`<p class="faint">Nothing runs at the moment${
        store.totals[RETRYING] > 0 ? `; ${plural(store.totals[RETRYING], "task")} will be tried again` : ""
      }.</p>`
      : html`<ul class="rows">${
        longest.map((index) => {
          const progress = store.progress.get(index);
          return html`<li key=${store.seq[index]}><a href=${taskHref(store.id(index))}>
          <${StatusMark} code=${store.status[index]} /><span class="row-name"><${TaskId} id=${
            store.id(index)
          } /><span class="faint"> ${store.message.get(index) ?? store.label.get(index) ?? ""}</span></span>
          ${
            progress !== undefined &&
            html`<span class="mini" role="img" aria-label=${`${Math.round(progress * 100)} percent`}><span style=${{
              width: `${progress * 100}%`,
            }}></span></span>`
          }
          <span class="number">${duration(store.runTime(index))}</span></a></li>`;
        })
      }</ul>`
  }
  <//>`;
}

/** @param {{ names: readonly NameNumbers[], all: number }} props `all` is how many names there are. */
function Names({ names, all: many }) {
  const slowest = Math.max(1, ...names.map(({ p95 }) => Number.isFinite(p95) ? p95 : 0));
  return html`
    <${TableCard} title="By name" columns=${[
      ["Task"],
      ["Tasks", "number"],
      ["Status", "wide-cell"],
      ["Median", "number"],
      ["95 %", "number minor"],
      ["Longest", "number"],
      ["Duration", "wide-cell"],
      ["Mean wait", "number minor"],
    ]} note=${many > names.length && `The ${names.length} of ${count(many)} names that took the longest in all`}>
      ${names.map(({ name, all, counts, median, p95, max, meanWait }) =>
        html`
          <tr key=${name}>
            <td><a href=${hrefOf("/tasks", { name, sort: "-duration" })}>${name}</a></td>
            <td class="number">${count(all)}</td>
            <td class="wide-cell">
              <${StatusBar} counts=${counts} label=${name} slim=${true} />
            </td>
            <td class="number">${duration(median)}</td>
            <td class="number minor">${duration(p95)}</td>
            <td class="number">${duration(max)}</td>
            <td class="wide-cell">${Number.isFinite(p95) && html`
              <span class="spread"
                aria-hidden="true"><span class="spread-p95" style=${{
                  width: `${(100 * p95) / slowest}%`,
                }}></span><span class="spread-median" style=${{ width: `${(100 * median) / slowest}%` }}></span></span>
            `}</td>
            <td class="number minor">${duration(meanWait)}</td>
          </tr>
        `
      )}
    <//>
  `;
}
