/**
 * The durability of a runner with a checkpointer.
 *
 * @module
 */

import type { Checkpointer, TaskRecord } from "../core/checkpointer.ts";
import type { CheckpointError } from "../core/errors.ts";
import { type Links, listLinks } from "../core/graph.ts";
import { otherTaskMessage } from "../core/key_id.ts";
import type { Logger } from "../core/logger.ts";
import { CANCELLED, COMPLETED, isTerminal, SKIPPED, type StatusCode } from "../core/status.ts";
import type { Attempt } from "../engine/attempt.ts";
import type {
  Durability,
  DurabilityHost,
  Identity,
  KeptSignal,
  Publish,
  Release,
  Run,
  Submission,
} from "../engine/durability.ts";
import { type Handle, sinceStart } from "../engine/handle.ts";
import { fixedIdOf } from "../engine/admission.ts";
import { copyArgs, withHandles } from "../engine/inputs.ts";
import { snapshot } from "../serialization/snapshot.ts";
import { checkLoaded } from "../stores/record_check.ts";
import { recordedModule } from "../tasks/recorded_module.ts";
import { findRecordedTask } from "../tasks/registry.ts";
import type { TaskSpec } from "../tasks/spec.ts";
import { asCheckpointError } from "./checkpoint_errors.ts";
import { CheckpointWriter } from "./checkpoint_writer.ts";
import { codeOf, EarlierRun, isOver, type Kept } from "./earlier_run.ts";
import { hasNumber, Identities } from "./identity.ts";
import { KeyedRecords } from "./keyed_records.ts";
import { Leftovers } from "./leftovers.ts";
import { Resubmitter } from "./orphans.ts";
import { Recall } from "./recall.ts";
import { beginRound, lostDependencies, recordedInputs } from "./record.ts";
import { RecordReader } from "./record_reader.ts";
import { Requests } from "./requests.ts";
import { type ResolvedRetention, Retention } from "./retention.ts";
import { forget, isSignal, learn, signalRecord } from "./signal_records.ts";
import { stateOf, TaskState } from "./task_state.ts";

/** The id of the record that names the run. */
const RUN_ID = "run:id";

/** How many aliases a task remembers: beyond that, further equal submissions count as new work after a restart. */
const MAX_ALIASES = 1_000;

/** What a recorder is made from. */
export interface RecorderOptions {
  readonly checkpointer: Checkpointer;
  /** Milliseconds between saves; 0 to save before anything is seen. */
  readonly interval: number;
  readonly retention: ResolvedRetention | undefined;
  readonly logger: Logger;
  /** Where it is noted that a task starts again after its program died, if it is. */
  readonly detailLogger?: Logger | undefined;
}

/** A record of a task that was not finished when an earlier run ended. */
export type OrphanRecord = TaskRecord & { readonly reason?: string };

/** Records tasks, and ends those that an earlier run has ended. */
export class Recorder implements Durability {
  readonly remembersSignals = true;
  readonly isLasting = true;
  readonly #checkpointer: Checkpointer;
  readonly #logger: Logger;
  readonly #writer: CheckpointWriter;
  readonly #identities = new Identities();
  readonly #retention: Retention | undefined;
  /** Ids that other tasks stand for, as they shared a dedup key. */
  readonly #aliases = new Map<string, string>();
  readonly #recall: Recall;
  readonly #leftovers: Leftovers;
  readonly #keyed: KeyedRecords;
  readonly #reader: RecordReader;
  readonly #requests: Requests;
  #host: DurabilityHost | undefined;
  #earlier = new EarlierRun(new Map(), new Set(["completed", "skipped"]));
  #hasResumed = false;
  /** Whether what this run started first is on record; a run that no later one continues needs no such thing. */
  #knowsFirstStarts = true;
  #takesNewWork = false;
  /** Whether something that a body had submitted is no longer in memory. */
  #hasForgottenNested = false;

  constructor({ checkpointer, interval, retention, logger, detailLogger }: RecorderOptions) {
    this.#checkpointer = checkpointer;
    this.#logger = logger;
    this.#writer = new CheckpointWriter(checkpointer, interval, {
      isBetweenSlices: () => this.#theHost.isBetweenSlices(),
      begun: () => this.#theHost.begun(),
      saved: (handle, record) => this.#saved(handle, record),
      refused: (handle, error) => this.#theHost.refuse(handle, error),
      broken: (error) => this.#host?.broken(error),
    });
    const host = () => this.#theHost;
    const earlier = () => this.#earlier;
    this.#recall = new Recall({ host, earlier, logger, detailLogger });
    this.#leftovers = new Leftovers({
      earlier,
      logger,
      delete: (id) => this.#writer.delete(id),
      cancelled: (record) => this.#saveCancelled(record),
    });
    this.#reader = new RecordReader(checkpointer, logger, () => this.#writer.flush());
    this.#keyed = new KeyedRecords(this.#reader, (handle) => this.#theHost.released(handle));
    this.#requests = new Requests({
      checkpointer,
      logger,
      writer: this.#writer,
      host,
      earlier,
      cancelLeft: (id) => this.#leftovers.cancel(id),
      saved: (handle) => this.saved(handle),
    });
    const attending: unknown = checkpointer.attend?.({
      lost: (error) => this.#writer.fail(error),
      requested: () => void this.#requests.look(),
    });
    if (attending instanceof Promise) {
      attending.catch((error) => this.#writer.fail(asCheckpointError(error, "attend to its runner")));
    }
    this.#retention = retention && new Retention(retention, {
      clock: () => this.#theHost.clock,
      unfinished: () => this.#theHost.unfinished(),
      records: () => this.#earlier.records(),
      forget: (ids) => this.#forgetRecords(ids),
    });
  }

  /** The records of unfinished tasks of the earlier run that were not submitted since. */
  get orphaned(): readonly OrphanRecord[] {
    return this.#earlier.orphaned;
  }

  get broken(): CheckpointError | undefined {
    return this.#writer.broken;
  }

  attach(host: DurabilityHost): boolean {
    this.#host = host;
    if (this.broken !== undefined) queueMicrotask(() => host.broken(this.broken!)); // it was lost before there was a host
    this.#writer.countFrom(host.epoch);
    return false;
  }

  /**
   * Continues from what an earlier run recorded.
   *
   * @param kept Which statuses end a task that is submitted again.
   * @throws {CheckpointError} If it cannot be read.
   */
  async resume(kept: Kept): Promise<void> {
    const records = new Map<string, TaskRecord>();
    try {
      for await (const found of this.#checkpointer.load()) {
        const record = checkLoaded(found);
        records.set(record.id, record);
      }
      await this.#checkpointer.prepare?.();
    } catch (error) {
      throw asCheckpointError(error, "load");
    }
    this.continueFrom(records, kept);
  }

  /**
   * Continues from what was read of the checkpoint before.
   *
   * @param records The records by id. They belong to the recorder from here on.
   * @param kept Which statuses end a task that is submitted again.
   */
  continueFrom(records: Map<string, TaskRecord>, kept: Kept): void {
    for (const record of records.values()) {
      for (const alias of record.aliases ?? []) this.#aliases.set(alias, record.id);
      this.#retention?.note(record);
      learn(record, this.#theHost.signals);
      if (isSignal(record)) records.delete(record.id);
    }
    this.#earlier = new EarlierRun(records, kept);
    this.#hasResumed = true;
    this.#knowsFirstStarts = false;
    this.#writer.resume();
    this.#theHost.begun();
  }

  /**
   * Submits the orphaned tasks from their records. Left out is what the body of a task will submit that is yet to run.
   *
   * @returns The handles of those that could be submitted.
   */
  resubmitOrphans(): Handle[] {
    const orphans = this.#earlier.orphaned;
    const willRun = new Set(orphans.map(({ id }) => id));
    const isLeftToParent = ({ parent, detached }: TaskRecord) =>
      parent !== undefined && detached !== true && (willRun.has(parent) || this.#theHost.find(parent)?.done === false);
    const handles = this.#resubmit(orphans.filter((record) => !isLeftToParent(record)));
    for (const { id, reason } of this.#earlier.orphaned) {
      if (reason !== undefined) this.#logger.warn(`Cannot submit "${id}" again, as ${reason}`);
    }
    return handles;
  }

  run(): Run {
    const earlier = this.#earlier.take(RUN_ID)?.value;
    const resumed = typeof earlier === "string";
    const id = resumed ? earlier : crypto.randomUUID();
    const record = {
      id: RUN_ID,
      name: "run",
      status: "completed",
      attempts: 0,
      args: [],
      dependsOn: [],
      value: id,
    } as const;
    return { id, resumed, recorded: resumed ? Promise.resolve() : this.#writer.save(record, "json") };
  }

  /** The record of something that is not a task, of an earlier run; it is forgotten by this call. */
  take(id: string): TaskRecord | undefined {
    return this.#earlier.take(id);
  }

  /** Saves a record of something that is not a task. */
  put(record: TaskRecord): void {
    this.#writer.put(record);
  }

  /** Deletes a record. */
  delete(id: string): void {
    this.#earlier.take(id);
    this.#writer.delete(id);
  }

  /** Whether an earlier run has ended the task with that id, which was not submitted since. */
  hasEnd(id: string): boolean {
    const record = this.#earlier.find(id);
    return record !== undefined && this.#earlier.ends(record);
  }

  /** Whether an earlier run has recorded a task with that id, which was not submitted since. */
  has(id: string): boolean {
    return this.#earlier.find(id) !== undefined;
  }

  /**
   * The ids of all completed tasks that are on record, of this run and of earlier ones.
   *
   * @throws {CheckpointError} If they cannot be read.
   */
  async *completedIds(): AsyncIterable<string> {
    await this.#writer.flush();
    if (!this.#writer.hasBegun) return;
    for await (const found of this.#checkpointer.load()) {
      const { id, status } = checkLoaded(found);
      if (status === "completed") yield id;
    }
  }

  /** The ids of unfinished tasks of the earlier run, orphans or not. */
  unfinishedIds(): Iterable<string> {
    return this.#earlier.unfinishedIds();
  }

  /**
   * Says that unfinished tasks of the earlier run, and what their bodies submitted, are not orphans: something else will
   * submit them again, or stands for them.
   *
   * @returns The ids of those of them that were not submitted since.
   */
  claimOrphans(ids: Iterable<string>): string[] {
    return this.#earlier.claim(ids);
  }

  /** Deletes the record of an unfinished task of the earlier run that will not be submitted again, and of its children. */
  discardOrphan(id: string): void {
    this.#leftovers.discard(id, "all but detached");
  }

  /**
   * Makes sure that the arguments of a task can be saved.
   *
   * @throws {CheckpointError} If they cannot; the message names the path to what cannot.
   */
  checkArgs(spec: TaskSpec, args: readonly unknown[]): void {
    recordedInputs(spec, args, undefined, this.#writer.codec);
  }

  identify(submission: Submission): Identity {
    const { spec, args, dependencies, attempt } = submission;
    const fixedId = fixedIdOf(submission.options);
    const inputs = recordedInputs(spec, args, dependencies, this.#writer.codec);
    const isNewWork = fixedId === undefined && attempt === undefined && this.#takesNewWork;
    const own = fixedId ??
      (isNewWork ? this.#identities.idOfNewWork(submission) : this.#identities.idOf(submission, inputs));
    const alias = this.#aliases.get(own);
    if (alias !== undefined) this.#leftovers.discardReplaced(own);
    const id = alias ?? own;
    if (fixedId !== undefined) this.#refuseOtherTask(id, submission);
    const parent = attempt?.phase === "aborted" ? undefined : attempt?.handle;
    const parentState = parent && stateOf(parent);
    const durable = new TaskState(inputs, attempt?.handle.id, parent, isNewWork);
    durable.isDetached = attempt?.phase === "aborted"; // the next attempt does not submit what cleans up after this one
    if (fixedId === undefined && this.#theHost.hasNamesake(spec)) durable.isAmbiguous = hasNumber(own);
    if (alias !== undefined) durable.aliases = [own]; // it may be begun again for this submission alone
    if (parentState !== undefined) (parentState.submitted ??= new Set()).add(id);
    const failed = parentState?.failed?.get(id);
    if (failed !== undefined) durable.continueFrom(failed);
    const known = parentState?.finished?.get(id);
    const isReusable = known !== undefined && (known.code === COMPLETED || known.code === SKIPPED);
    return { id, args, durable, known: isReusable ? known : undefined };
  }

  renew(handle: Handle, args: readonly unknown[], dependencies: Links<Handle>): TaskState {
    const old = stateOf(handle);
    const inputs = recordedInputs(handle.spec, args, dependencies, this.#writer.codec);
    const parent = old.parent?.done === false ? old.parent : undefined;
    const durable = new TaskState(inputs, old.scope, parent, old.isNewWork);
    // It belongs to no body any more that would submit it again, if that of its parent has ended.
    durable.isDetached = old.isDetached || (old.scope !== undefined && parent === undefined);
    durable.isAmbiguous = old.isAmbiguous;
    durable.continueFrom(old);
    durable.aliases = old.aliases;
    old.aliases = undefined;
    if (!old.isToBeRead) this.#keyed.take(handle.id); // its record is that of the old handle
    return durable;
  }

  shared(handle: Handle, { id, durable }: Identity): void {
    if (id === handle.id || (durable as TaskState).isNewWork) return;
    this.#leftovers.discardReplaced(id);
    // Later runs, and later attempts, find the handle by the id that this submission would have had.
    const aliases = stateOf(handle).aliases ??= [];
    if (aliases.length >= MAX_ALIASES) return;
    aliases.push(id);
    this.#aliases.set(id, handle.id);
    if (handle.details?.decided === undefined) this.changed(handle);
    else stateOf(handle).hasNewAliases = true;
  }

  admitted(handle: Handle): boolean {
    const state = stateOf(handle);
    const record = this.#earlier.take(handle.id);
    if (record === undefined && this.#keyed.take(handle.id)) state.isToBeRead = true;
    if (state.inputs !== undefined && (record === undefined || !this.#recall.isAnswer(record, state))) {
      isolate(handle, state);
    }
    if (record !== undefined) this.#recall.match(handle, state, record);
    if (state.parent !== undefined) (stateOf(state.parent).children ??= new Set()).add(handle);
    this.#writer.trackUnfinished(handle);
    return state.isOnRecord;
  }

  release(handle: Handle): Release {
    const state = stateOf(handle);
    if (state.isToBeRead) {
      void this.#keyed.read(handle);
      return "held";
    }
    if (state.candidate !== undefined) {
      const end = this.#recall.end(handle, state.candidate);
      if (end !== undefined) return end;
      beginRound(handle, state.candidate);
      state.candidate = undefined;
      isolate(handle, state);
      this.#writer.trackUnfinished(handle);
    }
    return state.recoveries === 0 && state.retryAt === undefined ? "go" : this.#recall.continue(handle, state);
  }

  restored(handle: Handle): void {
    this.#runLeftBehind(handle, true);
  }

  /**
   * What an earlier run had begun is on record before it starts again, so that a body which ends the program at once is
   * counted; so are the first ones that this run starts, so that the next run knows what they are. What a body had submitted
   * that runs again in this run is in memory before it does so, if it is not any more.
   */
  starting(attempt: Attempt): Promise<void> | undefined {
    const ids = this.#submittedBefore(stateOf(attempt.handle));
    if (ids.length === 0) return this.#confirmStart(attempt);
    return this.#reader.find(ids).then((records) => {
      for (const id of ids) {
        const record = records.get(id);
        if (record !== undefined && isOver(record)) this.#recalled(record);
      }
      return this.#confirmStart(attempt);
    });
  }

  changed(handle: Handle): void {
    this.#writer.trackUnfinished(handle);
  }

  argsFor(handle: Handle): readonly unknown[] {
    return copyArgs(handle.args ?? [], (value) => snapshot(value, this.#writer.codec, "args").value);
  }

  returned(handle: Handle): Promise<void> | undefined {
    return this.#writer.saveSubmitted(handle);
  }

  settle(handle: Handle, code: StatusCode, outcome: unknown, publish: Publish): void {
    if (this.#hasResumed) {
      // A body whose result is in the cache has ended, although that may not be on record.
      if (handle.details?.cache === "cached") this.#runLeftBehind(handle, false);
      else this.#leftovers.forgetUnclaimed(handle, code);
    }
    this.#writer.recordEnd(handle, code, outcome, publish);
  }

  finished(handle: Handle): void {
    const state = stateOf(handle);
    if (handle.details?.decided === undefined) {
      if (this.#hasResumed && this.#writer.isOpen) this.#leftovers.cancelUnclaimed(handle.id);
      if (handle.code !== CANCELLED || !this.#keepsEnd(handle, state)) this.#writer.recordDecision(handle);
    }
    const mayRunAgain = handle.code !== COMPLETED || lostDependencies(handle) !== undefined;
    if (state.parent !== undefined) {
      const parentState = stateOf(state.parent);
      parentState.children?.delete(handle);
      if (!mayRunAgain) parentState.failed?.delete(handle.id);
      else if (state.submitted !== undefined) (parentState.failed ??= new Map()).set(handle.id, state);
    }
    state.inputs = undefined;
    state.candidate = undefined;
    state.finished = undefined;
    for (const child of state.children ?? []) {
      stateOf(child).parent = undefined;
      if (mayRunAgain) (state.failed ??= new Map()).set(child.id, stateOf(child));
    }
    state.children = undefined;
    if (!mayRunAgain) state.submitted = state.failed = undefined;
  }

  forgotten(handle: Handle): void {
    const state = stateOf(handle);
    if (handle.details?.key !== undefined && !handle.details.isReplaceable) this.#keyed.add(handle.id);
    for (const alias of state.aliases ?? []) this.#aliases.delete(alias);
    if (state.scope === undefined) return;
    this.#hasForgottenNested = true;
    // Its parent may ask for it in a further attempt, or has been begun again meanwhile.
    const parent = this.#theHost.find(state.scope);
    if (parent === undefined || parent.done) return;
    if (parent !== state.parent || parent.spec.options.maxAttempts > 1) {
      (stateOf(parent).finished ??= new Map()).set(handle.id, handle);
    }
  }

  keepSignal(key: string, given: unknown): KeptSignal {
    const host = this.#theHost;
    const { record, encoding } = signalRecord(key, given, host.epoch + sinceStart(host), this.#writer.codec);
    const saved = this.#writer.save(record, encoding).then(() => this.#retention?.note(record));
    return { value: record.value, saved };
  }

  openToRequests(): Promise<void> | undefined {
    return this.#requests.open();
  }

  closeToRequests(): void {
    this.#requests.close();
  }

  takeNewWork(): void {
    this.#takesNewWork = true;
  }

  async saved(handle: Handle): Promise<void> {
    const state = stateOf(handle);
    if (state.isSaved || state.isOnRecord) return;
    if (handle.done || handle.details?.decided !== undefined) return await this.#writer.flush();
    try {
      await this.#writer.saveNow(handle);
    } catch (error) {
      this.#writer.check(); // the caller knows now that the checkpoint cannot be used, if that is why
      throw error;
    }
  }

  freeze(): void {
    this.#retention?.finish();
    this.#writer.freeze(this.#theHost.unfinished());
  }

  flush(): Promise<void> {
    return this.#writer.flush();
  }

  idle(): Promise<void> {
    return this.#writer.idle();
  }

  check(): void {
    this.#writer.check();
  }

  acknowledge(): void {
    this.#writer.acknowledge();
  }

  close(): Promise<void> {
    this.#retention?.finish();
    return this.#writer.close(this.#theHost.unfinished());
  }

  get #theHost(): DurabilityHost {
    if (this.#host === undefined) throw new Error("A recorder was used before it was attached"); // a fault of the engine
    return this.#host;
  }

  #confirmStart({ handle }: Attempt): Promise<void> | undefined {
    if (!this.#writer.isOpen) return undefined;
    if (this.#knowsFirstStarts && !stateOf(handle).isRecovered) return this.#confirm();
    const saved = this.#writer.saveNow(handle).catch(() => {}); // what cannot be saved ends the run
    return this.#knowsFirstStarts ? saved : saved.then(() => void (this.#knowsFirstStarts = true));
  }

  /** Makes sure that the checkpoint is still this runner's; if that fails, the run ends. */
  #confirm(): Promise<void> | undefined {
    const failed = (error: unknown) => {
      this.#writer.fail(asCheckpointError(error, "confirm that the checkpoint is still this runner's"));
    };
    try {
      const confirmed: unknown = this.#checkpointer.confirm?.();
      return confirmed === undefined ? undefined : Promise.resolve(confirmed).then(() => {}, failed);
    } catch (error) {
      return Promise.resolve().then(() => failed(error)); // no task ends while another one is being started
    }
  }

  /** Runs what the body of a task has left behind, as it does not run again; see {@linkcode EarlierRun.leftBehind}. */
  #runLeftBehind(handle: Handle, isEndKnown: boolean): void {
    const left = this.#earlier.leftBehind(handle.id, isEndKnown);
    if (left.length === 0) return;
    this.#resubmit(left);
    for (const { id } of left) {
      const reason = this.#earlier.reasonFor(id);
      if (reason !== undefined) {
        this.#logger.warn(`Cannot submit "${id}" again, which "${handle.id}" had left: ${reason}`);
      }
    }
  }

  #resubmit(records: readonly TaskRecord[]): Handle[] {
    return new Resubmitter(this.#theHost, this.#earlier).submit(records);
  }

  /** Whether the end of a task that is cancelled stays on record as it is, and is found if it is submitted again. */
  #keepsEnd({ id }: Handle, { candidate, isToBeRead }: TaskState): boolean {
    if (isToBeRead) this.#keyed.add(id);
    else if (candidate !== undefined && isOver(candidate)) this.#earlier.add(candidate);
    else return false;
    return true;
  }

  /** The ids of what the bodies of a task have submitted, and what is neither in memory nor finds itself by a key. */
  #submittedBefore({ submitted, finished }: TaskState): string[] {
    if (submitted === undefined || !this.#hasForgottenNested || !this.#writer.isOpen) return [];
    const isKnown = (id: string) =>
      this.#theHost.find(id) !== undefined || finished?.has(id) === true || this.#earlier.find(id) !== undefined;
    return [...submitted].filter((id) => !isKnown(id));
  }

  /** What a body that runs again had submitted, and what has completed, is found by it as if it were of an earlier run. */
  #recalled(record: TaskRecord): void {
    if (record.key !== undefined) return; // keys are found by themselves
    this.#earlier.add(record);
    for (const alias of record.aliases ?? []) this.#aliases.set(alias, record.id);
  }

  #saved(handle: Handle, record: TaskRecord): void {
    const state = stateOf(handle);
    this.#retention?.note(record);
    if (isTerminal(codeOf(record))) this.#theHost.recordedEnd(handle);
    if (state.isSaved) return;
    state.isSaved = true;
    const { parent } = state;
    if (parent === undefined || parent.done) return;
    const parentState = stateOf(parent);
    if (parentState.recoveries === 0) return;
    parentState.recoveries = 0; // it gets further than it did
    this.#writer.trackUnfinished(parent);
  }

  #saveCancelled(record: TaskRecord): void {
    const { recoveries: _, uncounted: __, retryAt: ___, deadline: ____, ...rest } = record; // those of unfinished tasks
    const finishedAt = this.#theHost.epoch + sinceStart(this.#theHost);
    const cancelled: TaskRecord = { ...rest, status: "cancelled", finishedAt };
    this.#writer.put(cancelled);
    this.#retention?.note(cancelled);
  }

  #refuseOtherTask(id: string, { spec: { options } }: Submission): void {
    const record = this.#earlier.find(id);
    if (record === undefined) return;
    const { name, module } = options;
    const where = module === undefined ? undefined : recordedModule(module);
    const recorded = record.module === undefined ? undefined : recordedModule(record.module);
    if (record.name === name && (recorded === where || !isDefined(record))) return;
    throw new TypeError(otherTaskMessage(record.key ?? id, { name, module: where }, {
      name: record.name,
      module: record.module,
    }));
  }

  #forgetRecords(ids: readonly string[]): void {
    for (const id of ids) {
      this.#earlier.take(id);
      this.#keyed.take(id);
      forget(id, this.#theHost.signals);
      this.#writer.delete(id);
    }
  }
}

/** From here on nothing that the program does to its own values changes what is recorded, or what bodies get. */
function isolate(handle: Handle, state: TaskState): void {
  const { args, refs } = state.inputs!;
  if (refs.length === 0) {
    handle.args = args;
    return;
  }
  const handles = new Map<string, Handle>(listLinks(handle.dependencies).map((each) => [each.id, each]));
  handle.args = withHandles(args, refs, (id) => handles.get(id)!);
}

/** Whether the task of a record is there: one that was moved to another module is not. */
function isDefined({ name, definedAs = name, module }: TaskRecord): boolean {
  return module !== undefined && findRecordedTask(module, definedAs) !== undefined;
}
