/**
 * A runner as what a dashboard shows.
 *
 * @module
 */

import type { LogLine, WorkerEvent } from "../../core/observations.ts";
import type { Observer, RunEvent } from "../../engine/observer.ts";
import type { TaskRunner } from "../../runner/task_runner.ts";
import type { TaskHandle } from "../../tasks/task_handle.ts";
import { KeptLines } from "./kept_lines.ts";
import type { LimitView, LineView, RunView, Summary, WaitView, WorkerView } from "./messages.ts";
import { MAX_RUNS, pastRuns } from "./past_runs.ts";
import type { SourceListener, TaskSource } from "./source.ts";
import { rowOf, type TaskRow } from "./task_row.ts";

type AnyHandle = TaskHandle<unknown>;

/** How many workers that have ended are remembered. */
const MAX_ENDED = 100;
/** How many waiting tasks are asked what they wait for. */
const MAX_ASKED = 300;

/**
 * Watches a runner. What cannot be asked for later is noted from the start: what tasks log, which workers there are, and runs.
 * All of that is rare beside tasks, which are watched only while there is a page that shows them.
 */
export class RunnerSource implements TaskSource<AnyHandle>, Disposable {
  readonly #runner: TaskRunner;
  readonly #lines = new KeptLines();
  readonly #listeners = new Set<SourceListener<AnyHandle>>();
  readonly #workers = new Map<string, WorkerView>();
  #runs: RunView[] = [];
  readonly #noting: Disposable;
  readonly title: string;

  constructor(runner: TaskRunner, title: string) {
    this.#runner = runner;
    this.title = title;
    this.#noting = runner.observe({
      log: (handle, line) => this.#logged(handle, line),
      worker: (event) => this.#worker(event),
      run: (event) => this.#run(event),
    });
  }

  [Symbol.dispose](): void {
    this.#noting[Symbol.dispose]();
  }

  tasks(): readonly AnyHandle[] {
    return this.#runner.handles();
  }

  row(handle: AnyHandle): TaskRow {
    return rowOf(handle);
  }

  watch(listener: SourceListener<AnyHandle>): Disposable {
    const observer: Observer = {
      status: (handle, from) => listener.changed(handle, from === undefined),
      progress: (handle) => listener.changed(handle, false),
    };
    const watching = this.#runner.observe(observer);
    this.#listeners.add(listener);
    return {
      [Symbol.dispose]: () => {
        watching[Symbol.dispose]();
        this.#listeners.delete(listener);
      },
    };
  }

  summary(): Summary {
    const statistics = this.#runner.statistics();
    return {
      title: this.title,
      open: this.#runner.open,
      statistics,
      workers: [...this.#workers.values()],
      runs: this.#runs,
    };
  }

  /** While `serve()` runs, the program does not end anyway. */
  get isAtRest(): boolean {
    const { running, retrying } = this.#runner.statistics();
    return running + retrying === 0 &&
      !this.#runs.some(({ mode, finishedAt }) => mode === "serve" && finishedAt === undefined);
  }

  get revision(): string {
    const { pools, retried: _, ...counts } = this.#runner.statistics();
    const paused = Object.entries(pools).filter(([, pool]) => pool.paused).map(([name]) => name);
    return hash([...Object.values(counts), ...paused, this.#runner.open, this.#runs.length].join(","));
  }

  /** The lines that are kept of a task. */
  lines(id: string): { readonly lines: readonly LineView[]; readonly dropped: number } {
    return this.#lines.of(id);
  }

  /** What waiting tasks wait for: first those that wait for a person or another program, then the most frequent reasons. */
  waits(): WaitView[] {
    const reasons = new Map<string, { why: string; count: number; id: string; key?: string }>();
    let asked = 0;
    for (const handle of this.#runner.handles()) {
      if (handle.done || handle.status === "running") continue;
      if (asked++ >= MAX_ASKED) break;
      const why = reasonOf(handle);
      const alike = why.replace(VARYING, "…");
      const known = reasons.get(alike);
      if (known === undefined) reasons.set(alike, { why, count: 1, id: handle.id, ...keyOf(handle, why) });
      else known.count++;
    }
    const isSignal = ({ key }: WaitView) => key === undefined ? 0 : 1;
    return [...reasons.values()].sort((a, b) => isSignal(b) - isSignal(a) || b.count - a.count).slice(0, 20)
      .map((each) => each.count === 1 ? each : { ...each, why: each.why.replace(NUMBER, "#…") });
  }

  /** Runs of earlier programs, as far as their tasks are known to this one. */
  pastRuns(): RunView[] {
    return pastRuns(
      this.#runner.handles().flatMap(({ restored, status, startedAt, finishedAt }) =>
        restored && finishedAt !== undefined
          ? { status, startedAt: startedAt?.getTime(), finishedAt: finishedAt.getTime() }
          : []
      ),
    );
  }

  /** The limits of the runner. */
  limits(): readonly LimitView[] {
    return this.#runner.limits();
  }

  #logged({ id }: AnyHandle, { attempt, level, at, source, text }: LogLine): void {
    const line = this.#lines.add(id, { attempt, level, at: at.getTime(), source, text });
    for (const listener of this.#listeners) listener.logged(id, line);
  }

  #worker({ kind, pool, worker, at }: WorkerEvent): void {
    this.#workers.set(`${pool} ${worker}`, { pool, worker, state: kind, at: at.getTime() });
    if (this.#workers.size <= MAX_ENDED) return;
    for (const [key, { state }] of this.#workers) {
      if (state === "started" || this.#workers.size <= MAX_ENDED) continue;
      this.#workers.delete(key);
    }
  }

  #run({ kind, mode, at, report, error }: RunEvent): void {
    if (kind === "started") {
      this.#runs = [...this.#runs, { mode, startedAt: at.getTime() }].slice(-MAX_RUNS);
      return;
    }
    const index = this.#runs.findLastIndex((run) => run.mode === mode && run.finishedAt === undefined);
    if (index < 0) return;
    this.#runs = this.#runs.with(index, {
      ...this.#runs[index]!,
      finishedAt: at.getTime(),
      ...(report === undefined ? {} : { counts: report.counts }),
      ...(error === undefined
        ? {}
        : { error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }),
    });
  }
}

/** A short string that is another one for another string: it is the reason with which a socket is closed. */
function hash(text: string): string {
  let sum = 7;
  for (let index = 0; index < text.length; index++) sum = (sum * 31 + text.charCodeAt(index)) % 9_007_199_254_740;
  return sum.toString(36);
}

/** What is different for each of the tasks that wait for the same: ids, times and how long it takes. */
const VARYING = /#[\w-]+|\b\d+(?:\.\d+)? ?(?:ms|s|min|h)\b|\d{4}-\d\d-\d\dT[\d:.]+Z/g;
const NUMBER = /#[\w-]+/g;

/** What a task waits for, without the task itself. */
function reasonOf(handle: AnyHandle): string {
  const why = handle.explain();
  const own = why.indexOf(handle.id);
  const rest = own < 0 ? why : why.slice(why.indexOf('"', own + handle.id.length) + 1).trim();
  const reason = rest.replace(/^\([^)]*\) /, "").replace(/^is ready, but /, "");
  return reason.slice(0, 1).toUpperCase() + reason.slice(1);
}

/** The key that is waited for, if it is `deliver()` that a task waits for. */
function keyOf({ args }: AnyHandle, why: string): { readonly key?: string } {
  const key = args?.[0];
  return typeof key === "string" && why.startsWith(`Waits for deliver("${key}"`) ? { key } : {};
}
