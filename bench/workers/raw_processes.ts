/**
 * Bare subprocesses: `raw_processes.ts single|batches|bare`. Messages are frames on stdin and stdout.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import { contend } from "./contender.mjs";
import { frameOf, FrameReader } from "./frames.ts";
import type { Mode, Setup } from "./raw_mode.ts";
import { rawContest, type RawWorker, type Style } from "./raw_pool.ts";

const ENTRY = fromFileUrl(new URL("./raw_child.ts", import.meta.url));

function start(module: string, mode: Mode, job: unknown): RawWorker {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", ENTRY],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const raw: RawWorker = {
    post: (message) => void writer.write(frameOf(message)),
    onanswer: () => {},
    end: async () => {
      await writer.close();
      await child.status;
    },
  };
  const frames = new FrameReader((answer) => raw.onanswer(answer as never));
  (async () => {
    for await (const piece of child.stdout) frames.feed(piece);
  })();
  raw.post({ module, mode, job } satisfies Setup);
  return raw;
}

const tasks = new URL("./process_tasks.ts", import.meta.url).href;
await contend(() => rawContest(Deno.args[0] as Style, tasks, start));
