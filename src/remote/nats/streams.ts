/**
 * The streams of a pool.
 *
 * @module
 */

import {
  AckPolicy,
  DiscardPolicy,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from "@nats-io/jetstream";
import { nanos, type NatsConnection } from "@nats-io/transport-node";
import { CONSUMER, type Names } from "./names.ts";

const DAY_MS = 86_400_000;
/** How long jobs and outcomes are kept that no program has asked for. */
const MAX_AGE_MS = 7 * DAY_MS;
/** A worker confirms a job at once. One that does not is not there any more. */
const ACK_WAIT_MS = 30_000;

/**
 * Makes sure that the streams are there.
 *
 * Jobs are in memory: the queue is a cache, and a runner submits again what it has lost. A job is delivered once
 * (`max_deliver`): JetStream would hand a job that was not confirmed to a second worker, while the first one may have begun it.
 *
 * @throws If they cannot be made, or are there in another form.
 */
export async function ensureStreams(
  connection: NatsConnection,
  names: Names,
  replicas: number,
): Promise<JetStreamManager> {
  const manager = await jetstreamManager(connection);
  const max_age = nanos(MAX_AGE_MS);
  await manager.streams.add({
    name: names.jobs,
    subjects: [names.job("*", ">")],
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.Memory,
    num_replicas: replicas,
    discard: DiscardPolicy.New,
    discard_new_per_subject: true,
    max_msgs_per_subject: 1,
    max_age,
  });
  await manager.streams.add({
    name: names.outcomes,
    subjects: [names.outcomesOf("*")],
    storage: StorageType.File,
    num_replicas: replicas,
    max_age,
  });
  await manager.streams.add({
    name: names.blobs,
    subjects: [names.blob("*", "*")],
    storage: StorageType.File,
    num_replicas: replicas,
    max_age,
  });
  await manager.consumers.add(names.jobs, {
    durable_name: CONSUMER,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ACK_WAIT_MS),
    max_deliver: 1,
    max_ack_pending: 100_000,
    max_waiting: 2_048,
  });
  return manager;
}
