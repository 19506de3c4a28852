/**
 * One end of a connection between a hub and a worker.
 *
 * @module
 */

import { describeError } from "../../core/describe.ts";
import { ByteWriter } from "../../pools/protocol/bytes.ts";
import {
  CLOSE,
  type Fields,
  type Handlers,
  type Kind,
  MAX_LIST,
  OtherVersionError,
  PART,
  readMessages,
  writeMessage,
} from "./messages.ts";

/** The longest reason to close a WebSocket, in bytes. */
const MAX_REASON = 123;
/** The code of WebSockets for a connection that was lost. */
const LOST = 1006;

/** How a connection ended. */
export interface Ending {
  readonly by: "this end" | "the other end";
  /** As for a WebSocket. */
  readonly code: number;
  readonly reason: string;
}

/**
 * Within how many milliseconds what arrives is answered, if only with an empty list. Deno leaves Nagle's algorithm on: what is
 * sent while the other end has not confirmed what was sent before waits for that, and systems confirm after 40 ms, unless they
 * have something to send.
 */
const ANSWER_MS = 2;
/** So long after the last message, all is confirmed. */
const QUIET_MS = 50;

/** Sends messages, those of a turn of the event loop together, and gives those that arrive to handlers. */
export class Channel {
  /** Resolves once nothing arrives any more. */
  readonly ended: Promise<Ending>;
  /** Resolves once the other end knows, or the connection is lost. */
  readonly closed: Promise<void>;
  /** What is called with messages from now on. */
  handlers: Handlers;
  /** How often something has arrived: the other end answers whatever is sent. */
  heard = 0;
  readonly #socket: WebSocket;
  readonly #writer = new ByteWriter();
  readonly #end: (ending: Ending) => void;
  #state: "open" | "ended" = "open";
  #isScheduled = false;
  #answer: ReturnType<typeof setTimeout> | undefined;
  /** When the last message was sent or has arrived, in milliseconds of `performance.now()`. */
  #usedAt = 0;

  /** @param socket Open, or about to be; nothing is to be sent before. */
  constructor(socket: WebSocket, handlers: Handlers) {
    const [ended, closed] = [Promise.withResolvers<Ending>(), Promise.withResolvers<void>()];
    this.ended = ended.promise;
    this.closed = closed.promise;
    this.#end = ended.resolve;
    this.#socket = socket;
    this.handlers = handlers;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onerror = (event) => {
      this.#finish("the other end", LOST, event instanceof ErrorEvent ? event.message : "");
    };
    socket.onclose = ({ code, reason }) => {
      this.#finish("the other end", code, reason);
      closed.resolve();
    };
  }

  /** How many bytes the other end has not taken yet. */
  get backlog(): number {
    return this.#writer.length + this.#socket.bufferedAmount;
  }

  /** Sends a message that no one waits for: with the next one, or a little later. */
  sendSoon<K extends Kind>(kind: K, ...fields: Fields<K>): void {
    if (this.#collect(kind, fields)) this.#answer ??= setTimeout(() => this.#sendAnswer(), ANSWER_MS);
  }

  send<K extends Kind>(kind: K, ...fields: Fields<K>): void {
    if (!this.#collect(kind, fields) || this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.flush();
    });
  }

  /** Sends what is collected now. */
  flush(): void {
    if (this.#writer.length > 0) this.#sendList();
  }

  /** Adds a message to those that are to be sent. Returns whether there is something to send later. */
  #collect<K extends Kind>(kind: K, fields: Fields<K>): boolean {
    if (this.#state === "ended") return false;
    writeMessage(this.#writer, kind, fields);
    if (this.#writer.length < PART) return true;
    this.flush();
    return false;
  }

  #sendAnswer(): void {
    this.#answer = undefined;
    this.#sendList();
  }

  #sendList(): void {
    if (this.#state === "ended" || this.#socket.readyState !== WebSocket.OPEN) return;
    clearTimeout(this.#answer);
    this.#answer = undefined;
    if (this.#writer.length > 0) this.#usedAt = performance.now();
    this.#socket.send(this.#writer.take());
  }

  /** Sends what is collected, and closes the connection; nothing arrives any more, even if the other end never answers. */
  close(code: number, reason: string): void {
    if (this.#state === "ended") return;
    this.flush();
    this.#socket.close(code, shortened(reason));
    this.#finish("this end", code, reason);
  }

  #finish(by: Ending["by"], code: number, reason: string): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.handlers = {};
    this.#socket.onmessage = null;
    clearTimeout(this.#answer);
    this.#end({ by, code, reason });
  }

  #receive(data: unknown): void {
    this.heard++;
    try {
      if (!(data instanceof ArrayBuffer)) throw new TypeError("A message is not binary");
      if (data.byteLength > MAX_LIST) throw new RangeError(`A message of ${data.byteLength} bytes is too large`);
      const now = performance.now();
      if (data.byteLength > 0) this.#usedAt = now;
      if (now - this.#usedAt < QUIET_MS) this.#answer ??= setTimeout(() => this.#sendAnswer(), ANSWER_MS);
      readMessages(new Uint8Array(data), () => this.handlers);
    } catch (error) {
      if (error instanceof OtherVersionError) this.close(CLOSE.version, error.message);
      else this.close(CLOSE.unreadable, describeError(error));
    }
  }
}

/** As many of the characters as fit. */
function shortened(reason: string): string {
  const bytes = new TextEncoder().encode(reason);
  return bytes.length <= MAX_REASON
    ? reason
    : new TextDecoder().decode(bytes.subarray(0, MAX_REASON)).replace(/\uFFFD+$/, "");
}
