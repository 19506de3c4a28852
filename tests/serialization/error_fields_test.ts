import { assert, assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import type { ErrorEnvelope } from "../../src/core/error_envelope.ts";
import { bareError, errorOf, isReserved, setCause, setErrors, setField } from "../../src/serialization/error_fields.ts";

const ENVELOPE: ErrorEnvelope = {
  name: "Error",
  message: "closed",
  stack: "Error: closed\n    at here",
  classes: ["Error"],
};

Deno.test("bareError() has the class, name, message and stack of an envelope, and nothing that is enumerable", () => {
  const error = bareError({ ...ENVELOPE, name: "RangeError", classes: ["RangeError", "Error"] });
  assertInstanceOf(error, RangeError);
  assertEquals([error.name, error.message, error.stack], ["RangeError", "closed", ENVELOPE.stack]);
  assertEquals(Object.keys(error), []);
  const renamed = bareError({ ...ENVELOPE, name: "Closed", message: "" });
  assertEquals([renamed.name, renamed.message, Object.keys(renamed)], ["Closed", "", []]);
  const { stack: _, ...unstacked } = ENVELOPE;
  assertEquals(bareError(unstacked).stack, undefined);
});

Deno.test("bareError() makes a DOMException with its code", () => {
  const error = bareError({ ...ENVELOPE, name: "AbortError", classes: ["DOMException", "Error"] });
  assertInstanceOf(error, DOMException);
  assertEquals([error.name, error.message, error.code], ["AbortError", "closed", DOMException.ABORT_ERR]);
});

Deno.test("setCause(), setErrors() and setField() set what the constructors of errors set, in the same way", () => {
  const error = bareError(ENVELOPE);
  setCause(error, 5);
  setErrors(error, [6]);
  setField(error, "status", 404);
  for (const key of ["stack", "cause", "toString", "constructor", "__proto__"]) {
    assert(isReserved(key));
    setField(error, key, "broken");
  }
  assertEquals([error.cause, (error as AggregateError).errors, String(error)], [5, [6], "Error: closed"]);
  assertEquals(Object.entries(error), [["status", 404]]);
});

Deno.test("errorOf() makes one error of an envelope, however often and in whatever circle it is met", () => {
  const shared: ErrorEnvelope = { ...ENVELOPE, message: "shared" };
  const envelope: { -readonly [K in keyof ErrorEnvelope]: ErrorEnvelope[K] } = {
    ...ENVELOPE,
    errors: [{ error: shared }, { error: shared }, { value: 7 }],
    fields: { status: 404 },
  };
  envelope.cause = { error: envelope };
  const error = errorOf(envelope, new Map()) as AggregateError & { status: number };
  assertStrictEquals(error.cause, error);
  const [first, second, value] = error.errors;
  assertStrictEquals(first, second);
  assertEquals([first.message, value, error.status], ["shared", 7, 404]);
});
