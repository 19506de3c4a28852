/**
 * The way to a thread: a ring in shared memory, and `postMessage()`.
 *
 * @module
 */

import { describeError } from "../../core/describe.ts";
import type { LogLevel } from "../../core/logger.ts";
import { fromEnvelope } from "../../serialization/envelope.ts";
import { checkCloneable } from "../../serialization/cloneable.ts";
import { isRefusedByClone, pack } from "../../serialization/packer.ts";
import { unpack } from "../../serialization/unpacker.ts";
import { writeWhole } from "../write_whole.ts";
import { BUNDLE_HINT } from "../bundle_hint.ts";
import type { Channel, ChannelListener, Loss, SharedMemory, StartedWorker } from "../channel.ts";
import { ByteReader, ByteWriter, FRAME_HEAD } from "../protocol/bytes.ts";
import { dispatchRecord } from "../protocol/dispatch_record.ts";
import { bundled } from "../protocol/bundle.ts";
import { writeMessage } from "../protocol/message_codec.ts";
import { type Flow, FROM, type RunMessage, TO, type ToWorker } from "../protocol/messages.ts";
import type { ThreadMemory } from "../protocol/thread_memory.ts";
import { MAX_IN_RING, RingReader, RingWriter } from "../protocol/ring.ts";
import { type Abort, TaskMarks } from "../protocol/task_marks.ts";

/** What Deno says of a thread that was hit by the end of a body that was out of time. */
const TERMINATED = "execution terminated";

/** What a thread sends apart from the ring: a result that is not plain data, or a record too large for the ring. */
type OutOfBand =
  | readonly [kind: typeof FROM.done, seq: number, flow: Flow, value: unknown, packed: boolean]
  | Uint8Array<ArrayBuffer>;

/** More messages than these are sent faster by `postMessage()`, which costs the same for any number (measured). */
const MAX_BY_RING = 8;
/** Strings up to this length are quick to write as bytes. */
const MAX_STRING_BY_RING = 100;

/** A thread that was started, and has been sent its {@linkcode ThreadStart}. */
export interface StartedThread extends StartedWorker {
  readonly worker: Worker;
  readonly memory: ThreadMemory;
  /** What has come from it so far, in order. */
  readonly events: readonly (MessageEvent<unknown> | ErrorEvent)[];
}

/** A thread. */
export class ThreadChannel implements Channel, SharedMemory {
  /** Itself. */
  readonly shared = this;
  readonly #listener: ChannelListener;
  readonly #worker: Worker;
  readonly #outbox: RingReader;
  readonly #inbox: RingWriter;
  readonly #marks: TaskMarks;
  /** How many threads this program has. */
  readonly #threads: Int32Array;
  readonly #writer = new ByteWriter();
  /** How many parcels the thread has taken, and how many were sent. */
  readonly #taken: Int32Array;
  #sent = 0;
  /** What came apart before its place in the ring was reached, by number. */
  readonly #outOfBand = new Map<number, OutOfBand>();
  /** The number of what has not come yet though its place was reached. */
  #awaited: number | undefined;
  #isGone = false;

  constructor({ worker, memory, events }: StartedThread, listener: ChannelListener) {
    this.#listener = listener;
    this.#worker = worker;
    this.#outbox = new RingReader(memory.outbox);
    this.#inbox = new RingWriter(memory.inbox, () => this.#worker.postMessage(0));
    this.#marks = new TaskMarks(memory.marks);
    this.#threads = new Int32Array(memory.threads);
    this.#taken = new Int32Array(memory.parcels);
    worker.onmessage = (event) => this.#hear(event);
    worker.onerror = (event) => this.#hear(event);
    // Later, as the listener has to get this channel first.
    if (events.length > 0) queueMicrotask(() => events.forEach((event) => this.#hear(event)));
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
    // With a list of what moves, also an empty one, Deno loads code the first time, which takes milliseconds.
    if (moved.length === 0) this.#worker.postMessage({ messages, packed });
    else this.#worker.postMessage({ messages, packed }, moved);
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

  #hear(event: MessageEvent<unknown> | ErrorEvent): void {
    if (event instanceof ErrorEvent) {
      event.preventDefault();
      return this.#fail(event.message);
    }
    const { data } = event;
    if (data === "lost") return this.#lose({ message: "A thread was lost, too broken to say why", options: {} });
    if (isParcel(data)) this.#outOfBand.set(...data);
    this.drain();
  }

  #fail(message: string): void {
    if (message.includes(TERMINATED)) {
      return this.#lose({ message: "A thread was lost as its task was ended", options: {}, outOfTime: true });
    }
    const hint = message.includes("thread_entry.ts") ? BUNDLE_HINT : "";
    this.#lose({ message: `A thread could not be started: ${message}${hint}`, options: {} });
  }

  #terminate(): void {
    if (!this.#isGone) Atomics.sub(this.#threads, 0, 1);
    this.#isGone = true;
    this.#worker.terminate();
  }

  #lose(loss: Loss): void {
    if (this.#isGone) return;
    this.#terminate();
    this.#listener.gone(loss);
  }
}

/**
 * Whether what came by `postMessage()` is something that is not in the ring, with its number. Others are 0, a word to look into
 * the ring, and what a body has posted by itself, which is for no one.
 */
function isParcel(data: unknown): data is [number: number, content: OutOfBand] {
  if (!Array.isArray(data) || data.length !== 2 || typeof data[0] !== "number") return false;
  const content: unknown = data[1];
  return content instanceof Uint8Array || (Array.isArray(content) && content[0] === FROM.done);
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
