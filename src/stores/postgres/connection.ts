/**
 * Connections to Postgres: which server, with which settings.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import postgres from "postgres";
import { describeError, describeValue } from "../../core/describe.ts";
import { environmentVariable } from "../../core/environment.ts";
import { CheckpointError } from "../../core/errors.ts";

/** A parameter of a statement. */
export type Parameter = string | number | null;

/** Rows as arrays of their columns, all of them strings, numbers or `null`. */
export type Rows = readonly (readonly unknown[])[];

/** A statement on its way. */
export interface PendingStatement {
  /**
   * Runs it.
   *
   * @returns The rows.
   */
  values(): PromiseLike<Rows>;
}

/** What runs statements: a client of `npm:postgres`, or a transaction of one. */
export interface PostgresSql {
  /**
   * Makes a statement.
   *
   * @param text Its text, with `$1` for the first parameter.
   * @param parameters The parameters. Default: none.
   * @param options Whether the server keeps it prepared. Default: no.
   * @returns The statement, which does not run yet.
   */
  unsafe(text: string, parameters?: Parameter[], options?: { readonly prepare?: boolean }): PendingStatement;
}

/** A client of `npm:postgres`, as `postgres()` of that package makes it. */
export interface PostgresConnection extends PostgresSql {
  /** Its settings. */
  readonly options: object;
  /** Begins a transaction. */
  begin: unknown;
  /**
   * Ends its connections.
   *
   * @param options How many seconds they have to end in an orderly way. Default: no limit.
   */
  end(options?: { readonly timeout?: number }): Promise<void>;
}

/** How many statements are under way at a time: a save, a renewal of the lease, and one that reads. */
const CONNECTIONS = 3;
/** In seconds: how long a try to connect takes, and an idle connection stays. */
const CONNECT_TIMEOUT = 10;
const IDLE_TIMEOUT = 30;

/** Parameters of URLs that only other clients know, and that a server would refuse. */
const FOREIGN = ["sslmode", "sslrootcert", "sslcert", "sslkey", "channel_binding", "gssencmode", "sslnegotiation"];
const MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/** Whether a value is a client. */
export function isConnection(value: unknown): value is PostgresConnection {
  if (typeof value !== "function") return false;
  const client = value as unknown as Partial<PostgresConnection>;
  return typeof client.unsafe === "function" && typeof client.begin === "function" && typeof client.end === "function";
}

/**
 * Checks what a user gives as a connection.
 *
 * @returns A client, the URL of a server, or `undefined` for the one of the environment.
 * @throws {TypeError} If it is of a wrong kind.
 * @throws {RangeError} If it is not the URL of a server.
 */
export function checkConnection(value: unknown, what: string): PostgresConnection | URL | undefined {
  if (value === undefined || isConnection(value)) return value;
  if (value instanceof URL || typeof value === "string") return toServer(`${value}`, what);
  throw new TypeError(
    `${what} must be a URL such as "postgres://user@host/database", or a client of npm:postgres, not ${
      describeValue(value)
    }`,
  );
}

/** The message has nothing of the URL, as that may have a password. */
function toServer(text: string, what: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^postgres(?:ql)?:$/.test(url.protocol)) return url;
  throw new RangeError(
    `${what} must be a URL such as "postgres://user:password@host:5432/database"; special characters in a password are ` +
      "written as in encodeURIComponent()",
  );
}

/**
 * A client for a server, which connects when it is first used.
 *
 * @param server The URL of the server; `undefined` for what the environment says: `DATABASE_URL`, or `PGHOST`, `PGPORT`,
 * `PGDATABASE`, `PGUSER`, `PGPASSWORD`, `PGSSLMODE` and `PGSSLROOTCERT`.
 * @throws {CheckpointError} If the environment, or the file of `sslrootcert`, cannot be read.
 * @throws {RangeError} If what the environment says, or `sslmode`, is wrong.
 */
export function connect(server: URL | undefined, settings: object = {}): PostgresConnection {
  const url = server ?? serverOfEnvironment();
  const clean = url && new URL(url);
  for (const name of FOREIGN) clean?.searchParams.delete(name);
  try {
    const options = {
      max: CONNECTIONS,
      connect_timeout: CONNECT_TIMEOUT,
      idle_timeout: IDLE_TIMEOUT,
      max_lifetime: null, // its timer would outlive a connection that is ended while a statement is under way
      backoff: () => 0, // who retries decides when
      fetch_types: false,
      onnotice: () => {},
      connection: { application_name: "workflowy" },
      ssl: encryptionOf(url),
      sslnegotiation: null,
      ...settings,
    } as unknown as postgres.Options<Record<string, never>>;
    return (clean === undefined ? postgres(options) : postgres(clean.href, options)) as unknown as PostgresConnection;
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotCapable)) throw cause;
    throw new CheckpointError(
      `Cannot connect to Postgres, as the program has no permission: run it with --allow-env and --allow-net (${cause.message})`,
      { cause, reason: "unavailable" },
    );
  }
}

/** A client with the settings of another one, for a single connection that listens. */
export function listener({ options }: PostgresConnection, settings: object): PostgresConnection {
  const own = {
    ...options,
    max: 1,
    idle_timeout: null,
    max_lifetime: null,
    fetch_types: false,
    backoff: () => 0,
    ...settings,
  };
  return postgres(own as unknown as postgres.Options<Record<string, never>>) as unknown as PostgresConnection;
}

function serverOfEnvironment(): URL | undefined {
  const text = environmentVariable("DATABASE_URL");
  return text === undefined || text === "" ? undefined : toServer(text, "DATABASE_URL");
}

/** How the connection is encrypted, by the rules of libpq; but for `allow`, which is taken as `prefer`. */
function encryptionOf(url: URL | undefined): object | string | boolean {
  const of = (name: string) => url?.searchParams.get(name) ?? environmentVariable(`PG${name.toUpperCase()}`);
  const file = of("sslrootcert");
  const root = file === "system" || file === "" ? undefined : file;
  const mode = of("sslmode") ?? (file === "system" ? "verify-full" : "prefer");
  if (!MODES.includes(mode)) {
    throw new RangeError(
      `sslmode of a connection to Postgres must be one of ${MODES.join(", ")}, not ${describeValue(mode)}`,
    );
  }
  if (mode === "disable") return false;
  // "allow" tries without encryption first, which the client cannot do; encrypted is what it allows as well.
  if (mode === "allow" || mode === "prefer") return "prefer";
  const ca = root === undefined ? {} : { ca: certificatesIn(root) };
  if (mode === "require" && root === undefined) return { rejectUnauthorized: false };
  if (mode !== "verify-full") return { ...ca, rejectUnauthorized: true, checkServerIdentity: () => undefined };
  const host = url?.hostname || environmentVariable("PGHOST") || "localhost";
  return { ...ca, rejectUnauthorized: true, ...(isIP(host) === 0 ? { servername: host } : { host }) };
}

/** @throws {CheckpointError} If the file cannot be read. */
function certificatesIn(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new CheckpointError(
      `Cannot connect to Postgres, as the file that sslrootcert names cannot be read: ${describeError(cause)}`,
      { cause, reason: "unavailable" },
    );
  }
}
