/**
 * The options of the commands that draw.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { GraphFlags, PictureFlags } from "../commands/pictures.ts";
import type { CliContext } from "../context.ts";
import { asIs, prefix, program, runner, subject, SUBJECTS } from "./parameters.ts";

const flags = {
  out: {
    kind: "parsed",
    parse: asIs,
    optional: true,
    brief: "Write to a file; its extension is the format",
    placeholder: "FILE",
  },
  theme: { kind: "enum", values: ["auto", "light", "dark"], default: "auto", brief: "The colours of SVG and HTML" },
  prefix,
  program,
  runner,
} as const;

const format = (brief: string) =>
  ({ kind: "parsed", parse: asIs, optional: true, brief, placeholder: "FORMAT" }) as const;

const about = (brief: string) => ({
  brief,
  fullDescription: `${brief}.

${SUBJECTS}`,
  customUsage: ["[CHECKPOINT|PROGRAM] [options]"],
});

/** `workflowy graph`. */
export const graph = buildCommand<GraphFlags, [subject?: string], CliContext>({
  loader: async () => (await import("../commands/pictures.ts")).graph,
  parameters: {
    flags: {
      ...flags,
      format: format("mermaid, dot, svg or html (default: mermaid)"),
      group: {
        kind: "enum",
        values: ["auto", "always", "never"],
        default: "auto",
        brief: "Whether tasks of one name are one box",
      },
    },
    aliases: { o: "out", f: "format", p: "program" },
    positional: { kind: "tuple", parameters: [subject] },
  },
  docs: about("Draw which task depends on which, of a checkpoint or a running program"),
});

/** `workflowy timeline`. */
export const timeline = buildCommand<PictureFlags, [subject?: string], CliContext>({
  loader: async () => (await import("../commands/pictures.ts")).timeline,
  parameters: {
    flags: {
      ...flags,
      format: format("svg, json (a Chrome trace, for ui.perfetto.dev) or html (default: svg)"),
    },
    aliases: { o: "out", f: "format", p: "program" },
    positional: { kind: "tuple", parameters: [subject] },
  },
  docs: about("Draw what ran when, of a checkpoint or a running program"),
});
