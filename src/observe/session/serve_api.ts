/**
 * The JSON interface on a port of this machine.
 *
 * @module
 */

import { type ApiOptions, createApi } from "../api/api.ts";

/** An interface that is served until it is disposed of. It does not keep the program alive. */
export interface ServedApi extends AsyncDisposable {
  readonly address: string;
  readonly token: string;
}

/** How many bytes a token has: more than can be guessed. */
const TOKEN_BYTES = 32;

/**
 * Serves the interface on a free port of 127.0.0.1.
 *
 * @throws {Deno.errors.NotCapable} Without `--allow-net=127.0.0.1:0`.
 */
export function serveApi(options: Omit<ApiOptions, "token">): ServedApi {
  const token = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)).toHex();
  const api = createApi({ ...options, token });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, api);
  server.unref();
  return {
    address: `http://127.0.0.1:${server.addr.port}`,
    token,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
