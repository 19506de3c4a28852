/**
 * Pools, and what their workers do.
 */

/** @import { Act, RemoteWorkerView, Store, WorkerView } from "./types.d.ts" */
import { count, duration, plural, RUNNING, time } from "./format.js";
import { useInSteps, useStore } from "./hooks.js";
import { html } from "./html.js";
import { taskHref } from "./router.js";
import { eachTask } from "./steps.js";
import { Button, Card, TaskId } from "./widgets.js";

/** How many workers of a pool are listed, and how many of those on other machines. */
const [SHOWN, SHOWN_REMOTE] = [8, 20];

/** How many slots of a pool are taken. @param {number} busy @param {number | null} maxWorkers */
function slotsOf(busy, maxWorkers) {
  return `${count(busy)} of ${maxWorkers === null ? "any number of" : count(maxWorkers)} slots`;
}

/**
 * Which tasks run on which worker, by the names of both pool and worker.
 *
 * @param {Store} store
 * @returns {Generator<undefined, Map<string, number[]>>}
 */
export function* atWork(store) {
  /** @type {Map<string, number[]>} */
  const found = new Map();
  yield* eachTask(store, (index) => {
    if (store.status[index] !== RUNNING || store.worker[index] < 0) return;
    const key = `${store.strings[store.pool[index]]} ${store.strings[store.worker[index]]}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, [index]);
    else known.push(index);
  });
  return found;
}

/** @param {{ store: Store, act: Act, readOnly: boolean }} props */
export function Pools({ store, act, readOnly }) {
  const { statistics, workers = [] } = store.summary;
  const all = Object.entries(statistics?.pools ?? {});
  const used = new Set([...store.uses.pool.keys()].map((index) => store.strings[index]));
  const pools = all.filter(([name, { busy, queued, paused, workers: threads = 0 }]) =>
    used.has(name) || busy + queued + threads > 0 || paused
  );
  const idle = all.filter((each) => !pools.includes(each)).map(([name]) => name);
  const lost = workers.filter(({ state }) => state === "lost" || state === "quarantined");
  const last = lost.at(-1);
  const revision = useStore(store, 400, 1_000);
  const work = useInSteps(store, () => atWork(store), [revision]);
  return html`<${Card} title="Pools and workers">
    <ul class="pools">${
    pools.map(([name, { maxWorkers, busy, queued, paused, workers: threads, remote = [] }]) =>
      html`
        <li key=${name}>
          <div class="pool-top"><b>${name}</b>${paused && html`<span class="tag warn">paused</span>`}
                  <span class="faint">${slotsOf(busy, maxWorkers)}${queued > 0
                    ? ` · ${count(queued)} queued`
                    : ""}${threads === undefined ? "" : ` · ${plural(threads, "worker")}`}</span>
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
          <div class="meter" role="img" aria-label=${slotsOf(busy, maxWorkers)}><span style=${{
            width: `${Math.min(100, (100 * busy) / (maxWorkers ?? Infinity))}%`,
          }}></span></div>
          ${remote.length > 0
            ? html`<${Remote} workers=${remote} />`
            : html`<${Workers} store=${store} workers=${
              workers.filter(({ pool, state }) => pool === name && state === "started")
            } work=${work} />`}
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
 * The workers of a pool: what each does, and since when.
 *
 * @param {{ store: Store, workers: readonly WorkerView[], work: Map<string, number[]> | undefined }} props
 */
function Workers({ store, workers, work }) {
  if (workers.length === 0) return undefined;
  return html`<ul class="workers">${
    workers.slice(0, SHOWN).map(({ pool, worker, at }) => {
      const [index, ...others] = work?.get(`${pool} ${worker}`) ?? [];
      return html`<li key=${worker}><span class="worker-name" title=${`${worker}, started at ${
        time(at)
      }`}>${worker}</span>
        ${
        index === undefined
          ? html`<span class="faint">idle</span>`
          : html`<a href=${taskHref(store.id(index))}><${TaskId} id=${store.id(index)} /></a>${
            others.length > 0 && html`<span class="faint">and ${plural(others.length, "other")}</span>`
          }<span class="number">${duration(store.runTime(index))}</span>`
      }</li>`;
    })
  }</ul>
  ${
    workers.length > SHOWN && html`<p class="faint idle-pools">and ${plural(workers.length - SHOWN, "more worker")}</p>`
  }`;
}

/**
 * Workers on other machines, which may have several slots.
 *
 * @param {{ workers: readonly RemoteWorkerView[] }} props
 */
function Remote({ workers }) {
  return html`<ul class="remote">${
    workers.slice(0, SHOWN_REMOTE).map(({ name, slots, busy, tags }) =>
      html`<li key=${name}>${name}<span class="faint">${busy} of ${plural(slots, "slot")}</span>${
        tags.map((tag) => html`<span class="tag">${tag}</span>`)
      }</li>`
    )
  }${
    workers.length > SHOWN_REMOTE &&
    html`<li class="faint">and ${plural(workers.length - SHOWN_REMOTE, "other worker")}</li>`
  }</ul>`;
}
