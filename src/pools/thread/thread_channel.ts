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
import { ByteReader, ByteWriter, FRAME_HEAD } from "../protocol/bytes.ts";
import { dispatchRecord } from "../protocol/dispatch_record.ts";
import { bundled } from "../protocol/bundle.ts";
import { writeMessage } from "../protocol/message_codec.ts";
import {
  type Flow,
  FROM,
  type RunMessage,
  type ThreadMemory,
  type ThreadStart,
  TO,
  type ToWorker,
} from "../protocol/messages.ts";
import { makeRing, MAX_IN_RING, RingReader, RingWriter } from "../protocol/ring.ts";
import { type Abort, makeMarks, TaskMarks } from "../protocol/task_marks.ts";

/** What Deno says of a thread that was hit by the end of a body that was out of time. */
const TERMINATED = "execution terminated";

/** What a thread sends apart from the ring: a result that is not plain data, or a record too large for the ring. */
type OutOfBand =
  | readonly [kind: typeof FROM.done, seq: number, flow: Flow, value: unknown, packed: boolean]
  | Uint8Array<ArrayBuffer>;

/** How many threads this program has. */
const threads = new Int32Array(new SharedArrayBuffer(4));

/** More messages than these are sent faster by `postMessage()`, which costs the same for any number (measured). */
const MAX_BY_RING = 8;
/** Strings up to this length are quick to write as bytes. */
const MAX_STRING_BY_RING = 100;

/** A thread. */
export class ThreadChannel implements Channel, SharedMemory {
  /** Itself. */
  readonly shared = this;
  readonly #listener: ChannelListener;
  readonly #worker: Worker;
  readonly #memory: ThreadMemory = {
    outbox: makeRing(),
    inbox: makeRing(),
    marks: makeMarks(),
    threads: threads.buffer,
    parcels: new SharedArrayBuffer(4),
  };
  readonly #outbox = new RingReader(this.#memory.outbox);
  readonly #inbox = new RingWriter(this.#memory.inbox, () => this.#worker.postMessage(0));
  readonly #marks = new TaskMarks(this.#memory.marks);
  readonly #writer = new ByteWriter();
  /** How many parcels the thread has taken, and how many were sent. */
  readonly #taken = new Int32Array(this.#memory.parcels);
  #sent = 0;
  /** What came apart before its place in the ring was reached, by number. */
  readonly #outOfBand = new Map<number, OutOfBand>();
  /** The number of what has not come yet though its place was reached. */
  #awaited: number | undefined;
  #isGone = false;

  /**
   * @param entry The module that it runs.
   * @param options Those of the task that it is started for.
   * @param taps Whether it is to tell what `console` prints.
   */
  constructor(
    entry: string,
    listener: ChannelListener,
    { module = "", timeout }: JobTask["options"],
    taps: boolean,
  ) {
    this.#listener = listener;
    Atomics.add(threads, 0, 1);
    this.#worker = new Worker(mainModule(entry), { type: "module", name: "workflowy" });
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
      const hint = event.message.includes(entry) ? BUNDLE_HINT : "";
      this.#lose({ message: `A thread could not be started: ${event.message}${hint}`, options: {} });
    };
    const start: ThreadStart = { memory: this.#memory, module, hasTimeout: timeout !== undefined, taps };
    this.#worker.postMessage(start);
  }

  send(messages: readonly ToWorker[], moved: Transferable[]): void {
    if (moved.length === 0 && this.#sendByRing(messages)) return;
    messages = bundled(messages);
    if (!messages.some((each) => each[0] === TO.run && holdErrors(each[6], moved))) {
      try {
        return this.#post(messages, false, moved);
      } catch (error) {
        if (!isRefusedByClone(error)) throw error;
      }
    }
    this.#post(pack(messages), true, moved);
  }

  #post(messages: unknown, packed: boolean, moved: Transferable[]): void {
    this.#worker.postMessage({ messages, packed }, moved);
    this.#sent++;
  }

  /**
   * Sends a few small messages by shared memory, which takes half as long as `postMessage()`.
   *
   * Only if the thread has taken all that was posted: what is in the ring would overtake it.
   */
  #sendByRing(messages: readonly ToWorker[]): boolean {
    if (messages.length > MAX_BY_RING || Atomics.load(this.#taken, 0) !== this.#sent) return false;
    if (!messages.every((each) => each[0] === TO.run && isSmall(each))) return false;
    if (!this.#inbox.hasRoom(MAX_IN_RING)) return false;
    for (const message of messages) {
      writeMessage(this.#writer, message);
      this.#inbox.write(this.#writer);
      this.#writer.clear();
    }
    return true;
  }

  write(level: LogLevel, text: string): void {
    writeWhole(level === "warn" || level === "error" ? Deno.stderr : Deno.stdout, text);
  }

  setAbort(seq: number, why: Abort): void {
    this.#marks.setAbort(seq, why);
  }

  revokeAfter(first: number, last: number): number | undefined {
    return this.#marks.revokeAfter(first, last);
  }

  end(): Promise<void> {
    this.#terminate();
    return Promise.resolve();
  }

  stop(): void {
    this.#post([[TO.end]], false, []);
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
    this.#outbox.drain((record) => this.#take(record));
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

  #terminate(): void {
    if (!this.#isGone) Atomics.sub(threads, 0, 1);
    this.#isGone = true;
    this.#worker.terminate();
  }

  #lose(loss: Loss): void {
    if (this.#isGone) return;
    this.#terminate();
    this.#listener.gone(loss);
  }
}

/** Whether a message has nothing but a few numbers, booleans and short strings, which are the same as bytes. */
function isSmall([, , , , , id, args, name]: RunMessage): boolean {
  return args.length <= MAX_BY_RING && isShort(id) && isShort(name) && args.every(isShort);
}

function isShort(value: unknown): boolean {
  switch (typeof value) {
    case "string":
      return value.length <= MAX_STRING_BY_RING && value.isWellFormed();
    case "number":
    case "boolean":
    case "undefined":
      return true;
  }
  return value === null;
}

/** Whether there are errors in arguments, which have to be packed. */
function holdErrors(args: readonly unknown[], moved: readonly Transferable[]): boolean {
  if (args.every((arg) => typeof arg !== "object" && typeof arg !== "function" && typeof arg !== "symbol")) {
    return false;
  }
  return checkCloneable(args, "args", new Set<object>(moved)) === "packed";
}

/**
 * The main module of a thread. It imports users' modules for the entry, which may not import all that they may: a module
 * from JSR can import no other remote ones.
 */
function mainModule(entry: string): string {
  const code = `import { serve } from ${JSON.stringify(entry)};\nserve((module) => import(module));\n`;
  return `data:application/javascript,${encodeURIComponent(code)}`;
}
