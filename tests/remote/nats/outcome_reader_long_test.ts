import { assertEquals } from "@std/assert";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { namesOf } from "../../../src/remote/nats/names.ts";
import { OutcomeReader } from "../../../src/remote/nats/outcome_reader.ts";
import { ensureStreams } from "../../../src/remote/nats/streams.ts";
import { until } from "../../support.ts";
import { findNatsServer, NatsServer } from "../nats_server.ts";

const ignore = findNatsServer() === undefined;

Deno.test({
  name: `an outcome that is needed for long does not keep those after it${
    ignore ? " (skipped: apt-get install nats-server)" : ""
  }`,
  ignore,
  async fn() {
    await using server = await NatsServer.start();
    const connection = await connect({ servers: server.address });
    const names = namesOf("tested");
    const manager = await ensureStreams(connection, names, 1);
    const read: string[] = [];
    const keys: string[] = [];
    const reader = new OutcomeReader(connection, manager, names, "run", (key, frame) => {
      read.push(new TextDecoder().decode(frame));
      keys.push(key);
    });
    await reader.follow();
    const publish = (text: string) => jetstream(connection).publish(names.outcomesOf("run"), text);
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
    await connection.close();
  },
});

Deno.test({
  name: `reading what is kept ends, although some of it is deleted meanwhile${
    ignore ? " (skipped: apt-get install nats-server)" : ""
  }`,
  ignore,
  async fn() {
    await using server = await NatsServer.start();
    const connection = await connect({ servers: server.address });
    const names = namesOf("tested");
    const manager = await ensureStreams(connection, names, 1);
    const publish = (text: string) => jetstream(connection).publish(names.outcomesOf("run"), text);
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
    await connection.close();
  },
});
