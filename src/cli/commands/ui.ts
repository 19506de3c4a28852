/**
 * `workflowy ui CHECKPOINT`.
 *
 * @module
 */

import { dashboard } from "../../dashboard/dashboard.ts";
import { type CliContext, CliError } from "../context.ts";
import { sourceOf } from "../state/source.ts";

/** The options. */
export interface UiFlags {
  readonly port?: number;
  readonly prefix?: string;
}

/** Serves a dashboard of a checkpoint, until it is interrupted. */
export async function ui(this: CliContext, flags: UiFlags, checkpoint: string): Promise<void> {
  const source = sourceOf(checkpoint, flags.prefix);
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

function open(source: ReturnType<typeof sourceOf>, port: number): ReturnType<typeof dashboard> {
  try {
    return dashboard(source, { port });
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) throw new CliError(`Another program has the port ${port}`);
    throw error;
  }
}
