/**
 * Reading and writing the records of a checkpoint.
 *
 * @module
 */

import type { TaskRecord } from "../../core/checkpointer.ts";
import { describeValue, joinShortened } from "../../core/describe.ts";
import { CheckpointError } from "../../core/errors.ts";
import { keepElsewhere } from "../../serialization/string_limit.ts";
import type { RecordCodec } from "../record_codec.ts";
import type { Parameter, Rows } from "./connection.ts";
import type { Database } from "./database.ts";
import { corruptionError } from "./errors.ts";
import type { Lease } from "./lease.ts";
import { arrayOf, channelOf, keyOf, type Place, tableOf } from "./place.ts";

/** How many records are read at a time; those of more bytes than that are read apart, about so many bytes at a time. */
const PAGE = 5_000;
const SMALL_BYTES = 6_000;
const READ_BYTES = 8_000_000;

/** A record of more characters is a parameter of its own: in an array, quotation marks are escaped. */
const LARGE = 1_000_000;

/** How many characters a record may have: a message to Postgres has at most 1 GiB, and a character up to 3 bytes. */
const MAX_LENGTH = 250_000_000;

/** A record as it is stored. */
export interface StoredRecord {
  readonly id: string;
  readonly status: string;
  readonly data: string;
}

/** What is told together with a save. */
export interface Told {
  /** The ids of requests that are done with it. */
  readonly requests: readonly string[];
  /** Whether a task has ended for which another program may wait. */
  readonly hasEnds: boolean;
}

/**
 * Reads all records, many at a time. Between two statements no connection is held, and a statement that fails is repeated: a
 * cursor would hold both its connection and its place on the server for as long as the caller takes, and is not faster.
 */
export async function* readRecords(db: Database, codec: RecordCodec): AsyncGenerator<TaskRecord> {
  const { schema, prefix } = db.place;
  const table = tableOf(schema, "record");
  const key = keyOf(prefix);
  const end = `${key}\x01`; // what follows in byte order
  // Compared as rows, and not one by one: a table that is new has no statistics, and each page would sort all of the prefix.
  const text = `${SELECT} from ${table}
    where (prefix, id) > ($1::text, $2::text) and (prefix, id) < ($3::text, '') order by prefix, id limit ${PAGE}`;
  let rows: Rows;
  let last = "";
  do {
    rows = await db.run("read", text, [key, last, end]);
    last = String(rows.at(-1)?.[0]);
    yield* recordsOf(rows, db, codec);
  } while (rows.length === PAGE);
}

/** Reads the records of some ids, many at a time. */
export async function* findRecords(
  db: Database,
  codec: RecordCodec,
  ids: readonly string[],
): AsyncGenerator<TaskRecord> {
  const { schema, prefix } = db.place;
  const text = `${SELECT} from ${tableOf(schema, "record")} where prefix = $1 and id = any($2::text::text[])`;
  for (let start = 0; start < ids.length; start += PAGE) {
    const keys = ids.slice(start, start + PAGE).map(keyOf);
    yield* recordsOf(await db.run("read", text, [keyOf(prefix), arrayOf(keys)]), db, codec);
  }
}

/** What is selected of records: those that are large have no data yet. */
const SELECT = `select id, octet_length(data), case when octet_length(data) <= ${SMALL_BYTES} then data end`;

async function* recordsOf(rows: Rows, db: Database, codec: RecordCodec): AsyncGenerator<TaskRecord> {
  const { schema, prefix } = db.place;
  for (const [id, , data] of rows) if (data !== null) yield decode(db.place, codec, String(id), String(data));
  const text = `select id, data from ${tableOf(schema, "record")} where prefix = $1 and id = any($2::text::text[])`;
  for (const ids of groupsOf(rows.filter(([, , data]) => data === null))) {
    const large = await db.run("read", text, [keyOf(prefix), arrayOf(ids)]);
    for (const [id, data] of large) yield decode(db.place, codec, String(id), String(data));
  }
}

/** The ids of records that are read together, by ids and sizes. */
function groupsOf(rows: Rows): string[][] {
  const groups: string[][] = [];
  let free = 0;
  for (const [id, size] of rows) {
    free -= Number(size);
    if (free < 0) {
      groups.push([]);
      free = READ_BYTES - Number(size);
    }
    groups.at(-1)!.push(String(id));
  }
  return groups;
}

/**
 * Reads one record.
 *
 * @throws {CheckpointError} If it is not what was written.
 */
export function decode(place: Place, codec: RecordCodec, key: string, data: string): TaskRecord {
  let record: TaskRecord;
  try {
    record = codec.decode(data);
  } catch (cause) {
    throw corruptionError(place, key, cause);
  }
  if (keyOf(record.id) === key) return record;
  throw corruptionError(place, key, new TypeError(`its record is that of ${describeValue(record.id)}`));
}

/** Writes records, all or none. */
export async function saveRecords(
  lease: Lease,
  place: Place,
  records: readonly StoredRecord[],
  { requests, hasEnds }: Told,
): Promise<void> {
  refuseTooLarge(place, records);
  const unique = [...new Map(records.map((record) => [keyOf(record.id), record]))];
  const small = unique.filter(([, { data }]) => data.length <= LARGE);
  const large = unique.filter(([, { data }]) => data.length > LARGE);
  const parameters: Parameter[] = [
    arrayOf(small.map(([key]) => key)),
    arrayOf(small.map(([, { status }]) => status)),
    arrayOf(small.map(([, { data }]) => data)),
  ];
  const clauses = [lease.clause];
  const sources = ["select * from unnest($5::text::text[], $6::text::text[], $7::text::text[])"];
  const next = (value: Parameter) => `$${parameters.push(value) + 4}::text`;
  for (const [key, { status, data }] of large) sources.push(`select ${next(key)}, ${next(status)}, ${next(data)}`);
  clauses.push(
    `saved as (insert into ${tableOf(place.schema, "record")} (prefix, id, status, data)
      select $1, row.* from held, (${sources.join(" union all ")}) as row
      on conflict (prefix, id) do update set status = excluded.status, data = excluded.data)`,
  );
  if (requests.length > 0) clauses.push(goneClause(place, next(arrayOf(requests.map(keyOf)))));
  const told = hasEnds ? `pg_notify(${next(channelOf(place, "end"))}, '')` : "1";
  await lease.write(`${clauses.join(", ")} select ${told} from held`, parameters);
}

/** Removes records. */
export async function deleteRecords(lease: Lease, place: Place, ids: readonly string[]): Promise<void> {
  const gone = `gone as (delete from ${tableOf(place.schema, "record")} as record using held
    where record.prefix = $1 and record.id = any($5::text::text[]))`;
  await lease.write(`${lease.clause}, ${gone} select 1 from held`, [arrayOf(ids.map(keyOf))]);
}

/** Removes requests. */
export async function deleteRequests(lease: Lease, place: Place, ids: readonly string[]): Promise<void> {
  await lease.write(`${lease.clause}, ${goneClause(place, "$5::text")} select 1 from held`, [arrayOf(ids.map(keyOf))]);
}

function goneClause(place: Place, ids: string): string {
  return `gone as (delete from ${tableOf(place.schema, "request")} as request using held
    where request.prefix = $1 and request.id = any(${ids}::text[]))`;
}

function refuseTooLarge(place: Place, records: readonly StoredRecord[]): void {
  const unsavable = records.filter(({ data }) => data.length > MAX_LENGTH).map(({ id }) => id);
  if (unsavable.length === 0) return;
  throw new CheckpointError(
    `Cannot save ${joinShortened(unsavable.map(describeValue), ", ")} in the schema ${
      JSON.stringify(place.schema)
    } of ` +
      `Postgres, with more than ${MAX_LENGTH / 1_000_000} million characters; ${keepElsewhere("return")}`,
    { unsavable },
  );
}
