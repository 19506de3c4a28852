/**
 * Records saved to Postgres by hand, in batches, as fast as one statement goes.
 *
 * @module
 */

import postgres from "postgres";
import type { StoreKind } from "../checkpoints/store.ts";

/** Upserts with nothing besides. */
export const BARE = "upserts by hand";
/** Upserts that check a lease in the same statement. */
export const FENCED = "upserts by hand, with a lease";

/** Upserts of as many records as there are, by `unnest()`. */
export function upserts(name: string, url: string, isFenced: boolean): StoreKind {
  return {
    name,
    async open(folder) {
      const sql = postgres(url, { max: 1, onnotice: () => {} });
      const tables = `raw_${crypto.randomUUID().replaceAll("-", "")}`;
      await sql.unsafe(
        `create table ${tables} (prefix text, id text collate "C", status text, data text, primary key (prefix, id));
         create table ${tables}_lease (prefix text primary key, epoch int)`,
      );
      await sql.unsafe(`insert into ${tables}_lease values ($1, 1)`, [folder]);
      const rows = "select $1, u.* from unnest($2::text[], $3::text[], $4::text[]) u";
      const fence = `with held as (select from ${tables}_lease where prefix = $1 and epoch = 1 for share)`;
      const text = `${isFenced ? fence : ""} insert into ${tables} ${
        isFenced ? rows.replace("from", "from held,") : rows
      }
        on conflict (prefix, id) do update set status = excluded.status, data = excluded.data`;
      return {
        async save(records) {
          const columns = [records.map(({ id }) => id), records.map(({ status }) => status)];
          await sql.unsafe(text, [folder, ...columns, records.map((each) => JSON.stringify(each))], { prepare: true });
        },
        async close() {
          await sql.unsafe(`drop table ${tables}, ${tables}_lease`);
          await sql.end();
        },
      };
    },
  };
}
