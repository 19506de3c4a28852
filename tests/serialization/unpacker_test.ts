import {
  assert,
  assertEquals,
  assertMatch,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import type { ErrorEnvelope } from "../../src/core/error_envelope.ts";
import { fromEnvelope, toEnvelope } from "../../src/serialization/envelope.ts";

type Loose = Error & Record<string, unknown>;

function envelopeOf(error: Error): ErrorEnvelope {
  const envelope = toEnvelope(error);
  assert("error" in envelope);
  return envelope.error;
}

const good = (): ErrorEnvelope => ({ name: "Error", message: "m", classes: ["Error"] });
const MALFORMED: [what: string, envelope: unknown, message: string][] = [
  ["nothing", undefined, "it must be an object, but is undefined"],
  ["a string", "Error", 'it must be an object, but is "Error"'],
  ["an array", [], "it must be an object, but is an array of 0"],
  ["an error", new Error("m"), "it must be an object, but is an Error"],
  ["an empty object", {}, "it must be an object with an `error` or a `value`"],
  ["no object as error", { error: 1 }, "it.error must be an object, but is 1"],
  ["a name that is not a string", { error: { ...good(), name: 1 } }, "it.error.name must be a string, but is 1"],
  ["no message", { error: { ...good(), message: undefined } }, "it.error.message must be a string, but is undefined"],
  [
    "a stack that is not a string",
    { error: { ...good(), stack: null } },
    "it.error.stack must be a string, but is null",
  ],
  ["no classes", { error: { ...good(), classes: undefined } }, "it.error.classes must be"],
  ["classes that are not strings", { error: { ...good(), classes: [Error] } }, "it.error.classes must be"],
  ["too many classes", { error: { ...good(), classes: Array(100_000).fill("E") } }, "it.error.classes must be"],
  ["an odd number of own classes", { error: { ...good(), ownClasses: -1 } }, "it.error.ownClasses must be"],
  ["errors that are not an array", { error: { ...good(), errors: {} } }, "it.error.errors must be an array"],
  ["fields that are not an object", { error: { ...good(), fields: [1] } }, "it.error.fields must be an object"],
  ["a bad cause", { error: { ...good(), cause: 1 } }, "it.error.cause must be an object"],
  [
    "a bad error among errors",
    { error: { ...good(), errors: [{ value: 1 }, { error: 2 }] } },
    "it.error.errors[1].error",
  ],
  ["a bad error in a field", { error: { ...good(), fields: { a: [{ $workflowy: 1 }] } } }, "$workflowy must be"],
];

for (const [what, envelope, message] of MALFORMED) {
  Deno.test(`fromEnvelope() rejects ${what}`, () => {
    const error = assertThrows(() => fromEnvelope(envelope), TypeError, message);
    assertMatch(error.message, /^This is not an envelope of an error: /);
  });
}

Deno.test("fromEnvelope() rejects a chain that is too deep to follow", () => {
  let envelope: unknown = { value: 1 };
  for (let index = 0; index < 100_000; index++) envelope = { error: { ...good(), cause: envelope } };
  assertThrows(() => fromEnvelope(envelope), TypeError, "levels deep");
  let data: unknown = 1;
  for (let index = 0; index < 100_000; index++) data = { data };
  assertThrows(() => fromEnvelope({ value: data }), TypeError, "levels deep");
});

Deno.test("fromEnvelope() lets no field take the place of what an error is", () => {
  const fields = JSON.parse('{"name": 1, "message": 2, "stack": 3, "toString": 4, "__proto__": {"x": 1}, "code": 5}');
  const error = fromEnvelope({ error: { ...good(), fields } }) as Loose;
  assertEquals([`${error}`, error.stack, Object.keys(error)], ["Error: m", undefined, ["code"]]);
  assertStrictEquals(Object.getPrototypeOf(error), Error.prototype);
});

Deno.test("an envelope can be opened more than once", () => {
  const envelope = toEnvelope(Object.assign(new Error("m"), { list: [new TypeError("t")] }));
  const before = structuredClone(envelope);
  assertNotStrictEquals(fromEnvelope(envelope), fromEnvelope(envelope));
  assertEquals(envelope, before);
  assertEquals(envelopeOf(fromEnvelope(envelope) as Error), (before as { error: ErrorEnvelope }).error);
});
