/**
 * What the tests of tasks with few rights share.
 *
 * @module
 */

import { assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import type { Task, TaskPermissions, TaskRunner } from "../../mod.ts";

/** A file that is on every machine and in no project. */
export const OUTSIDE = Deno.build.os === "windows" ? "C:\\Windows\\win.ini" : "/etc/hostname";

/** A task that runs in a process with these rights. */
export function limited<A extends unknown[], R>(task: Task<A, R>, permissions: TaskPermissions): Task<A, R> {
  return task.with({ backend: "process", permissions });
}

/** Asserts that a body was denied a right, with Deno's own error. */
export async function assertDenied<A extends unknown[]>(
  runner: TaskRunner,
  task: Task<A, unknown>,
  ...args: A
): Promise<void> {
  const handle = runner.submit(task as unknown as Task<unknown[], unknown>, ...args);
  const error = await handle.exception();
  assertInstanceOf(error, Deno.errors.NotCapable);
  assertEquals([error.name, handle.attempts], ["NotCapable", 1]);
  assertMatch(error.message, /--allow-/);
  assertMatch(error.stack!, /hostile_tasks\.ts/);
}
