/**
 * Handles that no body stands behind: they finish at a time, or when something is delivered for a key.
 *
 * @module
 */

import { nonEmptyString, positiveMilliseconds, refuseUnknown } from "../core/checks.ts";
import { type Duration, toDelay } from "../core/duration.ts";
import { resolveOptions } from "../core/resolve_options.ts";
import { ambientSubmitter } from "./ambient.ts";
import { registerTask } from "./registry.ts";
import type { TaskSpec, WaitKind } from "./spec.ts";
import { type InternalSubmitOptions, SUBMIT } from "./submitter.ts";
import type { TaskHandle } from "./task_handle.ts";

/** The module that records of these tasks name: no program has one of that name. */
export const WAITING_MODULE = "workflowy:waiting";

const SLEEP = waitSpec<void>("sleep", "sleep");
const WAIT_FOR = waitSpec<unknown>("waitFor", "signal");

/**
 * A handle that completes after a while, or at a time. In the body of a task, `await sleep("1d")` takes no slot meanwhile,
 * and the time is kept: the next attempt, or the next run of a program with a checkpointer, sleeps for the rest of it. Such a
 * handle can be depended on, given as an argument, and cancelled, as any other. It costs no timer of its own.
 *
 * It goes by the system's clock. Sleeps are found again by what they are given and by the task whose body asks for them. So a
 * date should be the same in each run; for one that is computed from the current time, give the duration instead.
 *
 * @param delay How long, from now on (a number is milliseconds), or until when. If that has passed, the handle has completed
 * at once.
 * @returns The handle.
 * @throws {Error} If there is no current runner, it accepts no more submissions, or the caller runs in a thread or subprocess.
 * @throws {TypeError} If `delay` is neither a duration nor a date.
 * @throws {RangeError} If it is negative, too long, or not a valid date.
 *
 * @example A reminder
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { sleep, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const send = task({ name: "send" }, (text: string) => text);
 * const welcome = task({ name: "welcome" }, async (name: string) => {
 *   const first = await send.submit(`Hello, ${name}!`);
 *   await sleep("20ms"); // or "3d"
 *   return [first, await send.submit(`Do you like it, ${name}?`)];
 * });
 * await using runner = new TaskRunner({ maxWorkers: 1 });
 * assertEquals(await runner.submit(welcome, "Ada"), ["Hello, Ada!", "Do you like it, Ada?"]);
 * ```
 *
 * @example A task that depends on it
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { sleep, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const ping = task({ name: "ping" }, () => "pong");
 * await using runner = new TaskRunner().enter();
 * const later = ping.with({ dependsOn: sleep(new Date(Date.now() + 20)) }).submit();
 * assertEquals(await later, "pong");
 * ```
 */
export function sleep(delay: Duration | Date): TaskHandle<void> {
  const checked = toDelay(delay, "What sleep() is given");
  const arg = typeof checked === "number" ? checked : checked.toISOString();
  return submitWait(SLEEP, [arg], { delay: checked });
}

/** The options of {@linkcode waitFor}. */
export interface WaitForOptions {
  /**
   * How long to wait, from now on. A number is milliseconds. Then the handle fails with a `TaskTimeoutError`. Default: without
   * end.
   */
  readonly timeout?: Duration | undefined;
}

/**
 * A handle that completes with what is delivered for a key, by `runner.deliver(key, value)`: an approval, a payment, the answer
 * of another system. It completes at once if that was delivered before. In the body of a task, `await waitFor(key)` takes no
 * slot meanwhile, and a restart changes nothing: the timeout counts from the first call, and what was delivered is on record.
 * What has timed out stays so for the task, also in its next attempt. Several may wait for one key: all of them get the value.
 *
 * @typeParam T What is delivered for the key. Nothing checks it.
 * @param key What it waits for, such as `"approval of order 7"`. A key is delivered once.
 * @param options How long to wait. Default: without end.
 * @returns The handle.
 * @throws {Error} If there is no current runner, it accepts no more submissions, or the caller runs in a thread or subprocess.
 * @throws {TypeError} If `key` is not a string, or an option is of the wrong kind.
 * @throws {RangeError} If `key` is empty, or `timeout` is out of range.
 *
 * @example A payment that is waited for
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { task, TaskRunner, TaskTimeoutError, waitFor } from "@workflowy/workflowy";
 *
 * const order = task({ name: "order" }, async (id: number) => {
 *   try {
 *     const { amount } = await waitFor<{ amount: number }>(`payment of ${id}`, { timeout: "200ms" }); // or "7d"
 *     return `${id} was paid: ${amount}`;
 *   } catch (error) {
 *     if (error instanceof TaskTimeoutError) return `${id} was not paid`;
 *     throw error;
 *   }
 * });
 *
 * await using runner = new TaskRunner();
 * const orders = [runner.submit(order, 1), runner.submit(order, 2)];
 * const run = runner.run();
 * assertEquals(await runner.deliver("payment of 1", { amount: 100 }), true); // where the payment is reported
 * assertEquals(await Promise.all(orders), ["1 was paid: 100", "2 was not paid"]);
 * assertEquals(await runner.deliver("payment of 2", { amount: 50 }), false); // too late
 * await run;
 * ```
 */
export function waitFor<T = unknown>(key: string, options: WaitForOptions = {}): TaskHandle<T> {
  nonEmptyString(key, "The key of waitFor()");
  refuseUnknown(options, ["timeout"], "of waitFor()");
  const { timeout } = options;
  const delay = timeout === undefined ? undefined : positiveMilliseconds(timeout, "timeout of waitFor()");
  if (delay !== undefined) toDelay(delay, "timeout of waitFor()");
  return submitWait(WAIT_FOR, [key], { delay }) as TaskHandle<T>;
}

/** Whether a task is a sleep, or a wait for a signal, of the body of another one, which decides what its end means. */
export function isWaitOfBody({ pool, parent }: { readonly pool?: unknown; readonly parent?: unknown }): boolean {
  return pool === undefined && parent !== undefined;
}

function waitSpec<R>(name: string, wait: WaitKind): TaskSpec<never, R> {
  const spec: TaskSpec<never, R> = Object.freeze({
    options: resolveOptions({ name, module: WAITING_MODULE }, name),
    definedAs: name,
    body: () => {
      throw new Error(`"${name}" has no body`); // a fault of the engine
    },
    wait,
  });
  registerTask(spec);
  return spec;
}

/** @throws {Error} If there is no runner. */
function submitWait<R>(
  spec: TaskSpec<never, R>,
  args: readonly unknown[],
  options: InternalSubmitOptions,
): TaskHandle<R> {
  const submitter = ambientSubmitter();
  if (submitter !== undefined) return submitter[SUBMIT](spec, args, options);
  const { name } = spec.options;
  throw new Error(
    `Cannot call ${name}() as no runner is active: enter one first (await using runner = new TaskRunner(); ` +
      `runner.enter();) or name it (runner.use(() => ${name}(…)))`,
  );
}
