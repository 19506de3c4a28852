/**
 * Which requests are answered at all: those of this machine's own programs and pages, with the token.
 *
 * - A page of another site cannot read an answer, as its origin is refused, and cannot send the token, as that is in no cookie.
 * - A page whose host name was made to point to this machine ("DNS rebinding") is refused, as `Host` names it.
 *
 * @module
 */

import { isLoopback } from "../core/loopback.ts";
import { isSameSecret } from "../core/same_secret.ts";
import type { ResolvedDashboardOptions } from "./options.ts";

/** The WebSocket protocol of the live page; the token follows it in the same header. */
export const PROTOCOL = "workflowy.v1";

/** The headers of all answers. */
const HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Adds the headers that all answers have. */
export function withHeaders(response: Response): Response {
  for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
  return response;
}

/** A refusal, in words. */
export function refusal(status: number, message: string): Response {
  return Response.json({ v: 1, error: message }, { status });
}

/**
 * Why a request is refused whatever it asks for.
 *
 * @param port The port of the dashboard's own server; `undefined` if another server has taken the request.
 * @returns The refusal; `undefined` if there is none.
 */
export function refuseOrigin(
  request: Request,
  { hostname, trustedOrigins }: ResolvedDashboardOptions,
  port: number | undefined,
): Response | undefined {
  const host = hostOf(request);
  if (host === undefined || !isOurHost(host, hostname, trustedOrigins, port)) {
    return refusal(421, "This host name is not one of the dashboard's: see hostname and trustedOrigins of its options");
  }
  const origin = request.headers.get("origin");
  if (origin !== null && !trustedOrigins.has(origin) && !isOwnOrigin(origin, host)) {
    return refusal(403, "Pages of another origin cannot use the dashboard: see trustedOrigins of its options");
  }
  const site = request.headers.get("sec-fetch-site");
  const isLink = request.method === "GET" && request.headers.get("sec-fetch-dest") === "document" &&
    request.headers.get("sec-fetch-mode") === "navigate";
  if (site !== null && site !== "same-origin" && site !== "none" && !isLink && origin === null) {
    return refusal(403, "Pages of another site cannot use the dashboard");
  }
  return undefined;
}

/** The `Host` of a request, as a URL. */
function hostOf(request: Request): URL | undefined {
  const host = request.headers.get("host") ?? new URL(request.url).host;
  if (!/^[\w.:[\]-]+$/.test(host)) return undefined;
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined;
}

function isOurHost(
  host: URL,
  hostname: string,
  trustedOrigins: ReadonlySet<string>,
  port: number | undefined,
): boolean {
  for (const origin of trustedOrigins) {
    const trusted = new URL(origin);
    // A proxy on the default port of https sends no port.
    if (trusted.hostname === host.hostname && (host.port === "" || host.port === trusted.port)) return true;
  }
  if (port !== undefined && Number(host.port === "" ? 80 : host.port) !== port) return false;
  if (isLoopback(host.hostname)) return true;
  if (isLoopback(hostname)) return false;
  // On an address of the network. A number cannot be made to point elsewhere, as a name can.
  return host.hostname === hostname.toLowerCase() || /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:.]+\])$/.test(host.hostname);
}

function isOwnOrigin(origin: string, host: URL): boolean {
  return origin === `http://${host.host}` || origin === `https://${host.host}`;
}

/** Whether a request has the token, as `Authorization: Bearer …` or as a protocol of a WebSocket. */
export function hasToken(request: Request, token: string): boolean {
  const bearer = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  if (bearer !== undefined) return isSameSecret(bearer, token);
  const protocols = (request.headers.get("sec-websocket-protocol") ?? "").split(",").map((each) => each.trim());
  const given = protocols.find((each) => each.startsWith("token."));
  return protocols.includes(PROTOCOL) && given !== undefined && isSameSecret(given.slice("token.".length), token);
}
