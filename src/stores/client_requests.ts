/**
 * What programs that do not have a checkpoint ask of the one that has it, as records that stores keep.
 *
 * @module
 */

import type { CheckpointRequest, TaskRecord } from "../core/checkpointer.ts";
import { isTerminal, STATUSES } from "../core/status.ts";

/** The `source` of tasks that a client has submitted. */
export const CLIENT_SOURCE = "client";

/** The kind of a request. */
export type RequestKind = CheckpointRequest["kind"];

/** What the ids of requests begin with that are not those of tasks; no id of a task begins so. */
const SIGNAL = "signal:";
const CANCEL = "%cancel:";

const PLAIN = { status: "pending", attempts: 0, dependsOn: [] } as const;

/** The id of the record that says that a key was delivered. */
export function idOfSignal(key: string): string {
  return `${SIGNAL}${key}`;
}

/** The id of the request to cancel a task. */
export function idOfCancel(task: string): string {
  return `${CANCEL}${task}`;
}

/** What is stored of a request to deliver a value. */
export function deliverRecord(key: string, value: unknown): TaskRecord {
  return { ...PLAIN, id: idOfSignal(key), name: "deliver", args: [key, value] };
}

/** What is stored of a request to cancel a task. */
export function cancelRecord(task: string): TaskRecord {
  return { ...PLAIN, id: idOfCancel(task), name: "cancel", args: [task] };
}

/**
 * A request from what is stored of it.
 *
 * @throws {TypeError} If it is not one.
 */
export function requestOf(kind: string, record: TaskRecord): CheckpointRequest {
  const { id, args: [first, second], status } = record;
  if (kind === "submit" && !isTerminal(STATUSES.indexOf(status) as 0)) return { kind, id, record };
  if (kind === "deliver" && typeof first === "string") return { kind, id, key: first, value: second };
  if (kind === "cancel" && typeof first === "string") return { kind, id, task: first };
  throw new TypeError(`it is not a request of the kind ${JSON.stringify(kind)}`);
}

/** Whether a record says that a task has ended for which a client may wait. */
export function isAwaitedEnd({ source, status }: TaskRecord): boolean {
  return source === CLIENT_SOURCE && isTerminal(STATUSES.indexOf(status) as 0);
}
