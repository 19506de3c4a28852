/**
 * PgBouncer in transaction mode, in front of a server.
 *
 * @module
 */

import { join } from "node:path";
import { freePort, sleep } from "../support.ts";
import type { PostgresServer } from "./server.ts";

/** Where PgBouncer is; `undefined` where it is not installed. */
export function findPooler(): string | undefined {
  for (const path of ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"]) {
    try {
      if (Deno.statSync(path).isFile) return path;
    } catch { /* not there */ }
  }
  return undefined;
}

/** Why tests of it are skipped; `""` if they are not. */
export const POOLER_MISSING: string = findPooler() === undefined
  ? " (skipped: PgBouncer is not installed; apt-get install pgbouncer)"
  : "";

/** A pooler that gives each transaction another connection. */
export interface Pooler extends AsyncDisposable {
  readonly url: string;
}

/** Starts a pooler; it ends with its scope. */
export async function startPooler(program: string, server: PostgresServer): Promise<Pooler> {
  const folder = join(server.folder, `pooler-${crypto.randomUUID().slice(0, 8)}`);
  await Deno.mkdir(folder);
  const port = freePort();
  const settings = {
    listen_addr: "127.0.0.1",
    listen_port: port,
    auth_type: "any",
    pool_mode: "transaction",
    default_pool_size: 4,
    unix_socket_dir: "",
    logfile: "",
    server_round_robin: 1,
    ignore_startup_parameters: "extra_float_digits",
  };
  const lines = [
    "[databases]",
    `workflowy = host=127.0.0.1 port=${server.port} dbname=workflowy user=workflowy`,
    "[pgbouncer]",
    ...Object.entries(settings).map(([name, value]) => `${name} = ${value}`),
  ];
  await Deno.writeTextFile(join(folder, "pgbouncer.ini"), `${lines.join("\n")}\n`);
  await Deno.chmod(folder, 0o755);
  const user = server.account ?? {};
  const child = new Deno.Command(program, {
    args: ["-q", join(folder, "pgbouncer.ini")],
    ...user,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  while (!await Deno.connect({ hostname: "127.0.0.1", port }).then((c) => (c.close(), true), () => false)) {
    await sleep(20);
  }
  return {
    url: `postgres://workflowy@127.0.0.1:${port}/workflowy`,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
      await Deno.remove(folder, { recursive: true }); // the server's user may not remove it
    },
  };
}
