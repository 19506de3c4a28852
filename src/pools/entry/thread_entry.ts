/**
 * What a thread runs.
 *
 * @module
 */

import { packErrors, portability, unpackErrors } from "../../core/portable.ts";
import { LARGEST_IN_RING, RingWriter } from "../protocol/ring.ts";
import { FROM, type ToWorker } from "../protocol/messages.ts";
import { transferablesOf } from "../transfer.ts";
import { catchStrays } from "./catch_strays.ts";
import { callWithin } from "./call_within.ts";
import { Executor } from "./executor.ts";
import { Outbox } from "./outbox.ts";

/** What a thread's global scope has; the library for it cannot be loaded beside the usual one. */
interface ThreadScope {
  postMessage(message: unknown, options?: { transfer: Transferable[] }): void;
  close(): void;
  onmessage: ((event: MessageEvent<never>) => void) | null;
  addEventListener(type: "error", listener: (event: ErrorEvent) => void): void;
  addEventListener(type: "unhandledrejection", listener: (event: PromiseRejectionEvent) => void): void;
}

const self = globalThis as unknown as ThreadScope;
const close = self.close.bind(self);

/** Writes to the ring, and sends apart what it cannot hold. */
class ThreadOutbox extends Outbox {
  readonly #ring: RingWriter;

  constructor(ring: RingWriter) {
    super();
    this.#ring = ring;
  }

  override done(seq: number, pace: number, value: unknown): void {
    if (typeof value !== "object" || value === null) return super.done(seq, pace, value);
    const moved = transferablesOf([value]);
    const how = portability(value, "the result", new Set<object>(moved));
    if (how === "json" && moved.length === 0) return super.done(seq, pace, value);
    const errors = how === "errors";
    const message = [FROM.done, seq, pace, errors ? packErrors(value) : value, errors] as const;
    // Before it is announced, as it may fail.
    self.postMessage(message, { transfer: moved });
    this.apart();
  }

  /** Makes good what was under way when a task was ended by force. */
  recover(): void {
    this.writer.clear();
    this.#ring.recover();
  }

  protected override send(): void {
    const { writer } = this;
    if (writer.length <= LARGEST_IN_RING) {
      this.#ring.write(writer);
      return;
    }
    self.postMessage(writer.bytes.slice(0, writer.length));
    writer.clear();
    this.apart();
  }
}

/** Runs tasks, once the pool has sent the memory that both share. */
export function serve(load: (module: string) => Promise<unknown>): void {
  self.onmessage = ({ data: [memory, module] }: MessageEvent<[SharedArrayBuffer, string]>) =>
    start(memory, module, load);
}

function start(memory: SharedArrayBuffer, module: string, load: (module: string) => Promise<unknown>): void {
  const ring = new RingWriter(memory, () => self.postMessage(0));
  const outbox = new ThreadOutbox(ring);
  let isLost = false;
  const lose = (reason: unknown) => {
    if (isLost) return;
    isLost = true;
    outbox.lost(reason);
    close();
  };
  const executor = new Executor(outbox, {
    load,
    leases: false,
    begin: (seq) => ring.begin(seq),
    abortOf: (seq) => ring.abortOf(seq),
    callWithin,
    recover: () => outbox.recover(),
    lose,
    end: () => {
      outbox.ended();
      close();
    },
  });
  forbidExits((what) => {
    const error = new Error(`The task called ${what}`);
    lose(error);
    throw error;
  });
  catchStrays(executor, lose);
  self.onmessage = ({ data }: MessageEvent<{ messages: readonly ToWorker[]; packed: boolean }>) => {
    if (isLost) return;
    const { messages, packed } = data;
    for (const message of packed ? unpackErrors(messages) as readonly ToWorker[] : messages) executor.take(message);
    executor.run();
  };
  executor.preload(module);
}

/** What would end a program would end only the thread here, and tell nobody. `process.exit()` calls `Deno.exit()`. */
function forbidExits(refuse: (what: string) => never): void {
  Deno.exit = (code) => refuse(`Deno.exit(${code ?? ""})`);
  self.close = () => refuse("self.close()");
}
