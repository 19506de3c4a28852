/**
 * All that is known about one task, for the page that shows it.
 *
 * @module
 */

import { errorForm, type Json, jsonForm } from "../observe/api/json_form.ts";
import { detailsOfHandle } from "../observe/api/view_of_handle.ts";
import type { TaskRunner } from "../runner/task_runner.ts";
import type { ThrownEnvelope } from "../core/error_envelope.ts";
import { refusal } from "./guard.ts";
import type { CheckpointSource } from "./live/checkpoint_source.ts";
import type { RunnerSource } from "./live/runner_source.ts";

/** The answer about a task of a runner. */
export function openTask(runner: TaskRunner, source: RunnerSource, id: string): Response {
  const handle = runner.get(id);
  if (handle === undefined) {
    return refusal(404, `The runner does not know "${id}" (any more): see retain of its options`);
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
export function openTaskOnRecord(source: CheckpointSource, id: string): Response {
  const found = source.find(id);
  if (found === undefined) return refusal(404, `The checkpoint has no task "${id}"`);
  const { record, seq } = found;
  const { status, attempts, history = [], startedAt, finishedAt, args, refs = [], value, error } = record;
  const past = history.map((each) => ({ ...each, status: "failed", error: inWords(each.error) }));
  const failure = error === undefined ? undefined : envelopeForm(error);
  const isLastKnown = startedAt === undefined || past.at(-1)?.number === attempts;
  const last = { number: attempts, status, startedAt, finishedAt, error: failure };
  return Response.json({
    v: 1,
    task: {
      seq,
      id,
      name: record.name,
      status,
      attempts,
      label: record.label,
      tags: record.tags,
      source: record.source,
      parent: record.parent,
      args: args.map((each, index) => {
        const ref = refs.find(({ at }) => at[0] === index && at.length === 1);
        return ref === undefined ? jsonForm(each) : { handle: ref.id };
      }),
      dependsOn: record.dependsOn,
      value: value === undefined ? undefined : jsonForm(value),
      error: failure,
      history: isLastKnown ? past : [...past, last],
      why: `It is ${status} on record.`,
    },
    lines: [],
    dropped: 0,
  });
}

function inWords(error: string): Json {
  const [, name, message] = /^(\w+): ([^]*)$/.exec(error) ?? [undefined, "", error];
  return { name: name!, message: message! };
}

function envelopeForm(thrown: ThrownEnvelope): Json {
  if ("value" in thrown) return { name: "thrown", message: JSON.stringify(jsonForm(thrown.value)) };
  const { name, message, stack, cause } = thrown.error;
  return {
    name,
    message,
    ...(stack === undefined ? {} : { stack }),
    ...(cause === undefined ? {} : { cause: envelopeForm(cause) }),
  };
}
