import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { CheckpointError } from "../../../src/core/errors.ts";
import { CorruptEntry, corruptionError, describePlace, operationError, readAs } from "../../../src/stores/kv/errors.ts";

const PLACE = { prefix: ["p", 1], path: "a.db" };

Deno.test("describePlace() has the prefix, and the path if there is one", () => {
  assertEquals(describePlace(PLACE), 'the checkpoint ["p", 1] in "a.db"');
  assertEquals(describePlace({ prefix: ["p"] }), 'the checkpoint ["p"] in Deno KV');
});

Deno.test("operationError() says what could not be done, and what to do", () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [new Error("database is locked"), "another program keeps its file locked, for more than 12 s now"],
    [new Deno.errors.NotCapable("no"), "run it with --allow-read=a.db --allow-write=a.db"],
    [new Error("Database is closed"), "the Deno.Kv was closed; close it after the checkpointer was disposed"],
    [new Error("odd"), "Error: odd"],
    ["odd", 'a thrown "odd"'],
  ];
  for (const [cause, says] of cases) {
    const error = operationError("open", PLACE, cause);
    assert(error.message.startsWith('Cannot open the checkpoint ["p", 1] in "a.db": '));
    assert(error.message.includes(says), error.message);
    assertStrictEquals(error.cause, cause);
  }
  const error = new CheckpointError("as it is");
  assertStrictEquals(operationError("open", PLACE, error), error);
});

Deno.test("what is damaged is named with its key", () => {
  assertEquals(
    corruptionError(PLACE, ["p", 1, "row", "a"], "odd").message,
    'The checkpoint ["p", 1] in "a.db" is damaged at the key ["p", 1, "row", "a"]: odd. It was left as it is. To continue ' +
      "without it, delete that key; to start from scratch, use another prefix",
  );
  assertEquals(readAs(["k"], () => 5), 5);
  const read = () => {
    throw new TypeError("odd");
  };
  const error = assertThrows(() => readAs(["k"], read), CorruptEntry, "odd");
  assertEquals(error.key, ["k"]);
});
