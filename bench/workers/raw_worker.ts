/**
 * A bare worker: what each task costs without a library.
 *
 * @module
 */
/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import type { Setup } from "./raw_mode.ts";
import { HANDLERS } from "./raw_mode.ts";

self.onmessage = async ({ data: { module, mode, job } }: MessageEvent<Setup>) => {
  const handle = HANDLERS[mode](await import(module));
  self.onmessage = ({ data }: MessageEvent) => {
    if (mode === "move") self.postMessage(data, [data.buffer]);
    else self.postMessage(handle(data as never));
  };
  self.postMessage(handle(job as never));
};
