/**
 * What a thread runs.
 *
 * @module
 */

import { packErrors, portability, unpackErrors } from "../../serialization/portable.ts";
import { LARGEST_IN_RING, RingWriter } from "../protocol/ring.ts";
import { FROM, type ThreadStart, type ToWorker } from "../protocol/messages.ts";
import { ambientScope } from "../../tasks/ambient.ts";
import { transferablesOf } from "../transfer.ts";
import { catchStrays } from "./catch_strays.ts";
import { callWithin, prepareCall } from "./call_within.ts";
import { Executor } from "./executor.ts";
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

/** Writes to the ring, and sends apart what it cannot hold. */
class ThreadOutbox extends Outbox {
  readonly #ring: RingWriter;
  /** How many messages were sent apart. */
  #apart = 0;

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
    this.#sendApart([FROM.done, seq, pace, errors ? packErrors(value) : value, errors], moved);
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
    const bytes = writer.bytes.slice(0, writer.length);
    writer.clear();
    this.#sendApart(bytes, []);
  }

  /** Before it is announced, as it may fail. A number tells whether the announcement was kept from following. */
  #sendApart(content: unknown, moved: Transferable[]): void {
    const number = ++this.#apart;
    postMessage([number, content], { transfer: moved });
    this.apart(number);
  }
}

/** Messages that came together. */
interface Parcel {
  readonly messages: readonly ToWorker[];
  /** Whether errors among them are in envelopes. */
  readonly packed: boolean;
}

/** Runs tasks, once the pool has sent the memory that both share. */
export function serve(load: (module: string) => Promise<unknown>): void {
  let take: ((parcel: Parcel) => void) | undefined;
  // As the first listener it keeps from tasks what is not for them, whatever they listen to.
  self.addEventListener("message", (event) => {
    event.stopImmediatePropagation();
    if (take === undefined) take = start(event.data as ThreadStart, load);
    else take(event.data as Parcel);
  });
}

function start(
  { memory, module, hasTimeout }: ThreadStart,
  load: (module: string) => Promise<unknown>,
): (parcel: Parcel) => void {
  const ring = new RingWriter(memory, () => postMessage(0));
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
    const scope = ambientScope();
    if (!(scope instanceof WorkerTask && scope.over)) lose(error);
    throw error;
  });
  catchStrays(executor, lose);
  if (hasTimeout) prepareCall(); // so that the time is not the task's
  executor.preload(module);
  return ({ messages, packed }) => {
    if (isLost) return;
    for (const message of packed ? unpackErrors(messages) as readonly ToWorker[] : messages) executor.take(message);
    executor.run();
  };
}

/** What would end a program would end only the thread here, and tell nobody. `process.exit()` calls `Deno.exit()`. */
function forbidExits(refuse: (what: string) => never): void {
  Deno.exit = (code) => refuse(`Deno.exit(${code ?? ""})`);
  self.close = () => refuse("self.close()");
}
