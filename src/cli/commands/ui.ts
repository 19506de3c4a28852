/**
 * `workflowy ui`.
 *
 * @module
 */

import { dashboard } from "../../dashboard/dashboard.ts";
import { type CliContext, CliError } from "../context.ts";
import type { Source } from "../state/source.ts";
import { type SubjectFlags, subjectOf } from "../state/subject.ts";

/** The options. */
export interface UiFlags extends Omit<SubjectFlags, "runner"> {
  readonly port?: number;
}

/** Serves a dashboard of a checkpoint, until it is interrupted; or has a program that runs open one of its own. */
export async function ui(this: CliContext, flags: UiFlags, name?: string): Promise<void> {
  const { program, checkpoint: source } = subjectOf(name, flags);
  if (program !== undefined) {
    if (flags.port !== undefined) throw new CliError("--port belongs to a checkpoint; a program takes any free port");
    const { url } = await program.post<{ url: string }>("/api/dashboard");
    return this.process.stdout.write(`${url}\n`);
  }
  for await (const _ of source.read()) break; // it says what is wrong, if anything is
  await using served = open(source, flags.port ?? 0);
  this.process.stdout.write(`${served.url}\n`);
  const { promise, resolve } = Promise.withResolvers<void>();
  Deno.addSignalListener("SIGINT", resolve);
  try {
    await promise;
  } finally {
    Deno.removeSignalListener("SIGINT", resolve);
  }
}

function open(source: Source, port: number): ReturnType<typeof dashboard> {
  try {
    return dashboard(source, { port });
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) throw new CliError(`Another program has the port ${port}`);
    throw error;
  }
}
