/**
 * Where a checkpoint is, as users name it.
 *
 * @module
 */

import type { TaskRecord } from "../../core/checkpointer.ts";
import { CheckpointError } from "../../core/errors.ts";
import { readCheckpoint } from "../../stores/read_checkpoint.ts";
import { CliError } from "../context.ts";
import { adviceOnPath } from "../suggest.ts";

/** A checkpoint. */
export interface Source {
  /** As the user named it. */
  readonly name: string;
  /**
   * Reads its records.
   *
   * @throws {CliError} If it is not there, or cannot be read.
   */
  read(): AsyncIterable<TaskRecord>;
  /** Something that is another value whenever a file has changed; `undefined` where only reading tells. */
  version(): string | undefined;
}

/**
 * The checkpoint that a word means: a path, `file:…`, `kv:PATH`, `kv:` for Deno's own database, or `postgres://…`.
 *
 * @param prefix That in Deno KV, its parts separated by commas, or in Postgres.
 * @throws {CliError} If there is no such kind of checkpoint.
 */
export function sourceOf(name: string, prefix: string | undefined): Source {
  if (name.startsWith("kv:")) {
    const path = name.slice("kv:".length);
    const options = { ...(path !== "" && { path }), ...(prefix !== undefined && { prefix: prefix.split(",") }) };
    return { name, read: () => explained(() => readCheckpoint(options), undefined), version: () => undefined };
  }
  if (/^postgres(?:ql)?:/.test(name)) {
    if (prefix === undefined) throw new CliError("Name the prefix of the checkpoint as well: --prefix nightly");
    return {
      name: shownUrl(name),
      read: () => explained(() => readPostgres(name, prefix), undefined),
      version: () => undefined,
    };
  }
  if (prefix !== undefined) throw new CliError(`--prefix belongs to a checkpoint in a database, such as kv:${name}`);
  const file = name.startsWith("file://")
    ? new URL(name)
    : name.startsWith("file:")
    ? name.slice("file:".length)
    : name;
  if (file === "") throw new CliError("Name the file of a checkpoint");
  return { name, read: () => explained(() => readCheckpoint(file), file), version: () => versionOf(file) };
}

/** For how long a server that does not answer is tried: a user waits. */
const PATIENCE = "5s";

async function* readPostgres(connection: string, prefix: string): AsyncGenerator<TaskRecord> {
  const { PostgresCheckpointer } = await import("../../stores/postgres/postgres_checkpointer.ts");
  yield* new PostgresCheckpointer({ connection, prefix, patience: PATIENCE }).read();
}

/** An address without the password. */
function shownUrl(name: string): string {
  return name.replace(/^([a-z]+:\/\/[^/@:]*):[^/@]*@/, "$1:…@");
}

async function* explained(
  open: () => AsyncIterable<TaskRecord>,
  file: string | URL | undefined,
): AsyncGenerator<TaskRecord> {
  try {
    yield* open();
  } catch (error) {
    if (!(error instanceof CheckpointError || error instanceof TypeError || error instanceof RangeError)) throw error;
    if (file !== undefined && isMissing(error)) throw new CliError(missing(file));
    throw new CliError(error.message);
  }
}

function isMissing(error: Error): boolean {
  return error.cause instanceof Deno.errors.NotFound;
}

/** There is no such file: names one of the same folder with a similar name. */
function missing(file: string | URL): string {
  const path = String(file);
  return `There is no checkpoint "${path}"; ${adviceOnPath(path, ({ isDirectory }) => !isDirectory)}`;
}

function versionOf(file: string | URL): string | undefined {
  try {
    const { size, mtime, ino } = Deno.statSync(file);
    return `${size} ${mtime?.getTime()} ${ino}`;
  } catch {
    return "none";
  }
}
