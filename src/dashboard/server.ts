/**
 * The server behind a dashboard: which request gets which answer.
 *
 * @module
 */

import { isLoopback } from "../core/loopback.ts";
import { type Api, createApi, withoutBody } from "../observe/api/api.ts";
import { assetResponse, pageResponse } from "./assets.ts";
import type { Dashboard } from "./open_dashboard.ts";
import { hasToken, PROTOCOL, refusal, refuseOrigin, withHeaders } from "./guard.ts";
import { answerOnRecord } from "./checkpoint_api.ts";
import { viewOfSchedule } from "./jobs.ts";
import { CheckpointSource } from "./live/checkpoint_source.ts";
import { LiveConnection } from "./live/connection.ts";
import { RunnerSource } from "./live/runner_source.ts";
import type { TaskSource } from "./live/source.ts";
import { METRICS_TYPE, metricsOf } from "./metrics.ts";
import type { ResolvedDashboardOptions } from "./options.ts";
import type { Sources } from "./sources.ts";
import { openTask, openTaskOnRecord } from "./open_task.ts";

/** The paths of pages; what one is about is in the path behind it, or in the query. */
const PAGE = /^\/(?:(?:tasks|graph|timeline|schedule|history)(?:\/.*)?)?$/;
/** How many pages can be connected. */
const MAX_CONNECTIONS = 64;
/** For how long a socket may take to close before its connection is cut, in milliseconds. */
const CLOSE_MS = 300;
/** What a socket is closed with as the server ends. */
const GOING_AWAY = 1_001;

/** Implements {@linkcode Dashboard}. */
export class DashboardServer implements Dashboard {
  readonly #sources: Sources;
  readonly #options: ResolvedDashboardOptions;
  readonly #api: Api;
  readonly #connections = new Map<WebSocket, Disposable>();
  readonly #server: Deno.HttpServer<Deno.NetAddr> | undefined;
  readonly #stop = new AbortController();
  #isClosed = false;
  readonly url: string;
  readonly token: string;
  readonly handler: (request: Request) => Promise<Response>;

  constructor(sources: Sources, options: ResolvedDashboardOptions) {
    this.#sources = sources;
    this.#options = options;
    const { basePath, token, readOnly, hostname } = options;
    this.token = token;
    this.#api = createApi({ runners: sources.runners, token, readOnly });
    this.handler = (request) => this.#respond(request, undefined);
    let origin = "";
    if (options.listen) {
      const server: Deno.HttpServer<Deno.NetAddr> = this.#server = Deno.serve({
        port: options.port,
        hostname,
        signal: this.#stop.signal,
        onListen() {},
      }, (request) => this.#respond(request, server.addr.port));
      server.unref();
      const host = isLoopback(hostname) ? hostname : hostname === "0.0.0.0" ? "127.0.0.1" : hostname;
      origin = `http://${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${server.addr.port}`;
    }
    this.url = `${origin}${basePath}/#token=${token}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const closed = [...this.#connections].map(([socket, connection]) => {
      connection[Symbol.dispose]();
      return closeSocket(socket);
    });
    this.#connections.clear();
    this.#sources[Symbol.dispose]();
    this.#server?.ref(); // or the program could end before this has
    await Promise.all(closed);
    this.#stop.abort();
    await this.#server?.finished;
  }

  /** @param port That of the own server, if it is this one that has the request. */
  async #respond(request: Request, port: number | undefined): Promise<Response> {
    const answer = await this.#answerOrRefuse(request, port);
    return request.method === "HEAD" ? withoutBody(answer) : answer;
  }

  async #answerOrRefuse(request: Request, port: number | undefined): Promise<Response> {
    const refused = this.#isClosed
      ? refusal(503, "The dashboard was closed")
      : refuseOrigin(request, this.#options, port);
    try {
      return refused === undefined ? await this.#answer(request) : withHeaders(refused);
    } catch (error) {
      return withHeaders(refusal(500, error instanceof Error ? error.message : String(error)));
    }
  }

  async #answer(request: Request): Promise<Response> {
    const { basePath, token } = this.#options;
    const url = new URL(request.url);
    if (url.pathname === basePath && basePath !== "") {
      return withHeaders(new Response(null, { status: 308, headers: { location: `${basePath}/` } }));
    }
    if (!url.pathname.startsWith(`${basePath}/`)) {
      return withHeaders(refusal(404, `There is nothing at ${url.pathname}`));
    }
    const path = url.pathname.slice(basePath.length);
    const isRead = reads(request);
    if (isRead && path.startsWith("/ui/")) {
      const asset = await assetResponse(path.slice("/ui/".length));
      return withHeaders(asset ?? refusal(404, `There is nothing at ${path}`));
    }
    if (isRead && PAGE.test(path)) return withHeaders(await pageResponse(basePath));
    if (!hasToken(request, token)) {
      const answer = refusal(401, "The token is missing or wrong: it is in the address that the program has printed");
      answer.headers.set("www-authenticate", "Bearer");
      return withHeaders(answer);
    }
    if (path === "/live" && isRead) return this.#connect(request, url);
    return withHeaders(await this.#answerKnown(request, url, path));
  }

  /** Answers a request of a page or program that has the token. */
  async #answerKnown(request: Request, url: URL, path: string): Promise<Response> {
    if (path.startsWith("/live/") && reads(request)) return await this.#look(url, path);
    if (path === "/metrics" && reads(request)) {
      const names = this.#sources.list().map(({ title }) => title);
      const runners = this.#sources.runners().map((runner, index) => [names[index]!, runner] as const);
      return new Response(metricsOf(runners), { headers: { "content-type": METRICS_TYPE } });
    }
    if (!path.startsWith("/api/")) return refusal(404, `There is nothing at ${path}`);
    if (!reads(request)) {
      if (request.method !== "POST") return refusal(405, "Actions are requested by POST");
      if (request.headers.get("x-workflowy") !== "1") return refusal(403, "An action needs the header X-Workflowy: 1");
      if (this.#options.readOnly) return refusal(403, "Actions are turned off: the dashboard needs readOnly: false");
    }
    const [source] = this.#sources.list();
    if (source instanceof CheckpointSource) return await answerOnRecord(source, reads(request), url, path);
    const body = request.method === "POST" ? await request.text() : null;
    const answer = await this.#api(withPath(request, new URL(path + url.search, url), body));
    // To stderr: the output of the program belongs to the program.
    if (body !== null && answer.ok) console.warn(`Dashboard: ${wordsOf(path, body)}`);
    return answer;
  }

  /** Answers what the page asks for besides the interface for programs. */
  async #look(url: URL, path: string): Promise<Response> {
    const sources = this.#sources.list();
    const source = sourceOf(sources, url);
    if (path === "/live/about") {
      const { readOnly } = this.#options;
      return Response.json({ v: 1, readOnly, sources: sources.map(({ title }) => title), pid: Deno.pid });
    }
    if (source === undefined) return refusal(404, "The program has no runner yet");
    const runner = this.#sources.runners()[sources.indexOf(source)];
    if (path === "/live/poll") return Response.json({ v: 1, revision: source.revision, atRest: source.isAtRest });
    if (path === "/live/schedule") {
      return Response.json({ v: 1, jobs: runner === undefined ? [] : viewOfSchedule(runner) });
    }
    if (path === "/live/waits") {
      const isRunner = source instanceof RunnerSource;
      return Response.json({ v: 1, waits: isRunner ? source.waits() : [], limits: isRunner ? source.limits() : [] });
    }
    if (path === "/live/history") {
      if (source instanceof CheckpointSource) await source.read();
      return Response.json({ v: 1, runs: source.pastRuns() });
    }
    if (path === "/live/task") {
      const id = url.searchParams.get("id") ?? "";
      if (source instanceof CheckpointSource) return await openTaskOnRecord(source, id);
      return openTask(runner!, source, id);
    }
    return await Promise.resolve(refusal(404, `There is nothing at ${path}`));
  }

  #connect(request: Request, url: URL): Response {
    if (request.method !== "GET" || request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
      return withHeaders(refusal(426, "This address is for WebSockets"));
    }
    if (this.#connections.size >= MAX_CONNECTIONS) return withHeaders(refusal(503, "Too many pages are connected"));
    const source = sourceOf(this.#sources.list(), url) as TaskSource | undefined;
    if (source === undefined) return withHeaders(refusal(404, "The program has no runner yet"));
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: PROTOCOL });
    socket.onopen = () => {
      if (this.#isClosed) return socket.close(GOING_AWAY);
      const connection = new LiveConnection(source, socket);
      this.#connections.set(socket, connection);
      socket.onmessage = ({ data }) => connection.received(data);
    };
    socket.onclose = socket.onerror = () => {
      this.#connections.get(socket)?.[Symbol.dispose]();
      this.#connections.delete(socket);
    };
    return response;
  }
}

/** Whether it asks for something, if only whether it is there. */
function reads({ method }: Request): boolean {
  return method === "GET" || method === "HEAD";
}

/** A request for another path. (To copy all of it would touch its `signal`, which Deno warns of.) */
function withPath({ method, headers }: Request, url: URL, body: string | null): Request {
  return new Request(url, { method, headers, body });
}

/** What an action does, for the log: `cancel task "fetch#1"`, `pause pool "async"`. */
function wordsOf(path: string, body: string): string {
  const [kind = "", name, action] = path.slice("/api/".length).split("/").map(decodeURIComponent);
  if (kind === "tasks") return `${action} task "${name}"`;
  if (kind === "schedule") return `${action} job "${name}"`;
  const given: unknown = body === "" ? undefined : JSON.parse(body);
  if (typeof given !== "object" || given === null) return kind;
  if ("pool" in given) return `${kind} pool "${given.pool}"`;
  return "key" in given ? `${kind} "${given.key}"` : kind;
}

/** The source that a request names by its number. Default: the last one. */
function sourceOf<T>(sources: readonly T[], url: URL): T | undefined {
  const wanted = url.searchParams.get("runner");
  return wanted === null ? sources.at(-1) : sources[Number(wanted)];
}

/** Closes a socket, and waits for the other side for a moment. */
function closeSocket(socket: WebSocket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, CLOSE_MS);
  socket.onclose = () => {
    clearTimeout(timer);
    resolve();
  };
  if (socket.readyState === WebSocket.CLOSED) socket.onclose(new CloseEvent("close"));
  else socket.close(GOING_AWAY, "the program has closed the dashboard");
  return promise;
}
