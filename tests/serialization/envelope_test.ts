import { assert, assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { fromEnvelope, toEnvelope } from "../../src/serialization/envelope.ts";
import {
  CheckpointError,
  CycleError,
  DependencyFailedError,
  RetryExhaustedError,
  TaskCancelledError,
  TaskError,
  TaskTimeoutError,
  WorkerLostError,
} from "../../src/core/errors.ts";
import { NonRetryableError, RetryAfterError } from "../../src/core/retry_errors.ts";

type Loose = Error & Record<string, unknown>;

/** By structured clone, as to a worker. */
function cloned(thrown: unknown): Loose {
  return fromEnvelope(structuredClone(toEnvelope(thrown))) as Loose;
}

/** By JSON, as into a checkpoint. */
function viaJson(thrown: unknown): Loose {
  return fromEnvelope(JSON.parse(JSON.stringify(toEnvelope(thrown)))) as Loose;
}

const WAYS: [way: string, travel: (thrown: unknown) => Loose][] = [["structured clone", cloned], ["JSON", viaJson]];

const BUILT_IN = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];
const DENO_ERRORS = Object.values(Deno.errors) as (new (message?: string) => Error)[];
const DATE = new Date(1e12);

const TASK_ERRORS: Error[] = [
  new TaskError("m", { task: "load" }),
  new TaskTimeoutError("m"),
  new TaskCancelledError("m", { reason: "closing time" }),
  new CycleError("m", { cycle: ["a", "b", "a"] }),
  new DependencyFailedError("m", { dependency: "a#1" }),
  new RetryExhaustedError("m", { attempts: 3, cause: new TypeError("last") }),
  new CheckpointError("m"),
  new WorkerLostError("m", { task: "load" }),
  new NonRetryableError("m"),
  new RetryAfterError("m", { retryAfter: "5s" }),
];

for (const [way, travel] of WAYS) {
  for (const type of [...BUILT_IN, ...DENO_ERRORS]) {
    Deno.test(`a ${type.name} comes back from ${way} as one`, () => {
      const sent = new type("m");
      const error = travel(sent);
      assertStrictEquals(Object.getPrototypeOf(error), type.prototype);
      assert(Error.isError(error));
      assertEquals([error.name, error.message, error.stack], [sent.name, "m", sent.stack]);
      assertEquals(Object.keys(error), Object.keys(sent).filter((key) => key !== "name"));
    });
  }

  for (const sent of TASK_ERRORS) {
    Deno.test(`a ${sent.name} comes back from ${way} as one, with its fields`, () => {
      const error = travel(sent);
      assertStrictEquals(Object.getPrototypeOf(error), Object.getPrototypeOf(sent));
      assertInstanceOf(error, TaskError);
      const { name: _, ...fields } = { ...sent } as Record<string, unknown>;
      for (const [key, value] of Object.entries(fields)) assertEquals(error[key], value);
      assertEquals([error.name, error.message, error.stack], [sent.name, sent.message, sent.stack]);
      assertEquals([error.cause, "cause" in error], [sent.cause, "cause" in sent]);
    });
  }

  Deno.test(`a DOMException comes back from ${way} with its name and code`, () => {
    const sent = new DOMException("too late", "TimeoutError");
    const error = travel(sent);
    assertInstanceOf(error, DOMException);
    assertEquals([error.name, error.message, error.code], ["TimeoutError", "too late", 23]);
    assertEquals(error.stack, sent.stack);
  });

  Deno.test(`an AggregateError comes back from ${way} with its errors, whatever they are`, () => {
    const errors = [new TypeError("a"), "b", new AggregateError([new RangeError("c")]), 4, null];
    const error = travel(new AggregateError(errors, "all failed"));
    assertInstanceOf(error, AggregateError);
    assertEquals(Object.keys(error), []);
    const [first, second, third, fourth, fifth] = error.errors;
    assertInstanceOf(first, TypeError);
    assertInstanceOf(third, AggregateError);
    assertInstanceOf(third.errors[0], RangeError);
    assertEquals([error.message, first.message, second, fourth, fifth], ["all failed", "a", "b", 4, null]);
  });

  Deno.test(`a SuppressedError comes back from ${way} with its two errors`, () => {
    const error = travel(new SuppressedError(new TypeError("closing"), new RangeError("working"), "m"));
    assertInstanceOf(error, SuppressedError);
    assertInstanceOf(error.error, TypeError);
    assertInstanceOf(error.suppressed, RangeError);
    assertEquals(Object.keys(error), []);
  });

  Deno.test(`an error comes back from ${way} with its causes, whatever they are`, () => {
    const error = travel(
      new Error("a", { cause: new RangeError("b", { cause: new TypeError("c", { cause: { d: 1 } }) }) }),
    );
    assertInstanceOf(error.cause, RangeError);
    assertInstanceOf(error.cause.cause, TypeError);
    assertEquals(error.cause.cause.cause, { d: 1 });
    assertEquals(Object.keys(error), []);
    for (const cause of ["text", 0, false, null, undefined, [1]]) {
      const error = travel(new Error("m", { cause }));
      assertEquals([error.cause, Object.hasOwn(error, "cause")], [cause, true]);
    }
    assert(!("cause" in travel(new Error("m"))));
  });

  Deno.test(`an error of a class unknown here comes back from ${way} under its name and on its base`, () => {
    class NetworkError extends RangeError {}
    class HttpError extends NetworkError {
      override name = "HttpError";
      readonly details = { url: "/", tries: [1, 2] };
      constructor(readonly status: number) {
        super(`status ${status}`);
      }
    }
    const error = travel(new HttpError(503));
    assertInstanceOf(error, RangeError);
    assertEquals([error.name, error.message, error["status"]], ["HttpError", "status 503", 503]);
    assertEquals(error["details"], { url: "/", tries: [1, 2] });
    assertEquals(error.constructor.name, "HttpError");
    assertEquals(Object.getPrototypeOf(error.constructor).name, "NetworkError");
    assertStrictEquals(Object.getPrototypeOf(Object.getPrototypeOf(error.constructor)), RangeError);
    assertEquals(Object.keys(error), ["status", "details"]);
    assertEquals(`${travel(new NetworkError("m"))}`, "RangeError: m");
    assertStrictEquals(travel(new HttpError(1)).constructor, error.constructor);
  });

  Deno.test(`errors in the fields of an error come back from ${way}`, () => {
    const sent = Object.assign(new Error("m"), { inner: new RangeError("r"), list: [{ why: new TypeError("t") }] });
    const error = travel(sent);
    assertInstanceOf(error["inner"], RangeError);
    const [{ why }] = error["list"] as [{ why: Error }];
    assertInstanceOf(why, TypeError);
    assertEquals([error["inner"].message, why.message], ["r", "t"]);
  });

  Deno.test(`an error may travel by ${way} twice`, () => {
    class Odd extends Deno.errors.NotFound {}
    const error = travel(travel(new Odd("m", { cause: "c" })));
    assertInstanceOf(error, Deno.errors.NotFound);
    assertEquals([error.constructor.name, error.message, error.cause], ["Odd", "m", "c"]);
  });

  Deno.test(`an object that looks like a packed error comes back from ${way} as itself`, () => {
    const lookalike = { $workflowy: { error: { $workflowy: { value: 1 } } } };
    assertEquals(travel(Object.assign(new Error("m"), { lookalike }))["lookalike"], lookalike);
    assertEquals(travel(lookalike) as unknown, lookalike);
  });
}

Deno.test("an envelope is plain data that says it all", () => {
  class Odd extends TypeError {
    code = "E_ODD";
  }
  const error = new Odd("m", { cause: "why" });
  const stack = String(error.stack);
  assertEquals(toEnvelope(error), {
    error: {
      name: "TypeError",
      message: "m",
      stack,
      classes: ["Odd", "TypeError", "Error"],
      cause: { value: "why" },
      fields: { code: "E_ODD" },
    },
  });
});

Deno.test("name, message, stack and cause come back as V8 makes them", () => {
  const error = cloned(Object.assign(new Error("m", { cause: 1 }), { name: "Custom" }));
  for (const key of ["name", "message", "stack", "cause"]) {
    const property = Object.getOwnPropertyDescriptor(error, key);
    assertEquals([key, property?.enumerable, property?.configurable], [key, false, true]);
  }
  assertEquals(Object.hasOwn(cloned(new RangeError("m")), "name"), false);
  assertEquals(Object.hasOwn(cloned(new RangeError()), "message"), false);
});

Deno.test("an error without a stack comes back without one", () => {
  const sent = new Error("m");
  Reflect.deleteProperty(sent, "stack");
  assertEquals(cloned(sent).stack, undefined);
});

Deno.test("a subclass of DOMException comes back as a DOMException of that name", () => {
  class Late extends DOMException {}
  const error = cloned(new Late("m", "AbortError"));
  assertInstanceOf(error, DOMException);
  assertEquals([error.constructor.name, error.name, error.code], ["Late", "AbortError", 20]);
});

Deno.test("a RetryAfterError keeps its Date in a structured clone, and nothing when nothing was said", () => {
  const dated = cloned(new RetryAfterError("m", { retryAfter: DATE })) as unknown as RetryAfterError;
  assertEquals([dated.retryAfter, dated.delayAt(DATE.getTime() - 5)], [DATE, 5]);
  assertEquals((cloned(new RetryAfterError("m", {})) as unknown as RetryAfterError).delayAt(0), undefined);
});

Deno.test("errors that are reached twice are one error after a structured clone", () => {
  const reason = new Error("shared");
  const error = cloned(new TaskCancelledError("m", { reason }));
  assertInstanceOf(error.cause, Error);
  assertStrictEquals(error.cause, error["reason"]);
});

Deno.test("fields of all the types that structured clone knows come back from it", () => {
  const fields = {
    date: DATE,
    map: new Map([["a", new Set([1n])]]),
    bytes: new Uint8Array([1, 2]),
    re: /a/g,
    u: undefined,
  };
  const { date, map, bytes, re, ...rest } = cloned(Object.assign(new Error("m"), fields));
  assertEquals({ date, map, bytes, re, u: rest["u"] }, fields);
  assert("u" in rest);
});

Deno.test("fields that cannot travel become text", () => {
  class Socket {
    close() {}
  }
  const sent = Object.assign(new Error("m"), {
    retry: function again() {},
    tag: Symbol("t"),
    socket: new Socket(),
    url: new URL("http://a/"),
    deep: { list: [() => 1], ok: 1 },
  });
  const { retry, tag, socket, url, deep } = cloned(sent);
  assertEquals([retry, tag, socket, url], ["function again", "Symbol(t)", "a Socket", "a URL"]);
  assertEquals(deep, { list: ["a function"], ok: 1 });
});

Deno.test("fields that would break every error are left behind", () => {
  const sent = Object.assign(new Error("m"), { toString: () => "odd", valueOf: 1, code: 2 });
  const error = cloned(sent);
  assertEquals([`${error}`, Object.keys(error)], ["Error: m", ["code"]]);
});

Deno.test("a field named __proto__ changes no prototype", () => {
  const sent = Object.assign(new Error("m"), { data: JSON.parse('{"__proto__": {"a": 1}}') });
  const { data } = viaJson(sent);
  assertStrictEquals(Object.getPrototypeOf(data), Object.prototype);
  assertEquals(Object.keys(data as object), ["__proto__"]);
});

for (
  const thrown of [1, "text", true, null, undefined, 5n, NaN, { a: [1] }, [1, { b: 2 }], DATE, new Map([[1, 2]])]
) {
  Deno.test(`${Deno.inspect(thrown)} may be thrown`, () => {
    assertEquals(toEnvelope(thrown), { value: thrown });
    assertEquals(cloned(thrown) as unknown, thrown);
  });
}

Deno.test("what is thrown and cannot travel becomes text", () => {
  assertEquals(toEnvelope(function work() {}), { value: "function work" });
  assertEquals(toEnvelope(Symbol("s")), { value: "Symbol(s)" });
  assertEquals(toEnvelope(new URL("http://a/")), { value: "a URL" });
  assertEquals(toEnvelope({ code: 1, close() {} }), { value: { code: 1, close: "function close" } });
});

Deno.test("errors in a thrown object come back", () => {
  const { error } = cloned({ code: 1, error: new RangeError("m") }) as unknown as { error: Error };
  assertInstanceOf(error, RangeError);
});
