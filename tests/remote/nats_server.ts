/**
 * A NATS server for tests: with a folder of its own, on a free port of this machine. Server and folder go when the program
 * that started it ends.
 *
 * @module
 */

import { join } from "node:path";
import { freePort, sleep } from "../support.ts";

/** Ends a server that is still there when this program has ended, and removes its folder. */
const GUARD = `read _
file="$1/pid"
[ -f "$file" ] && kill -9 "$(cat "$file")" 2>/dev/null
rm -rf "$1"`;

/** Where the program is; `undefined` where it is not installed. */
export function findNatsServer(): string | undefined {
  const folders = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin", "/usr/local/bin"];
  return folders.map((folder) => join(folder, "nats-server")).find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** A server, which may be killed and started again. */
export class NatsServer implements AsyncDisposable {
  readonly #program: string;
  readonly #folder: string;
  readonly #flags: readonly string[];
  readonly #guard: Deno.ChildProcess;
  readonly port: number;
  #server: Deno.ChildProcess | undefined;

  private constructor(program: string, folder: string, flags: readonly string[]) {
    this.#program = program;
    this.#folder = folder;
    this.#flags = flags;
    this.port = freePort();
    this.#guard = new Deno.Command("/bin/sh", {
      args: ["-c", GUARD, "sh", folder],
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  /** Starts a server. */
  static async start(...flags: string[]): Promise<NatsServer> {
    const program = findNatsServer();
    if (program === undefined) throw new Error("NATS is not installed: apt-get install nats-server");
    const server = new NatsServer(program, await Deno.makeTempDir({ prefix: "workflowy-nats-" }), flags);
    await server.restart();
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Starts the server again, with what it has kept or empty. */
  async restart(keeps = true): Promise<void> {
    const data = join(this.#folder, "data");
    if (!keeps) await Deno.remove(data, { recursive: true }).catch(() => {});
    const args = ["-js", "-sd", data, "-a", "127.0.0.1", "-p", `${this.port}`, "-P", join(this.#folder, "pid")];
    this.#server = new Deno.Command(this.#program, {
      args: [...args, ...this.#flags],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    for (;;) {
      try {
        (await Deno.connect({ port: this.port, hostname: "127.0.0.1" })).close();
        return;
      } catch {
        await sleep(20);
      }
    }
  }

  /** Kills it at once (`kill -9`). */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#server?.status;
    this.#server = undefined;
  }

  signal(signal: Deno.Signal): void {
    this.#server?.kill(signal);
  }

  /** Resolves once it has answered. */
  async ping(): Promise<void> {
    using connection = await Deno.connect({ port: this.port, hostname: "127.0.0.1" });
    await connection.write(new TextEncoder().encode('CONNECT {"verbose":false}\r\nPING\r\n'));
    let text = "";
    for await (const part of connection.readable.pipeThrough(new TextDecoderStream())) {
      text += part;
      if (text.includes("PONG")) return;
    }
  }

  /** All that it keeps in files. */
  async kept(folder = join(this.#folder, "data")): Promise<string> {
    let text = "";
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = join(folder, name);
      text += isDirectory ? await this.kept(path) : new TextDecoder().decode(await Deno.readFile(path));
    }
    return text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server !== undefined) await this.kill();
    await this.#guard.stdin.close();
    await this.#guard.status;
  }
}
