/**
 * Web-standard workers as the workers of a pool.
 *
 * @module
 */

import type { JobTask } from "../../core/pool.ts";
import type { OpenWorker, WorkerKind } from "../channel.ts";
import { refusePermissions } from "../permission_guard.ts";

/** What a thread runs. */
const ENTRY = new URL("../worker/thread_entry.ts", import.meta.url).href;

/** Never called: for `deno cache` and `deno vendor` to see that the module is needed. */
export const loadEntry = (): Promise<unknown> => import("../worker/thread_entry.ts");

/** Threads. */
export class ThreadKind implements WorkerKind {
  readonly name = "thread";
  readonly where = "on a thread";
  readonly memory = "shared";

  groupOf({ name, options }: JobTask): string {
    const { module } = options;
    refusePermissions(name, options);
    if (module === undefined) {
      throw new TypeError(
        `Cannot run "${name}" on a thread, which has to import it: make it a task, with task() at the top level of a module`,
      );
    }
    for (const url of [ENTRY, module]) refuseUnreadable(url, name);
    return "";
  }

  async load(): Promise<OpenWorker> {
    const { ThreadChannel } = await import("./thread_channel.ts");
    return ({ options }, listener, taps) => new ThreadChannel(ENTRY, listener, options, taps);
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }
}

/** A thread cannot import what the program may not read. */
function refuseUnreadable(url: string, name: string): void {
  if (!url.startsWith("file:")) return;
  const path = new URL(url);
  if (Deno.permissions.querySync({ name: "read", path }).state === "granted") return;
  throw new TypeError(
    `Cannot run "${name}" on a thread, which has to import ${url}: run the program with --allow-read, or with it for ` +
      `that file's folder`,
  );
}
