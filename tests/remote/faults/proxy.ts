/**
 * A network between two programs that can be cut: what is sent meanwhile arrives nowhere, and no one is told.
 *
 * @module
 */

/** Passes bytes on to a port of this machine, while it is not cut. */
export class Proxy implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #accepting: Promise<void>;
  #isCut = false;

  constructor(port: number) {
    this.#accepting = this.#accept(port);
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** From now on nothing arrives. */
  cut(): void {
    this.#isCut = true;
  }

  /** New connections work again; those that were there are gone. */
  mend(): void {
    this.#isCut = false;
    this.#closeAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.#closeAll();
    await this.#accepting;
  }

  async #accept(port: number): Promise<void> {
    const passing: Promise<void>[] = [];
    try {
      for await (const near of this.#listener) {
        if (this.#isCut) {
          near.close();
          continue;
        }
        const far = await Deno.connect({ hostname: "127.0.0.1", port });
        for (const each of [near, far]) this.#connections.add(each);
        passing.push(this.#pass(near, far), this.#pass(far, near));
      }
    } catch {
      // The listener was closed.
    }
    await Promise.all(passing);
  }

  async #pass(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(1 << 16);
    try {
      for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
        if (this.#isCut) continue; // it is lost
        for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
      }
    } catch {
      // One of them was closed.
    }
    if (!this.#isCut) { for (const each of [from, to]) this.#close(each); }
  }

  #closeAll(): void {
    for (const each of this.#connections) this.#close(each);
  }

  #close(connection: Deno.TcpConn): void {
    if (!this.#connections.delete(connection)) return;
    try {
      connection.close();
    } catch {
      // The other side was faster.
    }
  }
}
