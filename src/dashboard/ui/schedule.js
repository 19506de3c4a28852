/**
 * The jobs of schedulers: when they are due next, and how the last runs went.
 */

/** @import { Act, JobView, Live, Store } from "./types.d.ts" */
import { codeOf, COMPLETED, duration, fullTime, plannedTimes, relative, shortId, STATUSES, time } from "./format.js";
import { useClock, useInSteps, useStore } from "./hooks.js";
import { html } from "./html.js";
import { request } from "./live.js";
import { useEffect, useState } from "./preact.js";
import { taskHref } from "./router.js";
import { each } from "./steps.js";
import { Button, Empty, StatusBadge } from "./widgets.js";

const LAST = 12;
/** A job that is due for longer does not run: its scheduler has not been started, or the program is too busy. */
const LATE_MS = 2_000;

/** @param {{ store: Store, live: Live, act: Act, readOnly: boolean }} props */
export function Schedule({ store, live, act, readOnly }) {
  const revision = useStore(store, 1_000, 2_000);
  useClock(true, 1_000);
  /** @type {[JobView[] | undefined, (jobs: JobView[]) => void]} */
  const [jobs, setJobs] = useState();
  /** @type {[string | undefined, (problem: string | undefined) => void]} */
  const [problem, setProblem] = useState();
  useEffect(() => {
    let isHere = true;
    const ask = () =>
      request(`/live/schedule?${live.query}`).then(({ jobs }) => {
        if (isHere) setJobs(jobs);
        if (isHere) setProblem(undefined);
      }, (error) => isHere && setProblem(error.message));
    ask();
    addEventListener("acted", ask);
    const timer = setInterval(() => document.visibilityState === "visible" && live.state !== "lost" && ask(), 2_000);
    return () => {
      isHere = false;
      clearInterval(timer);
      removeEventListener("acted", ask);
    };
  }, [live.runner]);
  const runs = useInSteps(store, () => lastRuns(store, jobs ?? []), [revision, jobs]);
  if (jobs === undefined) {
    return html`<${Empty} title=${
      problem === undefined ? "Loading …" : "The schedule cannot be read"
    } icon="schedule">${problem ?? ""}<//>`;
  }
  if (jobs.length === 0) {
    return html`<${Empty} title="No scheduled jobs" icon="schedule">Jobs of a Scheduler that submits to this runner are listed here:
      <code class="block">new Scheduler({ runner }).cron("0 9 * * MON-FRI").do(report)</code><//>`;
  }
  return html`<div class="jobs">${
    jobs.map((job) =>
      html`
        <${Job} key=${job.id} job=${job} isNamesake=${jobs.some(({ id, name }) =>
          name === job.name && id !== job.id
        )} runs=${runs?.get(job.id) ?? []} store=${store} act=${act}
          readOnly=${readOnly} />
      `
    )
  }</div>`;
}

/** @param {{ job: JobView, isNamesake: boolean, runs: readonly number[], store: Store, act: Act, readOnly: boolean }} props */
function Job({ job, isNamesake, runs, store, act, readOnly }) {
  const { name, scheduler, status, next, last } = job;
  const now = Date.now();
  const due = next.map((each) => Date.parse(each));
  const times = plannedTimes(due.slice(0, 4));
  const path = `/api/schedule/${encodeURIComponent(name)}`;
  const query = `?scheduler=${encodeURIComponent(scheduler)}`;
  const most = Math.max(1, ...runs.map((index) => store.runTime(index) || 0));
  return html`<section class="card job" aria-label=${name}>
    <header><h2>${name}</h2>${isNamesake && html`<span class="faint">${scheduler}</span>`}<span class=${`tag ${
    status === "paused" ? "warn" : ""
  }`}>${status}</span>
      ${
    !readOnly && html`<span class="buttons">
        <${Button} icon="play" kind="small" onClick=${() =>
      act({
        question: `Run “${name}” now?`,
        detail: "One more run; when it is due does not change.",
        verb: "Run now",
        path: `${path}/run${query}`,
        done: `${name} was submitted`,
      })}>Run now<//>
        ${
      status === "paused"
        ? html`<${Button} kind="small" onClick=${() =>
          act({
            question: `Resume “${name}”?`,
            verb: "Resume",
            path: `${path}/resume${query}`,
            done: `${name} is due again`,
          })}>Resume<//>`
        : html`<${Button} icon="pause" kind="small" onClick=${() =>
          act({
            question: `Pause “${name}”?`,
            detail: "It is not due until it is resumed, also in later programs.",
            verb: "Pause",
            path: `${path}/pause${query}`,
            done: `${name} is paused`,
          })}>Pause<//>`
    }
      </span>`
  }</header>
    <p class="due">${
    due.length === 0
      ? html`<span class="faint">${status === "paused" ? "not due until it is resumed" : "not due any more"}</span>`
      : html`<b title=${fullTime(due[0])}>${
        due[0] < now - LATE_MS ? `was due ${relative(due[0], now)}` : relative(due[0], now)
      }</b> <span class="faint">${times[0]}</span>`
  }</p>
    ${due.length > 1 && html`<p class="faint">then ${times.slice(1).join(" · ")}</p>`}
    <h3>Last runs</h3>
    ${runs.length === 0 && last === undefined && html`<p class="faint">It has not run yet.</p>`}
    ${
    runs.length > 0 && html`<div class="run-bars">${
      runs.map((index) => {
        const code = store.status[index];
        return html`
          <a key=${store.seq[index]} href=${taskHref(store.id(index))} class=${`run-bar f-${
            STATUSES[code]
          }`} aria-label=${`${STATUSES[code]}, ${duration(store.runTime(index))}`}
            title=${`${store.id(index)}: ${STATUSES[code]}, ${duration(store.runTime(index))}, ${
              time(store.started[index] + store.epoch)
            }`}
            style=${{ height: `${20 + (60 * (store.runTime(index) || 0)) / most}%` }}></a>
        `;
      })
    }</div>`
  }
    ${
    last !== undefined &&
    html`<p class="last-run"><${StatusBadge} code=${codeOf(last.status)} /> <a href=${
      taskHref(last.id)
    } title=${last.id}>${shortId(last.id)}</a></p>`
  }
    ${last?.error !== undefined && html`<p class="failure-error">${last.error}</p>`}
  </section>`;
}

/**
 * The last runs of each job, by its id, as far as they are kept.
 *
 * @param {Store} store
 * @param {readonly JobView[]} jobs
 * @returns {Generator<undefined, Map<string, number[]>>}
 */
function* lastRuns(store, jobs) {
  /** @type {Map<string, number[]>} */
  const found = new Map(jobs.map(({ id }) => [id, []]));
  yield* each(store.ids, ([index, id]) => {
    const runs = found.get(/^([^@]+)@/.exec(id)?.[1] ?? "");
    if (runs === undefined || store.isGone[index] === 1) return;
    if (store.status[index] < COMPLETED && Number.isNaN(store.started[index])) return;
    runs.push(index);
    if (runs.length > LAST) runs.shift();
  });
  return found;
}
