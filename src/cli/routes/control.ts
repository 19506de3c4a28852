/**
 * The options of the commands that reach a program that runs.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { CancelFlags, RetryFlags } from "../commands/control.ts";
import type { CliContext } from "../context.ts";
import type { ProgramFlags } from "../control/client.ts";
import { asIs, json, program, runner } from "./parameters.ts";

const programFlags = { program, runner, json } as const;

/** What a command does, for its own help, which would not say it. */
const about = (brief: string, more = "") => ({
  brief,
  fullDescription: `${brief}.${more}

It reaches a program that was started with workflowy run, or that calls
acceptCommands(). workflowy ps lists those that run.`,
});

const id = { brief: "The id of the task, or the beginning of it", placeholder: "id", parse: asIs } as const;
const pool = { brief: "The pool (default: all)", placeholder: "pool", parse: asIs, optional: true } as const;

/** `workflowy ps`. */
export const ps = buildCommand<Pick<ProgramFlags, "json">, [], CliContext>({
  loader: async () => (await import("../commands/control.ts")).ps,
  parameters: { flags: { json } },
  docs: { brief: "List the programs that can be reached" },
});

/** `workflowy workers`. */
export const workers = buildCommand<ProgramFlags, [], CliContext>({
  loader: async () => (await import("../commands/control.ts")).workers,
  parameters: { flags: programFlags, aliases: { p: "program" } },
  docs: about("List the workers on other machines that a running program has"),
});

/** `workflowy retry`. */
export const retry = buildCommand<RetryFlags, [id?: string], CliContext>({
  loader: async () => (await import("../commands/control.ts")).retry,
  parameters: {
    flags: {
      ...programFlags,
      failed: {
        kind: "boolean",
        optional: true,
        withNegated: false,
        brief: "Everything that failed, was cancelled or skipped",
      },
    },
    aliases: { p: "program" },
    positional: { kind: "tuple", parameters: [{ ...id, optional: true }] },
  },
  docs: {
    ...about("Run a task of a running program again, or all that failed"),
    customUsage: ["ID", "--failed"],
  },
});

/** `workflowy cancel`. */
export const cancel = buildCommand<CancelFlags, [id: string], CliContext>({
  loader: async () => (await import("../commands/control.ts")).cancel,
  parameters: {
    flags: {
      ...programFlags,
      reason: { kind: "parsed", parse: asIs, optional: true, brief: "What the task is told", placeholder: "TEXT" },
    },
    aliases: { p: "program" },
    positional: { kind: "tuple", parameters: [id] },
  },
  docs: about("Cancel a task of a running program"),
});

/** `workflowy pause`. */
export const pause = buildCommand<ProgramFlags, [pool?: string], CliContext>({
  loader: async () => (await import("../commands/control.ts")).pause,
  parameters: { flags: programFlags, aliases: { p: "program" }, positional: { kind: "tuple", parameters: [pool] } },
  docs: { ...about("Let a running program start nothing more", " What runs continues."), customUsage: ["[POOL]"] },
});

/** `workflowy unpause`. */
export const unpause = buildCommand<ProgramFlags, [pool?: string], CliContext>({
  loader: async () => (await import("../commands/control.ts")).unpause,
  parameters: { flags: programFlags, aliases: { p: "program" }, positional: { kind: "tuple", parameters: [pool] } },
  docs: { ...about("Let a paused program start tasks again"), customUsage: ["[POOL]"] },
});

/** `workflowy deliver`. */
export const deliver = buildCommand<ProgramFlags, [key: string, value?: string], CliContext>({
  loader: async () => (await import("../commands/control.ts")).deliver,
  parameters: {
    flags: programFlags,
    aliases: { p: "program" },
    positional: {
      kind: "tuple",
      parameters: [
        { brief: "The key of waitFor()", placeholder: "key", parse: asIs },
        { brief: "The value, as JSON (default: undefined)", placeholder: "value", parse: asIs, optional: true },
      ],
    },
  },
  docs: { ...about("Deliver a value to a task that waits for it"), customUsage: ["KEY [VALUE]"] },
});
