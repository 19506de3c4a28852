import { assertEquals } from "@std/assert";
import { jetstream, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { type Names, namesOf } from "../../../src/remote/nats/names.ts";
import { OutcomeReader } from "../../../src/remote/nats/outcome_reader.ts";
import { ensureStreams } from "../../../src/remote/nats/streams.ts";
import { until } from "../../support.ts";
import { findNatsServer, NatsServer } from "../nats_server.ts";

const ignore = findNatsServer() === undefined;

/** A server with the streams of a pool. */
interface Kept {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly names: Names;
  /** Keeps an outcome. */
  publish(text: string): Promise<unknown>;
}

function outcomeTest(name: string, test: (kept: Kept) => Promise<void>): void {
  Deno.test({
    name: name + (ignore ? " (skipped: apt-get install nats-server)" : ""),
    ignore,
    async fn() {
      await using server = await NatsServer.start();
      const connection = await connect({ servers: server.address });
      const names = namesOf("tested");
      const manager = await ensureStreams(connection, names, 1);
      const publish = (text: string) => jetstream(connection).publish(names.outcomesOf("run"), text);
      await test({ connection, manager, names, publish });
      await connection.close();
    },
  });
}

outcomeTest(
  "an outcome that is needed for long does not keep those after it",
  async ({ connection, manager, names, publish }) => {
    const read: string[] = [];
    const keys: string[] = [];
    const reader = new OutcomeReader(connection, manager, names, "run", (key, frame) => {
      read.push(new TextDecoder().decode(frame));
      keys.push(key);
    });
    await reader.follow();
    for (let x = 0; x < 500; x++) await publish(`${x}`);
    await until("all are read", () => read.length === 500);
    await manager.streams.deleteMessage(names.outcomes, 200); // by someone else
    reader.forget(keys.filter((_, index) => index !== 100 && index !== 300));
    const kept = async () => (await manager.streams.info(names.outcomes)).state.messages;
    await until("the others are deleted", async () => await kept() === 3); // the last one, too: it has the number
    reader.stop();

    const again: string[] = [];
    const next = new OutcomeReader(connection, await jetstreamManager(connection), names, "run", (_, frame) => {
      again.push(new TextDecoder().decode(frame));
    });
    await next.follow();
    assertEquals(again, ["100", "300", "499"]);
    next.stop();
  },
);

outcomeTest(
  "reading what is kept ends, although some of it is deleted meanwhile",
  async ({ connection, manager, names, publish }) => {
    for (let round = 0; round < 40; round++) {
      for (let x = 0; x < 50; x++) await publish(`${round} ${x}`);
      const reader = new OutcomeReader(connection, manager, names, "run", () => {});
      let isRead = false;
      const reading = reader.follow().then(() => isRead = true);
      await new Promise((resolve) => setTimeout(resolve, round / 8)); // at any moment of the reading
      await manager.streams.purge(names.outcomes, { keep: 1 });
      await until(`round ${round} is read`, () => isRead);
      await reading;
      reader.stop();
    }
  },
);
