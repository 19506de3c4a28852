/**
 * What a thread runs.
 *
 * @module
 */

import { checkCloneable } from "../../serialization/cloneable.ts";
import { isRefusedByClone, pack } from "../../serialization/packer.ts";
import { unpack } from "../../serialization/unpacker.ts";
import { readMessage } from "../protocol/message_codec.ts";
import { MAX_IN_RING, RingReader, RingWriter } from "../protocol/ring.ts";
import { TaskMarks } from "../protocol/task_marks.ts";
import { type Flow, FROM, type RunMessage, type ThreadStart, TO, type ToWorker } from "../protocol/messages.ts";
import { ambientScope } from "../../tasks/ambient.ts";
import { transferablesOf } from "../../tasks/transfer.ts";
import { handleUncaughtErrors } from "./uncaught_errors.ts";
import { prepareTimeouts, runWithTimeout } from "./run_with_timeout.ts";
import { now } from "./clock.ts";
import { Lookout } from "./lookout.ts";
import { WorkerLoop } from "./worker_loop.ts";
import { Outbox } from "./outbox.ts";
import { WorkerTask } from "./worker_task.ts";

/** What a thread's global scope has; the library for it cannot be loaded beside the usual one. */
interface ThreadScope {
  postMessage(message: unknown, options?: { transfer: Transferable[] }): void;
  close(): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  addEventListener(type: "error", listener: (event: ErrorEvent) => void): void;
  addEventListener(type: "unhandledrejection", listener: (event: PromiseRejectionEvent) => void): void;
}

const self = globalThis as unknown as ThreadScope;
const close = self.close.bind(self);
const postMessage = self.postMessage.bind(self);

/** Writes to the ring, and sends by `postMessage()` what the ring cannot hold. */
class ThreadOutbox extends Outbox {
  readonly #ring: RingWriter;
  /** How many messages were sent by `postMessage()`. */
  #outOfBand = 0;

  constructor(ring: RingWriter) {
    super();
    this.#ring = ring;
  }

  override done(seq: number, flow: Flow, value: unknown): void {
    if (typeof value !== "object" || value === null) return super.done(seq, flow, value);
    const moved = transferablesOf([value]);
    const how = checkCloneable(value, "the result", new Set<object>(moved));
    if (how === "json" && moved.length === 0) return super.done(seq, flow, value);
    if (how !== "packed") {
      try {
        return this.#sendOutOfBand([FROM.done, seq, flow, value, false], moved);
      } catch (error) {
        if (!isRefusedByClone(error)) throw error;
      }
    }
    this.#sendOutOfBand([FROM.done, seq, flow, pack(value), true], moved);
  }

  /** Repairs what was under way when a task was ended by force. */
  recover(): void {
    this.writer.clear();
    this.#ring.recover();
  }

  protected override send(): void {
    const { writer } = this;
    if (writer.length <= MAX_IN_RING) {
      this.#ring.write(writer);
      return;
    }
    const bytes = writer.bytes.slice(0, writer.length);
    writer.clear();
    this.#sendOutOfBand(bytes, []);
  }

  /** Before it is announced, as it may fail. A number tells whether the announcement was kept from following. */
  #sendOutOfBand(content: unknown, moved: Transferable[]): void {
    const number = ++this.#outOfBand;
    // With a list of what moves, also an empty one, Deno loads code the first time, which takes milliseconds.
    if (moved.length === 0) postMessage([number, content]);
    else postMessage([number, content], { transfer: moved });
    this.outOfBand(number);
  }
}

/**
 * How many milliseconds a thread that has nothing left looks for more before it sleeps: some more than its pool takes to
 * submit the next task after a result. To be woken takes as long or longer.
 */
const LOOK_MS = 0.03;
/** How many milliseconds a thread may continue in this way before its event loop gets its turn. */
const MAX_LOOKING_MS = 2;

/** Messages that came together by `postMessage()`. */
interface Parcel {
  readonly messages: readonly ToWorker[];
  /** Whether errors among them are in envelopes. */
  readonly packed: boolean;
}

/** Runs tasks, once the pool has sent the memory that both share. */
export function serve(load: (module: string) => Promise<unknown>): void {
  let take: ((parcel: Parcel | 0) => void) | undefined;
  // As the first listener it keeps from tasks what is not for them, whatever they listen to.
  self.addEventListener("message", (event) => {
    event.stopImmediatePropagation();
    if (take === undefined) take = start(event.data as ThreadStart, load);
    else take(event.data as Parcel | 0);
  });
}

function start(
  { memory, module, hasTimeout, taps }: ThreadStart,
  load: (module: string) => Promise<unknown>,
): (parcel: Parcel | 0) => void {
  const ring = new RingWriter(memory.outbox, () => postMessage(0));
  const inbox = new RingReader(memory.inbox);
  const marks = new TaskMarks(memory.marks);
  const threads = new Int32Array(memory.threads);
  const parcels = new Int32Array(memory.parcels);
  const processors = navigator.hardwareConcurrency;
  const lookout = new Lookout();
  let lookUntil = 0;
  const outbox = new ThreadOutbox(ring);
  let isLost = false;
  const lose = (reason: unknown) => {
    if (isLost) return;
    isLost = true;
    try {
      outbox.lost(reason);
    } catch {
      postMessage("lost");
    }
    close();
  };
  const loop = new WorkerLoop(outbox, {
    load,
    leases: false,
    hasPipe: false,
    begin: (seq) => marks.begin(seq),
    abortOf: (seq) => marks.abortOf(seq),
    lookForMore: () => {
      if (isLost || now() > lookUntil) return false;
      // With more threads than processors, one that looks would keep another from working.
      if (Atomics.load(threads, 0) > processors || !lookout.look(() => inbox.lookFor(LOOK_MS))) return false;
      takeRecords();
      return true;
    },
    runWithTimeout,
    recover: () => outbox.recover(),
    lose,
    end: () => {
      outbox.ended();
      close();
    },
  });
  const takeRecords = () =>
    inbox.drain((record) => {
      loop.take(readMessage(record));
      return true;
    });
  forbidExits((what) => {
    const error = new Error(`The task called ${what}`);
    const scope = ambientScope();
    if (!(scope instanceof WorkerTask && scope.over)) lose(error);
    throw error;
  });
  handleUncaughtErrors(loop, lose);
  if (hasTimeout) {
    // What tasks with a timeout need takes milliseconds to load, which are not to be the task's.
    prepareTimeouts();
    setImmediate(() => {});
  }
  loop.preload(module, taps);
  const take = (parcel: Parcel | 0) => {
    lookUntil = now() + MAX_LOOKING_MS;
    // Records that are there were sent before the parcel: the pool writes none until it has been taken.
    takeRecords();
    if (parcel !== 0) {
      const { packed } = parcel;
      const messages = withOwnArgs(parcel.messages);
      for (const message of packed ? unpack(messages) as readonly ToWorker[] : messages) loop.take(message);
      Atomics.add(parcels, 0, 1);
    }
    loop.run();
  };
  return (parcel) => {
    if (isLost) return;
    try {
      take(parcel);
    } catch (cause) {
      // What is sent would wait for good.
      lose(
        new Error("it cannot take tasks any more, as if one had changed built-ins such as Array.prototype", { cause }),
      );
    }
  };
}

/**
 * Gives each task objects of its own. What is posted together is cloned together: an object that two tasks were given is one
 * object in the thread. Those of the first task are its own then, and only they may have been moved here.
 */
function withOwnArgs(messages: readonly ToWorker[]): readonly ToWorker[] {
  let isFirst = true;
  return messages.map((message) => {
    if (message[0] !== TO.run || !message[6].some((arg) => typeof arg === "object" && arg !== null)) return message;
    if (!isFirst) return message.with(6, structuredClone(message[6])) as unknown as RunMessage;
    isFirst = false;
    return message;
  });
}

/** What would end a program would end only the thread here, without a message. `process.exit()` calls `Deno.exit()`. */
function forbidExits(refuse: (what: string) => never): void {
  Deno.exit = (code) => refuse(`Deno.exit(${code ?? ""})`);
  self.close = () => refuse("self.close()");
}
