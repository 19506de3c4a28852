/**
 * The options of `workflowy state`.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { StateFlags } from "../commands/state.ts";
import type { CliContext } from "../context.ts";
import { asIs, prefix, program, runner, SUBJECTS, wholeNumber } from "./parameters.ts";

/** `workflowy state`. */
export const state = buildCommand<StateFlags, string[], CliContext>({
  loader: async () => (await import("../commands/state.ts")).state,
  parameters: {
    flags: {
      json: { kind: "boolean", optional: true, withNegated: false, brief: "Print JSON, a line for each task" },
      follow: { kind: "boolean", optional: true, withNegated: false, brief: "Print again whenever it changes" },
      status: {
        kind: "parsed",
        parse: asIs,
        optional: true,
        brief: "Only tasks of this status",
        placeholder: "STATUS",
      },
      name: { kind: "parsed", parse: asIs, optional: true, brief: "Only tasks of this name", placeholder: "NAME" },
      tag: { kind: "parsed", parse: asIs, optional: true, brief: "Only tasks with this tag", placeholder: "TAG" },
      text: {
        kind: "parsed",
        parse: asIs,
        optional: true,
        brief: "Only tasks with this in their id, name, label or error",
        placeholder: "TEXT",
      },
      limit: {
        kind: "parsed",
        parse: wholeNumber,
        optional: true,
        brief: "How many tasks are listed; 0 for all (default: 100)",
        placeholder: "N",
      },
      prefix,
      program,
      runner,
    },
    aliases: { p: "program", f: "follow", n: "limit", s: "status", t: "text" },
    positional: {
      kind: "array",
      parameter: {
        brief: "The checkpoint or program, an action and the id of a task",
        placeholder: "checkpoint|program",
        parse: asIs,
      },
    },
  },
  docs: {
    brief: "Look at a checkpoint or a running program: what is done, what failed, and why",
    fullDescription: `${SUBJECTS}

list      the tasks, unfinished ones first (default)
show ID   everything that is known about a task
why ID    why it has not completed
failed    what failed, with the errors
orphans   what has not finished; the next run continues with it
history   what happened, in the order of time
stats     counts and durations by name`,
    customUsage: [
      "[CHECKPOINT|PROGRAM] [list|failed|orphans|history|stats] [options]",
      "[CHECKPOINT|PROGRAM] show|why ID [--json]",
    ],
  },
});
