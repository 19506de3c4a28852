/**
 * Tasks as records, and the ids by which a later run finds them again.
 *
 * @module
 */

import { canonicalText } from "../serialization/canonical.ts";
import type { CodecName, TaskRecord } from "../core/checkpointer.ts";
import { toEnvelope } from "../serialization/envelope.ts";
import type { ThrownEnvelope } from "../core/error_envelope.ts";
import { CheckpointError } from "../core/errors.ts";
import { type Links, listLinks } from "../core/graph.ts";
import { whyNotKeepable } from "../serialization/keepable.ts";
import { COMPLETED, FAILED, SKIPPED, type StatusCode, STATUSES } from "../core/status.ts";
import type { Handle, SavedInputs } from "../tasks/handle.ts";
import { withoutHandles } from "../tasks/inputs.ts";
import type { TaskSpec } from "../tasks/spec.ts";
import { isolated } from "../serialization/snapshot.ts";

/** What a record depends on beside the task. */
export interface RecordContext {
  readonly codec: CodecName;
  /** Milliseconds since the epoch, for a time of a handle. */
  timeOf(sinceStart: number): number;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** How many characters of a digest are enough for any number of tasks. */
const DIGEST_LENGTH = 20;

/** What a task was submitted with, where there is nothing to say. */
const NO_INPUTS: SavedInputs = { args: [], refs: [], parent: undefined };

/**
 * A task as a record that says that it has this status.
 *
 * @param outcome Its value or error, if it is over.
 */
export function recordOf(handle: Handle, code: StatusCode, outcome: unknown, context: RecordContext): TaskRecord {
  const { id, spec: { options: { name, module, version }, definedAs }, attempts, startedAt, finishedAt } = handle;
  const { args, refs, parent } = handle.details?.inputs ?? NO_INPUTS;
  const dependsOn = listLinks(handle.dependencies).map((each) => each.id);
  const record: Writable<TaskRecord> = { id, name, status: STATUSES[code]!, attempts, args, dependsOn };
  if (refs.length > 0) record.refs = refs;
  if (parent !== undefined) record.parent = parent;
  if (handle.details?.outlives) record.outlives = true;
  if (definedAs !== name) record.definedAs = definedAs;
  if (module !== undefined) record.module = module;
  if (version !== undefined) record.version = version;
  if (startedAt !== undefined) record.startedAt = context.timeOf(startedAt);
  if (finishedAt !== undefined) record.finishedAt = context.timeOf(finishedAt);
  if (code === COMPLETED && outcome !== undefined) record.value = isolated(outcome, context.codec);
  if ((code === FAILED || code === SKIPPED) && outcome !== undefined) record.error = savedError(outcome, context.codec);
  return record;
}

/**
 * The id of a submission, but for what tells equal ones apart: the same in every run, for the same task, arguments and
 * dependencies.
 */
export function stableId(
  { options: { name, version } }: TaskSpec,
  { args, refs }: SavedInputs,
  dependencies: Links<Handle>,
): string {
  const ids = listLinks(dependencies).map(({ id }) => id).sort();
  // With the name, as "a@1" may be one, too.
  const what = canonicalText([name, version, args, refs.map(({ at, id }) => [at, id]), ids]);
  return `${name}${version === undefined ? "" : `@${version}`}#${digestOf(what)}`;
}

/**
 * What there is to put on record of how a task is submitted.
 *
 * @param dependencies What it will depend on, handles among the arguments included.
 * @throws {CheckpointError} If the arguments cannot be saved; the message names the path to what cannot.
 */
export function inputsOf(
  { options: { name } }: TaskSpec,
  given: readonly unknown[],
  dependencies: Links<Handle>,
  parent: string | undefined,
  codec: CodecName,
): SavedInputs {
  const { args, refs } = dependencies === undefined ? { args: given, refs: NO_INPUTS.refs } : withoutHandles(given);
  const saved = savedArgs(args);
  const refusal = whyNotKeepable(saved, codec, "args");
  if (refusal !== undefined) throw new CheckpointError(`Cannot submit "${name}", as ${refusal}`, { task: name });
  return { args: saved, refs, parent };
}

/** The same, and nothing that the program does to its own values changes it. */
export function isolatedInputs({ args, refs, parent }: SavedInputs, codec: CodecName): SavedInputs {
  return { args: args.map((arg) => isolated(arg, codec)), refs, parent };
}

/** A last argument that is `undefined` is as good as none. */
function savedArgs(args: readonly unknown[]): readonly unknown[] {
  let length = args.length;
  while (length > 0 && args[length - 1] === undefined) length--;
  return length === args.length ? args : args.slice(0, length);
}

/** Its own fields become text where the codec does not keep them: losing a field is better than losing an error. */
function savedError(error: unknown, codec: CodecName): ThrownEnvelope {
  const envelope = toEnvelope(error);
  return codec === "structured" ? envelope : plain(envelope, []) as ThrownEnvelope;
}

function plain(value: unknown, within: readonly unknown[]): unknown {
  if (value === undefined) return null;
  if (whyNotKeepable(value, "json", "it") === undefined) return value;
  const inner = [...within, value];
  if (typeof value !== "object" || value === null || within.includes(value)) return Deno.inspect(value);
  if (Array.isArray(value)) return Array.from(value, (each) => plain(each, inner));
  if (Object.getPrototypeOf(value) !== Object.prototype) return Deno.inspect(value);
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.map(([key, each]) => [key, plain(each, inner)]));
}

type Crypto = Pick<typeof import("node:crypto"), "hash">;

/** Loaded when first needed: it takes milliseconds. */
let crypto: Crypto | undefined;

function digestOf(text: string): string {
  crypto ??= (globalThis as unknown as { process: { getBuiltinModule(name: "node:crypto"): Crypto } })
    .process.getBuiltinModule("node:crypto");
  return crypto.hash("sha256", text, "hex").slice(0, DIGEST_LENGTH);
}
