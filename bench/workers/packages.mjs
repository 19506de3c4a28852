/**
 * Packages from npm, of one version under Deno and Node.
 *
 * @module
 */

import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

/** What the benchmarks compare with. */
export const VERSIONS = {
  "piscina": "5.3.2",
  "poolifier": "5.3.2",
  "poolifier-web-worker": "0.5.15",
  "tinypool": "2.2.0",
  "workerpool": "10.0.3",
};

/** The variable that says where they are installed, for Node. */
export const FOLDER = "WORKFLOWY_BENCH_PACKAGES";

/** A module in that folder, so that Node looks there. */
export const LOADER = { file: "load.mjs", text: "export const load = (name) => import(name);\n" };

/** @param {keyof typeof VERSIONS} name */
export async function load(name) {
  if ("Deno" in globalThis) return await import(`npm:${name}@${VERSIONS[name]}`);
  const loader = await import(pathToFileURL(join(process.env[FOLDER], LOADER.file)).href);
  return await loader.load(name);
}
