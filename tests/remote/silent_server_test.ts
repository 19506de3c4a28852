import { assertRejects } from "@std/assert";
import { open } from "../../src/remote/nats/connection.ts";
import { namesOf } from "../../src/remote/nats/names.ts";
import { PostgresServer } from "../../src/remote/postgres/server.ts";
import { Redactor } from "../../src/remote/redact.ts";
import { until } from "../support.ts";

/** A program that accepts connections and never says anything, as a server that stands still does. */
class SilentServer implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #serving = this.#serve();
  accepted = 0;
  open = 0;

  get address(): string {
    return `127.0.0.1:${this.#listener.addr.port}`;
  }

  async #serve(): Promise<void> {
    const connections: Promise<void>[] = [];
    for await (const connection of this.#listener) {
      this.accepted++;
      this.open++;
      connections.push(this.#drain(connection));
    }
    await Promise.all(connections);
  }

  async #drain(connection: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(1_000);
    while (await connection.read(buffer) !== null);
    connection.close();
    this.open--;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#serving;
  }
}

const redactor = new Redactor({});
const listener = { heard() {}, disconnected() {}, reconnected() {} };

Deno.test("NATS: no connection is left of a try to connect to a server that stands still", async () => {
  await using server = new SilentServer();
  const ending = new AbortController();
  const connection = { servers: [server.address], timeout: 200 };
  const setup = { names: namesOf("p"), connection, replicas: 1, redactor };
  const opening = open(setup, "test", ending.signal);
  await until("it has tried several times", () => server.accepted >= 3);
  await until("only the last of them is there", () => server.open <= 1);
  ending.abort(new Error("it ends"));
  await assertRejects(() => opening, Error, "it ends");
  await until("all are closed", () => server.open === 0);
});

Deno.test("Postgres: a pool whose server stands still can end, and leaves no connection", async () => {
  await using server = new SilentServer();
  const ending = new AbortController();
  const setup = { pool: "p", schema: "workflowy", connection: new URL(`postgres://u@${server.address}/db`), redactor };
  const opening = PostgresServer.open(setup, ["c"], listener, ending.signal);
  await until("it is connecting", () => server.accepted === 1);
  ending.abort(new Error("it ends"));
  await assertRejects(() => opening, Error, "it ends");
  await until("it is closed", () => server.open === 0);
});
