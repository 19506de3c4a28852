/**
 * All that is known about one task, for the page that shows it.
 *
 * @module
 */

import { errorForm, type Json } from "../observe/api/json_form.ts";
import { detailsOfHandle } from "../observe/api/view_of_handle.ts";
import { detailsOfRecord } from "../observe/api/view_of_record.ts";
import type { TaskRunner } from "../runner/task_runner.ts";
import { refusal } from "./guard.ts";
import type { CheckpointSource } from "./live/checkpoint_source.ts";
import type { RunnerSource } from "./live/runner_source.ts";

/** The answer about a task of a runner. */
export function openTask(runner: TaskRunner, source: RunnerSource, id: string): Response {
  const handle = runner.get(id);
  if (handle === undefined) {
    return refusal(
      404,
      `The runner does not know "${id}". It keeps as many tasks that have finished as its option retain says`,
    );
  }
  const { history, seq } = handle;
  return Response.json({
    v: 1,
    task: {
      ...detailsOfHandle(handle),
      seq,
      history: history.map(({ number, status, startedAt, finishedAt, error, worker }) => ({
        number,
        status,
        startedAt: startedAt.getTime(),
        finishedAt: finishedAt?.getTime(),
        worker,
        ...(error === undefined ? {} : { error: typeof error === "string" ? inWords(error) : errorForm(error) }),
      })),
    },
    ...source.lines(id),
  });
}

/** The answer about a task on record. */
export async function openTaskOnRecord(source: CheckpointSource, id: string): Promise<Response> {
  await source.read();
  const { records } = source;
  const record = records.get(id);
  if (record === undefined) return refusal(404, `The checkpoint has no task "${id}"`);
  const details = detailsOfRecord(record, records);
  const history = details.history.map(({ startedAt, finishedAt, error, ...attempt }) => ({
    ...attempt,
    startedAt: startedAt === undefined ? undefined : Date.parse(startedAt),
    finishedAt: finishedAt === undefined ? undefined : Date.parse(finishedAt),
    ...(error === undefined ? {} : { error: inWords(error) }),
  }));
  const { attempts: number, status, startedAt, finishedAt } = record;
  const isKnown = startedAt === undefined || history.at(-1)?.number === number;
  const last = isKnown ? [] : [{ number, status, startedAt, finishedAt, error: details.error }];
  return Response.json({ v: 1, task: { ...details, history: [...history, ...last] }, lines: [], dropped: 0 });
}

/** An error that is known by its words alone. */
function inWords(error: string): Json {
  const [, name, message] = /^(\w+): ([^]*)$/.exec(error) ?? [undefined, "", error];
  return { name: name!, message: message! };
}
