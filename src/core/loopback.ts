/**
 * Addresses that only programs on this machine reach.
 *
 * @module
 */

/** Whether a host name means this machine, and only it. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || hostname === "[::1]" ||
    /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
