/**
 * What a request says of the tasks that it asks for.
 *
 * @module
 */

import { STATUSES, type TaskStatus } from "../../core/status.ts";
import { compact, type TaskFilter } from "./task_view.ts";

/** How many tasks are listed, unless the request says otherwise. */
const DEFAULT_LIMIT = 100;
/** How many tasks are listed at most. */
const MAX_LIMIT = 10_000;

/** A request that cannot be answered as it was made. */
export class Refusal extends Error {
  /** That of the response. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Refuses a request. */
export function refuse(status: number, message: string): never {
  throw new Refusal(status, message);
}

/** What a part of a path says, such as an id. */
export function decoded(piece: string): string {
  try {
    return decodeURIComponent(piece);
  } catch {
    throw new Refusal(400, `"${piece}" is not encoded as a part of a URL must be`);
  }
}

/** Which tasks are listed, and how. */
export interface TaskQuery {
  readonly filter: TaskFilter;
  readonly limit: number;
  readonly offset: number;
  /** Whether each is told in full. */
  readonly isFull: boolean;
}

/** Reads the parameters of a request for a list of tasks. */
export function taskQuery(parameters: URLSearchParams): TaskQuery {
  return {
    filter: compact<TaskFilter>({
      status: statusesIn(parameters.get("status")),
      name: parameters.get("name") ?? undefined,
      tag: parameters.get("tag") ?? undefined,
      text: parameters.get("text") ?? undefined,
    }),
    limit: Math.min(numberIn(parameters, "limit", DEFAULT_LIMIT), MAX_LIMIT),
    offset: numberIn(parameters, "offset", 0),
    isFull: parameters.get("full") === "true",
  };
}

function statusesIn(list: string | null): TaskStatus[] | undefined {
  if (list === null || list === "") return undefined;
  return list.split(",").map((each) => {
    const status = STATUSES.find((one) => one === each.trim());
    return status ?? refuse(400, `There is no status "${each}"; there are ${STATUSES.join(", ")}`);
  });
}

function numberIn(parameters: URLSearchParams, name: string, byDefault: number): number {
  const text = parameters.get(name);
  if (text === null) return byDefault;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new Refusal(400, `${name} must be a whole number of 0 or more, not "${text}"`);
}
