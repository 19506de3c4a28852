/**
 * The JSON interface to a checkpoint: what can be asked about a runner, and can be told without one.
 *
 * @module
 */

import type { TaskRecord } from "../core/checkpointer.ts";
import { STATUSES, type TaskStatus } from "../core/status.ts";
import { API_VERSION } from "../observe/api/api.ts";
import { decoded, Refusal, taskQuery } from "../observe/api/task_query.ts";
import { matches } from "../observe/api/task_view.ts";
import { accountOfRecord, detailsOfRecord, viewOfRecord } from "../observe/api/view_of_record.ts";
import { refusal } from "./guard.ts";
import type { CheckpointSource } from "./live/checkpoint_source.ts";

/**
 * Answers a request for a path below `/api/`.
 *
 * @param reads Whether it is not for an action.
 */
export async function answerOnRecord(
  source: CheckpointSource,
  reads: boolean,
  url: URL,
  path: string,
): Promise<Response> {
  if (!reads) return refusal(409, "A checkpoint is only looked at: actions need the program that runs");
  await source.read();
  try {
    return answer(source, url, path);
  } catch (error) {
    if (error instanceof Refusal) return refusal(error.status, error.message);
    throw error;
  }
}

function answer(source: CheckpointSource, url: URL, path: string): Response {
  const { records, title } = source;
  if (path === "/api/state") {
    const counts = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<TaskStatus, number>;
    for (const { status } of records.values()) counts[status]++;
    return Response.json({ v: API_VERSION, checkpoint: title, readOnly: true, statistics: counts });
  }
  if (path === "/api/tasks") return Response.json({ v: API_VERSION, ...listed(source, url.searchParams) });
  const part = /^\/api\/tasks\/([^/]+)$/.exec(path)?.[1];
  if (part === undefined) return refusal(404, `A checkpoint has no ${path}`);
  const id = decoded(part);
  const record = records.get(id);
  if (record === undefined) return refusal(404, `The checkpoint has no task "${id}"`);
  return Response.json({ v: API_VERSION, ...detailsOfRecord(record, records) });
}

function listed({ records }: CheckpointSource, query: URLSearchParams): object {
  const { filter, limit, offset, isFull } = taskQuery(query);
  const found = [...records.values()].filter((record) => matches(viewOfRecord(record), filter));
  const form = (record: TaskRecord) => isFull ? accountOfRecord(record, records) : viewOfRecord(record);
  return { total: found.length, offset, limit, tasks: found.slice(offset, offset + limit).map(form) };
}
