/**
 * What pages are made of.
 */

/** @import { Field, Toast } from "./types.d.ts" */
/** @import { Part, UiEvent } from "./preact.d.ts" */
import { ALONG_BAR, count, shortId, SIGNS, STATUSES } from "./format.js";
import { html } from "./html.js";
import { useEffect, useRef, useState } from "./preact.js";

/** @param {{ code: number }} props */
export function StatusMark({ code }) {
  return html`<span class=${`mark s-${STATUSES[code]}`} role="img" aria-label=${STATUSES[code]}>${SIGNS[code]}</span>`;
}

/** @param {{ code: number }} props */
export function StatusBadge({ code }) {
  return html`<span class=${`badge s-${STATUSES[code]}`}><span aria-hidden="true">${SIGNS[code]}</span> ${
    STATUSES[code]
  }</span>`;
}

/** The id of a task, in short; all of it shows when one points at it. @param {{ id: string }} props */
export function TaskId({ id }) {
  const short = shortId(id);
  const at = Math.max(0, short.search(/#[^#]*$| · /));
  return html`<span class="id" title=${short === id ? undefined : id}>${at === 0 ? short : short.slice(0, at)}${
    at > 0 && html`<span class="id-rest">${short.slice(at)}</span>`
  }</span>`;
}

/**
 * A bar with a part for each status.
 *
 * @param {{ counts: number[], label: string, slim?: boolean }} props
 */
export function StatusBar({ counts, label, slim = false }) {
  const all = counts.reduce((sum, each) => sum + each, 0);
  const words = ALONG_BAR.filter((code) => counts[code] > 0).map((code) => `${count(counts[code])} ${STATUSES[code]}`)
    .join(", ");
  return html`<div class=${slim ? "bar slim" : "bar"} role="img" aria-label=${`${label}: ${
    words || "no tasks"
  }`} title=${words}>
    ${
    all > 0 && ALONG_BAR.filter((code) =>
      counts[code] > 0
    ).map((code) =>
      html`<span key=${code} class=${`part f-${STATUSES[code]}`} style=${{ flexGrow: counts[code] }}></span>`
    )
  }
  </div>`;
}

/** @param {{ title: string, actions?: Part, children: Part, className?: string }} props */
export function Card({ title, actions, children, className = "" }) {
  const id = `card-${title.replaceAll(/\W+/g, "-").toLowerCase()}`; // an id with spaces names nothing
  return html`<section class=${`card ${className}`} aria-labelledby=${id}>
    <header><h2 id=${id}>${title}</h2>${actions}</header>
    ${children}
  </section>`;
}

/**
 * A card with a table, which scrolls by itself where there is little room.
 *
 * @param {{ title: string, columns: readonly (readonly [title: string, className?: string])[], note?: Part, children: Part }} props
 */
export function TableCard({ title, columns, note, children }) {
  return html`
    <${Card} title=${title} className="span-4">
      <div class="table-wrap" tabindex="0" role="region" aria-label=${`${title}, table`}>
        <table>
          <thead>
            <tr>
              ${columns.map(([name, className]) => html`<th key=${name} class=${className} scope="col">${name}</th>`)}
            </tr>
          </thead>
          <tbody>${children}</tbody>
        </table>
      </div>
      ${note && html`<p class="faint note">${note}</p>`}
    <//>
  `;
}

/** @param {{ title: string, children: Part, icon?: string }} props */
export function Empty({ title, children, icon = "inbox" }) {
  return html`
    <div class="empty">
      <${Icon} name=${icon} />
      <p class="empty-title">${title}</p>
      <div>${children}</div>
    </div>
  `;
}

const ICONS = {
  overview: "M4 13h6V4H4zM14 20h6v-9h-6zM4 20h6v-4H4zM14 8h6V4h-6z",
  tasks: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  graph: "M5 7.5a2.5 2.5 0 1 0 0-.01M19 7.5a2.5 2.5 0 1 0 0-.01M12 18a2.5 2.5 0 1 0 0-.01M7 9l4 7M17 9l-4 7M7.5 7.5h9",
  timeline: "M4 6h9M8 12h10M13 18h7M4 3v18",
  schedule: "M12 7v5l3 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18",
  history: "M4 19V5M4 19h16M8 15v-4M12 15V8M16 15v-6",
  inbox: "M4 13h4l2 3h4l2-3h4M4 13l3-8h10l3 8v6H4z",
  alert: "M12 8v5M12 16.5h.01M12 3l9.5 17h-19z",
  sun:
    "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M19 5l-1.4 1.4M6.4 17.6 5 19",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5",
  auto: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
  pause: "M9 5v14M15 5v14",
  play: "M7 5l12 7-12 7z",
  retry: "M4 12a8 8 0 0 1 14-5l2 2M20 4v5h-5M20 12a8 8 0 0 1-14 5l-2-2M4 20v-5h5",
  cancel: "M6 6l12 12M18 6L6 18",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M20 20l-4-4",
  zoomIn: "M12 6v12M6 12h12",
  zoomOut: "M6 12h12",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  back: "M15 5l-7 7 7 7",
  send: "M4 12l16-8-6 16-3-7z",
  lock: "M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3",
  key: "M14 10a4 4 0 1 0-4 4l1-1h2v-2h2zM14 10l6 6v3h-3l-5-5",
};

/** @param {{ name: string }} props */
export function Icon({ name }) {
  return html`
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d=${ICONS[/** @type {keyof typeof ICONS} */ (name)]} />
    </svg>
  `;
}

/**
 * A button. `shortcut` is a key that does the same, wherever the focus is.
 *
 * @param {{ icon: string, children: Part, onClick: () => void, kind?: string, disabled?: boolean, title?: string,
 *   pressed: boolean, shortcut?: string }} props
 */
export function Button({ icon, children, onClick, kind = "", disabled = false, title, pressed, shortcut }) {
  return html`
    <button type="button" class=${`button ${kind}`} onClick=${onClick} disabled=${disabled}
      title=${shortcut === undefined ? title : `${title ?? "Key"} (${shortcut})`} aria-keyshortcuts=${shortcut}
      aria-label=${children === undefined ? title : undefined} aria-pressed=${pressed}>
        ${icon && html`<${Icon} name=${icon} />`}${children}
      </button>
  `;
}

/**
 * Asks before something is done.
 *
 * @param {{ question: string, detail: string, verb: string, isDanger: boolean, input?: readonly Field[], onAnswer: (values: Record<string, string> | undefined) => void }} props
 */
export function Confirm({ question, detail, verb, isDanger, input, onAnswer }) {
  const dialog = useRef();
  const [values, setValues] = useState(/** @type {Record<string, string>} */ ({}));
  useEffect(() => {
    const element = dialog.current;
    element.showModal();
    return () => element.close();
  }, []);
  const fields = input ?? [];
  const isReady = fields.every(({ name, isOptional }) => isOptional || (values[name] ?? "").trim() !== "");
  /** @param {boolean} isYes @returns {(event: UiEvent) => void} */
  const answer = (isYes) => (event) => {
    event.preventDefault();
    onAnswer(isYes && isReady ? values : undefined);
  };
  return html`
    <dialog ref=${dialog} class="dialog" aria-labelledby="question" onCancel=${answer(false)}>
      <form onSubmit=${answer(true)}>
          <h2 id="question">${question}</h2>
          ${detail && html`<p>${detail}</p>`}
          ${fields.map(({ name, label, placeholder }, index) =>
            html`<label class="field" key=${name}>${label}
          <input name=${name} autocomplete="off" autofocus=${index === 0} placeholder=${placeholder} value=${
              values[name] ?? ""
            }
            onInput=${({ target }) => setValues({ ...values, [name]: target.value })} />
        </label>`
          )}
          <div class="buttons">
            <${Button} onClick=${answer(false)}>Not now<//>
            <button type="submit" class=${`button ${
              isDanger ? "danger" : "primary"
            }`} disabled=${!isReady} autofocus=${fields.length === 0}>${verb}</button>
          </div>
        </form>
      </dialog>
  `;
}

/**
 * A short message that goes away.
 *
 * @param {{ toasts: readonly Toast[] }} props
 */
export function Toasts({ toasts }) {
  return html`<div class="toasts" role="status" aria-live="polite">
    ${
    toasts.map(({ key, text, isError }) =>
      html`<div key=${key} class=${isError ? "toast error" : "toast"}>${text}</div>`
    )
  }
  </div>`;
}

/**
 * A value of JSON, folded where it is long.
 *
 * @param {{ value: unknown, depth?: number }} props
 */
export function Value({ value, depth = 0 }) {
  if (value === null) return html`<span class="v-null">null</span>`;
  if (typeof value === "string") return html`<span class="v-string">${JSON.stringify(value)}</span>`;
  if (typeof value !== "object") return html`<span class="v-number">${String(value)}</span>`;
  const isList = Array.isArray(value);
  const entries = isList ? value.map((each, index) => [index, each]) : Object.entries(value);
  const [open, close] = isList ? ["[", "]"] : ["{", "}"];
  if (entries.length === 0) return html`<span class="v-mark">${open}${close}</span>`;
  const isShort = JSON.stringify(value).length < 72;
  const content = entries.map(([key, each], index) =>
    html`<span class=${isShort ? "v-inline" : "v-line"} key=${key}>${
      !isList && html`
        <span class="v-key">${key}</span>${": "}
      `
    }<${Value}
      value=${each} depth=${depth + 1} />${index < entries.length - 1 ? ", " : ""}</span>`
  );
  if (isShort) {
    return html`<span><span class="v-mark">${open}</span>${content}<span class="v-mark">${close}</span></span>`;
  }
  return html`<details class="v-fold" open=${depth < 2 && entries.length <= 100}>
    <summary><span class="v-mark">${open}</span> <span class="v-count">${count(entries.length)} ${
    isList ? "items" : "fields"
  }</span></summary>
    <span class="v-block">${content}</span><span class="v-mark">${close}</span>
  </details>`;
}

/**
 * Names with values: pairs of both.
 *
 * @param {{ facts: readonly (readonly [string, Part])[] }} props
 */
export function FactList({ facts }) {
  return html`<dl class="facts">${
    facts.map(([name, value]) =>
      html`
        <div key=${name} class=${typeof value === "object" ? "whole" : undefined}>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>
      `
    )
  }</dl>`;
}
