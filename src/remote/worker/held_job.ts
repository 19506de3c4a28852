/**
 * An attempt of a runner elsewhere, in the worker that runs it.
 *
 * @module
 */

import type { LogLevel } from "../../core/logger.ts";
import type { ResolvedTaskOptions } from "../../core/options.ts";
import type { AbortListener, Job } from "../../core/pool.ts";
import { inTrace } from "../../pools/worker/trace_scope.ts";
import type { Scope } from "../../tasks/ambient.ts";
import { Context, type ContextSource, type TaskContext } from "../../tasks/context.ts";
import { runInScope } from "../../tasks/scopes.ts";
import type { TaskSpec } from "../../tasks/spec.ts";
import { SUBMIT, type Submitter } from "../../tasks/submitter.ts";
import type { TaskHandle } from "../../tasks/task_handle.ts";
import type { AttemptEvent, PrintSource } from "../protocol/event_frame.ts";
import type { RemoteJob } from "../protocol/job_frame.ts";
import type { Outcome } from "../protocol/outcome_frame.ts";
import { LineBudget } from "./line_budget.ts";

/**
 * - `line`: its body has not begun.
 * - `begun`: its body runs.
 * - `ended`: its outcome is known here, and is to be kept by the engine.
 */
export type HeldState = "line" | "begun" | "ended";

/** The worker, as its jobs see it. */
export interface HeldJobOwner {
  /** Its body has begun. */
  began(job: HeldJob): void;
  ended(job: HeldJob, outcome: Outcome): void;
  tell(job: HeldJob, event: AttemptEvent): void;
}

/** A job for the worker's own pool; and the scope of its body, if that runs on this event loop. */
export class HeldJob implements Job, Scope, ContextSource, Submitter {
  readonly outer = undefined;
  readonly open = true;
  readonly remote: RemoteJob;
  readonly options: ResolvedTaskOptions;
  readonly args: readonly unknown[];
  state: HeldState = "line";
  /** Whether the runner knows that it has begun. */
  isAnnounced = false;
  /** Whether the runner wants to know what its body prints. */
  prints: boolean;
  abortListener: AbortListener | undefined;
  abortReason: unknown = undefined;
  readonly #spec: TaskSpec;
  readonly #owner: HeldJobOwner;
  #controller: AbortController | undefined;
  #context: Context | undefined;
  #lines: LineBudget | undefined;

  constructor(
    remote: RemoteJob,
    args: readonly unknown[],
    spec: TaskSpec,
    options: ResolvedTaskOptions,
    owner: HeldJobOwner,
  ) {
    this.remote = remote;
    this.prints = remote.prints;
    this.args = args;
    this.options = options;
    this.#spec = spec;
    this.#owner = owner;
  }

  get id(): string {
    return this.remote.id;
  }

  get number(): number {
    return this.remote.number;
  }

  get headers(): Readonly<Record<string, string>> | undefined {
    return this.remote.headers;
  }

  get name(): string {
    return this.remote.name;
  }

  get definedAs(): string {
    return this.remote.definedAs;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.abortReason !== undefined) this.#controller.abort(this.abortReason);
    }
    return this.#controller.signal;
  }

  get submitter(): Submitter {
    return this;
  }

  get context(): TaskContext | null {
    return this.state === "ended" ? null : this.#context ??= new Context(this);
  }

  [SUBMIT]<R>({ options: { name } }: TaskSpec<never, R>): TaskHandle<R> {
    throw new Error(
      `Cannot submit "${name}" from within "${this.name}", which runs on another machine, away from its runner: submit it ` +
        `from the program or from a task on the event loop, or call it directly`,
    );
  }

  call(): unknown {
    const body = this.#spec.body as (...args: readonly unknown[]) => unknown;
    return inTrace(this.headers, () => runInScope(this, ({ args }) => body(...args), this));
  }

  begin(): boolean {
    if (this.state === "line") {
      this.state = "begun";
      this.#owner.began(this);
    }
    return this.abortReason === undefined;
  }

  progress(fraction: number, message?: string): void {
    if (this.state !== "ended") this.#owner.tell(this, { kind: "progress", fraction, message });
  }

  log(level: LogLevel, data: readonly unknown[]): void {
    this.#line({ kind: "log", level, data });
  }

  /** Returns `false`: a worker prints what its bodies print, whether a runner shows it as well or not. */
  print(source: PrintSource, level: LogLevel, text: string): boolean {
    if (this.prints) this.#line({ kind: "print", source, level, text });
    return false;
  }

  complete(value: unknown): void {
    this.end({ kind: "completed", value });
  }

  fail(error: unknown): void {
    this.end({ kind: "failed", error });
  }

  timeout(): void {
    this.end({ kind: "timedOut" });
  }

  /** Only the first outcome counts. */
  end(outcome: Outcome): void {
    if (this.state === "ended") return;
    this.#tellSkipped();
    this.#owner.ended(this, outcome);
    this.state = "ended";
    this.abortListener = undefined;
  }

  /** Tells the body to end. What has not begun ends at once. */
  abort(reason: unknown): void {
    if (this.abortReason !== undefined || this.state === "ended") return;
    this.abortReason = reason;
    const { state } = this;
    this.#controller?.abort(reason);
    this.abortListener?.onAbort(reason);
    if (state === "line") this.fail(reason); // a pool drops what it has in line
  }

  #line(event: AttemptEvent): void {
    if (this.state === "ended") return;
    const lines = this.#lines ??= new LineBudget();
    if (!lines.take(performance.now())) return;
    this.#tellSkipped();
    this.#owner.tell(this, event);
  }

  #tellSkipped(): void {
    const { skipped = 0 } = this.#lines ?? {};
    if (skipped === 0) return;
    this.#lines!.skipped = 0;
    const data = [`${skipped} lines did not travel to the runner, as there were too many in a second`];
    this.#owner.tell(this, { kind: "log", level: "warn", data });
  }
}
