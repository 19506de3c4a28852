/**
 * The JSON interface to the runners of a program: a request becomes a response, without any socket. The command line and the
 * dashboard serve it. README.md of this folder describes it.
 *
 * @module
 */

import { messageOf } from "../../core/describe.ts";
import type { RunnerJob, RunnerScheduler } from "../../runner/schedulers.ts";
import type { TaskRunner } from "../../runner/task_runner.ts";
import type { TaskHandle } from "../../tasks/task_handle.ts";
import type { RunSnapshot, TaskSnapshot } from "../run_snapshot.ts";
import { snapshotsOf } from "../snapshot_of.ts";
import { decoded, Refusal, refuse, taskQuery } from "./task_query.ts";
import { compact, isoTime, matches, type TaskFilter } from "./task_view.ts";
import { accountOfHandle, detailsOfHandle, viewOfHandle } from "./view_of_handle.ts";

/** The version of the interface: the `v` of all answers. It changes when an answer loses something. */
export const API_VERSION = 1;

/** What the interface is about. */
export interface ApiOptions {
  /** The runners of the program, oldest first, as they are at the moment. */
  readonly runners: () => readonly TaskRunner[];
  /** What `Authorization: Bearer …` must say. */
  readonly token: string;
  /** Whether actions are refused. Default: false. */
  readonly readOnly?: boolean;
  /** What the program is called. Default: its main module. */
  readonly program?: string;
  /** Opens a dashboard of the runners, once, and returns its address. Without it, there is none to be opened. */
  readonly openDashboard?: () => Promise<string>;
}

/** Answers a request. It never rejects. */
export type Api = (request: Request) => Promise<Response>;

/** How many ids of retried tasks are listed at most. */
const MAX_IDS = 10_000;
/** How many bytes the body of a request can have. */
const MAX_BODY = 4_194_304;
/** How many handles are looked at before the event loop gets a turn. */
const SLICE = 5_000;

interface Call {
  readonly url: URL;
  readonly request: Request;
  readonly options: ApiOptions;
  /** What the path has in place of `:id`, `:job`. */
  readonly part: string;
}

type Handler = (call: Call) => object | Promise<object>;

interface Route {
  readonly method: "GET" | "POST";
  /** With `*` for one part. */
  readonly path: string;
  readonly handle: Handler;
}

const ROUTES: readonly Route[] = [
  { method: "GET", path: "/api/state", handle: state },
  { method: "GET", path: "/api/tasks", handle: tasks },
  { method: "GET", path: "/api/tasks/*", handle: (call) => detailsOfHandle(taskOf(call)) },
  { method: "GET", path: "/api/snapshot", handle: snapshot },
  { method: "POST", path: "/api/dashboard", handle: dashboard },
  { method: "POST", path: "/api/tasks/*/cancel", handle: cancel },
  { method: "POST", path: "/api/tasks/*/retry", handle: retry },
  { method: "POST", path: "/api/retry-failed", handle: retryFailed },
  { method: "POST", path: "/api/pause", handle: (call) => setPaused(call, true) },
  { method: "POST", path: "/api/unpause", handle: (call) => setPaused(call, false) },
  { method: "POST", path: "/api/deliver", handle: deliver },
  { method: "GET", path: "/api/schedule", handle: schedule },
  { method: "POST", path: "/api/schedule/*/run", handle: runJob },
  { method: "POST", path: "/api/schedule/*/pause", handle: (call) => setJobPaused(call, true) },
  { method: "POST", path: "/api/schedule/*/resume", handle: (call) => setJobPaused(call, false) },
];

/** Makes the interface. */
export function createApi(options: ApiOptions): Api {
  return async (request) => {
    const answer = await answerOf(request, options);
    return request.method === "HEAD" ? withoutBody(answer) : answer;
  };
}

/** What is answered to `HEAD`: all but the body. */
export function withoutBody({ status, headers }: Response): Response {
  return new Response(null, { status, headers });
}

async function answerOf(request: Request, options: ApiOptions): Promise<Response> {
  try {
    const answer = await answerTo(request, options);
    return json(200, { v: API_VERSION, ...answer });
  } catch (error) {
    if (error instanceof Refusal) return json(error.status, { v: API_VERSION, error: error.message });
    return json(statusOf(error, request), {
      v: API_VERSION,
      error: messageOf(error),
    });
  }
}

/** A wrong argument; an action that the runner refuses, as it was shut down, say; or a fault. */
function statusOf(error: unknown, { method }: Request): number {
  if (error instanceof TypeError || error instanceof RangeError) return 400;
  return method === "POST" ? 409 : 500;
}

function json(status: number, body: object): Response {
  const headers = { "cache-control": "no-store", "x-content-type-options": "nosniff" };
  return Response.json(body, { status, headers });
}

async function answerTo(request: Request, options: ApiOptions): Promise<object> {
  if (!sameString(request.headers.get("authorization") ?? "", `Bearer ${options.token}`)) {
    throw new Refusal(401, "The token is missing or wrong");
  }
  const url = new URL(request.url);
  const found = ROUTES.map((route) => ({ route, part: partOf(url.pathname, route.path) }))
    .filter(({ part }) => part !== undefined);
  if (found.length === 0) throw new Refusal(404, `There is no ${url.pathname}`);
  const method = request.method === "HEAD" ? "GET" : request.method;
  const { route, part } = found.find(({ route }) => route.method === method) ??
    refuse(405, `${url.pathname} takes ${found.map(({ route }) => route.method).join(" or ")}`);
  if (route.method === "POST") {
    if (request.headers.get("x-workflowy") !== "1") throw new Refusal(403, "An action needs the header X-Workflowy: 1");
    if (options.readOnly === true) throw new Refusal(403, "Actions are turned off here");
  }
  return await route.handle({ url, request, options, part: part! });
}

/** Compares all characters, so that the time taken tells nothing. */
function sameString(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let at = 0; at < b.length; at++) difference |= (a.charCodeAt(at) || 0) ^ b.charCodeAt(at);
  return difference === 0;
}

/** What a path has in place of the `*` of a pattern, `""` without one; `undefined` if it is another path. */
function partOf(path: string, pattern: string): string | undefined {
  const [given, wanted] = [path.split("/"), pattern.split("/")];
  if (given.length !== wanted.length) return undefined;
  let part = "";
  for (const [index, piece] of wanted.entries()) {
    if (piece === "*") part = decoded(given[index]!);
    else if (piece !== given[index]) return undefined;
  }
  return part;
}

/** The runner that a request is about: `?runner=` has its name or id, or its number from 0; by default the newest open one. */
function runnerOf({ url, options }: Call): TaskRunner {
  const runners = options.runners();
  const wanted = url.searchParams.get("runner");
  if (wanted === null) {
    return runners.findLast((runner) => runner.open) ?? runners.at(-1) ??
      refuse(404, "The program has no runner (yet)");
  }
  return runners.find(({ name, runId }, index) => [String(index), name, runId].includes(wanted)) ??
    refuse(404, `There is no runner "${wanted}"`);
}

function viewOfRunner(runner: TaskRunner, index: number): object {
  const { name, runId, open } = runner;
  return { index, name, runId, open };
}

function state(call: Call): object {
  const { options } = call;
  const runners = options.runners();
  const program = options.program ?? Deno.mainModule;
  const general = { pid: Deno.pid, program, now: new Date().toISOString(), readOnly: options.readOnly === true };
  if (runners.length === 0) return { ...general, runners: [] };
  const runner = runnerOf(call);
  return {
    ...general,
    ...viewOfRunner(runner, runners.indexOf(runner)),
    statistics: runner.statistics(),
    limits: runner.limits(),
    orphaned: runner.orphaned.length,
    runners: runners.map(viewOfRunner),
  };
}

async function tasks(call: Call): Promise<object> {
  const { filter, limit, offset, isFull } = taskQuery(call.url.searchParams);
  const handles = runnerOf(call).handles();
  const listed = [];
  let total = 0;
  for (const [index, handle] of handles.entries()) {
    await turn(index);
    if (!mayMatch(handle, filter)) continue;
    const view = viewOfHandle(handle);
    if (!matches(view, filter) || total++ < offset || listed.length >= limit) continue;
    listed.push(isFull ? accountOfHandle(handle) : view);
  }
  return { total, offset, limit, tasks: listed };
}

/** Gives the event loop a turn from time to time. */
async function turn(index: number): Promise<void> {
  if (index % SLICE === SLICE - 1) await new Promise((resolve) => setTimeout(resolve));
}

/** What pictures are made from. */
async function snapshot(call: Call): Promise<{ readonly snapshot: RunSnapshot }> {
  const runner = runnerOf(call);
  const handles = runner.handles();
  const snapshotOne = snapshotsOf(handles);
  const tasks: TaskSnapshot[] = [];
  for (const [index, handle] of handles.entries()) {
    await turn(index);
    tasks.push(snapshotOne(handle));
  }
  return { snapshot: { version: 1, title: call.options.program ?? runner.name, takenAt: Date.now(), tasks } };
}

async function dashboard({ options: { openDashboard } }: Call): Promise<object> {
  if (openDashboard !== undefined) return { url: await openDashboard() };
  throw new Refusal(
    409,
    "The program cannot open a dashboard: start it with workflowy run, or let it call dashboard(runner)",
  );
}

/** Whether it is worth it to make a view of a handle. */
function mayMatch(handle: TaskHandle<unknown>, { status, name }: TaskFilter): boolean {
  return (status === undefined || status.includes(handle.status)) && (name === undefined || handle.name === name);
}

function taskOf(call: Call): TaskHandle<unknown> {
  return runnerOf(call).get(call.part) ?? refuse(404, `There is no task "${call.part}"`);
}

async function cancel(call: Call): Promise<object> {
  const { reason } = await bodyOf(call);
  const handle = taskOf(call);
  return { cancelled: handle.cancel(reason), task: viewOfHandle(handle) };
}

function retry(call: Call): object {
  const handle = taskOf(call);
  if (!handle.done || handle.status === "completed") {
    throw new Refusal(
      409,
      `"${handle.id}" is ${handle.status}: what failed, was cancelled or was skipped can be retried`,
    );
  }
  return { task: viewOfHandle(keepQuiet(runnerOf(call).retry(handle))) };
}

function retryFailed(call: Call): object {
  const handles = runnerOf(call).retryFailed();
  handles.forEach(keepQuiet);
  return { retried: handles.length, ids: handles.slice(0, MAX_IDS).map(({ id }) => id) };
}

/** Starts the task, as awaiting its handle does, and takes note of a failure, which the program has heard of before. */
function keepQuiet<T>(handle: TaskHandle<T>): TaskHandle<T> {
  handle.exception().then(() => {}, () => {});
  return handle;
}

async function setPaused(call: Call, pause: boolean): Promise<object> {
  const { pool } = await bodyOf(call);
  if (pool !== undefined && typeof pool !== "string") throw new Refusal(400, "pool must be the name of a pool");
  const runner = runnerOf(call);
  if (pause) runner.pause(pool);
  else runner.unpause(pool);
  return { paused: pause, pool: pool ?? null };
}

async function deliver(call: Call): Promise<object> {
  const { key, value } = await bodyOf(call);
  if (typeof key !== "string" || key === "") throw new Refusal(400, "key must be the key of a waitFor()");
  const runner = runnerOf(call);
  const awaited = runner.handles().some((handle) => waitsFor(handle, key));
  return { key, delivered: await runner.deliver(key, value), awaited };
}

/** Whether a handle is an unfinished `waitFor()` of a key: those have no pool. */
function waitsFor({ done, pool, name, args }: TaskHandle<unknown>, key: string): boolean {
  return !done && pool === undefined && name === "waitFor" && args?.[0] === key;
}

/** The jobs of all runners, or of the one that the request names. */
function jobsOf(call: Call): { readonly scheduler: RunnerScheduler; readonly job: RunnerJob }[] {
  const runners = call.url.searchParams.has("runner") ? [runnerOf(call)] : call.options.runners();
  return runners.flatMap(({ schedulers }) =>
    schedulers.flatMap((scheduler) => scheduler.jobs().map((job) => ({ scheduler, job })))
  );
}

function schedule(call: Call): object {
  return { jobs: jobsOf(call).map(viewOfJob) };
}

function viewOfJob({ scheduler, job }: ReturnType<typeof jobsOf>[number]): object {
  const { name, status, nextFire, lastHandle } = job;
  return compact({
    name,
    scheduler: scheduler.name,
    status,
    nextFire: isoTime(nextFire),
    last: lastHandle && viewOfHandle(lastHandle),
  });
}

/** The job that a request names; by `?scheduler=` and `?runner=` if several have the name. */
function jobOf(call: Call): RunnerJob {
  const wanted = call.url.searchParams.get("scheduler");
  const found =
    jobsOf(call).find(({ scheduler, job }) =>
      job.name === call.part && (wanted === null || scheduler.name === wanted)
    ) ?? refuse(404, `There is no job "${call.part}"`);
  return found.job;
}

function runJob(call: Call): object {
  return { task: viewOfHandle(keepQuiet(jobOf(call).runNow())) };
}

function setJobPaused(call: Call, pause: boolean): object {
  const job = jobOf(call);
  if (pause) job.pause();
  else job.resume();
  return { name: job.name, status: job.status };
}

/** The JSON object in the body of a request; without a body an empty one. */
async function bodyOf({ request }: Call): Promise<Record<string, unknown>> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY) throw new Refusal(413, "The body is too large");
  const text = await request.text();
  if (text.length > MAX_BODY) throw new Refusal(413, "The body is too large");
  if (text.trim() === "") return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Refusal(400, "The body must be JSON");
  }
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw new Refusal(400, "The body must be a JSON object");
}
