/**
 * Workers that a test plays, and their jobs.
 *
 * @module
 */

import type { JobTask } from "../../src/core/pool.ts";
import type { Channel, ChannelListener, ConnectWorker, StartableKind, StartedWorker } from "../../src/pools/channel.ts";
import { IDLE } from "../../src/pools/protocol/messages.ts";
import { settle } from "../support.ts";
import { FakeChannel, FakeJob } from "./fake_channel.ts";

/** A job of a group, with a name of its own. */
export class NamedJob extends FakeJob {
  constructor(id: string, args: readonly unknown[] = [], override readonly name: string = "fake", readonly group = "") {
    super(id, args);
  }
}

/** A worker that was started, for that task. */
export interface FakeWorker extends StartedWorker {
  readonly task: JobTask;
  readonly taps: boolean;
  /** Whether it was ended as nothing needed it. */
  ended: boolean;
}

/** Workers that a test plays. */
export class FakeKind implements StartableKind<FakeWorker> {
  readonly name = "fake";
  readonly where = "in a test";
  readonly memory = "separate";
  /** All that were started by {@linkcode FakeKind.start}. */
  readonly started: FakeWorker[] = [];
  /** Those that were connected. */
  readonly workers: { readonly channel: FakeChannel; readonly listener: ChannelListener; readonly group: string }[] =
    [];

  /** Set by a test. */
  requireRights?: (task: JobTask) => void;
  /** How many jobs each has done, of those that have started. */
  readonly #done = new Map<ChannelListener, number>();

  groupOf(task: JobTask): string {
    return (task as NamedJob).group;
  }

  start(task: JobTask, taps: boolean): FakeWorker {
    const worker: FakeWorker = {
      task,
      taps,
      ended: false,
      end: () => {
        worker.ended = true;
        return Promise.resolve();
      },
    };
    this.started.push(worker);
    return worker;
  }

  load(): Promise<ConnectWorker<FakeWorker>> {
    return Promise.resolve((_worker, task, listener) => this.open(task, listener));
  }

  readonly open = (task: JobTask, listener: ChannelListener): Channel => {
    const channel = new FakeChannel();
    channel.ended.resolve();
    this.workers.push({ channel, listener, group: this.groupOf(task) });
    return channel;
  };

  dispose(): Promise<void> {
    return Promise.resolve();
  }

  /** Lets all workers start, and do all that they were sent; until there is no more. */
  async work(): Promise<void> {
    for (let isMore = true; isMore;) {
      isMore = false;
      await settle();
      for (const { channel, listener } of [...this.workers]) {
        const before = this.#done.get(listener);
        if (before === undefined && channel.ends.length === 0) listener.ready();
        const seqs = channel.ran.slice(before ?? 0) as number[];
        if (before !== undefined && seqs.length === 0) continue;
        for (const seq of seqs) listener.done(seq, IDLE, seq);
        this.#done.set(listener, channel.ran.length);
        listener.caughtUp();
        isMore = true;
      }
    }
  }
}
