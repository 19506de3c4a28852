/**
 * A PostgreSQL server for tests: a cluster of its own in a temporary folder, on a free port of this machine.
 *
 * The server, and its folder, go when the program that started it ends, however it ends.
 *
 * @module
 */

import { join } from "node:path";
import postgres from "postgres";
import { freePort, sleep } from "../support.ts";

/** A user that is not root, as PostgreSQL refuses to run as root. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** How a server is set up. */
export interface ServerOptions {
  /** Whether what is committed survives a loss of power. Default: `false`, which is faster. */
  readonly fsync?: boolean;
  /** Settings of `postgresql.conf`. Default: none. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** The name of the user and of the database. */
const NAME = "workflowy";
/** A start after `kill -9` has to read the log again, and to wait for the old server's processes. */
const MAX_START_MS = 60_000;
const LOOK_AGAIN_MS = 20;

/** Ends a server that is still there when this program has ended, and removes its folder. */
const GUARD = `read _
file="$1/data/postmaster.pid"
[ -f "$file" ] && kill -INT "$(head -n 1 "$file")" && for _ in $(seq 1200); do [ -f "$file" ] && sleep 0.05; done
rm -rf "$1"`;

/** Where the programs of PostgreSQL are; `undefined` where it is not installed. */
export function findPrograms(): string | undefined {
  if (Deno.build.os === "windows") return undefined;
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  try {
    const versions = [...Deno.readDirSync("/usr/lib/postgresql")].map(({ name }) => name);
    versions.sort((a, b) => Number(b) - Number(a));
    folders.push(...versions.map((version) => `/usr/lib/postgresql/${version}/bin`)); // where Debian has them
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return folders.find((folder) => isFile(join(folder, "initdb")) && isFile(join(folder, "postgres")));
}

/** A server, which may be ended and started again. */
export class PostgresServer implements AsyncDisposable {
  readonly port: number;
  readonly #programs: string;
  readonly #folder: string;
  readonly #account: Account | undefined;
  readonly #options: ServerOptions;
  readonly #guard: Deno.ChildProcess;
  #server: Deno.ChildProcess | undefined;

  private constructor(programs: string, folder: string, account: Account | undefined, options: ServerOptions) {
    this.#programs = programs;
    this.#folder = folder;
    this.#account = account;
    this.#options = options;
    this.port = freePort();
    this.#guard = this.#command("/bin/sh", ["-c", GUARD, "sh", folder], "piped").spawn();
  }

  /**
   * Makes a cluster and starts its server.
   *
   * @throws {Error} If PostgreSQL is not installed, or does not start.
   */
  static async start(options: ServerOptions = {}): Promise<PostgresServer> {
    const programs = findPrograms();
    if (programs === undefined) throw new Error("PostgreSQL is not installed: apt-get install postgresql");
    const account = Deno.uid() === 0 ? await otherAccount() : undefined;
    const folder = await Deno.makeTempDir({ prefix: "workflowy-pg-" });
    if (account !== undefined) await Deno.chown(folder, account.uid, account.gid);
    const server = new PostgresServer(programs, folder, account, options);
    try {
      await server.#initialize();
      await server.restart();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What a program connects to. */
  get url(): string {
    return this.urlOf(NAME);
  }

  /** The URL for another user, such as `"ann:secret"`. */
  urlOf(user: string): string {
    return `postgres://${user}@127.0.0.1:${this.port}/${NAME}`;
  }

  /** The user that the server runs as, if that is not the one of this program. */
  get account(): Account | undefined {
    return this.#account;
  }

  /** Where the cluster's files are, and those that a test puts there. */
  get folder(): string {
    return this.#folder;
  }

  /** Writes a file into that folder, which only the server may read. */
  async putFile(name: string, text: string): Promise<void> {
    const path = join(this.#folder, name);
    await Deno.writeTextFile(path, text);
    if (this.#account !== undefined) await Deno.chown(path, this.#account.uid, this.#account.gid);
    await Deno.chmod(path, 0o600);
  }

  /** Starts the server again after `kill()` or `stop()`. */
  async restart(): Promise<void> {
    const end = performance.now() + MAX_START_MS;
    for (;;) {
      this.#server = this.#command(join(this.#programs, "postgres"), this.#arguments(), "null").spawn();
      const ended = this.#server.status;
      if (await this.#answers(ended)) return;
      await ended;
      // The processes of the server before it may still be there; and another program may have taken the port.
      if (performance.now() > end) throw new Error(`PostgreSQL does not start: ${await this.log()}`);
      await sleep(LOOK_AGAIN_MS);
    }
  }

  /** Kills the server at once (`kill -9`); the processes of its connections follow by themselves. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Ends the server in an orderly way, without waiting for its connections. */
  async stop(): Promise<void> {
    await this.#end("SIGINT");
  }

  /** Runs a statement on a connection of its own, and returns the columns of each row. */
  async sql(text: string, parameters: (string | number)[] = []): Promise<unknown[][]> {
    const client = postgres(this.url, { max: 1, connect_timeout: 5, onnotice: () => {} });
    try {
      return [...await client.unsafe(text, parameters).values()];
    } finally {
      await client.end({ timeout: 1 });
    }
  }

  /** What the server has written to its log. */
  async log(): Promise<string> {
    return await Deno.readTextFile(join(this.#folder, "log")).catch(() => "");
  }

  /** Ends the server and removes its folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#guard.stdin.close();
    await this.#guard.status;
  }

  async #end(signal: Deno.Signal): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.kill(signal);
    await server.status;
  }

  async #initialize(): Promise<void> {
    const data = join(this.#folder, "data");
    const args = [
      "--no-sync",
      "--no-instructions",
      "--auth=trust",
      "--encoding=UTF8",
      "--locale=C",
      "-U",
      "postgres",
      "-D",
    ];
    const initdb = this.#command(join(this.#programs, "initdb"), [...args, data], "null");
    const { code, stderr } = await initdb.output();
    if (code !== 0) throw new Error(`initdb failed: ${new TextDecoder().decode(stderr)}`);
    const single = ["--single", "-D", data, "-c", "fsync=off", "postgres"];
    const child = this.#command(join(this.#programs, "postgres"), single, "piped").spawn();
    const writer = child.stdin.getWriter();
    const lines = `create role ${NAME} superuser login;\ncreate database ${NAME} owner ${NAME};\n`;
    await writer.write(new TextEncoder().encode(lines));
    await writer.close();
    await child.status;
  }

  #arguments(): string[] {
    const { fsync = false, settings = {} } = this.#options;
    const all: Record<string, string> = {
      port: `${this.port}`,
      listen_addresses: "127.0.0.1",
      unix_socket_directories: this.#folder,
      fsync: fsync ? "on" : "off",
      shared_buffers: "32MB",
      logging_collector: "on",
      log_directory: this.#folder,
      log_filename: "log",
      ...settings,
    };
    const flags = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    return ["-D", join(this.#folder, "data"), ...flags];
  }

  /** Whether the server answers; not if it ends first. */
  async #answers(ended: Promise<unknown>): Promise<boolean> {
    let isOver = false;
    void ended.then(() => isOver = true);
    while (!isOver) {
      if (await this.sql("select 1").then(() => true, () => false)) return true;
      await sleep(LOOK_AGAIN_MS);
    }
    return false;
  }

  #command(program: string, args: readonly string[], stdin: "piped" | "null"): Deno.Command {
    const isShown = program.endsWith("initdb");
    return new Deno.Command(program, {
      args: [...args],
      cwd: this.#folder,
      env: { LC_ALL: "C", PGPASSWORD: "" },
      ...this.#account,
      stdin,
      stdout: isShown ? "piped" : "null",
      stderr: isShown ? "piped" : "null",
    });
  }
}

/** The account that Debian makes for PostgreSQL, or one that exists everywhere. */
async function otherAccount(): Promise<Account> {
  for (const name of ["postgres", "daemon"]) {
    const [uid, gid] = await Promise.all(["-u", "-g"].map((flag) => idOf(flag, name)));
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  throw new Error("There is no user that a server can run as: PostgreSQL refuses to run as root");
}

async function idOf(flag: string, name: string): Promise<number | undefined> {
  const { code, stdout } = await new Deno.Command("id", { args: [flag, name], stderr: "null" }).output();
  return code === 0 ? Number(new TextDecoder().decode(stdout)) : undefined;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
