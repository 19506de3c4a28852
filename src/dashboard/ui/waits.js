/**
 * What holds tasks back: limits, and what they wait for.
 */

/** @import { Act, LimitView, Live, WaitView } from "./types.d.ts" */
import { count, plural, roughly, short, tick, withTimes } from "./format.js";
import { html } from "./html.js";
import { request } from "./live.js";
import { useEffect, useState } from "./preact.js";
import { taskHref } from "./router.js";
import { Button, Card } from "./widgets.js";

/** How many limits, and how many reasons to wait, are shown. */
const SHOWN = 6;
/** How often the program is asked what tasks wait for, in milliseconds. */
const ASK_MS = 2_500;

/**
 * What tasks wait for, and the limits that hold them back: asked for from time to time.
 *
 * @param {Live} live
 */
export function useWaits(live) {
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
export function Limits({ limits }) {
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
export function Waiting({ waits, act, readOnly }) {
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
        waits.slice(0, SHOWN).map(({ why, count: n, id, key }) =>
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
