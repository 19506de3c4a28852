/**
 * Shows the progress of a runner in the terminal.
 *
 * @module
 */

import { callable, oneOf, positiveMilliseconds, refuseUnknown } from "../../core/checks.ts";
import type { Duration } from "../../core/duration.ts";
import { environmentVariable } from "../../core/environment.ts";
import type { LogLine } from "../../core/observations.ts";
import { runDetached } from "../../core/run_detached.ts";
import type { Observer } from "../../engine/observer.ts";
import type { TaskRunner } from "../../runner/task_runner.ts";
import { checkRunner } from "../../tasks/submitter.ts";
import type { TaskHandle } from "../../tasks/task_handle.ts";
import { harmless, oneLine } from "../printable.ts";
import { lastCounts } from "../statuses.ts";
import { frameOf } from "./frame.ts";
import { Annotations, isOnGitHub, stepSummary, withoutCommands, writeStepSummary } from "./github.ts";
import { type ProgressOutput, standardError, writeTo } from "./live_screen.ts";
import { plainLine, summaryLines } from "./plain.ts";
import { type Failure, nameOf, ProgressState } from "./progress_state.ts";
import { ProgressViews } from "./progress_views.ts";
import { type FrameMaker, SharedScreen } from "./shared_screen.ts";

/** Options of {@linkcode showProgress}. */
export interface ProgressOptions {
  /**
   * - `"auto"` (default): `"live"` in a terminal, otherwise `"plain"`; also `"plain"` where the environment has `CI` or
   *   `NO_COLOR`, or the terminal can do no more.
   * - `"live"`: lines at the bottom of the terminal that change.
   * - `"plain"`: a line from time to time.
   * - `"none"`: nothing is shown.
   */
  readonly mode?: "auto" | "live" | "plain" | "none" | undefined;
  /** How often it is shown. Default: 100 milliseconds live, 5 seconds as plain lines. */
  readonly interval?: Duration | undefined;
  /** Where it is written. Default: the standard error of the program. */
  readonly output?: ProgressOutput | undefined;
}

const LIVE_INTERVAL_MS = 100;
const PLAIN_INTERVAL_MS = 5_000;

const checkMode = oneOf(["auto", "live", "plain", "none"]);

/**
 * Shows the progress of a runner on the standard error, until it is disposed of: how many tasks are done, how fast, and how
 * long it will take; what runs, since when, and what it reports; what is retried, and when; what waits for a limit. Failures are
 * shown in full as they happen, and again at the end. What tasks log or print is written above the lines that change.
 *
 * Several runners can be shown at once, one below the other. It needs no permission, and no one is asked for one. It keeps no program alive, and a program that ends without disposing of it
 * leaves the terminal as it was.
 *
 * @param runner The runner.
 * @param options How it is shown, how often, and where. Default: lines that change in a terminal, otherwise a line each five seconds.
 * @returns Ends it, and prints what is to be said at the end, when it is disposed of.
 * @throws {TypeError} If it is not a runner, or an option is unknown or of a wrong kind.
 * @throws {RangeError} If a value is out of range.
 *
 * @example The progress of a run
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { task, TaskRunner } from "@workflowy/workflowy";
 * import { showProgress } from "@workflowy/workflowy/observe";
 *
 * let seen = "";
 * const output = { write: (text: string) => void (seen += text), isTerminal: false, size: { columns: 80, rows: 24 } };
 * {
 *   await using runner = new TaskRunner();
 *   using _ = showProgress(runner, { output }); // showProgress(runner), in a program
 *   runner.submit(task({ name: "load" }, () => 42));
 *   await runner.run();
 * }
 * assertStringIncludes(seen, "✓ 1 task completed");
 * ```
 */
export function showProgress(runner: TaskRunner, options: ProgressOptions = {}): Disposable {
  checkRunner(runner, "What showProgress() is given");
  refuseUnknown(options, ["mode", "interval", "output"], "of showProgress()");
  const { mode = "auto", interval, output = standardError() } = options;
  checkMode(mode, "mode of showProgress()");
  callable(output?.write, "write of the output of showProgress()");
  const intervalMs = interval === undefined ? undefined : positiveMilliseconds(interval, "interval of showProgress()");
  const chosen = mode === "auto" ? bestMode(output) : mode;
  if (chosen === "none") return { [Symbol.dispose]() {} };
  const progress = new Progress(runner, output, chosen === "live");
  progress.start(intervalMs ?? (chosen === "live" ? LIVE_INTERVAL_MS : PLAIN_INTERVAL_MS));
  return progress;
}

/** The best that an output can do. */
function bestMode({ isTerminal }: ProgressOutput): "live" | "plain" {
  const ci = environmentVariable("CI");
  const isPlain = !isTerminal || Deno.noColor || (ci !== undefined && ci !== "" && ci !== "false" && ci !== "0") ||
    environmentVariable("TERM") === "dumb";
  return isPlain ? "plain" : "live";
}

class Progress implements Disposable {
  readonly #runner: TaskRunner;
  readonly #output: ProgressOutput;
  readonly #isLive: boolean;
  readonly #isColoured: boolean;
  readonly #state: ProgressState;
  readonly #views: ProgressViews;
  readonly #annotations = isOnGitHub() ? new Annotations() : undefined;
  /** Undoes what was started, last things first. */
  readonly #stack = new DisposableStack();
  #lastLine = "";

  constructor(runner: TaskRunner, output: ProgressOutput, isLive: boolean) {
    this.#runner = runner;
    this.#output = output;
    this.#isLive = isLive;
    this.#isColoured = isLive && !Deno.noColor;
    this.#state = new ProgressState(runner.handles(), (failure) => this.#showFailure(failure));
    this.#views = new ProgressViews(runner, this.#state);
  }

  start(intervalMs: number): void {
    const state = this.#state;
    const observer: Observer = {
      status: (handle, from, to) => state.changed(handle, from, to),
      run: ({ kind, mode }) => this.#views.setEnd(kind === "ended" || mode === "run"),
      ...(this.#isLive && { log: (handle, line) => this.#printLine(handle, line) }),
    };
    this.#stack.use(this.#runner.observe(observer));
    if (this.#isLive) {
      const maker: FrameMaker = (columns, rows, isOneOfSeveral) => {
        if (!this.#runner.open) return []; // it was shut down
        const name = isOneOfSeveral ? oneLine(this.#runner.name) : "";
        return frameOf({ ...this.#views.next(), name }, columns, rows, this.#isColoured);
      };
      const screen = SharedScreen.join(this.#output, maker, intervalMs);
      this.#stack.defer(() => screen.leave(maker));
    } else {
      const timer = runDetached(() => setInterval(() => this.#writeLine(), intervalMs));
      Deno.unrefTimer(timer as unknown as number);
      this.#stack.defer(() => clearInterval(timer));
    }
    const end = () => this[Symbol.dispose]();
    globalThis.addEventListener("unload", end);
    this.#stack.defer(() => globalThis.removeEventListener("unload", end));
  }

  /** Writes how far it is, if that has changed. */
  #writeLine(): void {
    const line = plainLine(this.#views.next());
    if (line === this.#lastLine) return;
    this.#lastLine = line;
    this.#write([`${new Date().toISOString().slice(11, 19)}  ${line}`]);
  }

  /** Writes lines that stay: above those that change, if there are such. */
  #write(lines: readonly string[]): void {
    this.#print((this.#annotations === undefined ? lines : lines.map(withoutCommands)).join("\n"));
  }

  #print(text: string): void {
    const screen = SharedScreen.of(this.#output);
    if (screen === undefined) writeTo(this.#output, `${text}\n`);
    else screen.print(text);
  }

  #showFailure(failure: Failure): void {
    const [first, ...rest] = failure.lines;
    this.#write([this.#coloured(first!, "31"), ...rest]);
    const annotation = this.#annotations?.of(failure);
    if (annotation !== undefined) this.#print(annotation);
  }

  /** Shows what a task has logged or printed, unless it goes to another place than the lines that change. */
  #printLine(handle: TaskHandle<unknown>, { level, text }: LogLine): boolean {
    const isError = level === "warn" || level === "error";
    if (!isError && !Deno.stdout.isTerminal()) return false;
    const colour = level === "error" ? "31" : level === "warn" ? "33" : "2";
    this.#write([`${this.#coloured(`[${nameOf(handle)}]`, colour)} ${harmless(text)}`]);
    return true;
  }

  #coloured(text: string, code: string): string {
    return this.#isColoured ? `\x1b[${code}m${text}\x1b[0m` : text;
  }

  [Symbol.dispose](): void {
    if (this.#stack.disposed) return;
    this.#stack.dispose();
    const view = this.#views.next();
    this.#write(summaryLines(view, this.#state));
    if (this.#annotations !== undefined) {
      writeStepSummary(stepSummary(lastCounts(this.#runner.statistics()), this.#state, view.elapsedMs));
    }
  }
}
