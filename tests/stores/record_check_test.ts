import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { CheckpointError } from "../../src/core/errors.ts";
import { checkLoaded, checkRecord } from "../../src/stores/record_check.ts";
import { STATUSES } from "../../src/core/status.ts";

const BARE = { id: "a#1", name: "a", status: "completed", attempts: 1, args: [], dependsOn: [] };
const FULL = {
  ...BARE,
  ...{
    definedAs: "work",
    detached: true,
    module: "file:///a.ts",
    version: "1",
    args: [null, [null], { a: null }, 4],
    dependsOn: ["b", ""],
  },
  refs: [{ at: [0], id: "b" }, { at: [1, 0], id: "c" }, { at: [2, "a"], id: "d" }],
  ...{ startedAt: 1.5, finishedAt: -2, value: null, error: { error: { name: "Error" } } },
};

Deno.test("checkRecord() returns the very record that it was given", () => {
  for (const record of [BARE, FULL, { ...BARE, error: { value: undefined } }, { ...BARE, args: [1], attempts: 0 }]) {
    assertStrictEquals(checkRecord(record), record as unknown);
  }
  for (const status of STATUSES) checkRecord({ ...BARE, status });
});

Deno.test("checkRecord() lets pass what a later version may add", () => {
  checkRecord({ ...FULL, later: 1, refs: [{ at: [0], id: "b", later: 1 }] });
});

Deno.test("checkRecord() takes fields in any order, and names that objects have anyway for those of a later version", () => {
  const { args, ...rest } = FULL;
  checkRecord({ ...rest, args });
  checkRecord(JSON.parse(`{"__proto__":1,"constructor":1,${JSON.stringify(BARE).slice(1)}`));
  const refs = [{ at: [0], id: "b" }];
  assertThrows(() => checkRecord({ refs, ...BARE, args: undefined }), TypeError, "args of a record must not be");
  assertThrows(() => checkRecord({ refs, ...BARE }), TypeError, "refs of a record must not be an array of 1");
});

/** By field, what it must not be. */
const WRONG: Readonly<Record<string, readonly (readonly [value: unknown, as: string])[]>> = {
  id: [[undefined, "undefined"], [1, "1"], ["", '""'], [null, "null"], [{}, "an object"]],
  name: [[undefined, "undefined"], [1, "1"], [null, "null"]],
  definedAs: [[1, "1"], [null, "null"]],
  detached: [[false, "false"], ["yes", '"yes"']],
  module: [[1, "1"], [null, "null"]],
  version: [[1, "1"], [null, "null"]],
  status: [[undefined, "undefined"], ["done", '"done"'], [3, "3"], ["toString", '"toString"']],
  attempts: [[undefined, "undefined"], [-1, "-1"], [1.5, "1.5"], ["1", '"1"'], [NaN, "NaN"], [Infinity, "Infinity"], [
    1e300,
    "1e+300",
  ]],
  args: [[undefined, "undefined"], [null, "null"], [{ length: 0 }, "an object"], ["x", '"x"']],
  dependsOn: [[undefined, "undefined"], ["x", '"x"'], [[1], "an array of 1"], [["a", null], "an array of 2"]],
  startedAt: [["1", '"1"'], [null, "null"], [NaN, "NaN"], [Infinity, "Infinity"]],
  finishedAt: [[{}, "an object"], [null, "null"], [-Infinity, "-Infinity"]],
  error: [[null, "null"], ["x", '"x"'], [{}, "an object"], [{ name: "Error" }, "an object"]],
  refs: [
    [null, "null"],
    [{}, "an object"],
    ...[null, "x", {}, { at: [0] }, { id: "b" }, { at: 0, id: "b" }, { at: [0], id: 1 }, { at: [], id: "b" }]
      .map((ref) => [[ref], "an array of 1"] as const),
    ...[["0"], [-1], [0.5], [4], [1, 0, 0], [1, -1], [1, null], [1, 0.5], [0, 0], [3, 0], [NaN]]
      .map((at) => [[{ at, id: "b" }], "an array of 1"] as const),
  ],
};

Deno.test("checkRecord() names the field that is wrong", () => {
  for (const [field, values] of Object.entries(WRONG)) {
    for (const [value, as] of values) {
      assertEquals(
        assertThrows(() => checkRecord({ ...FULL, [field]: value }), TypeError, undefined, Deno.inspect(value)).message,
        `${field} of a record must not be ${as}`,
      );
    }
  }
});

Deno.test("checkRecord() refuses what is not an object", () => {
  for (
    const [value, as] of [[null, "null"], [undefined, "undefined"], ["x", '"x"'], [1, "1"], [
      [],
      "an array of 0",
    ]] as const
  ) {
    assertEquals(assertThrows(() => checkRecord(value), TypeError).message, `${as} is not a record`);
  }
});

Deno.test("checkLoaded() returns what has the fields of a record, and names what a checkpointer yields instead", () => {
  assertStrictEquals(checkLoaded(BARE), BARE as unknown);
  for (const [found, why] of NO_RECORDS) {
    const error = assertThrows(() => checkLoaded(found), CheckpointError);
    assertEquals(error.message, `load() of the checkpointer must yield the records that save() was given: ${why}`);
    assertEquals(error.reason, "damaged");
  }
});

/** What a checkpointer may yield by mistake. */
const NO_RECORDS: readonly (readonly [found: unknown, why: string])[] = [
  [undefined, "undefined is not a record"],
  ["a#1", '"a#1" is not a record'],
  [["a#1", BARE], "an array of 2 is not a record"],
  [{}, "id of a record must not be undefined"],
  [{ ...BARE, args: undefined }, "args of a record must not be undefined"],
  [{ ...BARE, status: "done" }, 'status of a record must not be "done"'],
  // By these, a run continues.
  [{ ...BARE, parent: 5 }, "parent of a record must not be 5"],
  [{ ...BARE, aliases: 5 }, "aliases of a record must not be 5"],
  [{ ...BARE, refs: [{ at: [9], id: "b#1" }] }, "refs of a record must not be an array of 1"],
  [{ ...BARE, history: 5 }, "history of a record must not be 5"],
  [{ ...BARE, history: [null] }, "history of a record must not be an array of 1"],
  [{ ...BARE, recoveries: "many" }, 'recoveries of a record must not be "many"'],
  [{ ...BARE, interruptions: -1 }, "interruptions of a record must not be -1"],
  [{ ...BARE, round: 0.5 }, "round of a record must not be 0.5"],
  [{ ...BARE, retryAt: NaN }, "retryAt of a record must not be NaN"],
  [{ ...BARE, dueAt: "soon" }, 'dueAt of a record must not be "soon"'],
];
