/**
 * Prints the address that `jsr:` imports are loaded from, for tasks to begin with
 * `export JSR_URL=$(deno task -q registry)`.
 *
 * That is JSR itself wherever it answers. Where only npm can be reached, it is the `file://`
 * address of a folder that looks like JSR to Deno and holds the parts of `@std` that this
 * repository uses; see `registry_folder.ts`. So nobody needs to know where they are: every task
 * works either way.
 *
 * This script runs before anything can be imported from JSR: it may use Deno's own modules only.
 *
 * @module
 */

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureCache, ensureRegistryFolder } from "./registry_folder.ts";

/** Where Deno looks by itself. */
const JSR = "https://jsr.io/";

/** Milliseconds that JSR has to answer before it counts as out of reach. */
const PROBE_TIMEOUT = 3_000;

/**
 * Milliseconds that an answer is believed, so that a series of tasks does not ask (and wait) each
 * time.
 */
const PROBE_LIFETIME = 5 * 60_000;

/**
 * The address to load `jsr:` imports from. An address that the environment names already, such as a
 * company's mirror, is kept; a `file:` address is not, as it may be that of a folder made from
 * older inputs.
 */
export async function registryUrl(): Promise<string> {
  const given = Deno.env.get("JSR_URL");
  if (given !== undefined && given !== "" && !given.startsWith("file:")) return given;
  const cache = await ensureCache();
  if (await jsrAnswers(cache)) return JSR;
  const folder = await ensureRegistryFolder(cache, console.error);
  return `${pathToFileURL(folder).href}/`;
}

async function jsrAnswers(cache: string): Promise<boolean> {
  const memo = join(cache, "jsr-answers");
  const remembered = await recentText(memo);
  if (remembered !== undefined) return remembered === "yes";
  const answers = await probe();
  // Written aside and renamed, so that a task running at the same time never reads half a word.
  const draft = await Deno.makeTempFile({ dir: cache, prefix: "jsr-answers-" });
  await Deno.writeTextFile(draft, answers ? "yes" : "no");
  await Deno.rename(draft, memo);
  return answers;
}

async function probe(): Promise<boolean> {
  try {
    const response = await fetch(`${JSR}@std/assert/meta.json`, {
      signal: AbortSignal.timeout(PROBE_TIMEOUT),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false; // No route, no name, no answer in time: all of them are the answer "no".
  }
}

async function recentText(path: string): Promise<string | undefined> {
  try {
    const { mtime } = await Deno.stat(path);
    if (mtime === null || Date.now() - mtime.getTime() > PROBE_LIFETIME) return undefined;
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

if (import.meta.main) console.log(await registryUrl());
