/**
 * Where this package is, so that another Deno can load it.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** The address of a file of this package in a registry, with its version. */
const IN_REGISTRY = /^https?:\/\/.*\/(@workflowy\/workflowy)\/(\d[^/]*)\/src\/cli\/self\.ts$/;

/** The module of an entry point of this package, such as `cli`: from the registry that this one is from, or its file. */
export function ownModule(entry: "cli" | "cli/attach"): string {
  const match = IN_REGISTRY.exec(import.meta.url);
  if (match !== null) return `jsr:${match[1]}@${match[2]}/${entry}`;
  return new URL(entry === "cli" ? "./main.ts" : "./attach/mod.ts", import.meta.url).href;
}

/** The configuration that the modules of this package need: of a checkout its own, otherwise none. */
function ownConfig(): string[] {
  const config = new URL("../../deno.json", import.meta.url);
  return config.protocol === "file:" ? [`--config=${fileURLToPath(config)}`] : ["--no-config"];
}

/** Runs the same command in a program that has Deno KV. Returns its exit code. */
export async function withKv(args: readonly string[]): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...ownConfig(), "--no-lock", "--allow-all", "--unstable-kv", ownModule("cli"), ...args],
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  return (await child.status).code;
}
