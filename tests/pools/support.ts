/**
 * What the tests of threads and processes share.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import {
  type Logger,
  type LogLevel,
  type TaskEventType,
  type TaskHandle,
  TaskRunner,
  type TaskRunnerOptions,
} from "../../mod.ts";
import { whereAmI } from "./conformance/tasks.ts";
import { PATIENCE_MS, sleep, until } from "../support.ts";

/** The backends that run bodies somewhere else. */
export const WORKERS = ["thread", "process"] as const;

/** Whether `/proc` tells which processes there are. */
export const HAS_PROC: boolean = Deno.build.os === "linux";

/** A line that a logger was told. */
export interface LogLine {
  readonly level: LogLevel;
  readonly text: string;
}

/** A logger that keeps its lines as strings. */
export function loggerOf(lines: LogLine[], extra: Partial<Logger> = {}): Logger {
  const at = (level: LogLevel) => (...data: unknown[]) => void lines.push({ level, text: data.map(String).join(" ") });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), ...extra };
}

/** A runner that writes nothing on the console. */
export function quietRunner(options: TaskRunnerOptions = {}, lines: LogLine[] = []): TaskRunner {
  return new TaskRunner({ maxWorkers: 2, onTaskError: "continue", logger: loggerOf(lines), ...options });
}

/** The workers in which so many tasks in a row have run. */
export async function workersOf(runner: TaskRunner, backend: typeof WORKERS[number], count: number): Promise<string[]> {
  const places: string[] = [];
  for (let index = 0; index < count; index++) {
    places.push((await runner.submit(whereAmI.with({ backend }), 0)).worker);
  }
  return places;
}

/** Waits until a runner says that of a task. */
export function untilEvent(runner: TaskRunner, type: TaskEventType, handle: TaskHandle<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  runner.addEventListener(type, (event) => {
    if (event.handle === handle) resolve();
  });
  void handle.exception(); // starts the work
  return promise;
}

/** What a promise resolves with; fails if it does not settle within {@linkcode PATIENCE_MS}. */
export async function inTime<T>(what: string, promise: PromiseLike<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${PATIENCE_MS} ms, but not yet: ${what}`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The process's state and parent; `undefined` if there is no such process or only its exit code is left of it. */
function processOf(pid: number): { readonly parent: number; readonly ticks: number } | undefined {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // The name in parentheses may hold blanks: fields are counted from its end.
    const [state, parent, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state === "Z" || state === "X") return undefined;
    return { parent: Number(parent), ticks: Number(fields[9]) + Number(fields[10]) };
  } catch {
    return undefined;
  }
}

/** Whether a process is there and not just a zombie. */
export function isAlive(pid: number): boolean {
  return processOf(pid) !== undefined;
}

/** The processes that a process has started, and those that they have. */
export function childrenOf(pid: number = Deno.pid): number[] {
  const all = [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((each) => each > 0);
  const mine = all.filter((each) => processOf(each)?.parent === pid);
  return mine.flatMap((each) => [each, ...childrenOf(each)]);
}

/** The share of one processor that a process and its children use, measured over a while. */
export async function cpuShare(pid: number, overMs: number): Promise<number> {
  const ticks = () => [pid, ...childrenOf(pid)].reduce((sum, each) => sum + (processOf(each)?.ticks ?? 0), 0);
  const before = ticks();
  const start = performance.now();
  await sleep(overMs);
  const TICK_MS = 10;
  return Math.max(0, ticks() - before) * TICK_MS / (performance.now() - start);
}

/** A program under test. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
  /** What it has printed so far. */
  readonly stdout: string;
  readonly stderr: string;
  readonly status: Promise<Deno.CommandStatus>;
  kill(signal: Deno.Signal): void;
  /** Fails unless it ends within that long; returns its exit code. */
  exit(withinMs?: number): Promise<number>;
  /** The values that it printed as lines `NAME value`, in JSON. */
  values(name: string): unknown[];
}

/** How a program is run. */
export interface ProgramOptions {
  /** Default: all rights. */
  readonly flags?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  readonly cwd?: string;
}

/** Starts one of `programs/`, or the file at a path. It is killed at the end of its scope, if it is still there. */
export function startProgram(name: string, options: ProgramOptions = {}): Program {
  const path = name.startsWith("/") ? name : fromFileUrl(new URL(`programs/${name}`, import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", ...(options.flags ?? ["-A"]), path, ...(options.args ?? [])],
    env: { NO_COLOR: "1", ...options.env },
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const printed = { stdout: "", stderr: "" };
  const closing = new AbortController();
  const reading = Promise.all((["stdout", "stderr"] as const).map(async (stream) => {
    const reader = child[stream].pipeThrough(new TextDecoderStream()).getReader();
    closing.signal.addEventListener("abort", () => void reader.cancel());
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) printed[stream] += chunk.value;
  }));
  let over = false;
  const status = child.status.finally(() => over = true);
  return {
    pid: child.pid,
    status,
    get stdout() {
      return printed.stdout;
    },
    get stderr() {
      return printed.stderr;
    },
    kill: (signal) => child.kill(signal),
    async exit(withinMs = PATIENCE_MS) {
      await until(`${name} ends; it printed ${printed.stdout}\n${printed.stderr}`, () => over, withinMs);
      await reading;
      return (await status).code;
    },
    values: (key) =>
      printed.stdout.split("\n").filter((line) => line.startsWith(`${key} `))
        .map((line) => JSON.parse(line.slice(key.length + 1))),
    async [Symbol.asyncDispose]() {
      try {
        if (!over) child.kill("SIGKILL");
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // it has ended just now
      }
      await status;
      closing.abort(); // children that outlived it would keep its output open
      await reading;
    },
  };
}

/** Runs a program to its end and asserts that it went well. */
export async function runToEnd(name: string, options: ProgramOptions = {}): Promise<Program> {
  await using program = startProgram(name, options);
  const code = await program.exit();
  assertEquals(code, 0, `${name} failed: ${program.stdout}\n${program.stderr}`);
  return program;
}
