/**
 * A bare subprocess.
 *
 * @module
 */

import { frameOf, FrameReader } from "./frames.ts";
import { HANDLERS, type Setup } from "./raw_mode.ts";

const PIECE = new Uint8Array(1 << 16);

let handle: ((message: never) => unknown) | undefined;
let setup: Setup | undefined;

const frames = new FrameReader((message) => {
  if (handle !== undefined) answer(handle(message as never));
  else setup = message as Setup;
});

function answer(message: unknown): void {
  const frame = frameOf(message);
  for (let at = 0; at < frame.length;) at += Deno.stdout.writeSync(frame.subarray(at));
}

for (;;) {
  const count = await Deno.stdin.read(PIECE);
  if (count === null) break;
  frames.feed(PIECE.subarray(0, count));
  if (handle !== undefined || setup === undefined) continue;
  handle = HANDLERS[setup.mode](await import(setup.module));
  answer(handle(setup.job as never));
}
