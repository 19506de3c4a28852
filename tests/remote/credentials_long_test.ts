import { nkeys } from "@nats-io/transport-node";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { fileURLToPath } from "node:url";
import { hasOpenssl, makeCertificate } from "../certificate.ts";
import { findPrograms, PostgresServer } from "../postgres/server.ts";
import { until } from "../support.ts";
import type { Request } from "./credentials/program.ts";
import { findNatsServer, NatsServer } from "./nats_server.ts";

/** Secrets that would be found wherever they appear: no other text has them in it. */
const RIGHT = "s3cret-Ri9ht-päss";
const WRONG = "s3cret-Wr0ng-päss";
const RIGHT_ASCII = "s3cretRi9htToken";
const WRONG_ASCII = "s3cretWr0ngToken";

const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));
const PROGRAM = fileURLToPath(new URL("./credentials/program.ts", import.meta.url));
const CLI = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

type Way = Pick<Request, "options" | "seed">;

interface TestServer {
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** A server that wants a secret, and how to give it. */
interface Case {
  readonly engine: Request["engine"];
  readonly server: TestServer;
  readonly right: Way;
  readonly wrong: Way;
  /** No one is to find these. */
  readonly secrets: readonly string[];
  /** All that the server keeps of runs. */
  readonly kept: () => Promise<string>;
}

/** A program of the case, and what it has printed. */
class Program {
  readonly #process: Deno.ChildProcess;
  readonly #reading: Promise<unknown>;
  text = "";

  constructor(args: readonly string[], request?: Request) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--no-lock", "--config", CONFIG, ...args],
      env: request === undefined ? {} : { REQUEST: JSON.stringify(request) },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
      for await (const part of stream.pipeThrough(new TextDecoderStream())) this.text += part;
    };
    this.#reading = Promise.all([read(this.#process.stdout), read(this.#process.stderr)]);
  }

  async says(what: string): Promise<void> {
    await until(`"${what}" is in ${this.text}`, () => this.text.includes(what));
  }

  async tell(): Promise<void> {
    const writer = this.#process.stdin.getWriter();
    await writer.write(new TextEncoder().encode("\n"));
    writer.releaseLock();
  }

  end(): void {
    this.#process.kill("SIGTERM");
  }

  /** Resolves with its exit code, once it has ended. */
  async ended(): Promise<number> {
    const { code } = await this.#process.status;
    await this.#reading;
    await this.#process.stdin.close().catch(() => {});
    return code;
  }
}

function hide(secrets: readonly string[], where: string, text: string): void {
  for (const secret of secrets) {
    for (
      const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), btoa(encodeURI(secret))]
    ) {
      assert(!text.includes(form), `A secret is in ${where}: ${text.slice(Math.max(0, text.indexOf(form) - 300))}`);
    }
  }
}

/** All programs connect with the right secret, and are refused with the wrong one; no one finds either of them. */
async function tryOut({ engine, server, right, wrong, secrets, kept }: Case): Promise<void> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/state.jsonl`;
  const request = { engine, name: "secretive", path } as const;
  try {
    const worker = new Program([PROGRAM], { ...request, ...right, role: "worker" });
    await worker.says("ready");
    const runner = new Program([PROGRAM], { ...request, ...right, role: "runner" });
    await runner.says("ready");
    await server.kill();
    await runner.tell();
    await server.restart();
    assertEquals(await runner.ended(), 0, runner.text);
    assertMatch(runner.text, /done completed completed/);
    worker.end();
    assertEquals(await worker.ended(), 0, worker.text);

    const refused = new Program([PROGRAM], { ...request, ...wrong, role: "worker" });
    assertEquals(await refused.ended(), 3, refused.text);
    const failing = new Program([PROGRAM], { ...request, ...wrong, role: "runner", path: `${folder}/other.jsonl` });
    await failing.says("cannot use");
    await failing.says("ready");
    await failing.tell();
    assertEquals(await failing.ended(), 0, failing.text);
    assertMatch(failing.text, /done failed failed/);

    const shown = new Program([CLI, "state", path, "--json"]);
    await shown.ended();
    for (const file of Deno.readDirSync(folder)) {
      if (file.isFile) hide(secrets, file.name, await Deno.readTextFile(`${folder}/${file.name}`));
    }
    for (const [name, { text }] of Object.entries({ worker, runner, refused, failing, shown })) {
      hide(secrets, name, text);
    }
    hide(secrets, "what the server keeps", await kept());
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const openssl = await hasOpenssl();

function natsTest(name: string, needsTls: boolean, prepare: (folder: string) => Promise<NatsCase>): void {
  const missing = findNatsServer() === undefined ? "nats-server" : needsTls && !openssl ? "openssl" : undefined;
  Deno.test({
    name: `credentials, NATS: ${name}${missing === undefined ? "" : ` (skipped: apt-get install ${missing})`}`,
    ignore: missing !== undefined,
    fn: async () => {
      const folder = await Deno.makeTempDir();
      try {
        const { config, right, wrong, secrets } = await prepare(folder);
        await Deno.writeTextFile(`${folder}/server.conf`, config);
        await using server = await NatsServer.start("-c", `${folder}/server.conf`);
        const servers = `localhost:${server.port}`;
        const kept = () => server.kept();
        const wayOf = ({ connection, seed }: NatsWay) => ({
          options: { servers, ...(connection && { connection }) },
          seed,
        });
        await tryOut({ engine: "nats", server, right: wayOf(right), wrong: wayOf(wrong), secrets, kept });
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

interface NatsWay {
  readonly connection?: Record<string, unknown>;
  readonly seed?: string;
}

interface NatsCase {
  readonly config: string;
  readonly right: NatsWay;
  readonly wrong: NatsWay;
  readonly secrets: readonly string[];
}

natsTest("a user with a password", false, () =>
  Promise.resolve({
    config: `authorization { user: "ann", password: ${JSON.stringify(RIGHT)} }`,
    right: { connection: { user: "ann", pass: RIGHT } },
    wrong: { connection: { user: "ann", pass: WRONG } },
    secrets: [RIGHT, WRONG],
  }));

natsTest("a token", false, () =>
  Promise.resolve({
    config: `authorization { token: "${RIGHT_ASCII}" }`,
    right: { connection: { token: RIGHT_ASCII } },
    wrong: { connection: { token: WRONG_ASCII } },
    secrets: [RIGHT_ASCII, WRONG_ASCII],
  }));

natsTest("an nkey", false, () => {
  const [right, wrong] = [nkeys.createUser(), nkeys.createUser()];
  const seeds = [right, wrong].map((pair) => new TextDecoder().decode(pair.getSeed()));
  return Promise.resolve({
    config: `authorization { users: [ { nkey: ${right.getPublicKey()} } ] }`,
    right: { seed: seeds[0]! },
    wrong: { seed: seeds[1]! },
    secrets: seeds,
  });
});

natsTest("TLS with certificates of both sides, and a password", true, async (folder) => {
  await makeCertificate(folder, "localhost");
  const files = { caFile: `${folder}/cert.pem`, certFile: `${folder}/cert.pem`, keyFile: `${folder}/key.pem` };
  const tls =
    `tls { cert_file: "${files.certFile}", key_file: "${files.keyFile}", ca_file: "${files.caFile}", verify: true }`;
  const key = (await Deno.readTextFile(files.keyFile)).split("\n")[3]!;
  return {
    config: `${tls}\nauthorization { user: "ann", password: "${RIGHT_ASCII}" }`,
    right: { connection: { user: "ann", pass: RIGHT_ASCII, tls: files } },
    wrong: { connection: { user: "ann", pass: WRONG_ASCII, tls: files } },
    secrets: [RIGHT_ASCII, WRONG_ASCII, key],
  };
});

const missing = findPrograms() === undefined ? "postgresql" : openssl ? undefined : "openssl";
Deno.test({
  name: `credentials, Postgres: a password and TLS${
    missing === undefined ? "" : ` (skipped: apt-get install ${missing})`
  }`,
  ignore: missing !== undefined,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    await Deno.chmod(folder, 0o755);
    await using server = await PostgresServer.start({ settings: { password_encryption: "scram-sha-256" } });
    await makeCertificate(folder, "localhost");
    await server.sql(`create role ann superuser login password '${RIGHT}'`);
    const rules = "hostssl all ann 127.0.0.1/32 scram-sha-256\nhost all workflowy 127.0.0.1/32 trust\n";
    await server.putFile("data/pg_hba.conf", rules);
    for (const file of ["cert.pem", "key.pem"]) {
      await server.putFile(file, await Deno.readTextFile(`${folder}/${file}`));
    }
    await server.sql(`alter system set ssl_cert_file = '${server.folder}/cert.pem'`);
    await server.sql(`alter system set ssl_key_file = '${server.folder}/key.pem'`);
    await server.sql("alter system set ssl = on");
    await server.stop();
    await server.restart();
    const wayOf = (password: string) => {
      const root = encodeURIComponent(`${folder}/cert.pem`);
      const place = `localhost:${server.port}/workflowy?sslmode=verify-full&sslrootcert=${root}`;
      return { options: { connection: `postgres://ann:${encodeURIComponent(password)}@${place}` } };
    };
    const kept = async () => {
      const tables = await server.sql("select tablename::text from pg_tables where schemaname = 'workflowy'");
      const rows = await Promise.all(
        tables.map(([table]) => server.sql(`select encode(t::text::bytea, 'escape') from workflowy.${table} as t`)),
      );
      return JSON.stringify(rows);
    };
    const key = (await Deno.readTextFile(`${folder}/key.pem`)).split("\n")[3]!;
    const secrets = [RIGHT, WRONG, key];
    await tryOut({ engine: "postgres", server, right: wayOf(RIGHT), wrong: wayOf(WRONG), secrets, kept });
    await Deno.remove(folder, { recursive: true });
  },
});
