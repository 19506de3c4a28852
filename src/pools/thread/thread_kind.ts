/**
 * Web-standard workers as the workers of a pool.
 *
 * @module
 */

import type { JobTask } from "../../core/pool.ts";
import type { Channel, ChannelListener, WorkerKind } from "../channel.ts";
import { refusePermissions } from "../permission_guard.ts";
import { ENTRY, ThreadChannel } from "./thread_channel.ts";

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

  open({ options }: JobTask, listener: ChannelListener, taps: boolean): Channel {
    return new ThreadChannel(listener, options, taps);
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
