/**
 * What workers of a runner connect to, in the program of the runner. It has the queue; outcomes are kept by the workers.
 *
 * @module
 */

import { pause, within } from "../../core/pause.ts";
import { runDetached } from "../../core/run_detached.ts";
import { isSameSecret } from "../../core/same_secret.ts";
import type { BlobStore, RunnerLink, RunnerListener, SubmittedJob, Whereabouts } from "../engine.ts";
import { JobQueue, type Taker } from "../memory/job_queue.ts";
import { MAX_VALUE } from "../protocol/limits.ts";
import { Channel } from "./channel.ts";
import { BEATS, CLOSE, type Handlers, MAX_FRAME, PART } from "./messages.ts";
import { Results } from "./results.ts";

/** For how long a port that is in use is tried again, in milliseconds: the program that had it may be ending. */
const PORT_MS = 5_000;
const PORT_RETRY_MS = 100;
/** For how long a program that connects may be silent about itself, in milliseconds. */
const JOIN_MS = 5_000;
/** How many connections there may be that have not said who they are. */
const MAX_STRANGERS = 100;
/** How long workers may take to close their connections at the end, in milliseconds. */
const CLOSE_MS = 2_000;
/** So many heartbeats that are missing are silence. */
const MAX_MISSED = 2;
/** So many, and the connection is closed. */
const MAX_SILENT = 4 * BEATS;
/** For how long it is known what a worker that is gone need not send again, in milliseconds. */
const GONE_MS = 600_000;
/** The longest key of a large value. */
const MAX_KEY = 300;
/** How many workers are known, those that are gone among them. */
const MAX_MEMBERS = 10_000;
/** How many batches a worker may not know yet that they are of no more use. */
const MAX_DONE = 100_000;
/** How many bytes large results may have in all: those that are announced, and those that the runner has not read yet. */
const MAX_RESULTS = 2 * 2 ** 30;
/** How many bytes may wait for a worker that asks for more, and reads nothing. */
const MAX_BACKLOG = 64 * 2 ** 20;

/** Where a hub listens. */
export interface HubAddress {
  readonly hostname: string;
  readonly port: number;
}

/** What a hub needs to know. */
export interface HubSetup extends HubAddress {
  /** The name of the pool. */
  readonly name: string;
  readonly leaseMs: number;
  /** What workers have to know; `undefined` for nothing. */
  readonly token: string | undefined;
  /** For TLS, as PEM. */
  readonly certificate: { readonly cert: string; readonly key: string } | undefined;
  readonly onListen: ((address: HubAddress) => void) | undefined;
}

/** A worker's program, also while it is not connected. */
interface Member {
  readonly id: string;
  channel: Channel | undefined;
  /** The numbers of batches that are of no more use, until it says that it knows. */
  readonly done: Set<number>;
  /** When it was connected last, in milliseconds of `performance.now()`. */
  seenAt: number;
  /** How many of its heartbeats are missing. */
  missed: number;
  /** Hands it a job. */
  take: Taker;
}

/** A server for WebSockets. */
export class WsHub implements RunnerLink {
  readonly maxFrame = MAX_FRAME;
  readonly maxMessage = MAX_FRAME;
  /** The queue is in the program of the runner. */
  readonly remembers = false;
  readonly blobs: BlobStore;
  readonly #setup: HubSetup;
  readonly #run: string;
  readonly #listener: RunnerListener;
  readonly #jobs = new JobQueue();
  /** Large arguments, by key. */
  readonly #values = new Map<string, Uint8Array>();
  readonly #results = new Results(MAX_RESULTS);
  readonly #members = new Map<string, Member>();
  readonly #channels = new Set<Channel>();
  readonly #strangers = new Set<Channel>();
  #isClosing = false;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #stop = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;

  private constructor(setup: HubSetup, run: string, listener: RunnerListener) {
    this.#setup = setup;
    this.#run = run;
    this.#listener = listener;
    this.blobs = {
      put: (_, key, bytes) => Promise.resolve(void this.#values.set(key, bytes)),
      get: (_, key) => Promise.resolve(this.#valueOf(key)),
      drop: (_, keys) => {
        for (const key of keys) if (!this.#values.delete(key)) this.#results.drop(key);
      },
    };
    const { hostname, port, certificate, leaseMs } = setup;
    const options = { hostname, port, signal: this.#stop.signal, onListen() {} };
    const answer = (request: Request) => this.#answer(request);
    this.#server = certificate === undefined
      ? Deno.serve(options, answer)
      : Deno.serve({ ...options, ...certificate }, answer);
    this.#timer = setInterval(() => this.#look(), leaseMs / BEATS);
  }

  /**
   * Listens, once the port is free.
   *
   * @throws {Error} If it cannot listen there.
   */
  static async open(setup: HubSetup, run: string, listener: RunnerListener, signal: AbortSignal): Promise<WsHub> {
    const { hostname, port } = setup;
    for (const end = performance.now() + PORT_MS;;) {
      signal.throwIfAborted();
      try {
        const hub = new WsHub(setup, run, listener);
        try {
          setup.onListen?.({ hostname, port: hub.#server.addr.port });
        } catch (error) {
          await hub.close();
          throw error;
        }
        return hub;
      } catch (cause) {
        if (!(cause instanceof Deno.errors.AddrInUse)) throw cause;
        if (performance.now() > end) {
          const message = `Port ${port} of ${hostname} is in use: end the program that has it, or take another port`;
          throw new Error(message, { cause });
        }
        await pause(PORT_RETRY_MS);
      }
    }
  }

  submit(token: string, frame: Uint8Array): void {
    this.#jobs.submit(token, frame);
  }

  withdraw(token: string): Promise<boolean> {
    return Promise.resolve(this.#jobs.withdraw(token));
  }

  discard(token: string): void {
    this.#jobs.ended(token);
  }

  locate(jobs: readonly SubmittedJob[]): Promise<ReadonlyMap<string, Whereabouts>> {
    return Promise.resolve(new Map(jobs.map(({ token }) => [token, this.#jobs.locate(token)])));
  }

  listQueued(): Promise<ReadonlySet<string>> {
    return Promise.resolve(this.#jobs.queued());
  }

  ping(): Promise<void> {
    return new Promise((resolve) => void setImmediate(resolve));
  }

  order(frame: Uint8Array): void {
    for (const { channel } of this.#members.values()) channel?.send("orders", frame);
  }

  forget(keys: readonly string[]): void {
    const told = new Map<Member, number[]>();
    for (const key of keys) {
      const end = key.lastIndexOf(":");
      const member = this.#members.get(key.slice(0, end));
      if (member === undefined) continue;
      const number = Number(key.slice(end + 1));
      member.done.add(number);
      const numbers = told.get(member);
      if (numbers === undefined) told.set(member, [number]);
      else numbers.push(number);
    }
    for (const [{ channel }, numbers] of told) channel?.sendSoon("forgotten", numbers);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#isClosing = true;
    for (const channel of this.#channels) channel.close(CLOSE.ending, "The runner ends");
    await within(CLOSE_MS, Promise.all([...this.#channels].map(({ closed }) => closed)));
    this.#stop.abort();
    await this.#server.finished;
  }

  #answer(request: Request): Response {
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
      return new Response("Workers of Workflowy connect here, by WebSocket\n", {
        status: 426,
        headers: { upgrade: "websocket" },
      });
    }
    // Browsers let each page connect to this machine, and say which page it is.
    if (request.headers.has("origin")) return new Response("Pages cannot connect here\n", { status: 403 });
    if (this.#isClosing) return new Response("The runner ends\n", { status: 503 }); // no one would close the connection
    if (this.#strangers.size >= MAX_STRANGERS) return new Response("Too many connections\n", { status: 503 });
    try {
      // With a number, the program would wait for half of it at its end; who is silent is found by heartbeats.
      const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
      runDetached(() => this.#meet(socket));
      return response;
    } catch {
      return new Response("A WebSocket needs another request than this\n", { status: 400 });
    }
  }

  /** Someone has connected, who has JOIN_MS to say who it is. */
  #meet(socket: WebSocket): void {
    const channel: Channel = new Channel(socket, {
      join: (_, pool, id, token) => this.#join(channel, pool, id, token),
    });
    const timer = setTimeout(() => {
      if (this.#strangers.has(channel)) channel.close(CLOSE.late, "A worker has to say at once who it is");
    }, JOIN_MS);
    this.#channels.add(channel);
    this.#strangers.add(channel);
    void channel.ended.then(() => {
      clearTimeout(timer);
      this.#strangers.delete(channel);
    });
    void channel.closed.then(() => this.#channels.delete(channel));
  }

  /** @throws {TypeError} If it is not a worker. */
  #join(channel: Channel, pool: string, id: string, token: string): void {
    const { name, token: expected } = this.#setup;
    if (expected !== undefined && !isSameSecret(token, expected)) return channel.close(CLOSE.token, "Another token");
    if (pool !== name) return channel.close(CLOSE.pool, name);
    if (!/^[\w-]{1,64}$/.test(id)) throw new TypeError("The id of a worker is not valid");
    if (!this.#members.has(id) && this.#members.size >= MAX_MEMBERS) {
      return channel.close(CLOSE.late, "There are too many workers");
    }
    this.#strangers.delete(channel);
    const member = this.#members.get(id) ??
      { id, channel: undefined, done: new Set(), seenAt: 0, missed: 0, take() {} };
    this.#members.set(id, member);
    member.channel?.close(CLOSE.replaced, "It has connected again");
    this.#jobs.want(member.take, 0);
    member.channel = channel;
    member.missed = 0;
    channel.handlers = this.#handlersFor(member, channel);
    channel.send("welcome", [...member.done]);
    void channel.ended.then(() => {
      if (member.channel !== channel) return;
      this.#jobs.want(member.take, 0);
      member.channel = undefined;
      member.seenAt = performance.now();
    });
  }

  #handlersFor(member: Member, channel: Channel): Handlers {
    const run = this.#run;
    const listener = this.#listener;
    let sent = 0;
    const results = this.#results;
    let arriving: { readonly key: string; readonly bytes: Uint8Array; length: number } | undefined;
    const forgetArriving = () => {
      if (arriving !== undefined) results.release(arriving.bytes.length);
      arriving = undefined;
    };
    void channel.ended.then(forgetArriving);
    member.take = (frame) => {
      sent++;
      channel.send("job", frame);
    };
    return {
      want: (count, received) => this.#jobs.want(member.take, count - (sent - received)),
      report: (number, of, tokens, frame) => {
        if (of !== run || member.done.has(number)) return channel.sendSoon("forgotten", [number]);
        if (member.done.size >= MAX_DONE) {
          throw new RangeError("It never says which batches it knows to be of no more use");
        }
        for (const token of tokens) this.#jobs.ended(token);
        channel.sendSoon("arrived", number);
        listener.outcomes(`${member.id}:${number}`, frame);
      },
      tell: (of, frame) => {
        if (of === run) listener.events(frame);
      },
      hello: (frame) => listener.hello(frame),
      ping: (lowest) => {
        member.missed = 0;
        for (const number of member.done) if (number < lowest) member.done.delete(number);
      },
      put: (of, key, size, at, part) => {
        if (size > MAX_VALUE || key.length > MAX_KEY) throw new RangeError("A value is too large");
        if (at === 0) {
          forgetArriving();
          if (!results.reserve(size)) return channel.close(CLOSE.late, "Too many large results arrive at once");
          arriving = { key, bytes: new Uint8Array(size), length: 0 };
        }
        if (arriving?.key !== key || arriving.length !== at || at + part.length > arriving.bytes.length) {
          throw new RangeError("A part of a value does not follow the one before");
        }
        arriving.bytes.set(part, at);
        arriving.length += part.length;
        if (arriving.length === arriving.bytes.length) {
          const { bytes } = arriving;
          forgetArriving();
          if (of === run) results.keep(key, bytes);
        }
        channel.send("more");
      },
      get: (of, key, at) => {
        if (channel.backlog > MAX_BACKLOG) return channel.close(CLOSE.late, "It asks for more than it reads");
        const value = of === run ? this.#valueOf(key) : undefined;
        if (value === undefined) channel.send("part", [], new Uint8Array(0));
        else channel.send("part", [value.length], value.subarray(at, at + PART));
      },
    };
  }

  #valueOf(key: string): Uint8Array | undefined {
    return this.#values.get(key) ?? this.#results.get(key);
  }

  /** Hands no jobs to those of whom nothing is heard: their connection may be lost without a word. */
  #look(): void {
    const now = performance.now();
    for (const member of this.#members.values()) {
      if (member.channel === undefined) {
        if (now - member.seenAt > GONE_MS) this.#members.delete(member.id);
      } else if (++member.missed > MAX_SILENT) member.channel.close(CLOSE.late, "Nothing was heard of it for long");
      else if (member.missed > MAX_MISSED) this.#jobs.want(member.take, 0);
    }
  }
}
