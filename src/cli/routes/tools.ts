/**
 * The options of the commands that need no program.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { DoctorFlags } from "../commands/doctor.ts";
import type { ScheduleNextFlags } from "../commands/schedule_next.ts";
import type { CliContext } from "../context.ts";
import { asIs, json, wholeNumber } from "./parameters.ts";

/** `workflowy schedule next`. */
export const scheduleNext = buildCommand<ScheduleNextFlags, string[], CliContext>({
  loader: async () => (await import("../commands/schedule_next.ts")).scheduleNext,
  parameters: {
    flags: {
      count: { kind: "parsed", parse: wholeNumber, default: "5", brief: "How many times", placeholder: "N" },
      timezone: {
        kind: "parsed",
        parse: asIs,
        optional: true,
        brief: "The time zone, such as Europe/Berlin (default: that of this machine)",
        placeholder: "ZONE",
      },
      json,
    },
    aliases: { n: "count", z: "timezone" },
    positional: {
      kind: "array",
      parameter: { brief: 'Five fields, such as "0 9 * * MON-FRI"', placeholder: "cron", parse: asIs },
      minimum: 1,
    },
  },
  docs: { brief: "Print the next times of a cron expression" },
});

/** `workflowy doctor`. */
export const doctor = buildCommand<DoctorFlags, string[], CliContext>({
  loader: async () => (await import("../commands/doctor.ts")).doctor,
  parameters: {
    flags: { json },
    positional: {
      kind: "array",
      parameter: { brief: "Checkpoints that should be readable", placeholder: "checkpoint", parse: asIs },
    },
  },
  docs: {
    brief: "Check this machine: versions, permissions, workers, checkpoints",
    fullDescription: `Checks this machine: versions, permissions, workers, and the checkpoints that are
named. Exits with 1 if anything does not work.`,
    customUsage: ["[CHECKPOINT]..."],
  },
});

/** `workflowy completions`. */
export const completions = buildCommand<Record<never, never>, [shell: string], CliContext>({
  loader: async () => (await import("../commands/completions.ts")).completions,
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{
        brief: "bash, zsh or fish",
        placeholder: "shell",
        parse: asIs,
        proposeCompletions: (partial) => ["bash", "zsh", "fish"].filter((shell) => shell.startsWith(partial)),
      }],
    },
  },
  docs: {
    brief: "Print what completes commands and options in a shell",
    fullDescription: `Prints what completes commands and options in a shell:

bash: source <(workflowy completions bash)           in ~/.bashrc
zsh:  source <(workflowy completions zsh)            in ~/.zshrc, after compinit
fish: workflowy completions fish | source            in ~/.config/fish/config.fish`,
  },
});
