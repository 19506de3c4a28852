/**
 * The options of `workflowy run`.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { RunFlags } from "../commands/run.ts";
import type { CliContext } from "../context.ts";
import { asIs } from "./parameters.ts";

/** `workflowy run`. */
export const run = buildCommand<RunFlags, [program: string, ...args: string[]], CliContext>({
  loader: async () => (await import("../commands/run.ts")).run,
  parameters: {
    flags: {
      progress: {
        kind: "enum",
        values: ["auto", "live", "plain", "none"],
        default: "auto",
        brief: "How progress is shown on stderr",
      },
      ui: {
        kind: "boolean",
        optional: true,
        withNegated: false,
        brief: "Serve a dashboard while it runs, and print its address",
      },
      report: {
        kind: "parsed",
        parse: asIs,
        optional: true,
        variadic: true,
        brief: "Write a report at the end: .html, .json or .xml (JUnit)",
        placeholder: "FILE",
      },
      otel: {
        kind: "boolean",
        optional: true,
        withNegated: false,
        brief: "Report to OpenTelemetry, at OTEL_EXPORTER_OTLP_ENDPOINT",
      },
      trace: {
        kind: "parsed",
        parse: asIs,
        optional: true,
        brief: "Write a Chrome trace at the end, for ui.perfetto.dev",
        placeholder: "FILE",
      },
      checkpoint: {
        kind: "parsed",
        parse: asIs,
        optional: true,
        brief: "Save everything there; the next run continues from it",
        placeholder: "FILE",
      },
    },
    positional: {
      kind: "array",
      minimum: 1,
      parameter: { brief: "The program, and its own arguments", placeholder: "program", parse: asIs },
    },
  } as never, // a list that has at least one item, which the types of the parser cannot say
  docs: {
    brief: "Run a program with progress, reports, a checkpoint, and commands that reach it",
    fullDescription: `Runs a program as "deno run" does; it need not be changed. Its own arguments
stand after it. Options of "deno run", such as --allow-net, --config or
--unstable-kv, stand before it. Without any about permissions, the program may
do everything. --checkpoint is for its first runner without one.

Exit codes: that of the program, but 1 in place of 0 if a task failed, 2 if it
could not be run or made no runner, 130 if it was interrupted, and 143 if
SIGTERM ended it.`,
    customUsage: ["[options] [options of deno run] program.ts [arguments]"],
  },
});
