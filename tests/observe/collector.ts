/**
 * A collector for OpenTelemetry, over HTTP with JSON.
 *
 * @module
 */

/** A span, as it arrives; attributes as plain values. */
export interface CollectedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly string[];
  readonly events: readonly { readonly name: string; readonly attributes: Readonly<Record<string, unknown>> }[];
  readonly failed: boolean;
  readonly durationMs: number;
}

/** A point of a metric. */
export interface CollectedPoint {
  readonly metric: string;
  readonly unit: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The value of a sum or gauge, the count of a histogram. */
  readonly value: number;
}

/** A log record, which `console` has printed. */
export interface CollectedLog {
  readonly text: string;
  readonly spanId: string;
}

/** What a program has sent. */
export interface Collected {
  readonly spans: CollectedSpan[];
  readonly points: CollectedPoint[];
  readonly logs: CollectedLog[];
}

/** Part of what is sent, of which only what a test asks for is read. */
interface Json {
  readonly [key: string]: unknown;
}

/** Runs a program with a collector, and returns what it has sent until it ended. */
export async function collect(program: URL, args: readonly string[]): Promise<Collected & { readonly stderr: string }> {
  const collected: Collected = { spans: [], points: [], logs: [] };
  const gauges = Promise.withResolvers<void>();
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/until-gauges") await gauges.promise;
    else take(pathname, await request.json(), collected);
    if (collected.points.some(({ metric, value }) => metric === "workflowy.pool.busy" && value === 1)) gauges.resolve();
    return Response.json({});
  });
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--no-lock", program.href, ...args],
    env: {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${server.addr.port}`,
      OTEL_METRIC_EXPORT_INTERVAL: "100",
      NO_COLOR: "1",
    },
  }).output();
  return { ...collected, stderr: new TextDecoder().decode(stderr) };
}

function take(path: string, body: Json, { spans, points, logs }: Collected): void {
  if (path === "/v1/traces") {
    for (const span of partsOf(body, "resourceSpans", "scopeSpans", "spans")) spans.push(spanOf(span));
  } else if (path === "/v1/metrics") {
    for (const metric of partsOf(body, "resourceMetrics", "scopeMetrics", "metrics")) points.push(...pointsOf(metric));
  } else if (path === "/v1/logs") {
    for (const log of partsOf(body, "resourceLogs", "scopeLogs", "logRecords")) {
      logs.push({ text: String(valueOf(log["body"] as Json)), spanId: String(log["spanId"] ?? "") });
    }
  }
}

function partsOf(body: Json, ...path: string[]): Json[] {
  return path.reduce<Json[]>((parts, key) => parts.flatMap((part) => (part[key] ?? []) as Json[]), [body]);
}

function spanOf(span: Json): CollectedSpan {
  const { name, traceId, spanId, parentSpanId = "", status = {}, startTimeUnixNano, endTimeUnixNano } = span;
  return {
    name: String(name),
    traceId: String(traceId),
    spanId: String(spanId),
    parentSpanId: String(parentSpanId),
    attributes: attributesOf(span),
    links: partsOf(span, "links").map((link) => String(link["spanId"])),
    events: partsOf(span, "events").map((event) => ({ name: String(event["name"]), attributes: attributesOf(event) })),
    failed: (status as Json)["code"] === 2,
    durationMs: Number(BigInt(String(endTimeUnixNano)) - BigInt(String(startTimeUnixNano))) / 1e6,
  };
}

function pointsOf(metric: Json): CollectedPoint[] {
  const data = (metric["sum"] ?? metric["gauge"] ?? metric["histogram"]) as Json;
  return partsOf(data, "dataPoints").map((point) => ({
    metric: String(metric["name"]),
    unit: String(metric["unit"] ?? ""),
    attributes: attributesOf(point),
    value: Number(point["asInt"] ?? point["asDouble"] ?? point["count"]),
  }));
}

function attributesOf(part: Json): Record<string, unknown> {
  return Object.fromEntries(partsOf(part, "attributes").map(({ key, value }) => [key, valueOf(value as Json)]));
}

function valueOf({ arrayValue, intValue, ...value }: Json): unknown {
  if (arrayValue !== undefined) return partsOf(arrayValue as Json, "values").map(valueOf);
  if (intValue !== undefined) return Number(intValue);
  return value["stringValue"] ?? value["boolValue"] ?? value["doubleValue"];
}
