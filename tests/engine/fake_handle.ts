import { SYSTEM_CLOCK } from "../../src/core/clock.ts";
import { Timers } from "../../src/core/timers.ts";
import { resolveOptions } from "../../src/core/resolve_options.ts";
import { READY, type StatusCode } from "../../src/core/status.ts";
import { Handle, type HandleOwner } from "../../src/engine/handle.ts";
import type { TaskSpec } from "../../src/tasks/spec.ts";

const owner: HandleOwner = {
  epoch: 0,
  origin: 0,
  clock: SYSTEM_CLOCK,
  alarms: new Timers(),
  cancel: () => false,
  addDependencies: () => {},
  startWait: () => undefined,
  saved: () => Promise.resolve(),
  explain: () => "",
  poolOf: () => undefined,
  childrenOf: () => [],
  endsOf: async function* () {},
};

/** What the fake handle is like. */
export interface FakeHandle {
  readonly name?: string;
  readonly priority?: number;
  readonly source?: string;
  readonly code?: StatusCode;
}

/** A handle that belongs to no runner; ready, unless said otherwise. */
export function fakeHandle(
  seq: number,
  { name = "fake", priority = 0, source, code = READY }: FakeHandle = {},
): Handle {
  const spec = { options: resolveOptions({ priority }, name), body: () => {} } as unknown as TaskSpec;
  const handle = new Handle(owner, spec, seq, []);
  handle.code = code;
  if (source !== undefined) handle.ensureDetails().source = source;
  return handle;
}
