/**
 * The options of `workflowy ui`.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { UiFlags } from "../commands/ui.ts";
import type { CliContext } from "../context.ts";
import { asIs, prefix, wholeNumber } from "./parameters.ts";

/** `workflowy ui`. */
export const ui = buildCommand<UiFlags, [checkpoint: string], CliContext>({
  loader: async () => (await import("../commands/ui.ts")).ui,
  parameters: {
    flags: {
      port: {
        kind: "parsed",
        parse: wholeNumber,
        optional: true,
        brief: "The port (default: any free one)",
        placeholder: "PORT",
      },
      prefix,
    },
    positional: {
      kind: "tuple",
      parameters: [{ brief: "The checkpoint", placeholder: "checkpoint", parse: asIs }],
    },
  },
  docs: {
    brief: "Look at a checkpoint in a browser",
    fullDescription:
      `Serves a dashboard of a checkpoint, also of a program that is dead, and prints its address. It is read again
while its program writes it, and never changed. Ctrl+C ends it.`,
  },
});
