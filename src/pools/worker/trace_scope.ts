/**
 * The trace of OpenTelemetry that a body in a worker belongs to.
 *
 * @module
 */

/** A context of OpenTelemetry, which only it looks into. */
type TraceContext = object;

/** What OpenTelemetry has in the global scope, where it is on: `@opentelemetry/api` itself need not be loaded. */
interface OpenTelemetry {
  readonly context?: {
    active(): TraceContext;
    with<R>(context: TraceContext, fn: () => R): R;
  };
  readonly propagation?: {
    extract(context: TraceContext, carrier: Carrier, getter: typeof GETTER): TraceContext;
  };
}

type Carrier = Readonly<Record<string, string>>;

/** Where version 1 of its API is; later versions have other names. */
const API = Symbol.for("opentelemetry.js.api.1");

const GETTER = {
  get: (carrier: Carrier, key: string): string | undefined => carrier[key],
  keys: (carrier: Carrier): string[] => Object.keys(carrier),
};

/** Calls a function in the trace that headers name, by `traceparent`, if they do and OpenTelemetry is on. */
export function inTrace<R>(headers: Carrier | undefined, fn: () => R): R {
  if (headers?.["traceparent"] === undefined) return fn();
  const { context, propagation } = (Reflect.get(globalThis, API) ?? {}) as OpenTelemetry;
  if (context === undefined || propagation === undefined) return fn();
  return context.with(propagation.extract(context.active(), headers, GETTER), fn);
}
