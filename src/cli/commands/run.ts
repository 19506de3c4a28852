/**
 * `workflowy run [options] program.ts -- args`.
 *
 * @module
 */

import { dirname, join, resolve } from "node:path";
import { FRAME_END } from "../../observe/progress/live_screen.ts";
import { makeSessionFolder } from "../../observe/session/runtime_folder.ts";
import { readSession, removeSession, type Session } from "../../observe/session/session.ts";
import {
  type AttachOptions,
  END_FILE,
  type ProgressMode,
  REPORT_FILE,
  type RunEnd,
  SNAPSHOT_FILE,
} from "../attach/options.ts";
import { type CliContext, CliError, EXIT } from "../context.ts";
import { permissionFlags } from "../run/permissions.ts";
import { checkProgram } from "../run/program.ts";
import { needsSnapshot, type WantedFile, wantedReport, writeFiles } from "../run/reports.ts";
import { ownModule } from "../self.ts";
import { counted, styleOf } from "../style.ts";

/** The options. */
export interface RunFlags {
  readonly progress: ProgressMode;
  readonly ui?: boolean;
  readonly otel?: boolean;
  readonly report?: readonly string[];
  readonly trace?: string;
  readonly checkpoint?: string;
}

/** The exit code of a program that Ctrl+C has ended on Windows: STATUS_CONTROL_C_EXIT. */
const WINDOWS_CTRL_C = 0xc000013a;
const PRELOAD_FILE = "attach.js";
const FILE_MODE = 0o600;

/** Runs a program. */
export async function run(this: CliContext, flags: RunFlags, program: string, ...args: string[]): Promise<void> {
  checkProgram(program);
  const files: WantedFile[] = (flags.report ?? []).map(wantedReport);
  if (flags.trace !== undefined) files.push({ path: flags.trace, format: "trace" });
  for (const { path } of files) checkFolder(path);
  if (flags.checkpoint !== undefined) checkFolder(flags.checkpoint);
  const folder = makeSessionFolder();
  try {
    const options: AttachOptions = {
      folder,
      program,
      progress: flags.progress,
      otel: flags.otel === true,
      files: [...new Set(files.map((file) => needsSnapshot(file) ? SNAPSHOT_FILE : REPORT_FILE))],
      ...(flags.ui === true && { ui: true }),
      ...(flags.checkpoint !== undefined && { checkpoint: resolve(flags.checkpoint) }),
    };
    const status = await runProgram(commandLine(options, this.denoFlags, [program, ...args]), options.otel);
    this.process.exitCode = conclude(this, flags, options, status, await writeFiles(folder, files));
  } finally {
    removeSession(folder);
  }
}

/** Finding it out at the end of a long run would be late. */
function checkFolder(path: string): void {
  const folder = dirname(resolve(path));
  try {
    if (Deno.statSync(folder).isDirectory) return;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) throw error;
  }
  throw new CliError(`Cannot write ${path}, as there is no folder ${folder}; create it first`);
}

/** The arguments of Deno that run a program with the tool. */
function commandLine(options: AttachOptions, denoFlags: readonly string[], program: readonly string[]): string[] {
  const { folder, checkpoint } = options;
  const preload = join(folder, PRELOAD_FILE);
  const code = `import { attach } from ${JSON.stringify(ownModule("cli/attach"))};\nawait attach(${
    JSON.stringify(JSON.stringify(options))
  });\n`;
  Deno.writeTextFileSync(preload, code, { mode: FILE_MODE });
  const files = checkpoint === undefined ? [] : [checkpoint, `${checkpoint}.tmp-compaction`];
  const rights = permissionFlags(denoFlags, {
    read: checkpoint === undefined ? [] : [...files, dirname(checkpoint)],
    write: [folder, ...files],
    net: ["127.0.0.1:0"],
  });
  return ["run", ...denoFlags, ...rights, `--preload=${preload}`, ...program];
}

/** Runs Deno to the end of the program. A signal from the terminal reaches the program as well, which decides what it means. */
async function runProgram(args: readonly string[], otel: boolean): Promise<Deno.CommandStatus> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    ...(otel && { env: { OTEL_DENO: "true" } }),
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const isTerminal = Deno.stdin.isTerminal() || Deno.stdout.isTerminal() || Deno.stderr.isTerminal();
  const pass = (signal: Deno.Signal) => () => {
    try {
      child.kill(signal);
    } catch {
      // it has ended
    }
  };
  const listeners: [Deno.Signal, () => void][] = [["SIGINT", isTerminal ? () => {} : pass("SIGINT")]];
  if (Deno.build.os !== "windows") listeners.push(["SIGTERM", pass("SIGTERM")], ["SIGHUP", pass("SIGHUP")]);
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  try {
    return await child.status;
  } finally {
    for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
  }
}

/** Says what the program cannot say itself. Returns the exit code. */
function conclude(
  { process: { stderr } }: CliContext,
  flags: RunFlags,
  options: AttachOptions,
  status: Deno.CommandStatus,
  unwritten: readonly string[],
): number {
  const { program, folder } = options;
  const style = styleOf(stderr);
  const say = (line: string) => stderr.write(`${line}\n`);
  const session = readSession(folder);
  const end = endIn(folder);
  const isInterrupted = status.signal === "SIGINT" || status.code === EXIT.interrupted ||
    status.code >>> 0 === WINDOWS_CTRL_C;
  if (isInterrupted && stderr.columns !== undefined) say(""); // the terminal has written ^C
  for (const problem of end?.problems ?? []) say(style.yellow(`warning: ${problem}`));
  if (session !== undefined) { for (const problem of unwritten) say(style.yellow(`warning: ${problem}`)); }
  if (isInterrupted) {
    say(style.yellow(`interrupted: ${howToContinue(session, flags)}`));
    return EXIT.interrupted;
  }
  if (status.signal !== null) {
    if (stderr.columns !== undefined) stderr.write(FRAME_END);
    say(style.yellow(`ended by ${status.signal}: ${howToContinue(session, flags)}`));
    return status.code;
  }
  if (end === undefined) {
    const hasBegun = session === undefined ? status.code === EXIT.usage : session.runners.length > 0;
    if (hasBegun || status.code === 0) return status.code;
    say(style.red(`error: ${program} could not be started: see above`));
    return EXIT.usage;
  }
  if (end.runners === 0 && status.code === 0) {
    say(style.red(`error: ${program} has no tasks: it made no TaskRunner`));
    return EXIT.usage;
  }
  if (end.runners > 0 && end.submitted === 0) say(style.yellow(`warning: ${program} has submitted no tasks`));
  if (flags.checkpoint !== undefined && end.runners > 0 && !end.usedCheckpoint) {
    say(style.yellow(`warning: --checkpoint was not used, as ${program} has a checkpoint of its own`));
  }
  if (end.failed > 0 && flags.progress === "none") {
    say(style.red(`${end.failed} of ${counted(end.submitted, "task")} failed`));
  }
  return status.code;
}

function endIn(folder: string): RunEnd | undefined {
  try {
    return JSON.parse(Deno.readTextFileSync(join(folder, END_FILE))) as RunEnd;
  } catch {
    return undefined; // it was killed
  }
}

function howToContinue(session: Session | undefined, { checkpoint: wanted }: RunFlags): string {
  const files = session?.runners.map(({ checkpoint }) => checkpoint).filter((file) => file !== undefined) ?? [];
  if (files.length === 0) {
    return "nothing was saved; with --checkpoint FILE, the next run continues where this one stopped";
  }
  const named = wanted !== undefined && files.includes(resolve(wanted)) ? wanted : files.find((file) => file !== "");
  if (named === undefined) return "run the same command again to continue, if the program resumes from its checkpoint";
  return `run the same command again to continue; workflowy state ${named} shows what is done`;
}
