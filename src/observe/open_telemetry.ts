/**
 * OpenTelemetry, where it is on.
 *
 * Deno and all SDKs put what they have where `@opentelemetry/api` finds it: under a symbol in the global scope. Only the types
 * of that package are used, so that it need not be loaded.
 *
 * @module
 */

import type {
  Context,
  ContextManager,
  MeterProvider,
  Span,
  TextMapPropagator,
  TracerProvider,
} from "@opentelemetry/api";

/** What is there. */
export interface OpenTelemetry {
  readonly trace: TracerProvider;
  readonly context: Pick<ContextManager, "active" | "with">;
  readonly metrics?: MeterProvider;
  readonly propagation?: Pick<TextMapPropagator<Record<string, string>>, "inject">;
}

/** Where version 1 of its API is; later versions have other names. */
const API = Symbol.for("opentelemetry.js.api.1");

/** Under which a context has its span. */
const SPAN = Symbol.for("OpenTelemetry Context Key SPAN");

/** OpenTelemetry, if something records spans. */
export function openTelemetry(): OpenTelemetry | undefined {
  const found = Reflect.get(globalThis, API) as Partial<OpenTelemetry> | undefined;
  if (found?.trace === undefined || found.context === undefined) return undefined;
  const isOn = found.trace.getTracer("workflowy").startSpan("probe").isRecording();
  return isOn ? found as OpenTelemetry : undefined;
}

/** The span of a context. */
export function spanOf(context: Context): Span | undefined {
  return context.getValue(SPAN) as Span | undefined;
}

/** A context with that span. */
export function withSpan(context: Context, span: Span): Context {
  return context.setValue(SPAN, span);
}

/** How headers are set. */
export const SETTER = {
  set: (carrier: Record<string, string>, key: string, value: string): void => void (carrier[key] = value),
};
