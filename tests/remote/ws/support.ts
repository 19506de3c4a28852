/**
 * Hubs and workers for tests.
 *
 * @module
 */

import type { Engine, RunnerListener } from "../../../src/remote/engine.ts";
import { within } from "../../../src/core/pause.ts";
import { Channel } from "../../../src/remote/ws/channel.ts";
import { type HubSetup, WsHub } from "../../../src/remote/ws/hub.ts";
import { type Handlers, type Kind, VERSION } from "../../../src/remote/ws/messages.ts";
import { WsWorker } from "../../../src/remote/ws/ws_worker.ts";
import { recordingLogger, until } from "../../support.ts";

/** A port of this machine that no one has now. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** What a hub on this machine is made with. */
export function hubSetup(own: Partial<HubSetup> = {}): HubSetup {
  return {
    ...{ name: "tested", leaseMs: 2_000, hostname: "127.0.0.1", port: 0 },
    ...{ token: undefined, certificate: undefined, onListen: undefined },
    ...own,
  };
}

/** Both ends of an engine on a port of this machine. */
export function webSocketEngine(own: Partial<HubSetup> & { readonly port: number }): Engine {
  const setup = hubSetup(own);
  const { name, leaseMs, token = "", port } = setup;
  const url = new URL(`ws://127.0.0.1:${port}`);
  return {
    name: "WebSocket",
    openRunner: (...args) => WsHub.open(setup, ...args),
    openWorker: (_, ...args) => WsWorker.open({ url, name, token, leaseMs, logger: recordingLogger() }, ...args),
  };
}

/** A worker that a test plays. */
export interface Played {
  readonly channel: Channel;
  /** What it was sent, with the fields. */
  readonly heard: readonly (readonly [Kind, ...unknown[]])[];
  /** What it was sent of a kind. */
  of(kind: Kind): readonly unknown[][];
  /** Resolves once the hub has answered, and read what was sent before. */
  answered(): Promise<void>;
  close(): Promise<void>;
}

const FROM_HUB = ["welcome", "job", "orders", "arrived", "forgotten", "more", "part"] as const;

/** Connects to a hub as a worker would. */
export async function play(port: number, own: { id?: string; name?: string; token?: string } = {}): Promise<Played> {
  const heard: [Kind, ...unknown[]][] = [];
  const note = (kind: Kind) => [kind, (...fields: readonly unknown[]) => void heard.push([kind, ...fields])];
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  const channel = new Channel(socket, Object.fromEntries(FROM_HUB.map(note)));
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  const { id = crypto.randomUUID(), name = "tested", token = "" } = own;
  channel.send("join", VERSION, name, id, token);
  const of = (kind: Kind) => heard.filter(([each]) => each === kind).map(([, ...fields]) => fields);
  return {
    ...{ channel, heard, of },
    answered: async () => {
      const before = of("part").length;
      channel.send("get", "run", "none", 0);
      await until("it is answered", () => of("part").length > before);
    },
    close: async () => {
      channel.close(1000, "");
      await within(10_000, channel.closed);
    },
  };
}

/** A listener that notes outcomes. */
export function notingRunner(): RunnerListener & { readonly keys: string[] } {
  const keys: string[] = [];
  const nothing = { events() {}, hello() {}, disconnected() {}, reconnected() {}, refused() {} };
  return { keys, outcomes: (key) => void keys.push(key), ...nothing };
}

/** A hub on a port of its own. */
export async function openHub(own: Partial<HubSetup> = {}, listener = notingRunner()) {
  let port = 0;
  const hub = await WsHub.open(
    hubSetup({ onListen: (at) => port = at.port, ...own }),
    "run",
    listener,
    new AbortController().signal,
  );
  return { hub, port, listener, [Symbol.asyncDispose]: () => hub.close() };
}

/** Both ends of a connection on this machine. */
export async function connected(near: Handlers, far: Handlers) {
  const sockets: WebSocket[] = [];
  const lists: number[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.addEventListener("message", ({ data }) => void lists.push(data.byteLength ?? -1));
    sockets.push(socket);
    channels.push(new Channel(socket, far));
    return response;
  });
  const channels: Channel[] = [];
  const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}`);
  const left = new Channel(socket, near);
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  await until("both ends are there", () => channels.length === 1 && sockets[0]!.readyState === WebSocket.OPEN);
  return {
    ...{ left, right: channels[0]!, socket, lists },
    async [Symbol.asyncDispose]() {
      for (const each of [left, ...channels]) each.close(1000, "");
      await within(10_000, Promise.all([left, ...channels].map(({ closed }) => closed)));
      await server.shutdown();
    },
  };
}
