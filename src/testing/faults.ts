/**
 * What pools and stores of a test do otherwise than those of a program: faults that the test asks for, of bodies, of workers,
 * and of a store; and no timeouts by the computer's time.
 *
 * @module
 */

import type { Checkpointer, TaskRecord, ValueEncoding } from "../core/checkpointer.ts";
import { messageOf } from "../core/describe.ts";
import { CheckpointError, WorkerLostError } from "../core/errors.ts";
import type { ResolvedTaskOptions } from "../core/options.ts";
import type { Job, Pool } from "../core/pool.ts";

/** What happens in place of a body. */
type Act = (job: Job) => void;

/** A fault of attempts. */
interface Fault {
  readonly task: string;
  readonly concerns: (job: Job) => boolean;
  readonly act: Act;
}

/** The faults of one test environment. */
export class Faults {
  readonly #faults = new Set<Fault>();
  readonly #parked = new Set<Job>();
  /** Told that a body hangs, or does so no more. */
  readonly #changed: () => void;
  /** The options of tasks that have a timeout, without that. */
  readonly #untimed = new Map<ResolvedTaskOptions, ResolvedTaskOptions>();
  /** How many saves are left until one fails, and what it fails with. */
  #failingSave: { left: number; readonly error: CheckpointError } | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** The jobs of bodies that hang. */
  get parked(): ReadonlySet<Job> {
    return this.#parked;
  }

  /** Adds a fault; the last one that was added counts. Returns what removes it. */
  add(task: string, concerns: (job: Job) => boolean, act: Act): Disposable {
    const fault = { task, concerns, act };
    this.#faults.add(fault);
    return { [Symbol.dispose]: () => void this.#faults.delete(fault) };
  }

  /** An act: the body throws. */
  readonly fail = (error: unknown): Act => (job) => job.fail(error ?? failure(job));

  /** An act: the worker ends in which the body runs. */
  readonly lose: Act = (job) =>
    job.fail(
      new WorkerLostError(`The worker of "${job.id}" ended in attempt ${job.number}, as the test asked for`, {
        task: job.name,
      }),
    );

  /** An act: the body does nothing until its attempt is aborted. */
  readonly hang: Act = (job) => {
    this.#parked.add(job);
    this.#changed();
    job.abortListener = {
      onAbort: (reason) => {
        this.#parked.delete(job);
        job.fail(reason);
        this.#changed();
      },
    };
  };

  /** Lets a save fail. @param count Which one, from now on. */
  failSave(count: number, error: unknown): void {
    const cause = error ?? new Error(`save ${count} fails, as the test asked for`);
    this.#failingSave = { left: count, error: asCheckpointError(cause) };
  }

  /** A pool that is the given one, but for attempts with faults, and for timeouts, of which the clock of the test decides. */
  readonly pool = (inner: Pool): Pool => {
    const execute = (job: Job) => {
      const fault = this.#find(job);
      if (fault === undefined) {
        if (inner.prefetch !== undefined) this.#hideTimeout(job);
        return inner.execute(job);
      }
      if (inner.prefetch !== undefined && !job.begin()) return job.fail(failure(job)); // it was cancelled
      if (job.wantsStart === true) job.started?.();
      fault.act(job);
    };
    return withOther(inner, "execute", execute);
  };

  /** A checkpointer that is the given one, but for saves that fail. */
  readonly checkpointer = (inner: Checkpointer): Checkpointer => {
    const save = (records: readonly TaskRecord[], encodings?: readonly (ValueEncoding | undefined)[]) => {
      const failing = this.#failingSave;
      if (failing === undefined || --failing.left > 0) return inner.save(records, encodings);
      this.#failingSave = undefined;
      return Promise.reject(failing.error);
    };
    return withOther(inner, "save", save);
  };

  /** Workers would watch it as well, by the computer's time. The engine does not look at the options of a job. */
  #hideTimeout(job: Job): void {
    const { options } = job;
    if (options.timeout === undefined) return;
    const untimed = this.#untimed.get(options) ?? Object.freeze({ ...options, timeout: undefined });
    this.#untimed.set(options, untimed); // pools know tasks by their options
    Object.defineProperty(job, "options", { value: untimed });
  }

  #find(job: Job): Fault | undefined {
    return [...this.#faults].findLast(({ task, concerns }) => task === job.name && concerns(job));
  }
}

function failure({ id, number }: Job): Error {
  return new Error(`Attempt ${number} of "${id}" fails, as the test asked for`);
}

function asCheckpointError(error: unknown): CheckpointError {
  if (error instanceof CheckpointError) return error;
  return new CheckpointError(messageOf(error), { cause: error });
}

/** An object with another method in place of one of its own. All else is its own, private members included. */
function withOther<O extends object, Name extends keyof O>(object: O, name: Name, method: O[Name]): O {
  return new Proxy(object, {
    get(target, key) {
      if (key === name) return method;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
