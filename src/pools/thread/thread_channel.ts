/**
 * The way to a thread: a ring in shared memory, and `postMessage()`.
 *
 * @module
 */

import { describeError } from "../../core/describe.ts";
import type { LogLevel } from "../../core/logger.ts";
import type { JobTask } from "../../core/pool.ts";
import { fromEnvelope } from "../../serialization/envelope.ts";
import { checkCloneable } from "../../serialization/cloneable.ts";
import { isRefusedByClone, pack } from "../../serialization/packer.ts";
import { unpack } from "../../serialization/unpacker.ts";
import { writeWhole } from "../write_whole.ts";
import { BUNDLE_HINT } from "../bundle_hint.ts";
import type { Channel, ChannelListener, Loss, SharedMemory } from "../channel.ts";
import { ByteReader, FRAME_HEAD } from "../protocol/bytes.ts";
import { dispatchRecord } from "../protocol/dispatch_record.ts";
import { type Flow, FROM, type ThreadStart, TO, type ToWorker } from "../protocol/messages.ts";
import { type Abort, makeRing, RingReader } from "../protocol/ring.ts";

/** What Deno says of a thread that was hit by the end of a body that was out of time. */
const TERMINATED = "execution terminated";

/** What a thread sends apart from the ring: a result that is not plain data, or a record too large for the ring. */
type OutOfBand =
  | readonly [kind: typeof FROM.done, seq: number, flow: Flow, value: unknown, packed: boolean]
  | Uint8Array<ArrayBuffer>;

/** What a thread runs. */
export const ENTRY = new URL("../worker/thread_entry.ts", import.meta.url).href;

/** Never called: for `deno cache` and `deno vendor` to see that the module is needed. */
export const loadEntry = (): Promise<unknown> => import("../worker/thread_entry.ts");

/**
 * The main module of a thread. It imports users' modules for the entry, which may not import all that they may: a module
 * from JSR can import no other remote ones.
 */
const MAIN = `data:application/javascript,${
  encodeURIComponent(`import { serve } from ${JSON.stringify(ENTRY)};\nserve((module) => import(module));\n`)
}`;

/** A thread. */
export class ThreadChannel implements Channel, SharedMemory {
  /** Itself. */
  readonly shared = this;
  readonly #listener: ChannelListener;
  readonly #worker: Worker;
  readonly #memory = makeRing();
  readonly #ring = new RingReader(this.#memory);
  /** What came apart before its place in the ring was reached, by number. */
  readonly #outOfBand = new Map<number, OutOfBand>();
  /** The number of what has not come yet though its place was reached. */
  #awaited: number | undefined;
  #isGone = false;

  /**
   * @param options Those of the task that it is started for.
   * @param taps Whether it is to tell what `console` prints.
   */
  constructor(listener: ChannelListener, { module = "", timeout }: JobTask["options"], taps: boolean) {
    this.#listener = listener;
    this.#worker = new Worker(MAIN, { type: "module", name: "workflowy" });
    this.#worker.onmessage = ({ data }: MessageEvent<0 | "lost" | [number: number, content: OutOfBand]>) => {
      if (data === "lost") return this.#lose({ message: "A thread was lost, too broken to say why", options: {} });
      if (data !== 0) this.#outOfBand.set(...data);
      this.drain();
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      if (event.message.includes(TERMINATED)) {
        return this.#lose({ message: "A thread was lost as its task was ended", options: {}, outOfTime: true });
      }
      const hint = event.message.includes(ENTRY) ? BUNDLE_HINT : "";
      this.#lose({ message: `A thread could not be started: ${event.message}${hint}`, options: {} });
    };
    const start: ThreadStart = { memory: this.#memory, module, hasTimeout: timeout !== undefined, taps };
    this.#worker.postMessage(start);
  }

  send(messages: readonly ToWorker[], moved: Transferable[]): void {
    if (!messages.some((each) => each[0] === TO.run && holdErrors(each[6], moved))) {
      try {
        return this.#worker.postMessage({ messages, packed: false }, moved);
      } catch (error) {
        if (!isRefusedByClone(error)) throw error;
      }
    }
    this.#worker.postMessage({ messages: pack(messages), packed: true }, moved);
  }

  write(level: LogLevel, text: string): void {
    writeWhole(level === "warn" || level === "error" ? Deno.stderr : Deno.stdout, text);
  }

  setAbort(seq: number, why: Abort): void {
    this.#ring.setAbort(seq, why);
  }

  revokeAfter(first: number, last: number): number | undefined {
    return this.#ring.revokeAfter(first, last);
  }

  end(): Promise<void> {
    this.#isGone = true;
    this.#worker.terminate();
    return Promise.resolve();
  }

  stop(): void {
    this.#worker.postMessage({ messages: [[TO.end]], packed: false });
  }

  drain(): void {
    if (this.#isGone) return;
    try {
      this.#read();
    } catch (cause) {
      const message = `A thread was ended, because it sent what no thread sends: ${describeError(cause)}`;
      this.#lose({ message, options: { cause } });
    }
    if (!this.#isGone) this.#listener.caughtUp();
  }

  #read(): void {
    if (this.#awaited !== undefined && !this.#takeOutOfBand(this.#awaited)) return;
    this.#ring.drain((record) => this.#take(record));
  }

  #take(record: ByteReader): boolean {
    const kind = dispatchRecord(record, this.#listener);
    switch (kind) {
      case undefined:
        return true;
      case FROM.ready:
        this.#listener.ready();
        return true;
      case FROM.outOfBand:
        return this.#takeOutOfBand(record.whole());
      case FROM.ended:
        this.#lose({ message: "The thread was ended, because its task continued after it was aborted", options: {} });
        return false;
    }
    const cause = fromEnvelope(record.value());
    this.#lose({ message: `A thread was lost under its task: ${describeError(cause)}`, options: { cause } });
    return false;
  }

  /** Takes what came apart, if it has. */
  #takeOutOfBand(number: number): boolean {
    const apart = this.#outOfBand.get(number);
    this.#awaited = apart === undefined ? number : undefined;
    if (apart === undefined) return false;
    // Earlier ones are of a task that was ended before it could say where they belong.
    for (const each of this.#outOfBand.keys()) if (each <= number) this.#outOfBand.delete(each);
    if (apart instanceof Uint8Array) {
      const record = new ByteReader(apart);
      record.seek(FRAME_HEAD, apart.length);
      this.#take(record);
    } else {
      const [, seq, flow, value, packed] = apart;
      this.#listener.done(seq, flow, packed ? unpack(value) : value);
    }
    return true;
  }

  #lose(loss: Loss): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#worker.terminate();
    this.#listener.gone(loss);
  }
}

/** Whether there are errors in arguments, which have to be packed. */
function holdErrors(args: readonly unknown[], moved: readonly Transferable[]): boolean {
  if (args.every((arg) => typeof arg !== "object" && typeof arg !== "function" && typeof arg !== "symbol")) {
    return false;
  }
  return checkCloneable(args, "args", new Set<object>(moved)) === "packed";
}
