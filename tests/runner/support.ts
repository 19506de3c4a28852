/**
 * What the tests of the runner share.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import type { Logger, TaskEventType, TaskRunner } from "../../mod.ts";

/** All types of events. */
export const EVENT_TYPES: readonly TaskEventType[] = [
  "submitted",
  "ready",
  "running",
  "progress",
  "retrying",
  "completed",
  "failed",
  "cancelled",
  "skipped",
];

/** A logger that keeps what it is told. */
export function recordingLogger(): Logger & { readonly lines: { level: keyof Logger; data: unknown[] }[] } {
  const lines: { level: keyof Logger; data: unknown[] }[] = [];
  const at = (level: keyof Logger) => (...data: unknown[]) => void lines.push({ level, data });
  return { lines, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** Notes each event as `type id`. */
export function recordEvents(runner: TaskRunner, types: readonly TaskEventType[] = EVENT_TYPES): string[] {
  const seen: string[] = [];
  for (const type of types) runner.addEventListener(type, ({ handle }) => seen.push(`${type} ${handle.id}`));
  return seen;
}

/** Resolves after the event loop went round. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A promise that never settles. */
export function never(): Promise<never> {
  return new Promise(() => {});
}

/** Rejects with the signal's reason once it is aborted. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}

/** Keeps the event loop to itself for that long. */
export function block(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** An abort controller that counts the listeners on its signal. */
export function countingController(): { controller: AbortController; listeners(): number; most(): number } {
  const controller = new AbortController();
  const { signal } = controller;
  const there = new Set<unknown>();
  let most = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  const spies = {
    addEventListener(type: string, listener: EventListener, options?: AddEventListenerOptions) {
      there.add(listener);
      most = Math.max(most, there.size);
      add(type, listener, options);
    },
    removeEventListener(type: string, listener: EventListener) {
      there.delete(listener);
      remove(type, listener);
    },
  };
  Object.assign(signal, spies);
  return { controller, listeners: () => there.size, most: () => most };
}

const ROOT = new URL("../../", import.meta.url);

/** Runs a program of its own, which finds the package's exports in `workflowy`; returns what it printed. */
export async function runProgram(
  source: string,
  ...flags: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--config", fromFileUrl(new URL("deno.json", ROOT)), ...flags, "-"],
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

/** Asserts that every pool is at rest. */
export function assertAtRest(runner: TaskRunner): void {
  for (const [name, { busy, queued }] of Object.entries(runner.statistics().pools)) {
    assertEquals({ name, busy, queued }, { name, busy: 0, queued: 0 });
  }
}
