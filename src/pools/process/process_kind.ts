/**
 * Subprocesses as the workers of a pool.
 *
 * @module
 */

import type { Logger } from "../../core/logger.ts";
import type { JobTask } from "../../core/pool.ts";
import type { ConnectWorker, StartableKind } from "../channel.ts";
import { childArguments, denoProgram, missingRunPermission } from "./command_line.ts";
import { ConfigFinder } from "./config.ts";
import type { StartedProcess } from "./process_channel.ts";
import type { Reaper } from "./reaper.ts";
import { isNarrowed, requirePermissions } from "./permissions.ts";
import { HAS_GROUPS, killGroup, signalChild } from "./signals.ts";

const ENTRY = new URL("../worker/process_entry.ts", import.meta.url).href;

/** Never called: for `deno cache` and `deno vendor` to see that the module is needed. */
export const loadEntry = (): Promise<unknown> => import("../worker/process_entry.ts");

/** Subprocesses of Deno. One can run tasks of the same rights, memory and configuration. */
export class ProcessKind implements StartableKind<StartedProcess> {
  readonly name = "process";
  readonly where = "in a subprocess";
  readonly memory = "separate";
  readonly #denoFlags: readonly string[];
  readonly #logger: Logger;
  readonly #configs = new ConfigFinder();
  #reaper: Reaper | undefined;

  constructor(denoFlags: readonly string[], logger: Logger) {
    this.#denoFlags = denoFlags;
    this.#logger = logger;
  }

  groupOf({ name, options }: JobTask): string {
    if (options.module === undefined) {
      throw new TypeError(
        `Cannot run "${name}" in a subprocess, which has to import it: make it a task, with task() at the top level of a ` +
          `module`,
      );
    }
    const missing = missingRunPermission(Deno.execPath());
    if (missing !== undefined) throw missing;
    const flags = this.#arguments(options, options.module, "");
    // One that may read everything can import any module, others only the one that they are started with.
    const isFree = flags.some((flag) => ["-A", "--allow-all", "-R", "--allow-read"].includes(flag));
    return JSON.stringify([flags, isFree ? "" : options.module]); // a path may hold any character
  }

  requireRights({ name, options }: JobTask): void {
    requirePermissions(options.permissions, `Task "${name}"`);
  }

  start({ options }: JobTask, taps: boolean): StartedProcess {
    const module = options.module!;
    const narrowed = isNarrowed(options.permissions);
    const main = mainModule(module, this.#logger.verbose === true, taps);
    const child = new Deno.Command(denoProgram() ?? Deno.execPath(), {
      args: this.#arguments(options, module, main, narrowed ? unknownOrigin() : undefined),
      env: narrowed ? { OTEL_DENO: "false" } : {},
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      detached: HAS_GROUPS, // it leads a group, so that what it starts can be killed with it
    }).spawn();
    return { child, end: () => endUnused(child) };
  }

  async load(): Promise<ConnectWorker<StartedProcess>> {
    const [{ ProcessChannel }, { Reaper }, { limitsFor }] = await Promise.all([
      import("./process_channel.ts"),
      import("./reaper.ts"),
      import("../protocol/read_limits.ts"),
    ]);
    return (started, { options: { permissions, memoryLimitMb } }, listener) => {
      const limits = limitsFor(isNarrowed(permissions), memoryLimitMb);
      const reaper = this.#reaper ??= new Reaper(denoProgram() ?? Deno.execPath());
      const verbose = this.#logger.verbose === true;
      return new ProcessChannel(started, listener, { memoryLimitMb, limits, verbose, reaper });
    };
  }

  async dispose(): Promise<void> {
    await this.#reaper?.[Symbol.asyncDispose]();
    this.#reaper = undefined;
  }

  #arguments(
    { permissions, memoryLimitMb }: JobTask["options"],
    module: string,
    main: string,
    location?: string,
  ): string[] {
    const config = this.#configs.nearest(module);
    const denoFlags = this.#denoFlags;
    return childArguments({ permissions, memoryLimitMb, config, location, denoFlags, main, modules: [module] });
  }
}

/** Ends a subprocess that nothing talks to, and what its module may have started. */
async function endUnused(child: Deno.ChildProcess): Promise<void> {
  if (!HAS_GROUPS || !killGroup(child.pid)) signalChild(child, "SIGKILL");
  await Promise.allSettled([child.stdin.abort(), child.stdout.cancel(), child.stderr.cancel(), child.status]);
}

/**
 * An origin that no other program has. Deno keeps the default KV, `localStorage` and caches by origin, or else by
 * configuration, which a subprocess has in common with the program; and it asks for no permission for them.
 */
function unknownOrigin(): string {
  return `http://${crypto.randomUUID()}.invalid/`;
}

/** The main module of a subprocess. The module that it names is part of it, and imported whatever its rights. */
function mainModule(module: string, verbose: boolean, taps: boolean): string {
  const [entry, own] = [ENTRY, module].map((url) => JSON.stringify(url));
  const load = `(module) => module === ${own} ? import(${own}) : import(module)`;
  const options = `{ load: ${load}, module: ${own}, verbose: ${verbose}, taps: ${taps} }`;
  const code = `import { serve } from ${entry};\nawait serve(${options});\n`;
  return `data:application/javascript,${encodeURIComponent(code)}`;
}
