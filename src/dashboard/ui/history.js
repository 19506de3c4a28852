/**
 * What was done before: runs of this program, and how long tasks of each name have taken from first to last.
 */

/**
 * @typedef {{ name: string, kept: number, last: number[], usual: number, latest: number, failed: number }} TrendView
 */
/** @import { Live, RunView, Store } from "./types.d.ts" */
import { COMPLETED, count, duration, FAILED, plural, STATUSES, time } from "./format.js";
import { request } from "./live.js";
import { html, useEffect, useMemo, useState } from "./preact.js";
import { hrefOf, taskHref } from "./router.js";
import { Card, Empty, StatusBar, useInSteps, useStore } from "./widgets.js";

/** How many tasks are looked at before others have their turn. */
const STEP = 4_000;
/** How many of the last tasks of a name are drawn. */
const LAST = 40;

/** @param {{ store: Store, live: Live }} props */
export function History({ store, live }) {
  const revision = useStore(store, store.size > 20_000 ? 3_000 : 1_000);
  const names = useInSteps(store, () => trends(store), [revision]);
  const past = usePastRuns(live, store);
  const runs = [...past, ...store.summary.runs ?? []].toReversed();
  const compared = useMemo(() => comparison(store, runs), [revision, past]);
  if (names === undefined) return undefined;
  if (names.length === 0 && runs.length === 0) {
    return html`
      <${Empty} title="Nothing to look back at yet"
        icon="history">Runs are listed here once they have started, and durations once tasks have finished.<//>
    `;
  }
  return html`<div class="grid">
    ${
    runs.length > 0 && html`
      <${Card} title="Runs of this program" className="span-4">
        <div class="table-wrap" tabindex="0" role="region" aria-label="Runs">
          <table>
            <thead>
              <tr>
                <th>Started</th>
                <th class="minor">Kind</th>
                <th class="number">Took</th>
                <th class="wide-cell">Tasks</th>
                <th class="number minor">Finished</th>
                <th>Ended with</th>
              </tr>
            </thead>
            <tbody>${runs.map((run, at) =>
              html`<${Run} key=${run.startedAt} run=${run} before=${runs[at + 1]} store=${store} />`
            )}</tbody>
          </table>
        </div>
        ${past.length > 0 &&
          html`<p class="faint note">Records do not name their run: what is on record with more than a minute between is two runs.</p>`}
        <//>
    `
  }
    ${compared !== undefined && html`<${Comparison} compared=${compared} />`}
    <${Card} title="Durations, last against usual" className="span-4"><div class="table-wrap" tabindex="0" role="region" aria-label="Durations"><table>
      <thead><tr><th>Task</th><th class="number minor">Kept</th><th class="bars-cell">The last ${LAST}, oldest first</th><th class="number minor">Usual</th><th class="number">Last</th><th class="number">Change</th><th class="number minor">Failed</th></tr></thead>
      <tbody>${names.map((each) => html`<${Trend} key=${each.name} trend=${each} store=${store} />`)}</tbody>
    </table></div>
    <p class="faint note">Usual is the median of those before. Tasks that an earlier run has finished count, if they are on record.</p><//>
  </div>`;
}

/**
 * Runs of earlier programs: they change only with the tasks that are known of them.
 *
 * @param {Live} live
 * @param {Store} store
 */
function usePastRuns(live, store) {
  const [past, setPast] = useState(/** @type {RunView[]} */ ([]));
  useEffect(() => {
    let isHere = true;
    request(`/live/history?${live.query}`).then(({ runs }) => isHere && setPast(runs), () => {});
    return () => isHere = false;
  }, [live.runner, live.state === "live", store.shape]);
  return past;
}

/**
 * How long tasks took in the last run in which some finished, and in the one before.
 *
 * @param {Store} store
 * @param {readonly RunView[]} runs
 */
function comparison(store, runs) {
  if (runs.length < 2) return undefined;
  /** @type {Map<string, number[]>[]} */
  const groups = runs.map(() => new Map());
  for (const index of store.indexes()) {
    if (store.status[index] !== COMPLETED || Number.isNaN(store.started[index])) continue;
    const at = store.finished[index] + store.epoch;
    const run = runs.findIndex(({ startedAt, finishedAt = Infinity }) => at >= startedAt && at <= finishedAt);
    if (run < 0) continue;
    const name = store.nameOf(index);
    groups[run].set(name, groups[run].get(name) ?? []);
    groups[run].get(name)?.push(store.runTime(index));
  }
  const [last, before] = groups.filter((group) => group.size > 0);
  if (before === undefined) return undefined;
  const [lastRun, runBefore] = runs.filter((_, run) => groups[run].size > 0);
  const names = [...last].filter(([name]) => before.has(name)).map(([name, own]) => ({
    name,
    many: own.length,
    now: median(own),
    earlier: median(before.get(name) ?? []),
  })).sort((a, b) => b.now * b.many - a.now * a.many).slice(0, 100);
  return names.length === 0 ? undefined : { names, lastRun, runBefore };
}

/** @param {readonly number[]} durations */
function median(durations) {
  return Float64Array.from(durations).sort()[durations.length >> 1];
}

/** @param {{ compared: NonNullable<ReturnType<typeof comparison>> }} props */
function Comparison({ compared: { names, lastRun, runBefore } }) {
  const most = Math.max(1, ...names.flatMap(({ now, earlier }) => [now, earlier]));
  return html`
    <${Card} title="Last run against the one before" className="span-4">
      <div class="table-wrap" tabindex="0" role="region" aria-label="Last run against the one before">
        <table>
          <thead>
            <tr>
              <th>Task</th>
              <th class="number minor">Tasks</th>
              <th class="number">Before</th>
              <th class="number">Last</th>
              <th class="wide-cell">Both</th>
              <th class="number">Change</th>
            </tr>
          </thead>
          <tbody>${names.map(({ name, many, now, earlier }) =>
            html`
              <tr key=${name}>
                <td><a href=${hrefOf("/tasks", { name, sort: "-duration" })}>${name}</a></td>
                <td class="number minor">${count(many)}</td>
                <td class="number">${duration(earlier)}</td>
                <td class="number">${duration(now)}</td>
                <td class="wide-cell">
                  <span class="pair" aria-hidden="true"><span style=${{
                    width: `${(100 * earlier) / most}%`,
                  }}></span><span style=${{ width: `${(100 * now) / most}%` }}></span></span>
                </td>
                <td class="number">
                  <${Change} factor=${now / earlier} />
                </td>
              </tr>
            `
          )}</tbody>
        </table>
      </div>
      <p class="faint note">Medians of what completed in the run of ${time(runBefore.startedAt)}, and in that of ${time(
        lastRun.startedAt,
      )}.</p>
      <//>
  `;
}

/** @param {{ run: RunView, before: RunView | undefined, store: Store }} props */
function Run({ run, before, store }) {
  const { mode, startedAt, finishedAt, counts, error } = run;
  const took = (finishedAt ?? store.now + store.epoch) - startedAt;
  const earlier = before?.finishedAt === undefined ? NaN : before.finishedAt - before.startedAt;
  const list = counts === undefined ? store.totals : STATUSES.map((status) => counts[status] ?? 0);
  const all = list.slice(COMPLETED).reduce((sum, each) => sum + each, 0);
  return html`
    <tr>
      <td>${time(startedAt)}</td>
      <td class="minor">${mode === "on record"
        ? html`<span class="faint">on record</span>`
        : html`<code>${mode}()</code>`}</td>
      <td class="number">${duration(took)} ${finishedAt !== undefined && Number.isFinite(earlier) && earlier > 0 &&
        html`<${Change} factor=${took / earlier} />`}</td>
      <td class="wide-cell">
        <${StatusBar} counts=${list} label="Tasks of the run" slim=${true} />
      </td>
      <td class="number minor">${count(all)}</td>
      <td>${finishedAt === undefined
        ? html`<span class="s-running">▶ still running</span>`
        : error !== undefined
        ? html`<span class="s-failed failure-error">${error}</span>`
        : list[FAILED] > 0
        ? html`<span class="s-failed">✗ ${count(list[FAILED])} failed</span>`
        : html`<span class="s-completed">✓ all is well</span>`}</td>
    </tr>
  `;
}

/** @param {{ trend: TrendView, store: Store }} props */
function Trend({ trend, store }) {
  const { name, kept, last, usual, latest, failed } = trend;
  const most = Math.max(1, ...last.map((index) => store.runTime(index) || 0));
  return html`
    <tr>
      <td><a href=${hrefOf("/tasks", { name, sort: "-start" })}>${name}</a></td>
      <td class="number minor">${count(kept)}</td>
      <td class="bars-cell">
        <svg class="spark" viewBox=${`0 0 ${LAST * 6} 28`} preserveAspectRatio="none" role="img" aria-label=${`${
          plural(last.length, "duration")
        } up to ${duration(most)}`}>
          ${last.map((index, at) => {
            const height = Math.max(2, (26 * (store.runTime(index) || 0)) / most);
            return html`<rect key=${at} class=${`f-${STATUSES[store.status[index]]}`} x=${
              (LAST - last.length + at) * 6 + 0.5
            } width="5" y=${28 - height} height=${height} />`;
          })}</svg>
      </td>
      <td class="number minor">${duration(usual)}</td>
      <td class="number">${last.length > 0 &&
        html`<a href=${taskHref(store.id(last[last.length - 1]))}>${duration(latest)}</a>`}</td>
      <td class="number">
        <${Change} factor=${latest / usual} />
      </td>
      <td class="number minor">${failed > 0 ? html`<span class="s-failed">${count(failed)}</span>` : "–"}</td>
    </tr>
  `;
}

/**
 * How much longer or shorter something took.
 *
 * @param {{ factor: number }} props
 */
function Change({ factor }) {
  if (!Number.isFinite(factor)) return html`<span class="faint">–</span>`;
  if (Math.abs(factor - 1) < 0.1) return html`<span class="faint">≈</span>`;
  const words = factor > 3
    ? `×${factor.toFixed(1)}`
    : `${factor > 1 ? "+" : "−"}${Math.round(Math.abs(factor - 1) * 100)} %`;
  return html`<span class=${factor > 1 ? "slower" : "faster"}>${words}</span>`;
}

/** @param {Store} store @returns {Generator<undefined, TrendView[]>} */
function* trends(store) {
  /** @type {Map<number, number[]>} */
  const groups = new Map();
  for (const index of store.indexes()) {
    if (index % STEP === STEP - 1) yield;
    const code = store.status[index];
    if (code !== COMPLETED && code !== FAILED) continue;
    if (Number.isNaN(store.started[index])) continue;
    const name = store.name[index];
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [index]);
    else group.push(index);
  }
  /** @type {TrendView[]} */
  const found = [];
  for (const [name, list] of groups) {
    yield;
    const ends = Float64Array.from(list, (index) => store.finished[index]).sort();
    const since = ends[Math.max(0, ends.length - LAST)];
    const last = list.filter((index) => store.finished[index] >= since)
      .sort((a, b) => store.finished[a] - store.finished[b]).slice(-LAST);
    const before = list.filter((index) => store.status[index] === COMPLETED && index !== last.at(-1));
    found.push({
      name: store.strings[name],
      kept: list.length,
      last,
      usual: before.length === 0 ? NaN : median(before.map((index) => store.runTime(index))),
      latest: store.runTime(last[last.length - 1]),
      failed: list.filter((index) => store.status[index] === FAILED).length,
    });
  }
  return found.sort((a, b) => b.kept - a.kept).slice(0, 100);
}
