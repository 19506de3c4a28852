/**
 * The commands, with their options. What a command does is loaded when it is called, so that `--help` costs nothing.
 *
 * @module
 */

import {
  type ApplicationText,
  buildApplication,
  buildRouteMap,
  proposeCompletions,
  run as runApp,
  text_en,
} from "@stricli/core";
import { type CliContext, CliError, EXIT, streams } from "./context.ts";
import { mistakeIn, unknownCommand } from "./mistakes.ts";
import { cancel, deliver, pause, ps, retry, unpause, workers } from "./routes/control.ts";
import { graph, timeline } from "./routes/pictures.ts";
import { run } from "./routes/run.ts";
import { state } from "./routes/state.ts";
import { completions, doctor, scheduleNext } from "./routes/tools.ts";
import { ui } from "./routes/ui.ts";
import { worker } from "./routes/worker.ts";
import { splitRunArguments } from "./run_arguments.ts";

const root = buildRouteMap({
  routes: {
    run,
    state,
    ui,
    ps,
    workers,
    retry,
    cancel,
    pause,
    unpause,
    deliver,
    graph,
    timeline,
    schedule: buildRouteMap({ routes: { next: scheduleNext }, docs: { brief: "Look at cron expressions" } }),
    worker,
    doctor,
    completions,
  },
  docs: {
    brief: "See and steer what tasks do",
    fullDescription: `See and steer what tasks do.

Exit codes: 0 all is well, 1 a task failed, 2 the command could not be carried
out as it was given, 130 interrupted. workflowy COMMAND --help has the options.`,
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
  exceptionWhileParsingArguments: (error, ansiColor) => inRed(`error: ${mistakeIn(error)}`, ansiColor),
  noCommandRegisteredForInput: ({ input, corrections, ansiColor }) =>
    inRed(`error: ${unknownCommand(input, corrections)}`, ansiColor),
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
