/**
 * The options of `workflowy worker`.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { WorkerFlags } from "../commands/worker.ts";
import type { CliContext } from "../context.ts";
import { asIs, port, wholeNumber } from "./parameters.ts";

/** `workflowy worker`. */
export const worker = buildCommand<WorkerFlags, string[], CliContext>({
  loader: async () => (await import("../commands/worker.ts")).worker,
  parameters: {
    flags: {
      engine: { kind: "enum", values: ["ws", "postgres", "nats"], brief: "What carries the tasks" },
      name: { kind: "parsed", parse: asIs, brief: "The name of the pools that it serves", placeholder: "NAME" },
      server: {
        kind: "parsed",
        parse: asIs,
        optional: true,
        brief:
          "Where the server is, or the runner (ws); several of NATS with commas (default: DATABASE_URL, or NATS here)",
        placeholder: "ADDRESS",
      },
      replicas: {
        kind: "parsed",
        parse: wholeNumber,
        optional: true,
        brief: "NATS: on how many servers jobs and outcomes are kept, as the runner says it (default: 1)",
        placeholder: "N",
      },
      schema: {
        kind: "parsed",
        parse: asIs,
        optional: true,
        brief: "Postgres: where the tables are, as the runner says it (default: workflowy)",
        placeholder: "NAME",
      },
      concurrency: {
        kind: "parsed",
        parse: wholeNumber,
        optional: true,
        brief: "How many bodies run at a time (default: the number of processors; 100 for async)",
        placeholder: "N",
      },
      backend: {
        kind: "enum",
        values: ["thread", "process", "async"],
        optional: true,
        brief: "Where they run (default: thread)",
      },
      worker: {
        kind: "parsed",
        parse: asIs,
        optional: true,
        brief: "What the worker is called (default: the machine and the process id)",
        placeholder: "NAME",
      },
      tag: {
        kind: "parsed",
        parse: asIs,
        optional: true,
        variadic: true,
        brief: "What is shown beside its name; may be given several times",
        placeholder: "TAG",
      },
      lease: {
        kind: "parsed",
        parse: asIs,
        optional: true,
        brief: "For how long it may be silent, as the runner says it (default: 10s)",
        placeholder: "DURATION",
      },
      health: {
        kind: "parsed",
        parse: port,
        optional: true,
        brief: "The port of GET /healthz (default: none)",
        placeholder: "PORT",
      },
    },
    aliases: { e: "engine", n: "name", s: "server", c: "concurrency" },
    positional: {
      kind: "array",
      parameter: { brief: "The modules whose tasks it serves", placeholder: "module", parse: asIs },
      minimum: 1,
    },
  },
  docs: {
    brief: "Serve the tasks of modules to runners on other machines",
    fullDescription: `Serves the tasks of modules to runners on other machines, until SIGTERM or
Ctrl+C.

The modules are imported by this program: it needs the permissions of the tasks,
and the import map of the project (deno run -A jsr:@workflowy/workflowy/cli
worker … in its folder).

With the engine ws, the address of the runner is given as --server, and its token
in the environment variable WORKFLOWY_TOKEN.`,
  },
});
