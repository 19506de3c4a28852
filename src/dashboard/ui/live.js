/**
 * The connection to the program: the token, requests, and the stream of what changes.
 */

/** @import { HelloMessage, LineView, RowMessage } from "../live/messages.ts" */
/** @import { Store } from "./store.js" */
/** @typedef {"connecting" | "loading" | "waiting" | "live" | "at rest" | "lost" | "refused"} LiveState */
/** @typedef {(lines: readonly LineView[]) => void} TakeLines */

/** @type {HTMLMetaElement | null} */
const base = document.querySelector('meta[name="workflowy-base"]');
/** The path below which everything is. */
export const BASE = base?.content ?? "";
const TOKEN_KEY = `workflowy-token ${BASE}`;
/** How long to wait before the next try, in milliseconds. */
const RETRIES = [250, 500, 1_000, 2_000, 4_000];
/** How often a program at rest is asked whether something has happened, in milliseconds. */
const POLL_MS = 1_500;
const AT_REST = 4_001;

/** Takes the token from the address, where it does not stay, or from this tab's memory. */
export function readToken() {
  const given = /^#token=(.+)$/.exec(location.hash)?.[1];
  if (given !== undefined) {
    sessionStorage.setItem(TOKEN_KEY, decodeURIComponent(given));
    history.replaceState(history.state, "", location.pathname + location.search);
  }
  return sessionStorage.getItem(TOKEN_KEY);
}

/** @param {string} token */
export function keepToken(token) {
  sessionStorage.setItem(TOKEN_KEY, token);
}

/** How long other tabs of this page have to answer, in milliseconds. */
const ASK_MS = 400;
/** Tabs of this address tell each other the token, so that a link can be opened in a new one. */
const tabs = new BroadcastChannel(TOKEN_KEY);
/** @param {MessageEvent} event */
tabs.onmessage = ({ data }) => {
  const token = sessionStorage.getItem(TOKEN_KEY);
  if (data === "token?" && token !== null) tabs.postMessage({ token });
};

/** Asks other tabs for the token. @returns {Promise<string | undefined>} */
export function askOtherTabs() {
  const channel = new BroadcastChannel(TOKEN_KEY);
  return new Promise((resolve) => {
    /** @param {string} [token] */
    const end = (token) => {
      clearTimeout(timer);
      channel.close();
      resolve(token);
    };
    const timer = setTimeout(() => end(), ASK_MS);
    channel.onmessage = ({ data }) => typeof data?.token === "string" && end(data.token);
    channel.postMessage("token?");
  });
}

/** A request that was refused, or has failed. */
export class RequestError extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Whether the token is wrong. @param {unknown} error */
function isRefused(error) {
  return error instanceof RequestError && error.status === 401;
}

/** @param {string} path @param {object} [body] With one, the request is an action. */
export async function request(path, body) {
  const headers = { authorization: `Bearer ${sessionStorage.getItem(TOKEN_KEY)}` };
  const init = body === undefined ? { headers } : {
    method: "POST",
    headers: { ...headers, "x-workflowy": "1", "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  let response;
  try {
    response = await fetch(BASE + path, init);
  } catch {
    throw new RequestError(0, "The program cannot be reached");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new RequestError(response.status, answer.error ?? `The program answered with ${response.status}`);
  }
  return answer;
}

/**
 * Keeps a store up to date. Its `state` is "connecting", "loading", "live", "at rest", "lost" or "refused".
 */
export class Live {
  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    /** @type {LiveState} */
    this.state = "connecting";
    this.readOnly = true;
    /** @type {string[]} */
    this.sources = [];
    /** @type {number | undefined} */
    this.runner = undefined;
    /** @type {string | undefined} */
    this.openTask = undefined;
    /** @type {TakeLines | undefined} */
    this.onLines = undefined;
    this.tries = 0;
    this.hasEnded = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {WebSocket | undefined} */
    this.socket = undefined;
  }

  start() {
    globalThis.addEventListener("online", () => this.reconnect());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible" && this.state === "lost") this.reconnect();
    });
    this.connect();
  }

  /** Shows another runner of the program. @param {number} index */
  select(index) {
    this.runner = index;
    this.reconnect();
  }

  reconnect() {
    clearTimeout(this.timer);
    this.tries = 0;
    const socket = this.socket;
    this.socket = undefined;
    socket?.close();
    this.connect();
  }

  get query() {
    return this.runner === undefined ? "" : `runner=${this.runner}`;
  }

  async connect() {
    try {
      const about = await request("/live/about");
      this.readOnly = about.readOnly;
      this.sources = about.sources;
      this.runner ??= Math.max(0, about.sources.length - 1);
      if (about.sources.length === 0) return this.waitForRunner();
    } catch (error) {
      if (isRefused(error)) return this.become("refused");
      return this.lost();
    }
    const address = new URL(`${BASE}/live?${this.query}`, location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address, ["workflowy.v1", `token.${sessionStorage.getItem(TOKEN_KEY)}`]);
    this.socket = socket;
    socket.onmessage = ({ data }) => {
      if (this.socket === socket) this.received(JSON.parse(data));
    };
    socket.onclose = ({ code, reason }) => {
      if (this.socket !== socket) return;
      this.socket = undefined;
      if (code === AT_REST) this.rest(reason);
      else this.lost();
    };
  }

  waitForRunner() {
    this.store.isComplete = true;
    this.become("waiting");
    this.timer = setTimeout(() => this.connect(), POLL_MS);
  }

  /** @param {HelloMessage | RowMessage} message */
  received(message) {
    if (message.t === "hello") {
      this.store.clear(message.epoch);
      this.store.total = message.total;
      this.store.isComplete = message.total === 0;
      this.tries = 0;
      this.become("loading");
      if (this.openTask !== undefined) this.open(this.openTask, this.onLines);
      return;
    }
    if (message.lines !== undefined && message.lines.id === this.openTask) this.onLines?.(message.lines.lines);
    this.store.apply(message);
    if (this.state === "loading" && this.store.isComplete) this.become("live");
  }

  /**
   * The program does nothing at the moment, and the connection would keep it from ending.
   *
   * @param {string} revision Its state when the connection was closed.
   */
  async rest(revision) {
    this.become("at rest");
    while (this.state === "at rest") {
      try {
        const answer = await request(`/live/poll?${this.query}`);
        if (this.state !== "at rest") return;
        if (!answer.atRest || revision !== answer.revision) return this.connect();
      } catch (error) {
        return isRefused(error) ? this.become("refused") : this.lost();
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  lost() {
    this.hasEnded = this.state === "at rest" || (this.hasEnded && this.state === "lost");
    this.become("lost");
    this.timer = setTimeout(() => this.connect(), RETRIES[Math.min(this.tries++, RETRIES.length - 1)]);
  }

  /** @param {LiveState} state */
  become(state) {
    this.state = state;
    this.store.changed();
  }

  /** Asks for the lines of a task as they come. @param {string | undefined} id @param {TakeLines} [onLines] */
  open(id, onLines) {
    this.openTask = id;
    this.onLines = onLines;
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ open: id ?? null }));
  }
}
