/**
 * A worker and a pool for a session, played by a test.
 *
 * @module
 */

import type { AbortListener, Job, LogLevel } from "../../mod.ts";
import { resolveOptions } from "../../src/core/resolve_options.ts";
import { Assignment } from "../../src/pools/assignment.ts";
import type { Channel, Loss } from "../../src/pools/channel.ts";
import { TO, type ToWorker } from "../../src/pools/protocol/messages.ts";
import type { Abort } from "../../src/pools/protocol/task_marks.ts";
import { WorkerSession } from "../../src/pools/worker_session.ts";
import type { SessionOwner, TaskReference } from "../../src/pools/session_owner.ts";
import { FakeWitness } from "./fake_witness.ts";

/** An argument that a fake channel cannot send. */
export const UNSENDABLE = Symbol("unsendable");

/** Keeps what it is told to do. */
class RecordingChannel {
  /** What was sent, one entry for each call. */
  readonly parcels: (readonly ToWorker[])[] = [];
  readonly moved: Transferable[] = [];
  /** What was written for its worker. */
  readonly written: string[] = [];
  /** How its worker was ended: "end", "stop" or "kill". */
  readonly ends: string[] = [];
  /** Resolves the promise of `end()`. */
  readonly ended: PromiseWithResolvers<void> = Promise.withResolvers<void>();

  send(messages: readonly ToWorker[], moved: Transferable[]): void {
    if (messages.some((each) => each[0] === TO.run && each[6].includes(UNSENDABLE))) {
      throw new TypeError("args[0] cannot travel");
    }
    this.parcels.push([...messages]);
    this.moved.push(...moved);
  }

  write(level: string, text: string): void {
    this.written.push(`${level} ${text}`);
  }

  end(): Promise<void> {
    this.ends.push("end");
    return this.ended.promise;
  }

  stop(): void {
    this.ends.push("stop");
  }

  /** The messages of that kind, in short: without the kind. */
  sent(kind: keyof typeof TO): unknown[][] {
    return this.parcels.flat().filter((each) => each[0] === TO[kind]).map((each) => each.slice(1));
  }

  /** The numbers of the jobs that were sent. */
  get ran(): unknown[] {
    return this.sent("run").map(([seq]) => seq);
  }
}

/** A subprocess: it can be killed, and shares no memory. */
export class FakeChannel extends RecordingChannel implements Channel {
  readonly kill = (): void => void this.ends.push("kill");
}

/** A thread: it shares memory, and cannot be killed. */
export class FakeSharedChannel extends RecordingChannel implements Channel {
  /** The last job that has begun. */
  lastBegun = 0;
  /** Which aborts it was let see. */
  readonly aborts: (readonly [seq: number, why: Abort])[] = [];
  /** Called to read what there is. */
  ondrain: () => void = () => {};

  readonly shared = {
    drain: (): void => this.ondrain(),
    setAbort: (seq: number, why: Abort): void => void this.aborts.push([seq, why]),
    revokeAfter: (first: number, last: number): number | undefined => {
      if (this.lastBegun < first) return undefined;
      const begun = this.lastBegun;
      this.lastBegun = Math.max(begun, last);
      return begun;
    },
  };
}

/** Keeps what it is told. */
export class FakeJob implements Job {
  readonly name: string = "fake";
  readonly definedAs = "fake";
  readonly options: Job["options"] = resolveOptions({ module: "file:///fake.ts" }, "fake");
  readonly number = 1;
  readonly signal: AbortSignal = new AbortController().signal;
  abortListener: AbortListener | undefined;
  /** What `begin()` returns. */
  wanted = true;
  /** What `print()` returns. */
  showsPrints = false;
  worker: string | undefined;
  /** What it was told, in words. */
  readonly told: string[] = [];
  /** Called when it has ended. */
  onend: () => void = () => {};
  error: unknown;

  constructor(readonly id: string, readonly args: readonly unknown[] = []) {}

  call(): never {
    throw new Error("it runs elsewhere");
  }

  begin(): boolean {
    this.told.push("begin");
    return this.wanted;
  }

  started(): void {
    this.told.push("started");
  }

  print(source: string, level: LogLevel, text: string): boolean {
    this.told.push(`${source} ${level} ${text}`);
    return this.showsPrints;
  }

  progress(fraction: number, message?: string): void {
    this.told.push(`progress ${fraction} ${message}`);
  }

  log(level: LogLevel, data: readonly unknown[]): void {
    this.told.push(`${level} ${data}`);
  }

  complete(value: unknown): void {
    this.#end(`complete ${value}`);
  }

  fail(error: unknown): void {
    this.error = error;
    this.#end(`fail ${(error as Error).name}`);
  }

  timeout(): void {
    this.#end("time out");
  }

  #end(how: string): void {
    this.told.push(how);
    this.onend();
  }
}

/** Keeps what a session tells it. */
export class FakeOwner implements SessionOwner<WorkerSession> {
  /** What it was told, by name, but for `caughtUp` and `observeDuration`. */
  readonly told: string[] = [];
  readonly back: Assignment[] = [];
  readonly losses: string[] = [];
  taps = false;
  failure: Loss | undefined;
  /** Called when the session can take jobs. */
  oncaughtUp: () => void = () => {};

  started(): void {}

  lost(_: WorkerSession, { message }: Loss): void {
    this.losses.push(message);
  }

  caughtUp(): void {
    this.oncaughtUp();
  }

  giveBack(assignments: readonly Assignment[]): void {
    this.back.push(...assignments);
  }

  retired(): void {
    this.told.push("retired");
  }

  quarantined(_: WorkerSession, task: string): void {
    this.told.push(`quarantined ${task}`);
  }

  released(): void {
    this.told.push("released");
  }

  gone(_: WorkerSession, failure: Loss | undefined): void {
    this.failure = failure;
    this.told.push("gone");
  }

  observeDuration(): void {}

  referenceTo(): TaskReference {
    return { ref: 1, define: [TO.define, 1, "file:///fake.ts", "fake"] };
  }
}

/** A session at work, with everything around it. */
export interface Stage<C extends Channel> {
  readonly session: WorkerSession;
  readonly channel: C;
  readonly owner: FakeOwner;
  readonly witness: FakeWitness;
  /** Gives it a job, and returns that. */
  assign(...args: unknown[]): { readonly job: FakeJob; readonly assignment: Assignment };
}

/** A session whose worker is ready, or is starting. */
export function stageOf<C extends Channel>(channel: C, hasStarted = true): Stage<C> {
  const owner = new FakeOwner();
  const witness = new FakeWitness();
  const session = new WorkerSession(owner, "", "fake-1", witness);
  session.connect(channel);
  if (hasStarted) session.ready();
  let count = 0;
  return {
    session,
    channel,
    owner,
    witness,
    assign(...args) {
      const job = new FakeJob(`fake#${++count}`, args);
      const assignment = new Assignment(job, "", { abort: (each) => each.settle() });
      session.assign(assignment);
      return { job, assignment };
    },
  };
}
