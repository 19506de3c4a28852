/**
 * Errors about a checkpoint in Postgres.
 *
 * @module
 */

import { describeError } from "../../core/describe.ts";
import { formatMilliseconds } from "../../core/duration.ts";
import { CheckpointError } from "../../core/errors.ts";
import { describePlace, type Place } from "./place.ts";

/** The code of an error of Postgres (`SQLSTATE`), of its client, or of the system. */
export function codeOf(error: unknown): string {
  const { code } = Object(error) as { readonly code?: unknown };
  return typeof code === "string" ? code : "";
}

/**
 * Errors that pass: a server that is away, starts, ends, fails over, is read-only or has no connections, memory or disk left
 * (classes 08, 53, 57P and 58), one whose name is not known, as where the network starts, and conflicts with another
 * transaction (class 40).
 */
const PASSING = /^(?:08...|40...|53...|58...|57P0[123]|57014|55P03|25006)$/;

const PASSING_CODES: ReadonlySet<string> = new Set([
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECT_TIMEOUT",
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
  "ENOTFOUND",
  "ENOENT", // the socket of a server that is not there yet
  "NO_ANSWER",
]);

/** Whether it makes sense to try again. */
export function isPassing(error: unknown): boolean {
  const code = codeOf(error);
  return PASSING.test(code) || PASSING_CODES.has(code);
}

/** Whether the tables, or their schema, are not there. */
export function isMissing(error: unknown): boolean {
  return ["42P01", "3F000"].includes(codeOf(error));
}

/** Whether a pooler between the program and the server has lost a prepared statement. */
export function isLostStatement(error: unknown): boolean {
  return ["26000", "42P05"].includes(codeOf(error));
}

/** The server has not answered in time. */
export class NoAnswerError extends Error {
  readonly code = "NO_ANSWER";

  constructor(milliseconds: number) {
    super(`there was no answer within ${formatMilliseconds(milliseconds)}`);
  }
}

/** What to do about errors, by their codes. */
const BY_CODE: Readonly<Record<string, string>> = {
  "28P01": "the password is wrong; see PGPASSWORD, DATABASE_URL or the option connection",
  "28000": "the server does not let this user in; see PGUSER, DATABASE_URL or the option connection",
  "3D000": "there is no such database; create it, or see PGDATABASE, DATABASE_URL or the option connection",
  "42501":
    "the user has no right to do that; grant it on the schema and its tables, or, where these are not there yet, " +
    "create on the database",
  "25006": "the server, or the user, may only read",
  "53100": "the server's disk is full; what was saved before is still there",
  "53300": "the server has no connections left",
  ENOTFOUND: "the name of the server is not known; see PGHOST, DATABASE_URL or the option connection",
  ECONNREFUSED: "no server listens there",
  ENOENT: "no server listens there",
  CONNECTION_ENDED: "the client was ended; end it after the checkpointer was disposed of",
};

/**
 * An error that says what could not be done, why, and what to do. It has nothing of the connection's URL.
 *
 * @param triedMs For how long it was tried.
 */
export function operationError(action: string, place: Place, cause: unknown, triedMs: number): CheckpointError {
  if (cause instanceof CheckpointError) return cause;
  const tried = isPassing(cause) ? `, also after ${formatMilliseconds(triedMs)}` : "";
  return new CheckpointError(`Cannot ${action} ${describePlace(place)}${tried}: ${adviceOn(cause)}`, {
    cause,
    reason: "unavailable",
  });
}

function adviceOn(error: unknown): string {
  if (!(error instanceof Error)) return describeError(error);
  if (error.name === "NotCapable") {
    return `the program has no permission: run it with --allow-net and --allow-env (${describeError(error)})`;
  }
  const advice = BY_CODE[codeOf(error)];
  // Where a name has several addresses, the client throws all errors together, without a message.
  const first = error instanceof AggregateError && error.message === "" ? error.errors[0] : error;
  return advice === undefined ? describeError(first) : `${advice} (${describeError(first)})`;
}

/** An error about a record that is not what was written. */
export function corruptionError(place: Place, key: string, cause: unknown): CheckpointError {
  return new CheckpointError(
    `${describePlace(place).replace(/^t/, "T")} is damaged at the id ${JSON.stringify(key)}: ${
      describeError(cause)
    }. It was ` +
      `left as it is. To continue without that record, delete the row of the table "record" that has this id; to start from ` +
      "scratch, use another prefix",
    { cause, reason: "damaged" },
  );
}
