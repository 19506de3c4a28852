/**
 * What a subprocess runs.
 *
 * Its standard input and output belong to the pool. What tasks print goes to the standard error output.
 *
 * @module
 */

import { FrameReader, MAX_PIECE, PIECE_END } from "../protocol/frames.ts";
import { FRAME_HEAD } from "../protocol/bytes.ts";
import { readMessage } from "../protocol/message_codec.ts";
import { STDERR_MARK } from "../protocol/stderr_mark.ts";
import { handleUncaughtErrors } from "./uncaught_errors.ts";
import { WorkerLoop } from "./worker_loop.ts";
import { Outbox } from "./outbox.ts";
import { redirectStdio, type Streams } from "./redirect_stdio.ts";

/** How a subprocess was started. */
export interface ServeOptions {
  /** Imports a module; the one that the subprocess was started for without any right to read it. */
  load(module: string): Promise<unknown>;
  /** The module of the task that the subprocess was started for. */
  readonly module: string;
  /** Whether to say on the standard error output which task begins. */
  readonly verbose: boolean;
  /** Whether to tell what `console` prints, from the first import on. */
  readonly taps: boolean;
}

const PIECE = 1 << 16;

class ProcessOutbox extends Outbox {
  readonly #write: Streams["writeSync"];

  constructor(write: Streams["writeSync"]) {
    super();
    this.#write = write;
  }

  protected override send(): void {
    const { writer } = this;
    const { length } = writer;
    writer.byte(PIECE_END); // makes room for that of the last piece
    try {
      let end = Math.min(length, MAX_PIECE - 1);
      this.#writePiece(0, end);
      while (end < length) {
        const size = Math.min(length - end, MAX_PIECE - FRAME_HEAD - 1);
        writer.putPieceHead(end - FRAME_HEAD, size);
        this.#writePiece(end - FRAME_HEAD, end + size);
        end += size;
      }
    } catch {
      exit(1); // the pool is no more
    }
  }

  #writePiece(start: number, end: number): void {
    const { bytes } = this.writer;
    const next = bytes[end]!;
    bytes[end] = PIECE_END;
    for (let at = start; at <= end;) at += this.#write(bytes.subarray(at, end + 1));
    bytes[end] = next;
  }
}

const exit = Deno.exit;

/** Runs tasks until the standard input ends. */
export async function serve({ load, module, verbose, taps }: ServeOptions): Promise<never> {
  const { stderr } = Deno;
  const streams = redirectStdio();
  const outbox = new ProcessOutbox(streams.writeSync);
  // What Ctrl-C means for tasks is for their program to say. Elsewhere it only goes to the group of the program.
  if (Deno.build.os === "windows") Deno.addSignalListener("SIGINT", () => {});
  const encoder = new TextEncoder();
  const lose = (reason: unknown) => {
    try {
      outbox.lost(reason);
    } finally {
      exit(1);
    }
  };
  const loop = new WorkerLoop(outbox, {
    load,
    leases: true,
    hasPipe: true,
    begin: () => true,
    abortOf: () => undefined,
    lose,
    end: () => exit(0),
    ...(verbose && { announce: (name: string) => void stderr.writeSync(encoder.encode(`${STDERR_MARK}${name}\n`)) }),
  });
  const frames = new FrameReader((record) => loop.take(readMessage(record)));
  const buffer = new Uint8Array(PIECE);
  handleUncaughtErrors(loop, lose);
  loop.preload(module, taps);
  for (;;) {
    const count = await streams.read(buffer);
    if (count === null) return exit(0);
    frames.feed(buffer.subarray(0, count));
    // The rest of a large record is on its way; to wait for each piece would take longer than the pieces take.
    while (frames.missing > PIECE) {
      const more = streams.readSync(frames.room);
      if (more === null) return exit(0);
      frames.filled(more);
    }
    loop.run();
  }
}
