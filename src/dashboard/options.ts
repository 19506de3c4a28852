/**
 * The options of a dashboard.
 *
 * @module
 */

import { boolean, nonEmptyString, portNumber, refuseUnknown } from "../core/checks.ts";
import { describeValue } from "../core/describe.ts";
import { isLoopback } from "../core/loopback.ts";

/**
 * Options of {@linkcode dashboard}.
 *
 * @example Behind a proxy
 * ```ts
 * import { type DashboardOptions } from "@workflowy/workflowy/dashboard";
 *
 * const options: DashboardOptions = {
 *   port: 8081,
 *   basePath: "/jobs",
 *   trustedOrigins: ["https://tools.example.com"],
 * };
 * void options;
 * ```
 */
export interface DashboardOptions {
  /** The port. Default: 0, which is any free one. */
  readonly port?: number | undefined;
  /** The address that it listens on. Any but a loopback address needs a `token`. Default: `"127.0.0.1"`. */
  readonly hostname?: string | undefined;
  /** Whether actions are turned off: it shows, and changes nothing. Default: `true`. */
  readonly readOnly?: boolean | undefined;
  /** What a browser or program must know to see anything: letters, digits and `-._~`. Default: a random one. */
  readonly token?: string | undefined;
  /** The path that all its addresses begin with. Default: `"/"`. */
  readonly basePath?: string | undefined;
  /** The origins under which a proxy offers it, such as `"https://tools.example.com"`. Default: none. */
  readonly trustedOrigins?: readonly string[] | undefined;
  /** Whether it listens. With `false` it has no server of its own, and only answers through `handler`. Default: `true`. */
  readonly listen?: boolean | undefined;
}

/** The options, checked and complete. */
export interface ResolvedDashboardOptions {
  readonly port: number;
  readonly hostname: string;
  readonly readOnly: boolean;
  readonly token: string;
  /** Without a slash at the end: `""` for the root. */
  readonly basePath: string;
  readonly trustedOrigins: ReadonlySet<string>;
  readonly listen: boolean;
}

const LABEL = "of a dashboard";
const OPTIONS = ["port", "hostname", "readOnly", "token", "basePath", "trustedOrigins", "listen"] as const;
/** How many random bytes a token has. */
const TOKEN_BYTES = 24;

/**
 * Checks the options of a dashboard.
 *
 * @throws {TypeError} If one is unknown or of a wrong kind, or a token is missing.
 * @throws {RangeError} If a value is out of range.
 */
export function resolveDashboardOptions(options: DashboardOptions): ResolvedDashboardOptions {
  refuseUnknown(options, OPTIONS, LABEL);
  const { port = 0, readOnly = true, listen = true, trustedOrigins = [] } = options;
  portNumber(port, `port ${LABEL}`);
  const hostname = nonEmptyString(options.hostname ?? "127.0.0.1", `hostname ${LABEL}`);
  if (!isLoopback(hostname) && options.token === undefined) {
    throw new TypeError(
      `A dashboard on ${hostname} can be reached from other machines: give it a token, such as that of an environment ` +
        `variable, or leave hostname out`,
    );
  }
  if (!Array.isArray(trustedOrigins)) {
    throw new TypeError(`trustedOrigins ${LABEL} must be an array, not ${describeValue(trustedOrigins)}`);
  }
  return {
    port,
    hostname,
    readOnly: boolean(readOnly, `readOnly ${LABEL}`),
    token: options.token === undefined ? randomToken() : checkToken(options.token),
    basePath: checkBasePath(options.basePath ?? "/"),
    trustedOrigins: new Set(trustedOrigins.map(checkOrigin)),
    listen: boolean(listen, `listen ${LABEL}`),
  };
}

function randomToken(): string {
  return crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)).toBase64({ alphabet: "base64url" });
}

/** It is part of a header that names protocols, so not every character will do. */
function checkToken(token: string): string {
  nonEmptyString(token, `token ${LABEL}`);
  if (/^[\w.~-]+$/.test(token)) return token;
  throw new RangeError(`token ${LABEL} must consist of letters, digits and the characters - . _ ~`);
}

function checkBasePath(path: string): string {
  nonEmptyString(path, `basePath ${LABEL}`);
  if (/^(?:\/[\w.~-]+)*\/?$/.test(path)) return path.replace(/\/$/, "");
  throw new RangeError(`basePath ${LABEL} must be a path such as "/jobs", not "${path}"`);
}

function checkOrigin(origin: unknown): string {
  if (typeof origin !== "string") {
    throw new TypeError(`trustedOrigins ${LABEL} must have strings, not ${describeValue(origin)}`);
  }
  const parsed = URL.canParse(origin) ? new URL(origin) : undefined;
  if (parsed === undefined || parsed.origin === "null" || parsed.origin !== origin.replace(/\/$/, "")) {
    throw new RangeError(`trustedOrigins ${LABEL} must have origins such as "https://a.example.com", not "${origin}"`);
  }
  return parsed.origin;
}
