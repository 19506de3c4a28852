/**
 * The tables in a schema: making them, and bringing those of an older version up to date.
 *
 * @module
 */

import { CheckpointError } from "../../core/errors.ts";
import type { Database } from "./database.ts";
import { isMissing } from "./errors.ts";
import { tableOf } from "./place.ts";

/**
 * What leads from each version to the next one; the first one makes the tables. A step is never changed once it is published:
 * a change of the tables is a step of its own. `*` stands for the schema.
 */
export const STEPS: readonly string[] = [
  `create table *.lease (
     prefix text collate "C" primary key,
     codec text not null,
     wrapper text,
     owner text not null,
     epoch bigint not null,
     turn bigint not null,
     until timestamptz not null,
     process text
   );
   create table *.record (
     prefix text collate "C" not null,
     id text collate "C" not null,
     status text not null,
     data text not null,
     primary key (prefix, id)
   ) with (fillfactor = 80);
   create table *.request (
     seq bigint generated always as identity,
     prefix text collate "C" not null,
     id text collate "C" not null,
     kind text not null,
     data text not null,
     primary key (prefix, id)
   );
   create index on *.request (prefix, seq);`,
];

/** Names the lock of those who make the tables. */
const LOCK = 7_730_217;

/**
 * Makes the tables, or brings them up to date. Any number of programs may do so at a time.
 *
 * @throws {CheckpointError} If that cannot be done, or a newer version of this package has made them.
 */
export async function prepareTables(db: Database): Promise<void> {
  const { schema } = db.place;
  const version = await versionOf(db);
  if (version === STEPS.length) return;
  if (version > STEPS.length) throw newerError(schema, version);
  const steps = STEPS.map((step) => step.replaceAll("*", tableOf(schema, "").slice(0, -1)));
  // One statement of several is one transaction, also through a pooler.
  const quoted = schema.replaceAll("'", "''");
  await db.run(
    "make the tables of",
    `do $workflowy$
     declare found int := 0;
     begin
       perform pg_advisory_xact_lock(${LOCK});
       if not exists (select from pg_namespace where nspname = '${quoted}') then
         create schema ${tableOf(schema, "").slice(0, -1)};
       end if;
       if exists (select from pg_tables where schemaname = '${quoted}' and tablename = 'version') then
         select version into found from ${tableOf(schema, "version")};
       else
         create table ${tableOf(schema, "version")} (version int not null);
         insert into ${tableOf(schema, "version")} values (0);
       end if;
       ${steps.map((step, index) => `if found < ${index + 1} then ${step} end if;`).join("\n")}
       update ${tableOf(schema, "version")} set version = ${STEPS.length} where version < ${STEPS.length};
     end $workflowy$`,
  );
}

/**
 * Makes sure that there are tables that can be read.
 *
 * @returns Whether there are.
 * @throws {CheckpointError} If a newer version of this package has made them.
 */
export async function hasTables(db: Database): Promise<boolean> {
  const version = await versionOf(db);
  if (version > STEPS.length) throw newerError(db.place.schema, version);
  return version === STEPS.length;
}

/** The version of the tables; 0 if there are none. */
async function versionOf(db: Database): Promise<number> {
  const rows = await db.retry("open", async () => {
    try {
      return await db.once(`select version from ${tableOf(db.place.schema, "version")}`);
    } catch (error) {
      if (!isMissing(error)) throw error;
      return [];
    }
  });
  return Number(rows[0]?.[0] ?? 0);
}

function newerError(schema: string, version: number): CheckpointError {
  return new CheckpointError(
    `The tables in the schema ${
      JSON.stringify(schema)
    } of Postgres have version ${version}, and this version of the package ` +
      `knows up to ${STEPS.length}; update the package, or use another schema`,
    { reason: "incompatible" },
  );
}
