/**
 * What tests of several rooms share: waiting, recording, temporary folders and programs of their own.
 *
 * Modules of tasks that workers load may import this file: it imports nothing but types and Node's built-in modules.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Logger } from "../mod.ts";

/** How many milliseconds a test waits for something that takes almost no time on an idle machine. */
export const PATIENCE_MS = 20_000;

/** The real timer, also while a test has replaced the global one by `FakeTime`. */
const setRealTimeout = globalThis.setTimeout;

/** More turns of the event loop than the 61 that others get between two slices of tasks. */
const TURNS = 70;

/** Resolves in the next turn of the event loop. */
export function oneTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Resolves when what is ready now has had its turn, also if a slice of tasks has ended. */
export function turn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = TURNS;
  const next = () => void (--left > 0 ? setImmediate(next) : resolve());
  setImmediate(next);
  return promise;
}

/** Resolves when everything that is ready now has happened, and what follows from it. */
export async function settle(times = 5): Promise<void> {
  for (let count = 0; count < times; count++) await turn();
}

/** Whole numbers from 0 to below a limit, always the same ones for one seed. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Resolves after that many milliseconds (of fake time, where a test has installed it). */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** A promise that never settles. */
export function never(): Promise<never> {
  return new Promise(() => {});
}

/** Blocks the event loop for that many milliseconds. */
export function block(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** Rejects with the signal's reason once it is aborted. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}

/**
 * Resolves once a condition holds. It is checked every few milliseconds of real time.
 *
 * @param what The condition in words, for the error: "the child has exited".
 * @throws {Error} If it does not hold within `patienceMs`.
 */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const end = performance.now() + patienceMs;
  for (let pauseMs = 1; !await holds(); pauseMs = Math.min(pauseMs + 1, 10)) {
    if (performance.now() > end) throw new Error(`not within ${patienceMs} ms: ${what}`);
    await new Promise((resolve) => setRealTimeout(resolve, pauseMs));
  }
}

/** How many milliseconds an asynchronous action takes. */
export async function timed(action: () => PromiseLike<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

/** What an action throws or rejects with; `undefined` if it does not. */
export async function errorOf(action: () => unknown): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** A logger that keeps what is logged. */
export function recordingLogger(): Logger & { readonly lines: { level: keyof Logger; data: unknown[] }[] } {
  const lines: { level: keyof Logger; data: unknown[] }[] = [];
  const at = (level: keyof Logger) => (...data: unknown[]) => void lines.push({ level, data });
  return { lines, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** A temporary folder, which is removed at the end of its scope. */
export interface TempFolder extends AsyncDisposable {
  readonly path: string;
  /** The path of a file in it; of `state.jsonl` by default. */
  file(name?: string): string;
}

/** Makes a temporary folder. */
export async function tempFolder(): Promise<TempFolder> {
  const path = await Deno.makeTempDir({ prefix: "workflowy-test-" });
  return {
    path,
    file: (name = "state.jsonl") => join(path, name),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** The content of a file; `""` while there is no such file. */
export function textOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

const ROOT = new URL("../", import.meta.url);

/** Runs source code as a program of its own, in which the package's exports are in `workflowy`, and returns what it printed. */
export async function runProgram(
  source: string,
  ...flags: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", "--no-check", "--config", fileURLToPath(new URL("deno.json", ROOT)), ...flags, "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const head = `import * as workflowy from ${JSON.stringify(new URL("mod.ts", ROOT).href)};\n`;
  await writer.write(new TextEncoder().encode(head + source));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout).trim(), stderr: decoder.decode(stderr).trim() };
}

/** A subprocess that writes a byte for each piece of input that it reads. Resolves when it has started. */
export async function echoProcess() {
  const code = "for await (const _ of Deno.stdin.readable) await Deno.stdout.write(new Uint8Array(1))";
  const child = new Deno.Command(Deno.execPath(), { args: ["eval", code], stdin: "piped", stdout: "piped" }).spawn();
  const input = child.stdin.getWriter();
  const output = child.stdout.getReader();
  await input.write(new Uint8Array(1));
  await output.read();
  return {
    ask: (): Promise<void> => input.write(new Uint8Array(1)),
    read: (): Promise<unknown> => output.read(),
    async [Symbol.asyncDispose](): Promise<void> {
      await input.close();
      await output.cancel();
      await child.status;
    },
  };
}

/**
 * A port of this machine that no program listens to, for a server that may be started again at the same one. It is below those
 * that systems give to outgoing connections (Linux: from 32,768 on), of which one could take it while the server is away.
 */
export function freePort(): number {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
