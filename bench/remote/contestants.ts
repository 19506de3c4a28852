/**
 * What runs no-op tasks on workers that are programs of their own.
 *
 * @module
 */

import {
  AckPolicy,
  DiscardPolicy,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from "@nats-io/jetstream";
import { connect, createInbox } from "@nats-io/transport-node";
import { TaskRunner } from "../../mod.ts";
import { natsPool } from "../../src/remote/nats/mod.ts";
import { postgresPool } from "../../src/remote/postgres/mod.ts";
import { webSocketPool } from "../../src/remote/ws/mod.ts";
import { noop } from "./tasks.ts";

/** Runs tasks on workers that are there. */
export interface Contestant extends AsyncDisposable {
  /** Runs that many no-op tasks. */
  run(tasks: number): Promise<void>;
}

const POOLS = {
  "ours-ws": (name: string, address: string) => webSocketPool({ name, port: Number(new URL(address).port) }),
  "ours-nats": (name: string, servers: string) => natsPool({ name, servers }),
  "ours-postgres": (name: string, connection: string) => postgresPool({ name, connection }),
} as const;

/** Whether that is one of our pools. */
export function isOurs(kind: string): kind is keyof typeof POOLS {
  return kind in POOLS;
}

/** A runner with one of our pools. */
export function ours(kind: keyof typeof POOLS, name: string, address: string): Contestant {
  const cluster = POOLS[kind](name, address);
  const runner = new TaskRunner({ pools: { cluster } });
  return {
    run: async (tasks) => {
      for (let x = 0; x < tasks; x++) runner.submit(noop, x);
      const { counts } = await runner.run();
      if (counts.completed !== tasks) throw new Error(`Only ${counts.completed} of ${tasks} completed`);
    },
    [Symbol.asyncDispose]: () => runner.shutdown(),
  };
}

const WINDOW = 300;

/** The NATS client with the same messages: a subject for each job, confirmed; outcomes from a file. */
export async function raw(name: string, address: string): Promise<Contestant> {
  const nc = await connect({ servers: address });
  const manager = await jetstreamManager(nc);
  await manager.streams.add({
    name: `${name}_JOBS`,
    subjects: [`${name}.job.*`],
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.Memory,
    discard: DiscardPolicy.New,
    discard_new_per_subject: true,
    max_msgs_per_subject: 1,
  });
  await manager.streams.add({ name: `${name}_OUT`, subjects: [`${name}.out`], storage: StorageType.File });
  await manager.consumers.add(`${name}_JOBS`, {
    durable_name: "workers",
    ack_policy: AckPolicy.Explicit,
    max_ack_pending: 100_000,
  });
  const inbox = createInbox();
  nc.subscribe(inbox, { callback: () => {} });
  let [sent, done, wanted] = [0, 0, 0];
  let finished = Promise.withResolvers<void>();
  const send = () => {
    while (sent < wanted && sent - done < WINDOW) nc.publish(`${name}.job.t${++sent}`, `${sent}`, { reply: inbox });
  };
  const consumer = await jetstream(nc).consumers.get(`${name}_OUT`);
  const messages = await consumer.consume({
    max_messages: 1_000,
    callback: (message) => {
      done += message.string().split(",").length;
      if (done >= wanted) finished.resolve();
      else send();
    },
  });
  return {
    run: async (tasks) => {
      finished = Promise.withResolvers();
      wanted += tasks;
      send();
      await finished.promise;
    },
    [Symbol.asyncDispose]: async () => {
      messages.stop();
      await nc.close();
    },
  };
}

/** How often graphile-worker's table is looked at for jobs that are left, in milliseconds: it tells no one that one has ended. */
const LOOK_MS = 1;

/** graphile-worker on Postgres. */
export async function graphile(name: string, address: string): Promise<Contestant> {
  const { default: postgres } = await import("postgres");
  const { makeWorkerUtils, Logger } = await import("npm:graphile-worker@0.18.0");
  const utils = await makeWorkerUtils({ connectionString: address, logger: new Logger(() => () => {}) });
  await utils.migrate();
  const sql = postgres(address, { max: 1 });
  const left = async () => {
    const [row] = await sql<[{ left: number }]>`
      SELECT count(*)::int AS left FROM graphile_worker.jobs WHERE task_identifier = ${name}`;
    return row.left;
  };
  return {
    run: async (tasks) => {
      for (let at = 0; at < tasks; at += 1_000) {
        const count = Math.min(1_000, tasks - at);
        await utils.addJobs(Array.from({ length: count }, (_, x) => ({ identifier: name, payload: { x } })));
      }
      while (await left() > 0) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    },
    [Symbol.asyncDispose]: async () => {
      await utils.release();
      await sql.end();
    },
  };
}

/** BullMQ on Redis. */
export async function bullmq(name: string, address: string): Promise<Contestant> {
  const { Queue, QueueEvents } = await import("npm:bullmq@5.81.5");
  const { hostname: host, port } = new URL(`redis://${address}`);
  const connection = { host, port: Number(port), maxRetriesPerRequest: null };
  const queue = new Queue(name, { connection });
  const events = new QueueEvents(name, { connection });
  await Promise.all([queue.waitUntilReady(), events.waitUntilReady()]);
  let left = 0;
  let finished = Promise.withResolvers<void>();
  events.on("completed", () => {
    if (--left === 0) finished.resolve();
  });
  return {
    run: async (tasks) => {
      finished = Promise.withResolvers();
      left = tasks;
      const jobs = Array.from(
        { length: tasks },
        (_, data) => ({ name: "noop", data, opts: { removeOnComplete: true } }),
      );
      for (let at = 0; at < tasks; at += 1_000) await queue.addBulk(jobs.slice(at, at + 1_000));
      await finished.promise;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([queue.close(), events.close()]);
    },
  };
}
