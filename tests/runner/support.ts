/**
 * What the tests of the runner share.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { TaskEventType, TaskRunner } from "../../mod.ts";

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

/** Notes each event as `type id`. */
export function recordEvents(runner: TaskRunner, types: readonly TaskEventType[] = EVENT_TYPES): string[] {
  const seen: string[] = [];
  for (const type of types) runner.addEventListener(type, ({ handle }) => seen.push(`${type} ${handle.id}`));
  return seen;
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

/** Asserts that every pool is at rest. */
export function assertAtRest(runner: TaskRunner): void {
  for (const [name, { busy, queued }] of Object.entries(runner.statistics().pools)) {
    assertEquals({ name, busy, queued }, { name, busy: 0, queued: 0 });
  }
}
