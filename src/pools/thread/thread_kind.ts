/**
 * Web-standard workers as the workers of a pool.
 *
 * @module
 */

import type { JobTask } from "../../core/pool.ts";
import type { ConnectWorker, StartableKind } from "../channel.ts";
import { refusePermissions } from "../permission_guard.ts";
import type { ThreadStart } from "../protocol/messages.ts";
import { makeMarks, makeRing, type ThreadMemory } from "../protocol/thread_memory.ts";
import type { StartedThread } from "./thread_channel.ts";

/** What a thread runs. */
const ENTRY = new URL("../worker/thread_entry.ts", import.meta.url).href;

/** Never called: for `deno cache` and `deno vendor` to see that the module is needed. */
export const loadEntry = (): Promise<unknown> => import("../worker/thread_entry.ts");

/** How many threads this program has. */
const threads = new Int32Array(new SharedArrayBuffer(4));

/** Threads. */
export class ThreadKind implements StartableKind<StartedThread> {
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

  start({ options: { module = "", timeout } }: JobTask, taps: boolean): StartedThread {
    const worker = new Worker(mainModule(ENTRY), { type: "module", name: "workflowy" });
    Atomics.add(threads, 0, 1);
    const events: (MessageEvent | ErrorEvent)[] = [];
    worker.onmessage = (event) => void events.push(event);
    worker.onerror = (event) => {
      event.preventDefault();
      events.push(event);
    };
    const memory: ThreadMemory = {
      outbox: makeRing(),
      inbox: makeRing(),
      marks: makeMarks(),
      threads: threads.buffer,
      parcels: new SharedArrayBuffer(4),
    };
    worker.postMessage({ memory, module, hasTimeout: timeout !== undefined, taps } satisfies ThreadStart);
    return {
      worker,
      memory,
      events,
      end: () => {
        Atomics.sub(threads, 0, 1);
        worker.terminate();
        return Promise.resolve();
      },
    };
  }

  async load(): Promise<ConnectWorker<StartedThread>> {
    const { ThreadChannel } = await import("./thread_channel.ts");
    return (thread, _task, listener) => new ThreadChannel(thread, listener);
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

/**
 * The main module of a thread. It imports users' modules for the entry, which may not import all that they may: a module
 * from JSR can import no other remote ones.
 */
function mainModule(entry: string): string {
  const code = `import { serve } from ${JSON.stringify(entry)};\nserve((module) => import(module));\n`;
  return `data:application/javascript,${encodeURIComponent(code)}`;
}
