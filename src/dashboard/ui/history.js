/**
 * What was done before: runs of this program, and how long tasks of each name have taken from first to last.
 */

/** @import { TrendView } from "./history_model.js" */
/** @import { ComparedRuns, Live, RunView, Store } from "./types.d.ts" */
import { COMPLETED, count, duration, FAILED, plural, STATUSES, time } from "./format.js";
import { html } from "./html.js";
import { request } from "./live.js";
import { comparison, LAST, trends } from "./history_model.js";
import { useInSteps, useStore } from "./hooks.js";
import { useEffect, useState } from "./preact.js";
import { hrefOf, taskHref } from "./router.js";
import { Empty, StatusBar, TableCard } from "./widgets.js";

/** @param {{ store: Store, live: Live }} props */
export function History({ store, live }) {
  const revision = useStore(store, 1_000, 3_000);
  const names = useInSteps(store, () => trends(store), [revision]);
  const past = usePastRuns(live, store);
  const runs = [...past, ...store.summary.runs ?? []].toReversed();
  const compared = useInSteps(store, () => comparison(store, runs), [revision, past]);
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
      <${TableCard} title="Runs of this program" columns=${[
        ["Started"],
        ["Kind", "minor"],
        ["Took", "number"],
        ["Tasks", "wide-cell"],
        ["Finished", "number minor"],
        ["Ended with"],
      ]} note=${past.length > 0 &&
        "Records do not name their run: what is on record with more than a minute between is two runs."}>
        ${runs.map((run, at) => html`<${Run} key=${run.startedAt} run=${run} before=${runs[at + 1]} store=${store} />`)}
      <//>
    `
  }
    ${compared !== undefined && html`<${Comparison} compared=${compared} />`}
    <${TableCard} title="Durations, last against usual" columns=${[
    ["Task"],
    ["Kept", "number minor"],
    [`The last ${LAST}, oldest first`, "bars-cell"],
    ["Usual", "number minor"],
    ["Last", "number"],
    ["Change", "number"],
    ["Failed", "number minor"],
  ]} note="Usual is the median of those before. Tasks that an earlier run has finished count, if they are on record.">
      ${names.map((each) => html`<${Trend} key=${each.name} trend=${each} store=${store} />`)}
    <//>
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

/** @param {{ compared: ComparedRuns }} props */
function Comparison({ compared: { names, lastRun, runBefore } }) {
  const most = Math.max(1, ...names.flatMap(({ now, earlier }) => [now, earlier]));
  return html`
    <${TableCard} title="Last run against the one before" columns=${[
      ["Task"],
      ["Tasks", "number minor"],
      ["Before", "number"],
      ["Last", "number"],
      ["Both", "wide-cell"],
      ["Change", "number"],
    ]} note=${`Medians of what completed in the run of ${time(runBefore.startedAt)}, and in that of ${
      time(lastRun.startedAt)
    }.`}>
      ${names.map(({ name, many, now, earlier }) =>
        html`
          <tr key=${name}>
            <td><a href=${hrefOf("/tasks", { name, sort: "-duration" })}>${name}</a></td>
            <td class="number minor">${count(many)}</td>
            <td class="number">${duration(earlier)}</td>
            <td class="number">${duration(now)}</td>
            <td class="wide-cell">
              <span class="pair" aria-hidden="true"><span style=${{ width: `${(100 * earlier) / most}%` }}></span><span
                  style=${{ width: `${(100 * now) / most}%` }}></span></span>
            </td>
            <td class="number">
              <${Change} factor=${now / earlier} />
            </td>
          </tr>
        `
      )}
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
