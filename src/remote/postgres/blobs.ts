/**
 * Values that are too large for a job or an outcome, in pieces.
 *
 * @module
 */

import type { BlobStore } from "../engine.ts";
import { decode, encode, type PostgresServer } from "./server.ts";
import { arrayOf } from "../../stores/postgres/place.ts";

/** Bytes of a piece: it is there several times while it travels. */
const PIECE = 4 << 20;

/** Keeps values in a table, a row for each piece. */
export class PostgresBlobs implements BlobStore {
  readonly #server: PostgresServer;

  constructor(server: PostgresServer) {
    this.#server = server;
  }

  async put(run: string, key: string, bytes: Uint8Array): Promise<void> {
    const { names: { blobs }, setup: { pool } } = this.#server;
    const count = Math.max(1, Math.ceil(bytes.length / PIECE));
    // The last one first: a value is there once its first piece is.
    for (let part = count - 1; part >= 0; part--) {
      const piece = encode(bytes.subarray(part * PIECE, (part + 1) * PIECE));
      await this.#server.repeat(
        `insert into ${blobs} (pool, run, key, part, data) values ($1, $2, $3, $4, decode($5, 'base64'))
         on conflict (pool, run, key, part) do update set data = excluded.data`,
        ...[pool, run, key, part, piece],
      );
    }
  }

  async get(run: string, key: string): Promise<Uint8Array | undefined> {
    const { names: { blobs }, setup: { pool } } = this.#server;
    const pieces: Uint8Array[] = [];
    for (;;) {
      const [row] = await this.#server.repeat(
        `select encode(data, 'base64') from ${blobs} where pool = $1 and run = $2 and key = $3 and part = $4`,
        ...[pool, run, key, pieces.length],
      );
      if (row === undefined) break;
      pieces.push(decode(row[0]));
    }
    return pieces.length === 0 ? undefined : joined(pieces);
  }

  drop(run: string, keys: readonly string[]): void {
    const { names: { blobs }, setup: { pool } } = this.#server;
    const text = `delete from ${blobs} where pool = $1 and run = $2 and key = any($3::text[])`;
    this.#server.run(text, pool, run, arrayOf(keys)).catch(() => {}); // else it is deleted by its age
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
