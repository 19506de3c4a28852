/**
 * Traces and metrics by OpenTelemetry.
 *
 * @module
 */

import type { Attributes, Context, Link, ObservableResult, Span, SpanContext, Tracer } from "@opentelemetry/api";
import { refuseUnknown, wholeNumberFrom } from "../core/checks.ts";
import { type Duration, toMilliseconds } from "../core/duration.ts";
import type { TaskAttempt } from "../core/observations.ts";
import type { TaskStatus } from "../core/status.ts";
import type { Observer, RunEvent, StartingAttempt } from "../engine/observer.ts";
import type { TaskRunner } from "../runner/task_runner.ts";
import { checkRunner } from "../tasks/submitter.ts";
import type { TaskHandle } from "../tasks/task_handle.ts";
import { type OpenTelemetry, openTelemetry, SETTER, spanOf, withSpan } from "./open_telemetry.ts";
import { SpanBudget } from "./span_budget.ts";

/** How the spans of a runner are exported: see {@linkcode telemetry}. */
export interface TelemetryOptions {
  /**
   * Attempts that completed and were shorter have a span only as long as there is room for it: half of what
   * `spansPerSecond` allows is kept for others. A number is milliseconds. Default: 10 ms.
   */
  readonly minDuration?: Duration | undefined;
  /**
   * How many spans are exported in a second at most; as many may come at once. What exports them would drop others without
   * a word: Deno keeps 2,048 of them. Default: 1,000.
   */
  readonly spansPerSecond?: number | undefined;
}

const NAME = "workflowy";

/** `SpanStatusCode.ERROR`. */
const ERROR = 2;

/** How many dependencies a span is linked to at most; exporters drop more than 128. */
const MAX_LINKS = 64;

const TERMINAL: ReadonlySet<TaskStatus> = new Set(["completed", "failed", "cancelled", "skipped"]);

/**
 * Reports what a runner does to OpenTelemetry: a span for each `run()` and each attempt at a task, and metrics. The span of
 * an attempt is active in its body, on every backend, so that what the body does (its own spans, `fetch()`, what it logs by
 * `console`) belongs to it. Its parent is the span that was active as the task was submitted, else that of the run, and it
 * is linked to those of the tasks that it depended on. Deno exports all of it if the environment has `OTEL_DENO=true`; where
 * nothing exports, this does nothing.
 *
 * @param runner The runner.
 * @param options How many spans are exported. Default: up to 1,000 a second, short ones only while there is room.
 * @returns What ends it when disposed of. It need not be: it ends with the runner.
 * @throws {TypeError} If it is not a runner, or an option is unknown or of a wrong kind.
 * @throws {RangeError} If a value is out of range.
 *
 * @example Nothing but this line is needed
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { task, TaskRunner } from "@workflowy/workflowy";
 * import { telemetry } from "@workflowy/workflowy/observe";
 *
 * await using runner = new TaskRunner();
 * using _ = telemetry(runner); // exported with OTEL_DENO=true
 * assertEquals(await runner.submit(task({ name: "load" }, () => 42)), 42);
 * ```
 */
export function telemetry(runner: TaskRunner, options: TelemetryOptions = {}): Disposable {
  checkRunner(runner, "What telemetry() is given");
  refuseUnknown(options, ["minDuration", "spansPerSecond"], "of telemetry()");
  const minMs = toMilliseconds(options.minDuration ?? 10, "minDuration of telemetry()");
  const perSecond = options.spansPerSecond ?? 1_000;
  wholeNumberFrom(1)(perSecond, "spansPerSecond of telemetry()");
  const found = openTelemetry();
  if (found === undefined) return { [Symbol.dispose]: () => {} };
  const observations = [runner.observe(new Traces(found, runner, minMs, new SpanBudget(perSecond)))];
  const measures = found.metrics && new Measures(found.metrics, runner);
  if (measures !== undefined) observations.push(runner.observe(measures.observer));
  return {
    [Symbol.dispose]: () => {
      for (const each of observations) each[Symbol.dispose]();
      measures?.end();
    },
  };
}

/** The spans of a runner. */
class Traces implements Observer {
  readonly #api: OpenTelemetry;
  readonly #runner: TaskRunner;
  readonly #tracer: Tracer;
  readonly #minMs: number;
  readonly #budget: SpanBudget;
  /** The span of each attempt that has not ended. */
  readonly #open = new WeakMap<TaskHandle<unknown>, Span>();
  /** What the spans of the last attempts are called, for links. */
  readonly #ended = new WeakMap<TaskHandle<unknown>, SpanContext>();
  #run: Span | undefined;

  constructor(api: OpenTelemetry, runner: TaskRunner, minMs: number, budget: SpanBudget) {
    this.#api = api;
    this.#tracer = api.trace.getTracer(NAME);
    this.#runner = runner;
    this.#minMs = minMs;
    this.#budget = budget;
  }

  run({ kind, mode, report, error }: RunEvent): void {
    if (mode !== "run") return; // a service may serve for years
    if (kind === "started") {
      const attributes = { "workflowy.runner.name": this.#runner.name, "workflowy.runner.id": this.#runner.runId };
      this.#run = this.#tracer.startSpan("run", { attributes }, this.#api.context.active());
      return;
    }
    const span = this.#run;
    this.#run = undefined;
    if (span === undefined) return;
    for (const [status, count] of Object.entries(report?.counts ?? {})) {
      if (count > 0) span.setAttribute(`workflowy.tasks.${status}`, count);
    }
    const { dropped } = this.#budget;
    if (dropped > 0) span.setAttribute("workflowy.spans.dropped", dropped);
    if (error !== undefined) fail(span, error);
    span.end();
  }

  around(handle: TaskHandle<unknown>, attempt: StartingAttempt, next: () => unknown): unknown {
    const parent = this.#parentContext();
    const span = this.#tracer.startSpan(handle.name, {
      attributes: this.#attributesOf(handle, attempt.number),
      links: this.#linksOf(handle),
    }, parent);
    this.#open.set(handle, span);
    const active = withSpan(parent, span);
    this.#api.propagation?.inject(active, attempt.headers, SETTER);
    return this.#api.context.with(active, next);
  }

  attempt(handle: TaskHandle<unknown>, { status, startedAt, finishedAt, error, worker }: TaskAttempt): void {
    const span = this.#open.get(handle);
    if (span === undefined) return;
    if (status === "running") {
      // In a worker the span began before the body did, as the job was on its way.
      if (worker !== undefined) span.addEvent("started", { "workflowy.worker": worker }, startedAt);
      return;
    }
    this.#open.delete(handle);
    this.#ended.set(handle, span.spanContext());
    const isShort = status === "completed" && finishedAt!.getTime() - startedAt.getTime() < this.#minMs;
    if (!this.#budget.take(isShort)) return; // a span that is not ended is not exported
    if (worker !== undefined) span.setAttribute("workflowy.worker", worker);
    span.setAttribute("workflowy.attempt.status", status);
    if (status !== "completed") fail(span, error);
    span.end();
  }

  /** Where the task was submitted; else in the run. */
  #parentContext(): Context {
    const submission = this.#api.context.active();
    if (this.#run === undefined || spanOf(submission) !== undefined) return submission;
    return withSpan(submission, this.#run);
  }

  #attributesOf(handle: TaskHandle<unknown>, number: number): Attributes {
    const { id, name, label, tags, pool, source } = handle;
    return {
      "workflowy.task.id": id,
      "workflowy.task.name": name,
      "workflowy.task.attempt": number,
      "workflowy.runner.name": this.#runner.name,
      ...(pool !== undefined && { "workflowy.pool": pool }),
      ...(label !== undefined && { "workflowy.task.label": label }),
      ...(tags.length > 0 && { "workflowy.task.tags": [...tags] }),
      ...(source !== "manual" && { "workflowy.task.source": source }),
    };
  }

  #linksOf({ dependsOn }: TaskHandle<unknown>): Link[] {
    const links: Link[] = [];
    for (const dependency of dependsOn) {
      const linked = this.#ended.get(dependency);
      if (linked !== undefined && links.length < MAX_LINKS) links.push({ context: linked });
    }
    return links;
  }
}

function fail(span: Span, error: unknown): void {
  const message = Error.isError(error) ? error.message : String(error);
  span.setStatus({ code: ERROR, message });
  if (!Error.isError(error)) return;
  span.setAttribute("error.type", error.name);
  span.recordException(error);
}

/** The metrics of a runner. None of them has an id among its attributes: each value of an attribute is a series. */
class Measures {
  readonly observer: Observer;
  readonly #end: () => void;

  constructor(metrics: NonNullable<OpenTelemetry["metrics"]>, runner: TaskRunner) {
    const meter = metrics.getMeter(NAME);
    const seconds = { unit: "s", advice: { explicitBucketBoundaries: BUCKETS } };
    const duration = meter.createHistogram("workflowy.task.duration", {
      ...seconds,
      description: "How long attempts took",
    });
    const wait = meter.createHistogram("workflowy.task.wait", {
      ...seconds,
      description: "How long tasks waited from when they were ready until their first attempt started",
    });
    const tasks = meter.createCounter("workflowy.tasks", {
      unit: "{task}",
      description: "Tasks that finished, by status",
    });
    this.observer = {
      status({ name }, _, to) {
        if (TERMINAL.has(to)) tasks.add(1, { "workflowy.task.name": name, "workflowy.task.status": to });
      },
      attempt(handle, { number, status, startedAt, finishedAt }) {
        const { name, pool = "none", readyAt } = handle;
        const attributes = { "workflowy.task.name": name, "workflowy.pool": pool };
        if (status !== "running") {
          const seconds = (finishedAt!.getTime() - startedAt.getTime()) / 1_000;
          duration.record(seconds, { ...attributes, "workflowy.attempt.status": status });
        } else if (number === 1 && readyAt !== undefined) {
          wait.record((startedAt.getTime() - readyAt.getTime()) / 1_000, attributes);
        }
      },
    };
    const gauges = (["busy", "queued", "workers"] as const).map((of) => {
      const gauge = meter.createObservableGauge(`workflowy.pool.${of}`, { description: GAUGES[of] });
      const observe = (result: ObservableResult) => {
        if (!runner.open) return;
        for (const [pool, numbers] of Object.entries(runner.statistics().pools)) {
          const value = numbers[of];
          const attributes = { "workflowy.pool": pool, "workflowy.runner.name": runner.name };
          if (value !== undefined) result.observe(value, attributes);
        }
      };
      gauge.addCallback(observe);
      return () => gauge.removeCallback(observe);
    });
    this.#end = () => gauges.forEach((end) => end());
  }

  /** Measures nothing more. */
  end(): void {
    this.#end();
  }
}

/** In seconds: from quick functions to long jobs. */
const BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 1_800];

const GAUGES = {
  busy: "Slots that are taken",
  queued: "Ready tasks that wait for a slot",
  workers: "Threads or subprocesses that are alive",
};
