/**
 * Mending what the client (3.4.0) does to its sockets.
 *
 * - It removes all listeners of a socket before it destroys it. If the socket has failed a moment before, its error is emitted
 *   after that, and an "error" event without a listener ends the program: a server that refuses a password and resets the
 *   connection would end a runner with all its tasks.
 * - It leaves a socket open whose server has not said anything in time, once for each try, and such a socket keeps the program
 *   alive.
 *
 * @module
 */

import type { Socket } from "node:net";

/** What makes sockets in the client. */
interface Transport {
  dial(...args: unknown[]): Promise<Socket>;
  startTLS(...args: unknown[]): Promise<Socket>;
  tlsFirst(...args: unknown[]): Promise<Socket>;
  close(error?: Error): Promise<void>;
  /** Whether the server has said who it is. */
  connected: boolean;
  done: boolean;
  socket: Socket | undefined;
}

let guarding: Promise<void> | undefined;

/** Has the client's sockets keep a listener for errors, and end with a try to connect, from now on. */
export function guardSockets(): Promise<void> {
  return guarding ??= guard();
}

async function guard(): Promise<void> {
  let transport: Transport;
  try {
    const { NodeTransport } = await import("@nats-io/transport-node/lib/node_transport.js");
    transport = NodeTransport.prototype as unknown as Transport;
  } catch {
    return; // another version has other files
  }
  for (const name of ["dial", "startTLS", "tlsFirst"] as const) {
    const original = transport[name];
    if (typeof original !== "function") continue;
    transport[name] = async function (this: Transport, ...args: unknown[]) {
      return keepListener(await original.apply(this, args));
    };
  }
  const { close } = transport;
  transport.close = function (this: Transport, error?: Error) {
    if (this.connected) return close.call(this, error);
    this.done = true; // a socket that is there later is destroyed
    this.socket?.destroy();
    return Promise.resolve();
  };
}

function keepListener(socket: Socket): Socket {
  const ignore = () => {}; // the client learns of it by the end of the connection
  const { removeAllListeners } = socket;
  socket.removeAllListeners = (...event: [] | [string | symbol | undefined]) => {
    removeAllListeners.apply(socket, event); // without an argument, all of them
    return socket.on("error", ignore);
  };
  return socket.on("error", ignore);
}
