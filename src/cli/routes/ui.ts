/**
 * The options of `workflowy ui`.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { UiFlags } from "../commands/ui.ts";
import type { CliContext } from "../context.ts";
import { port, prefix, program, subject } from "./parameters.ts";

/** `workflowy ui`. */
export const ui = buildCommand<UiFlags, [subject?: string], CliContext>({
  loader: async () => (await import("../commands/ui.ts")).ui,
  parameters: {
    flags: {
      port: {
        kind: "parsed",
        parse: port,
        optional: true,
        brief: "The port (default: any free one)",
        placeholder: "PORT",
      },
      prefix,
      program,
    },
    aliases: { p: "program" },
    positional: { kind: "tuple", parameters: [subject] },
  },
  docs: {
    brief: "Look at a checkpoint or a running program in a browser",
    fullDescription: `Prints the address of a dashboard.

That of a checkpoint is served until Ctrl+C, also if its program is dead. It is
read again while its program writes it, and never changed. A program that was
started with workflowy run serves one itself, with actions, until it ends.`,
    customUsage: ["[CHECKPOINT|PROGRAM] [options]"],
  },
});
