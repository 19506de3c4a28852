/**
 * Many tasks to run as one message: most of what is sent is alike but for ids and arguments.
 *
 * A message of its own costs each task an array or a record, on both sides, which takes longer than the rest of its way.
 *
 * @module
 */

import { JSON_LEVEL, levelOfPrimitive } from "../../serialization/encoding.ts";
import { type BundleMessage, type RunMessage, TO, type ToWorker } from "./messages.ts";

/** Longer strings are written faster as they are than as JSON among others. */
const MAX_STRING = 1_000;

/** A bundle that grows. */
interface Growing {
  readonly first: RunMessage;
  readonly ids: string[];
  /** The arguments of all, one after the other. */
  readonly args: unknown[];
}

/** The same messages, with those bundled that follow each other and run one task with plain arguments. */
export function bundled(messages: readonly ToWorker[]): readonly ToWorker[] {
  if (messages.length < 2) return messages;
  const all: ToWorker[] = [];
  let growing: Growing | undefined;
  for (const message of messages) {
    if (message[0] !== TO.run || !isPlain(message)) {
      if (growing !== undefined) all.push(messageOf(growing));
      growing = undefined;
      all.push(message);
      continue;
    }
    if (growing === undefined || !belongsTo(growing, message)) {
      if (growing !== undefined) all.push(messageOf(growing));
      growing = { first: message, ids: [], args: [] };
    }
    growing.ids.push(message[5]);
    for (const arg of message[6]) growing.args.push(arg);
  }
  if (growing !== undefined) all.push(messageOf(growing));
  return all;
}

/** Passes on each message to run a task that is in a bundle. */
export function unbundle(bundle: BundleMessage, take: (message: RunMessage) => void): void {
  const [, seq, ref, attempt, timeout, ids, args, name] = bundle;
  const count = args.length / ids.length;
  for (let index = 0; index < ids.length; index++) {
    const own = count === 1 ? [args[index]] : args.slice(index * count, (index + 1) * count);
    take([TO.run, seq + index, ref, attempt, timeout, ids[index]!, own, name]);
  }
}

function messageOf({ first, ids, args }: Growing): ToWorker {
  if (ids.length === 1) return first;
  const [, seq, ref, attempt, timeout, , , name] = first;
  return [TO.bundle, seq, ref, attempt, timeout, ids, args, name];
}

function belongsTo({ first, ids }: Growing, message: RunMessage): boolean {
  return message[1] === first[1] + ids.length && message[2] === first[2] && message[3] === first[3] &&
    message[4] === first[4] && message[6].length === first[6].length && message[7] === first[7];
}

/** Whether a message has no headers, and arguments that are the same as JSON. */
function isPlain([, , , , , id, args, , headers]: RunMessage): boolean {
  if (headers !== undefined || id.length > MAX_STRING) return false;
  for (let index = 0; index < args.length; index++) {
    const arg = args[index];
    if (levelOfPrimitive(arg) !== JSON_LEVEL || (typeof arg === "string" && arg.length > MAX_STRING)) return false;
  }
  return true;
}
