/**
 * Programs that `workflowy run` runs, and commands that reach them.
 *
 * @module
 */

import { fromFileUrl, join } from "@std/path";
import { assertEquals } from "@std/assert";
import { tempFolder } from "../../support.ts";
import { type CliResult, type Lines, linesOf, oneLineOf, workflowy } from "../support.ts";

/** A program with two tasks. Its arguments say what it does. */
export const SHOP = fromFileUrl(new URL("../programs/shop.ts", import.meta.url));

/** A program that waits for what commands do. */
export const NAP = fromFileUrl(new URL("../programs/nap.ts", import.meta.url));

/** Programs that run, in a world of their own. */
export interface World extends AsyncDisposable {
  /** The environment of its programs. */
  readonly env: Readonly<Record<string, string>>;
  start(): Promise<{ readonly child: Deno.ChildProcess; readonly lines: Lines }>;
  call(...args: string[]): Promise<CliResult>;
  mistake(...args: string[]): Promise<string>;
}

/** Makes one. */
export async function world(): Promise<World> {
  const folder = await tempFolder();
  const env = { XDG_RUNTIME_DIR: folder.path };
  const children: Deno.ChildProcess[] = [];
  const all: Lines[] = [];
  return {
    env,
    async start() {
      const child = workflowy.spawn(["run", "--progress", "none", NAP], { env });
      children.push(child);
      const lines = linesOf(child.stdout);
      all.push(lines);
      await lines.until("failed the-flaky");
      return { child, lines };
    },
    call: (...args) => workflowy(args, { env }),
    mistake: (...args) => oneLineOf(args, { env }),
    async [Symbol.asyncDispose]() {
      for (const lines of all) await lines[Symbol.asyncDispose]();
      for (const child of children) {
        try {
          child.kill("SIGTERM");
        } catch {
          // it has ended
        }
        await child.status;
      }
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Runs a program, with a runtime folder of its own, which must be empty at the end. */
export async function run(...args: string[]): Promise<CliResult> {
  await using folder = await tempFolder();
  const result = await workflowy(["run", ...args], { env: { XDG_RUNTIME_DIR: folder.path } });
  for await (const { name } of Deno.readDir(folder.path)) {
    assertEquals([...Deno.readDirSync(join(folder.path, name))], [], "nothing is left behind");
  }
  return result;
}
