/**
 * Letting the command line reach a program that was not started by it.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { TaskRunner } from "../../runner/task_runner.ts";
import { nonEmptyString, refuseUnknown } from "../../core/checks.ts";
import { checkRunner } from "../../tasks/submitter.ts";
import { makeSessionFolder } from "./runtime_folder.ts";
import { serveApi } from "./serve_api.ts";
import { removeSession, writeSession } from "./session.ts";

/** Options of {@linkcode acceptCommands}. */
export interface AcceptCommandsOptions {
  /** How commands name the program. Default: the path or URL of its main module. */
  readonly program?: string | undefined;
}

/**
 * Lets `workflowy ps`, `state`, `graph`, `timeline`, `retry`, `cancel`, `pause`, `unpause` and `deliver` of the same user, on the
 * same machine, reach a program that was not started with `workflowy run`. It does not keep the program alive.
 *
 * @param runner The runner that the commands are about.
 * @param options How the program is called. Default: as its main module is.
 * @returns Ends it when disposed.
 * @throws {Deno.errors.NotCapable} Without `--allow-net=127.0.0.1:0`, `--allow-sys=uid`, or the permission to read and write the
 * folder where programs say how they are reached: `$XDG_RUNTIME_DIR/workflowy`, or `workflowy-<user id>` in the folder for
 * temporary files. The first needs `--allow-env=XDG_RUNTIME_DIR`, the other one `--allow-env=TMPDIR,TMP,TEMP`.
 * @throws {TypeError} If it is not a runner, or an option is unknown or of a wrong kind.
 * @throws {RangeError} If the name of the program is empty.
 * @throws {Error} If other users may use that folder.
 *
 * @example A service that can be paused from a terminal
 * ```ts
 * import { TaskRunner } from "@workflowy/workflowy";
 * import { acceptCommands } from "@workflowy/workflowy/observe";
 *
 * await using runner = new TaskRunner();
 * await using _ = acceptCommands(runner, { program: "mail-service" });
 * // workflowy pause --program mail-service
 * ```
 */
export function acceptCommands(runner: TaskRunner, options: AcceptCommandsOptions = {}): AsyncDisposable {
  checkRunner(runner, "What acceptCommands() is given");
  refuseUnknown(options, ["program"], "of acceptCommands()");
  const { mainModule } = Deno;
  const { program = mainModule.startsWith("file:") ? fileURLToPath(mainModule) : mainModule } = options;
  nonEmptyString(program, "program of acceptCommands()");
  const folder = makeSessionFolder();
  const api = serveApi({ runners: () => [runner], program });
  const { address, token } = api;
  writeSession(folder, { pid: Deno.pid, program, startedAt: new Date().toISOString(), address, token, runners: [{}] });
  const remove = () => removeSession(folder);
  addEventListener("unload", remove);
  return {
    async [Symbol.asyncDispose]() {
      removeEventListener("unload", remove);
      remove();
      await api[Symbol.asyncDispose]();
    },
  };
}
