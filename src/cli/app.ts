/**
 * The commands, with their options. What a command does is loaded when it is called, so that `--help` costs nothing.
 *
 * @module
 */

import {
  type ApplicationText,
  buildApplication,
  buildCommand,
  buildRouteMap,
  numberParser,
  proposeCompletions,
  run as runApp,
  text_en,
} from "@stricli/core";
import { type CliContext, CliError, EXIT, streams } from "./context.ts";
import type { DoctorFlags } from "./commands/doctor.ts";
import type { RunFlags } from "./commands/run.ts";
import type { ScheduleNextFlags } from "./commands/schedule_next.ts";
import type { StateFlags } from "./commands/state.ts";
import { splitRunArguments } from "./run_arguments.ts";

const asIs = (text: string): string => text;

function wholeNumber(text: string): number {
  const number = numberParser(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new RangeError(`${text} is not a whole number of 0 or more`);
}

const run = buildCommand<RunFlags, [program: string, ...args: string[]], CliContext>({
  loader: async () => (await import("./commands/run.ts")).run,
  parameters: {
    flags: {
      progress: {
        kind: "enum",
        values: ["auto", "live", "plain", "none"],
        default: "auto",
        brief: "How progress is shown on stderr",
      },
      report: {
        kind: "parsed",
        parse: asIs,
        optional: true,
        variadic: true,
        brief: "Write a report at the end: .html, .json or .xml (JUnit)",
        placeholder: "FILE",
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
        brief: "Save everything there, for a runner that has no checkpoint; the next run continues from it",
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
    fullDescription:
      `Runs a program as "deno run" does; it need not be changed. Its own arguments stand after it. Options of "deno run", such as
--allow-net, --config or --unstable-kv, stand before it. Without any about permissions, the program may do everything.

Exit codes: that of the program, or 1 if a task failed, 2 if it could not be run, and 130 if it was interrupted.`,
    customUsage: ["[options] [options of deno run] program.ts [arguments]"],
  },
});

const SOURCE =
  `A checkpoint is a file, kv:PATH (Deno KV), or kv: (Deno's own database). It is read as it is, also while its program
runs, and never changed.`;

const state = buildCommand<StateFlags, string[], CliContext>({
  loader: async () => (await import("./commands/state.ts")).state,
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
        brief: "Only tasks with this in their id, label, arguments or error",
        placeholder: "TEXT",
      },
      limit: {
        kind: "parsed",
        parse: wholeNumber,
        optional: true,
        brief: "How many tasks are listed; 0 for all (default: 100)",
        placeholder: "N",
      },
      prefix: {
        kind: "parsed",
        parse: asIs,
        optional: true,
        brief: "The prefix in Deno KV, its parts separated by commas (default: workflowy)",
        placeholder: "PREFIX",
      },
    },
    aliases: { f: "follow", n: "limit", s: "status", t: "text" },
    positional: {
      kind: "array",
      parameter: { brief: "The checkpoint, an action and the id of a task", placeholder: "checkpoint", parse: asIs },
    },
  },
  docs: {
    brief: "Look at a checkpoint: what is done, what failed, and why",
    fullDescription: `${SOURCE}

list      the tasks, unfinished ones first (default)
show ID   everything that is recorded about a task
why ID    why it has not completed
failed    what failed, with the errors
orphans   what has not finished; the next run continues with it
history   what happened, in the order of time
stats     counts and durations by name`,
    customUsage: [
      "CHECKPOINT [list|failed|orphans|history|stats] [options]",
      "CHECKPOINT show|why ID [--json]",
    ],
  },
});

const scheduleNext = buildCommand<ScheduleNextFlags, string[], CliContext>({
  loader: async () => (await import("./commands/schedule_next.ts")).scheduleNext,
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
      json: { kind: "boolean", optional: true, withNegated: false, brief: "Print JSON" },
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

const doctor = buildCommand<DoctorFlags, string[], CliContext>({
  loader: async () => (await import("./commands/doctor.ts")).doctor,
  parameters: {
    flags: { json: { kind: "boolean", optional: true, withNegated: false, brief: "Print JSON" } },
    positional: {
      kind: "array",
      parameter: { brief: "Checkpoints that should be readable", placeholder: "checkpoint", parse: asIs },
    },
  },
  docs: {
    brief: "Check this machine: versions, permissions, workers, checkpoints",
    fullDescription: "Exits with 1 if anything does not work.",
  },
});

const completions = buildCommand<Record<never, never>, [shell: string], CliContext>({
  loader: async () => (await import("./commands/completions.ts")).completions,
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
    fullDescription: `bash: source <(workflowy completions bash)           in ~/.bashrc
zsh:  source <(workflowy completions zsh)            in ~/.zshrc, after compinit
fish: workflowy completions fish | source            in ~/.config/fish/config.fish`,
  },
});

const root = buildRouteMap({
  routes: {
    run,
    state,
    schedule: buildRouteMap({ routes: { next: scheduleNext }, docs: { brief: "Look at cron expressions" } }),
    doctor,
    completions,
  },
  docs: {
    brief: "See and steer what tasks do",
    fullDescription: `See and steer what tasks do.

Exit codes: 0 all is well, 1 a task failed, 2 the command could not be carried out as given, 130 interrupted.`,
  },
});

/** A failure as it is printed: one line, unless it is a fault of this program. */
function described(error: unknown): string {
  if (error instanceof CliError) return `error: ${error.message}`;
  return error instanceof Error ? error.stack ?? String(error) : String(error);
}

function inRed(line: string, colours: boolean): string {
  return colours ? `\x1b[31m${line}\x1b[39m` : line;
}

const text: ApplicationText = {
  ...text_en,
  formatException: described,
  exceptionWhileRunningCommand: (error, ansiColor) => inRed(described(error), ansiColor),
  exceptionWhileParsingArguments(error, ansiColor) {
    const message = text_en.exceptionWhileParsingArguments.call(text_en, error, false);
    return inRed(`error: ${message}`, ansiColor);
  },
  noCommandRegisteredForInput({ input, corrections, ansiColor }) {
    const meant = corrections.length === 0 ? "" : `; did you mean ${corrections.join(" or ").replaceAll("`", '"')}?`;
    return inRed(`error: There is no command "${input}"${meant}`, ansiColor);
  },
};

const application = buildApplication<CliContext>(root, {
  name: "workflowy",
  versionInfo: { getCurrentVersion: async () => (await import("./version.ts")).VERSION },
  scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true },
  documentation: { caseStyle: "convert-camel-to-kebab", onlyRequiredInUsageLine: true },
  completion: { includeAliases: false },
  localization: { text },
  determineExitCode: () => EXIT.usage,
});

/** What a shell asks, with the words of the line so far. */
const COMPLETE = "__complete";

/** Whether a command needs Deno KV, which this program was started without. */
function lacksKv(args: readonly string[]): boolean {
  return typeof (Deno as { openKv?: unknown }).openKv !== "function" && args.some((arg) => arg.startsWith("kv:"));
}

/** Runs a command. Returns the exit code. */
export async function runApplication(args: readonly string[]): Promise<number> {
  if (lacksKv(args)) return await (await import("./self.ts")).withKv(args);
  const { inputs, denoFlags } = splitRunArguments(args);
  const context: CliContext = { process: streams(), denoFlags };
  if (args[0] === COMPLETE) {
    for (const { completion, brief } of await proposeCompletions(application, args.slice(1), context)) {
      context.process.stdout.write(`${completion}\t${brief}\n`);
    }
    return EXIT.ok;
  }
  await runApp(application, inputs.length === 0 ? ["--help"] : inputs, context);
  const code = Number(context.process.exitCode ?? 0);
  return code < 0 ? EXIT.usage : code; // the parser's own codes are negative
}
