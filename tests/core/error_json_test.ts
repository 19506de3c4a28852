import { assert, assertEquals } from "@std/assert";
import { type ErrorJson, plainJson, thrownToJson, valueToJson } from "../../src/core/error_json.ts";

Deno.test("thrownToJson() keeps name, message, stack, cause and errors", () => {
  const cause = new TypeError("no answer");
  const error = new AggregateError([new RangeError("first"), "second"], "both failed", { cause });
  const json = JSON.parse(JSON.stringify(thrownToJson(error)));
  assertEquals([json.name, json.message, json.cause.name, json.cause.message], [
    "AggregateError",
    "both failed",
    "TypeError",
    "no answer",
  ]);
  assertEquals([json.errors[0].name, json.errors[1]], ["RangeError", "second"]);
  assert(json.stack.includes("error_json_test.ts"));
  assertEquals([thrownToJson("text"), thrownToJson(undefined), thrownToJson({ code: 5 })], ["text", undefined, {
    code: 5,
  }]);
});

Deno.test("thrownToJson() shows what it can read of an error whose properties throw or are not strings", () => {
  const error = new Error("no answer");
  for (const key of ["name", "cause"]) {
    Object.defineProperty(error, key, {
      get() {
        throw new Error("no");
      },
    });
  }
  const { stack: _, ...json } = thrownToJson(error) as ErrorJson;
  assertEquals(json, {
    name: "(reading the error's name threw)",
    message: "no answer",
    cause: "(reading the error's cause threw)",
  });
  const odd = Object.assign(new AggregateError([]), { name: Object.create(null), message: 5, errors: 5 });
  const { stack: __, ...others } = thrownToJson(odd) as ErrorJson;
  assertEquals(others, { name: "[Object: null prototype] {}", message: "5" });
});

Deno.test("thrownToJson() ends for an error that is its own cause", () => {
  const error = new Error("again");
  error.cause = error;
  let [depth, json] = [0, thrownToJson(error) as ErrorJson | undefined];
  for (; json !== undefined; json = json.cause as ErrorJson | undefined) depth++;
  assertEquals(depth, 17);
});

Deno.test("valueToJson() leaves what JSON has, and describes what it does not have", () => {
  const value = { a: [1, "two", null] };
  assert(valueToJson(value) === value);
  assertEquals([valueToJson(5n), valueToJson({ n: 5n }), valueToJson(undefined)], ["5n", "{ n: 5n }", undefined]);
  assertEquals(valueToJson(() => {}), "[Function (anonymous)]");
  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  assertEquals(valueToJson(circular), "<ref *1> { self: [Circular *1] }");
  const broken = {
    toJSON() {
      throw new Error("no");
    },
    get [Symbol.toStringTag](): string {
      throw new Error("no");
    },
  };
  assertEquals(typeof valueToJson(broken), "string");
});

Deno.test("plainJson() copies", () => {
  const value = { when: new Date(0), left: undefined };
  assertEquals(plainJson(value), { when: "1970-01-01T00:00:00.000Z" });
  assertEquals([plainJson(undefined), plainJson(5n), plainJson(NaN)], [null, "5n", null]);
});
