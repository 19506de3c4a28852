/**
 * The JSON interface to a checkpoint: what can be asked about a runner, and can be told without one.
 *
 * @module
 */

import type { TaskRecord } from "../core/checkpointer.ts";
import { STATUSES, type TaskStatus } from "../core/status.ts";
import { API_VERSION } from "../observe/api/api.ts";
import { compact, matches, type TaskFilter } from "../observe/api/task_view.ts";
import { accountOfRecord, detailsOfRecord, viewOfRecord } from "../observe/api/view_of_record.ts";
import { refusal } from "./guard.ts";
import type { CheckpointSource } from "./live/checkpoint_source.ts";

/** How many tasks are listed, unless the request says otherwise, and at most. */
const [DEFAULT_LIMIT, MAX_LIMIT] = [100, 10_000];

/** Answers a request for a path below `/api/`. */
export async function answerOnRecord(source: CheckpointSource, url: URL, path: string): Promise<Response> {
  await source.read();
  const { records, title } = source;
  if (path === "/api/state") {
    const counts = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<TaskStatus, number>;
    for (const { status } of records.values()) counts[status]++;
    return Response.json({ v: API_VERSION, checkpoint: title, readOnly: true, statistics: counts });
  }
  if (path === "/api/tasks") return Response.json({ v: API_VERSION, ...listed(source, url.searchParams) });
  const id = /^\/api\/tasks\/([^/]+)$/.exec(path)?.[1];
  if (id === undefined) return refusal(404, `A checkpoint has no ${path}`);
  const record = records.get(decodeURIComponent(id));
  if (record === undefined) return refusal(404, `The checkpoint has no task "${decodeURIComponent(id)}"`);
  return Response.json({ v: API_VERSION, ...detailsOfRecord(record, records) });
}

function listed({ records }: CheckpointSource, query: URLSearchParams): object {
  const filter = compact<TaskFilter>({
    status: query.get("status")?.split(",") as TaskStatus[] | undefined,
    name: query.get("name") ?? undefined,
    tag: query.get("tag") ?? undefined,
    text: query.get("text") ?? undefined,
  });
  const offset = Number(query.get("offset") ?? 0) || 0;
  const limit = Math.min(Number(query.get("limit") ?? DEFAULT_LIMIT) || 0, MAX_LIMIT);
  const found = [...records.values()].filter((record) => matches(viewOfRecord(record), filter));
  const isFull = query.get("full") === "true";
  const form = (record: TaskRecord) => isFull ? accountOfRecord(record, records) : viewOfRecord(record);
  return { total: found.length, offset, limit, tasks: found.slice(offset, offset + limit).map(form) };
}
