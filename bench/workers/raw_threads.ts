/**
 * Bare threads: `raw_threads.ts single|batches|bare`.
 *
 * @module
 */

import { contend } from "./contender.mjs";
import { rawContest, type RawWorker, type Style } from "./raw_pool.ts";
import type { Mode, Setup } from "./raw_mode.ts";

const ENTRY = new URL("./raw_worker.ts", import.meta.url);

function start(module: string, mode: Mode, job: unknown): RawWorker {
  const worker = new Worker(ENTRY, { type: "module" });
  const raw: RawWorker = {
    post: (message, moved = []) => worker.postMessage(message, moved),
    onanswer: () => {},
    end: () => worker.terminate(),
  };
  worker.onmessage = ({ data }: MessageEvent) => raw.onanswer(data as never);
  raw.post({ module, mode, job } satisfies Setup);
  return raw;
}

const tasks = new URL("./thread_tasks.ts", import.meta.url).href;
await contend(() => rawContest(Deno.args[0] as Style, tasks, start));
