/**
 * Tells where `jsr:` imports can be loaded from: JSR, or a folder on this machine that stands in for it.
 *
 * This script runs where nothing can be imported from JSR: it may use Deno's own modules only.
 *
 * @module
 */

import { pathToFileURL } from "node:url";
import { ensureCache, ensureRegistryFolder } from "./registry_folder.ts";

/** Where Deno looks unless `JSR_URL` is set. */
const JSR = "https://jsr.io/";

/** Milliseconds that JSR has to answer before it counts as out of reach. */
const PROBE_TIMEOUT = 3_000;

/**
 * The address to load `jsr:` imports from. An address that the environment names already, such as a
 * company's mirror, is kept; a `file:` address is not, as it may be that of a folder made from
 * older inputs.
 */
export async function registryUrl(): Promise<string> {
  const given = Deno.env.get("JSR_URL");
  if (given !== undefined && given !== "" && !given.startsWith("file:")) return given;
  if (!given && await canLoadStd()) return JSR;
  const folder = await ensureRegistryFolder(await ensureCache(), console.error);
  return `${pathToFileURL(folder).href}/`;
}

/** What has to be in the environment of a Deno that loads `jsr:` imports: nothing where JSR can be reached. */
export async function registryEnvironment(): Promise<Record<string, string>> {
  const url = await registryUrl();
  return url === JSR ? {} : { JSR_URL: url };
}

/** Whether std comes from JSR, or from Deno's cache. */
async function canLoadStd(): Promise<boolean> {
  const loading = import("jsr:@std/assert@^1/equals").then(() => true, () => false);
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), PROBE_TIMEOUT);
  const answer = await Promise.race([loading, late]);
  clearTimeout(timer);
  return answer;
}

if (import.meta.main) {
  console.log(await registryUrl());
  Deno.exit(); // a probe without an answer would keep it alive
}
