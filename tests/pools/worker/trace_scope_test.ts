import { assertEquals } from "@std/assert";
import { inTrace } from "../../../src/pools/worker/trace_scope.ts";

const API = Symbol.for("opentelemetry.js.api.1");

Deno.test("inTrace() calls the function in the trace of the headers, if OpenTelemetry is there", () => {
  const before = Reflect.get(globalThis, API);
  const seen: unknown[] = [];
  const base = { name: "base" };
  const fake = {
    context: {
      active: () => base,
      with: (context: unknown, fn: () => unknown) => (seen.push(context), fn()),
    },
    propagation: {
      extract: (context: unknown, carrier: Record<string, string>, getter: {
        get(carrier: Record<string, string>, key: string): string | undefined;
        keys(carrier: Record<string, string>): string[];
      }) => [context, getter.get(carrier, "traceparent"), getter.get(carrier, "tracestate"), getter.keys(carrier)],
    },
  };
  try {
    for (const api of [undefined, {}, { context: fake.context }]) {
      Reflect.set(globalThis, API, api);
      assertEquals(inTrace({ traceparent: "00-1-2-01" }, () => 5), 5);
    }
    Reflect.set(globalThis, API, fake);
    for (const headers of [undefined, {}, { "request-id": "7" }]) assertEquals(inTrace(headers, () => 6), 6);
    assertEquals(seen, []);
    assertEquals(inTrace({ traceparent: "00-1-2-01" }, () => 7), 7);
    assertEquals(seen, [[base, "00-1-2-01", undefined, ["traceparent"]]]);
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, API);
    else Reflect.set(globalThis, API, before);
  }
});
