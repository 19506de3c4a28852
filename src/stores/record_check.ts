/**
 * Whether something that was read is a record.
 *
 * @module
 */

import type { TaskRecord } from "../core/checkpointer.ts";
import { describeValue } from "../core/describe.ts";
import { STATUSES } from "../core/status.ts";

/** What a record may be before it is known to be one. */
type Found = { readonly [field in keyof TaskRecord]: unknown };

/**
 * Checks something that was read.
 *
 * @throws {TypeError} If it is no record; the message names the field.
 */
export function checkRecord(found: unknown): TaskRecord {
  if (typeof found !== "object" || found === null || Array.isArray(found)) {
    throw new TypeError(`${describeValue(found)} is no record`);
  }
  const field = wrongField(found as Found);
  if (field === undefined) return found as TaskRecord;
  throw new TypeError(`${field} of a record must not be ${describeValue((found as Found)[field])}`);
}

/**
 * The first field that is not as in a record, if there is one; whatever else there is, is of a later version. One test after
 * the other and no table of them, as a run that is resumed begins with this for each of its tasks.
 */
function wrongField(found: Found): keyof TaskRecord | undefined {
  if (typeof found.id !== "string" || found.id === "") return "id";
  if (typeof found.name !== "string") return "name";
  if (isNoOptionalText(found.definedAs)) return "definedAs";
  if (isNoOptionalText(found.module)) return "module";
  if (isNoOptionalText(found.version)) return "version";
  if (isNoOptionalText(found.parent)) return "parent";
  if (found.detached !== undefined && found.detached !== true) return "detached";
  if (isNoOptionalText(found.key)) return "key";
  if (isNoOptionalText(found.dedupKey)) return "dedupKey";
  if (found.aliases !== undefined && !(Array.isArray(found.aliases) && found.aliases.every(isText))) return "aliases";
  if (isNoOptionalText(found.source)) return "source";
  if (found.options !== undefined && !isPlain(found.options)) return "options";
  if (found.lost !== undefined && !(isPlain(found.lost) && Object.values(found.lost).every(isText))) return "lost";
  if (isNoOptionalTime(found.submittedAt)) return "submittedAt";
  if (isNoOptionalTime(found.retryAt)) return "retryAt";
  if (found.uncounted !== undefined && found.uncounted !== true) return "uncounted";
  if (found.interruptions !== undefined && !isWhole(found.interruptions)) return "interruptions";
  if (found.recoveries !== undefined && !isWhole(found.recoveries)) return "recoveries";
  if (found.history !== undefined && !isHistory(found.history)) return "history";
  if (!STATUS_NAMES.has(found.status)) return "status";
  if (!isWhole(found.attempts)) return "attempts";
  if (!Array.isArray(found.args)) return "args";
  if (found.refs !== undefined && !areRefs(found.refs, found.args)) return "refs";
  if (!Array.isArray(found.dependsOn) || !found.dependsOn.every(isText)) return "dependsOn";
  if (isNoOptionalTime(found.startedAt)) return "startedAt";
  if (isNoOptionalTime(found.finishedAt)) return "finishedAt";
  if (found.error !== undefined && !isEnvelope(found.error)) return "error";
  return undefined;
}

const STATUS_NAMES: ReadonlySet<unknown> = new Set(STATUSES);

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isHistory(value: unknown): boolean {
  return Array.isArray(value) &&
    value.every((each) =>
      isPlain(each) && isWhole(each["number"]) && Number.isFinite(each["startedAt"]) &&
      Number.isFinite(each["finishedAt"]) && isText(each["error"])
    );
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isNoOptionalText(value: unknown): boolean {
  return value !== undefined && typeof value !== "string";
}

function isNoOptionalTime(value: unknown): boolean {
  return value !== undefined && !Number.isFinite(value);
}

/** Whether they are references to places that there are. */
function areRefs(refs: unknown, args: readonly unknown[]): boolean {
  return Array.isArray(refs) && refs.every((ref) => isRef(ref, args));
}

function isRef(ref: unknown, args: readonly unknown[]): boolean {
  if (typeof ref !== "object" || ref === null) return false;
  const { at, id } = ref as { readonly at?: unknown; readonly id?: unknown };
  if (typeof id !== "string" || !Array.isArray(at)) return false;
  const [index, key]: unknown[] = at;
  if (!isWhole(index) || index >= args.length) return false;
  if (at.length === 1) return true;
  const arg = args[index];
  return at.length === 2 && (isText(key) || isWhole(key)) && typeof arg === "object" && arg !== null;
}

function isEnvelope(value: unknown): boolean {
  return typeof value === "object" && value !== null && ("error" in value || "value" in value);
}
