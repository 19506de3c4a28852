/**
 * `workflowy doctor`.
 *
 * @module
 */

import { availableParallelism } from "node:os";
import { TaskRunner } from "../../runner/task_runner.ts";
import type { Task } from "../../tasks/task.ts";
import { type CliContext, CliError, EXIT } from "../context.ts";
import { inProcess, inThread } from "../doctor/tasks.ts";
import { sourceOf } from "../state/source.ts";
import { counted, oneLine, styleOf } from "../style.ts";
import { VERSION } from "../version.ts";

/** The options. */
export interface DoctorFlags {
  readonly json?: boolean;
}

/** What was found out: it works, it is not there but need not be, or it does not work. */
type Verdict = "ok" | "note" | "fault";

interface Finding {
  readonly what: string;
  readonly verdict: Verdict;
  readonly says: string;
}

/** How long a worker may take to start, in milliseconds: most of it is loading modules, perhaps from the network. */
const WORKER_TIMEOUT_MS = 30_000;

/** The oldest version of Deno that is supported. */
const OLDEST = [2, 5] as const;

const MARKS: Readonly<Record<Verdict, readonly [mark: string, colour: "green" | "yellow" | "red"]>> = {
  ok: ["✓", "green"],
  note: ["!", "yellow"],
  fault: ["✗", "red"],
};

/** Checks this machine. */
export async function doctor(this: CliContext, { json = false }: DoctorFlags, ...checkpoints: string[]): Promise<void> {
  const { stdout } = this.process;
  const style = styleOf(stdout);
  const findings: Finding[] = [];
  const report = (finding: Finding) => {
    findings.push(finding);
    if (json) return;
    const [mark, colour] = MARKS[finding.verdict];
    stdout.write(`${style[colour](mark)} ${finding.what.padEnd(13)} ${oneLine(finding.says)}\n`);
  };
  report({ what: "workflowy", verdict: "ok", says: VERSION });
  report(denoVersion());
  for (const finding of permissions()) report(finding);
  for (const finding of unstable()) report(finding);
  report(await worker("threads", inThread, (pid) => pid === Deno.pid));
  report(await worker("subprocesses", inProcess, (pid) => pid !== Deno.pid));
  for (const checkpoint of checkpoints) report(await readable(checkpoint));
  if (json) stdout.write(`${JSON.stringify(findings)}\n`);
  if (findings.some(({ verdict }) => verdict === "fault")) this.process.exitCode = EXIT.taskFailed;
}

function denoVersion(): Finding {
  const { deno, v8, typescript } = Deno.version;
  const [major = 0, minor = 0] = deno.split(".").map(Number);
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
  const says = `${deno} (V8 ${v8}, TypeScript ${typescript}), ${Deno.build.target}, ${
    counted(availableParallelism(), "processor")
  }`;
  if (!isOld) return { what: "Deno", verdict: "ok", says };
  return {
    what: "Deno",
    verdict: "fault",
    says: `${says}: Deno ${OLDEST.join(".")} or later is needed; run deno upgrade`,
  };
}

const RIGHTS = [
  ["read", "modules of tasks in threads and subprocesses, and checkpoints"],
  ["write", "checkpoints"],
  ["run", "subprocesses"],
  ["net", "whatever tasks fetch, and workflowy run"],
  ["env", "settings"],
] as const;

function permissions(): Finding[] {
  return RIGHTS.map(([name, use]) => {
    const { state } = Deno.permissions.querySync({ name });
    const isGranted = state === "granted";
    return {
      what: `--allow-${name}`,
      verdict: isGranted ? "ok" : "note",
      says: isGranted ? "granted" : `not granted in full; needed for ${use}`,
    };
  });
}

function unstable(): Finding[] {
  const { openKv, cron } = Deno as { openKv?: unknown; cron?: unknown };
  const feature = (what: string, isThere: boolean, advice: string, use: string): Finding => ({
    what,
    verdict: isThere ? "ok" : "note",
    says: isThere ? "available" : `not available: ${advice}; needed for ${use}`,
  });
  return [
    feature(
      "Deno KV",
      openKv !== undefined,
      'run with --unstable-kv, or put "unstable": ["kv"] into deno.json',
      "checkpoints in Deno KV",
    ),
    feature(
      "Deno.cron",
      cron !== undefined,
      'run with --unstable-cron, or put "unstable": ["cron"] into deno.json',
      "deferToDenoCron()",
    ),
    feature("Temporal", globalThis.Temporal !== undefined, "run Deno 2.7 or later", "time zones of schedules"),
  ];
}

async function worker(what: string, which: Task<[], number>, isRight: (pid: number) => boolean): Promise<Finding> {
  const start = performance.now();
  try {
    await using runner = new TaskRunner({ maxWorkers: 1, onTaskError: "continue" });
    const pid = await runner.submit(which).result({ timeout: WORKER_TIMEOUT_MS });
    if (!isRight(pid)) return { what, verdict: "fault", says: "the task ran somewhere else" };
    return { what, verdict: "ok", says: `a task ran in ${Math.round(performance.now() - start)} ms` };
  } catch (error) {
    return { what, verdict: "fault", says: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

async function readable(name: string): Promise<Finding> {
  try {
    let count = 0;
    for await (const _ of sourceOf(name, undefined).read()) count++;
    return { what: "checkpoint", verdict: "ok", says: `${name}: ${counted(count, "record")}` };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return { what: "checkpoint", verdict: "fault", says: error.message };
  }
}
