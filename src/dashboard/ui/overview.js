/**
 * The overview: how far it is, how fast, what is slow, and what failed and why.
 */

/** @import { Act, LimitView, Live, RemoteWorkerView, Store, WaitView } from "./types.d.ts" */
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
  tick,
  time,
  withTimes,
} from "./format.js";
import { request } from "./live.js";
import { html, useEffect, useMemo, useState } from "./preact.js";
import { hrefOf, taskHref } from "./router.js";
import { byName, failures, longestRunning, progressOf, throughput } from "./statistics.js";
import { Button, Card, Empty, FactList, StatusBar, StatusMark, TaskId, useStore } from "./widgets.js";

const BARS = 80;
/** How many limits are shown. */
const SHOWN = 6;
/** How many workers on other machines are shown for a pool. */
const MAX_REMOTE = 20;
/** How often the program is asked what tasks wait for, in milliseconds. */
const ASK_MS = 2_500;
/** How many tasks the numbers by name are computed from at once, in most programs: beyond, they are computed less often. */
const MANY = 20_000;

/** @param {{ store: Store, live: Live, act: Act, readOnly: boolean }} props */
export function Overview({ store, live, act, readOnly }) {
  const slow = useStore(store, store.size > MANY ? 2_000 : 600);
  const { all, finished } = store.overall;
  const names = useMemo(() => byName(store), [slow]);
  const { waits, limits } = useWaits(live);
  if (all === 0) {
    return html`<${Empty} title="No tasks yet" icon="tasks">They show up here as soon as the program submits some.<//>`;
  }
  return html`
    <div class="grid">
      <${Progress} store=${store} all=${all} finished=${finished} live=${live} />
      <${Statuses} store=${store} />
      <div class=${store.summary.onRecord ? "column span-4" : "column"}>
        <${Failures} store=${store} act=${act} readOnly=${readOnly} revision=${slow} />
        ${!store.summary.onRecord && html`<${Running} store=${store} />`}
      </div>
      ${!store.summary.onRecord && html`
        <div class="column">
          <${Pools} store=${store} act=${act} readOnly=${readOnly} />
          <${Limits} limits=${limits} />
          <${Waiting} waits=${waits} act=${act} readOnly=${readOnly} />
        </div>
      `}
      <${Names} names=${names} />
    </div>
  `;
}

/** @param {{ store: Store, all: number, finished: number, live: Live }} props */
function Progress({ store, all, finished, live }) {
  const { perSecond, etaMs } = progressOf(store);
  const chart = throughput(store, BARS);
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
      ["Last end", chart === undefined ? "–" : time(chart.last + store.epoch)],
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
      ? html`<p class="faint">Nothing has run yet${
        live.state === "at rest" ? ": the runner has not been started" : ""
      }.</p>`
      : html`<${Throughput} chart=${chart} store=${store} />`
  }
  </section>`;
}

/** @param {{ chart: NonNullable<ReturnType<typeof throughput>>, store: Store }} props */
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

/** @param {{ store: Store, act: Act, readOnly: boolean, revision: number }} props */
function Failures({ store, act, readOnly, revision }) {
  const { causes: groups, effects } = useMemo(() => failures(store), [revision]);
  const failed = store.totals[FAILED];
  const retry = !readOnly && failed > 0 && html`<${Button} icon="retry" kind="small" onClick=${() =>
    act({
      question: `Retry ${plural(failed, "failed task")}?`,
      detail: "Each runs again with the arguments that it had. What was skipped because of it is decided again.",
      verb: `Retry ${count(failed)}`,
      path: "/api/retry-failed",
      done: ({ retried }) => `${plural(retried, "task")} submitted again`,
    })}>Retry all failed<//>`;
  return html`<${Card} title="Failures" actions=${retry}>
    ${
    groups.length === 0 && effects === 0
      ? html`<p class="calm">${
        failed === 0 ? "✓ Nothing has failed." : store.counts[FAILED] > 0
          ? "…" // the groups are computed a moment later
          : `${plural(failed, "task")} failed; the program no longer keeps them.`
      }</p>`
      : html`<ul class="failures">${
        groups.slice(0, 6).map((group) =>
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
        groups.length > 6 &&
        html`<a class="more" href=${hrefOf("/tasks", { status: "failed" })}>${
          plural(groups.length - 6, "more kind")
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

/** @param {{ store: Store, act: Act, readOnly: boolean }} props */
function Pools({ store, act, readOnly }) {
  const { statistics, workers = [] } = store.summary;
  const all = Object.entries(statistics?.pools ?? {});
  const used = poolsWithTasks(store);
  const pools = all.filter(([name, { busy, queued, paused, workers: threads = 0 }]) =>
    used.has(name) || busy + queued + threads > 0 || paused
  );
  const idle = all.filter((each) => !pools.includes(each)).map(([name]) => name);
  const lost = workers.filter(({ state }) => state === "lost" || state === "quarantined");
  const last = lost.at(-1);
  return html`<${Card} title="Pools and workers">
    <ul class="pools">${
    pools.map(([name, { maxWorkers, busy, queued, paused, workers: threads, remote = [] }]) =>
      html`
        <li key=${name}>
          <div class="pool-top"><b>${name}</b>${paused && html`<span class="tag warn">paused</span>`}
                  <span class="faint">${count(busy)} of ${maxWorkers === null
                    ? "any number of"
                    : count(maxWorkers)} slots${queued > 0 ? ` · ${count(queued)} queued` : ""}${threads === undefined
                    ? ""
                    : ` · ${plural(threads, "worker")}`}</span>
                  ${!readOnly &&
                    html`<${Button} icon=${paused ? "play" : "pause"} kind="quiet small" title=${
                      paused ? `Resume ${name}` : `Pause ${name}`
                    } onClick=${() =>
                      act(
                        paused
                          ? {
                            question: `Resume the pool “${name}”?`,
                            verb: "Resume",
                            path: "/api/unpause",
                            body: { pool: name },
                            done: `${name}: tasks start again`,
                          }
                          : {
                            question: `Pause the pool “${name}”?`,
                            detail: "What runs continues; nothing new starts there.",
                            verb: "Pause",
                            path: "/api/pause",
                            body: { pool: name },
                            done: `${name} is paused`,
                          },
                      )} />`}
                </div>
          <div class="meter" role="img" aria-label=${`${busy} of ${maxWorkers} slots are taken`}><span style=${{
            width: `${Math.min(100, (100 * busy) / (maxWorkers ?? Infinity))}%`,
          }}></span></div>
          ${remote.length > 0 && html`<${Remote} workers=${remote} />`}
        </li>
      `
    )
  }
    </ul>
    ${idle.length > 0 && html`<p class="faint idle-pools">Not used: ${idle.join(", ")}</p>`}
    ${
    last !== undefined &&
    html`<p class="lost">✗ ${plural(lost.length, "worker")} lost, last ${last.worker} of ${last.pool} at ${
      time(last.at)
    }</p>`
  }
  <//>`;
}

/**
 * Workers on other machines.
 *
 * @param {{ workers: readonly RemoteWorkerView[] }} props
 */
function Remote({ workers }) {
  return html`<ul class="remote">${
    workers.slice(0, MAX_REMOTE).map(({ name, slots, busy, tags }) =>
      html`<li key=${name}>${name}<span class="faint">${busy} of ${plural(slots, "slot")}</span>${
        tags.map((tag) => html`<span class="tag">${tag}</span>`)
      }</li>`
    )
  }${
    workers.length > MAX_REMOTE &&
    html`<li class="faint">and ${plural(workers.length - MAX_REMOTE, "other worker")}</li>`
  }</ul>`;
}

/**
 * The names of the pools that some task belongs to.
 *
 * @param {Store} store
 */
function poolsWithTasks(store) {
  const used = new Set();
  for (let index = 0; index < store.size; index++) if (store.isGone[index] === 0) used.add(store.pool[index]);
  return new Set([...used].map((index) => store.strings[index]));
}

/** @param {{ store: Store }} props */
function Running({ store }) {
  useStore(store, 400);
  const longest = longestRunning(store, 6);
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

/**
 * What tasks wait for, and the limits that hold them back: asked for from time to time.
 *
 * @param {Live} live
 */
function useWaits(live) {
  const [answer, setAnswer] = useState({ waits: [], limits: [] });
  useEffect(() => {
    let isHere = true;
    const ask = () => request(`/live/waits?${live.query}`).then((given) => isHere && setAnswer(given), () => {});
    ask();
    addEventListener("acted", ask);
    const timer = setInterval(
      () => document.visibilityState === "visible" && live.state === "live" && ask(),
      ASK_MS,
    );
    return () => {
      isHere = false;
      clearInterval(timer);
      removeEventListener("acted", ask);
    };
  }, [live.runner, live.state === "live"]);
  return answer;
}

/** @param {{ limits: readonly LimitView[] }} props */
function Limits({ limits }) {
  if (limits.length === 0) return undefined;
  const rest = limits.length - SHOWN;
  return html`<${Card} title="Limits">
    <ul class="pools">${
    limits.slice(0, SHOWN).map(({ kind, pool, task, key, limit = 0, periodMs = 0, used = 0, waiting, opensInMs }) => {
      const words = kind === "pause"
        ? "paused for a while, as an attempt has asked for it"
        : kind === "throttle"
        ? `${count(used)} of ${plural(limit, "start")} in ${tick(periodMs)}`
        : `${count(used)} of ${count(limit)} at work`;
      const when = opensInMs === undefined ? "until one ends" : opensInMs > 0 ? `next in ${roughly(opensInMs)}` : "";
      return html`
        <li key=${[kind, pool, task, key].join(" ")}>
          <div class="pool-top"><span class="limit-name"><b>${task ?? `pool ${pool}`}</b>${key !== undefined && html`
            <span class="tag">${key}</span>
          `}</span><span class="faint">${words}</span></div>
          ${kind !== "pause" &&
            html`<div class="meter" role="img" aria-label=${words}><span class=${waiting > 0 ? "full" : ""} style=${{
              width: `${Math.min(100, (100 * used) / limit)}%`,
            }}></span></div>`}
          ${waiting > 0 &&
            html`<p class="limit-wait">${waiting === 1 ? "1 task waits" : `${count(waiting)} tasks wait`}${
              when === "" ? "" : `, ${when}`
            }</p>`}
        </li>
      `;
    })
  }</ul>
    ${rest > 0 && html`<p class="faint idle-pools">and ${plural(rest, "more limit")}</p>`}
  <//>`;
}

/** @param {{ waits: readonly WaitView[], act: Act, readOnly: boolean }} props */
function Waiting({ waits, act, readOnly }) {
  const value = { name: "value", label: "Value, as JSON", placeholder: '{"approved": true}', isOptional: true };
  /** @param {string} [known] */
  const deliver = (known) =>
    act({
      question: known === undefined ? "Deliver to a waitFor()" : `Deliver “${known}”`,
      detail: "The task that waits for this key gets the value, now or when it comes to wait.",
      input: known === undefined ? [{ name: "key", label: "Key" }, value] : [value],
      verb: "Deliver",
      path: "/api/deliver",
      body: ({ key = known, value = "" }) => ({ key, value: value.trim() === "" ? undefined : JSON.parse(value) }),
      done: ({ key, delivered }) =>
        delivered ? `Delivered “${key}”` : `“${key}” was delivered before, or has timed out`,
    });
  const other = !readOnly &&
    html`<${Button} icon="send" kind="small" onClick=${() => deliver(undefined)}>Deliver …<//>`;
  return html`<${Card} title="What tasks wait for" actions=${other}>
    ${
    waits.length === 0
      ? html`<p class="faint">No task waits.</p>`
      : html`<ul class="rows">${
        waits.slice(0, 6).map(({ why, count: n, id, key }) =>
          html`
            <li key=${why} class="wait">
              <a href=${taskHref(id)}><span class="failure-count calm-count">${short(
                n,
              )}×</span><span class="row-name wrap">${withTimes(why)}</span></a>
              ${!readOnly && key !== undefined &&
                html`<${Button} icon="send" kind="small primary" title=${`Deliver “${key}”`} onClick=${() =>
                  deliver(key)} />`}
            </li>
          `
        )
      }</ul>`
  }
  <//>`;
}

/** @param {{ names: ReturnType<typeof byName> }} props */
function Names({ names }) {
  const slowest = Math.max(1, ...names.map(({ p95 }) => Number.isFinite(p95) ? p95 : 0));
  const sorted = names.toSorted((a, b) => (b.total || 0) - (a.total || 0)).slice(0, 30);
  return html`
    <${Card} title="By name" className="span-4">
      <div class="table-wrap" tabindex="0" role="region" aria-label="Numbers by name">
        <table>
          <thead>
            <tr>
              <th>Task</th>
              <th class="number">Tasks</th>
              <th class="wide-cell">Status</th>
              <th class="number">Median</th>
              <th class="number minor">95 %</th>
              <th class="number">Longest</th>
              <th class="wide-cell">Duration</th>
              <th class="number minor">Mean wait</th>
            </tr>
          </thead>
          <tbody>${sorted.map(({ name, all, counts, median, p95, max, meanWait }) =>
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
                    }}></span><span class="spread-median" style=${{
                      width: `${(100 * median) / slowest}%`,
                    }}></span></span>
                `}</td>
                <td class="number minor">${duration(meanWait)}</td>
              </tr>
            `
          )}</tbody>
        </table>
      </div>
      <//>
  `;
}
