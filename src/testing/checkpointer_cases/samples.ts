/**
 * Records that the cases for checkpointers save.
 *
 * @module
 */

import type { TaskRecord } from "../../core/checkpointer.ts";
import { STATUSES } from "../../core/status.ts";

/** A record that has what every record has, and what else is given. */
export function sample(id: string, more: Partial<TaskRecord> = {}): TaskRecord {
  return { id, name: "sample", status: "completed", attempts: 1, args: [], dependsOn: [], ...more };
}

/** So many records. */
export function samples(count: number, more: (index: number) => Partial<TaskRecord> = () => ({})): TaskRecord[] {
  return Array.from({ length: count }, (_, index) => sample(`sample#${index}`, more(index)));
}

/** A record in which each field has a value, and those of times a fraction. */
export const FULL: TaskRecord = deepFreeze({
  id: "full#0123456789abcdef",
  name: "full",
  definedAs: "fullTask",
  detached: true,
  ambiguous: true,
  module: "file:///home/me/tasks.ts?x=1#y",
  version: "2.0.0-beta",
  status: "completed",
  attempts: 3,
  args: [1, "two", null, { three: null, four: [4] }, [null]],
  refs: [{ at: [2], id: "load#1" }, { at: [3, "three"], id: "load#2" }, { at: [4, 0], id: "load#1" }],
  dependsOn: ["load#1", "load#2", "clean up~2"],
  startedAt: 1_767_225_600_000.125,
  finishedAt: 1_767_225_600_017,
  dueAt: 1_767_225_600_000,
  shownArgs: [1, "…", null, { three: "(hidden)" }],
  worker: "thread-2",
  label: "page 7 of “München” 🙂",
  tags: ["nightly", "eu-1", "two words"],
  deadline: 1_767_225_660_000,
  value: { rows: 12, ok: true },
});

/** One record for each status, with what such records have. */
export const STATUS_SAMPLES: readonly TaskRecord[] = deepFreeze(STATUSES.map((status, index) =>
  sample(`${status}#1`, {
    status,
    attempts: index,
    ...(status === "completed" && { value: index }),
    ...(["failed", "cancelled", "skipped"].includes(status) && { error: { value: `it was ${status}` } }),
  })
));

/** Ids of every kind: a key that a user gives becomes one. Of lone surrogates there are none. */
export const IDS: readonly string[] = Object.freeze([
  ..." ~!/\\.*?:#%&$@'\"`|<>(){}[]=+,;^_-".split(""),
  ..."0 -1 1e3 true null undefined NaN [object Object]".split(" "),
  ..."__proto__ constructor prototype toString valueOf hasOwnProperty length id data key value".split(" "),
  ..."getItem setItem removeItem clear crc delete".split(" "),
  ..."a A aa a/b a/b/c /a a/ ./a ../a ../../etc/passwd C:\\a a\\b CON nul a.jsonl a.lock .tmp %2F %00 a%20b".split(" "),
  ...["two words", " before", "after ", "  ", "\t", "\n", "\r\n", "line 1\nline 2", "\n{}\n", '{"id":"x"}\n'],
  ...[
    "\0",
    "a\0",
    "a\0b",
    "\x01",
    "\x1b[31m",
    "\x7f",
    "\x80",
    "\xff",
    "\u2028",
    "\u2029",
    "\ufeff",
    "\ufffe",
    "\uffff",
  ],
  ...["é", "e\u0301", "ß", "ẞ", "ı", "İ", "日本語", "עברית", "🙂", "👨‍👩‍👧", "a🙂b", "\u{10ffff}", "\u202e", "\u200b"],
  ...["'; DROP TABLE records; --", "a'b", 'a"b', "${a}", "$(a)", "`a`", "load@1.0#0123456789abcdef~2"],
  ...["x".repeat(1_000), "y".repeat(999), `${"y".repeat(999)}z`, "/".repeat(255), "a b".repeat(100)],
]);

/** The same, frozen to its depths: no checkpointer needs to change what it is given. */
function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}
