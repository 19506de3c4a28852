/**
 * The tool that `workflowy run` loads into a program before it starts: it listens to the runners of the program, serves the
 * JSON interface, and writes the reports at the end.
 *
 * @module
 */

import { join } from "node:path";
import type { TaskRecord } from "../../core/checkpointer.ts";
import type { AttachedDashboard } from "../../dashboard/attached.ts";
import type { ApiOptions } from "../../observe/api/api.ts";
import { serveApi } from "../../observe/session/serve_api.ts";
import { type Session, writeSession } from "../../observe/session/session.ts";
import { ATTACHED_TOOL, type AttachedTool, type LentCheckpoint } from "../../runner/attached_tool.ts";
import type { TaskRunner } from "../../runner/task_runner.ts";
import { EXIT } from "../context.ts";
import type { AttachOptions, RunEnd } from "./options.ts";
import { END_FILE, REPORT_FILE, SNAPSHOT_FILE } from "./options.ts";
import { Outcomes } from "./outcomes.ts";
import { progressFor, telemetryFor } from "./watchers.ts";
import { reportOf, snapshotIn } from "./run_data.ts";

/**
 * Attaches to the program that is loaded next. If that is not possible, it says why, and ends the program.
 *
 * @param options What to do, as JSON: see `options.ts`.
 *
 * @example What `workflowy run` writes into the file that it has Deno preload
 * ```ts ignore
 * import { attach } from "jsr:@workflowy/workflowy/cli/attach";
 *
 * await attach('{"folder":"/run/user/1000/workflowy/…","program":"main.ts","progress":"auto","otel":false,"files":[]}');
 * ```
 */
export async function attach(options: string): Promise<void> {
  try {
    await attachTo(JSON.parse(options) as AttachOptions);
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : error}`);
    Deno.exit(EXIT.usage);
  }
}

async function attachTo(options: AttachOptions): Promise<void> {
  const { folder, program } = options;
  const startedAt = new Date();
  const runners: TaskRunner[] = [];
  const checkpoints: Session["runners"][number][] = [];
  const problems: string[] = [];
  const outcomes = new Outcomes();
  const watched = new DisposableStack();
  const [showProgress, report, lent] = await Promise.all([
    progressFor(options.progress),
    telemetryFor(options.otel),
    options.checkpoint === undefined ? undefined : readLent(options.checkpoint),
  ]);
  let checkpoint: "offered" | "lending" | "lent" | "none" = lent === undefined ? "none" : "offered";
  const ui = new LateDashboard(runners);
  if (options.ui === true) await announce(ui, problems);
  const session: Omit<Session, "runners"> = {
    pid: Deno.pid,
    program,
    startedAt: startedAt.toISOString(),
    ...served({ runners: () => runners, program, openDashboard: () => ui.open() }, problems),
  };
  const note = () =>
    attempt(
      problems,
      "Others cannot find this program",
      () => writeSession(folder, { ...session, runners: checkpoints }),
    );
  const tool: AttachedTool = {
    takeCheckpoint() {
      if (checkpoint !== "offered") return undefined;
      checkpoint = "lending";
      return lent;
    },
    runnerMade(made, own) {
      const runner = made as TaskRunner;
      const file = checkpoint === "lending" ? options.checkpoint : own;
      if (checkpoint === "lending") checkpoint = "lent";
      checkpoints.push(file === undefined ? {} : { checkpoint: file });
      runners.push(runner);
      note();
      attempt(problems, "Outcomes are not counted", () => outcomes.watch(runner));
      attempt(problems, "The dashboard does not show a runner", () => ui.add(runner));
      attempt(problems, "Nothing is reported to OpenTelemetry", () => watched.use(report(runner)));
      attempt(problems, "No progress is shown", () => watched.use(showProgress(runner)));
    },
  };
  (globalThis as { [ATTACHED_TOOL]?: AttachedTool })[ATTACHED_TOOL] = tool;
  note();

  const finish = () => {
    attempt(problems, "Progress has not ended as it should", () => watched.dispose());
    const { submitted, failed: { size: failed } } = outcomes;
    const outcome = { program, startedAt, finishedAt: new Date(), submitted, failed };
    const write = (file: string, content: () => unknown) =>
      attempt(problems, "The end of the program is not known", () => {
        Deno.writeTextFileSync(join(folder, file), JSON.stringify(content()));
      });
    if (options.files.includes(REPORT_FILE)) write(REPORT_FILE, () => reportOf(runners, outcome));
    if (options.files.includes(SNAPSHOT_FILE)) write(SNAPSHOT_FILE, () => snapshotIn(runners, outcome));
    const end: RunEnd = {
      runners: runners.length,
      submitted,
      failed,
      usedCheckpoint: checkpoint === "lent",
      problems: [...new Set(problems)],
    };
    write(END_FILE, () => end);
  };
  // An uncaught error ends the program without "unload".
  for (const type of ["error", "unhandledrejection"]) {
    addEventListener(type, (event) => {
      if (!event.defaultPrevented) finish();
    });
  }
  addEventListener("unload", () => {
    finish();
    if (Deno.exitCode === 0 && outcomes.failed.size > 0) Deno.exitCode = 1;
  });
}

/** A dashboard that is opened at the start, or when a command asks for it. */
class LateDashboard {
  readonly #runners: readonly TaskRunner[];
  #opening: Promise<AttachedDashboard> | undefined;
  #open: AttachedDashboard | undefined;

  /** @param runners Those that there are, as they are at the moment. */
  constructor(runners: readonly TaskRunner[]) {
    this.#runners = runners;
  }

  /** Opens it, unless it is open. Returns its address. */
  async open(): Promise<string> {
    this.#opening ??= this.#load();
    return (await this.#opening).url;
  }

  /** Shows a new runner as well. */
  add(runner: TaskRunner): void {
    this.#open?.add(runner);
  }

  async #load(): Promise<AttachedDashboard> {
    const { attachedDashboard } = await import("../../dashboard/attached.ts");
    this.#open = attachedDashboard();
    for (const runner of this.#runners) this.#open.add(runner);
    return this.#open;
  }
}

/** Opens a dashboard, and says where. */
async function announce(ui: LateDashboard, problems: string[]): Promise<void> {
  try {
    console.error(`dashboard: ${await ui.open()}`);
  } catch (error) {
    problems.push(problem("There is no dashboard", error));
  }
}

/** What goes wrong in the tool never harms the program. */
function attempt(problems: string[], what: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    problems.push(problem(what, error));
  }
}

function problem(what: string, error: unknown): string {
  return `${what}: ${error instanceof Error ? error.message : error}`;
}

function served(options: Omit<ApiOptions, "token">, problems: string[]): Pick<Session, "address" | "token"> {
  try {
    const { address, token } = serveApi(options);
    return { address, token };
  } catch (error) {
    problems.push(problem("Other commands cannot reach this program", error));
    return {};
  }
}

/** Opens the checkpoint, and reads it: a runner is made without waiting. */
async function readLent(path: string): Promise<LentCheckpoint> {
  const { FileCheckpointer } = await import("../../stores/file_checkpointer.ts");
  const checkpointer = new FileCheckpointer(path);
  const records = new Map<string, TaskRecord>();
  for await (const record of checkpointer.load()) records.set(record.id, record);
  await checkpointer.prepare?.();
  return { checkpointer, records };
}
