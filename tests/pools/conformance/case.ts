/**
 * What a case of the conformance suite is, and what each backend can do.
 *
 * @module
 */

import { assertRejects } from "@std/assert";
import type { Backend, TaskRunner } from "../../../mod.ts";

/** What a case may need of a backend that not every backend has. */
export type Capability =
  | "shares values"
  | "copies values"
  | "moves buffers"
  | "runs closures"
  | "submits from bodies"
  | "runs beside the program"
  | "ends deaf bodies"
  | "ends loops"
  | "tells loops";

/** Why a backend lacks a capability. What is not here, it has. */
export const LACKS: Readonly<Record<Backend, Partial<Record<Capability, string>>>> = {
  async: {
    "copies values": "it hands values over as they are",
    "moves buffers": "it hands values over as they are",
    "runs beside the program": "it runs bodies on the program's own event loop",
    "ends deaf bodies": "nothing can end a body on the program's own event loop",
    "ends loops": "a loop there keeps the program's own event loop busy",
    "tells loops": "a loop there keeps the program from cancelling anything",
  },
  thread: {
    "shares values": "values are cloned",
    "runs closures": "a worker finds tasks by module and name",
    "submits from bodies": "the runner lives in another thread",
  },
  process: {
    "shares values": "values are cloned",
    "moves buffers": "a pipe copies them",
    "runs closures": "a worker finds tasks by module and name",
    "submits from bodies": "the runner lives in another process",
    "tells loops": "a body that is cancelled in a loop is killed",
  },
};

/** Something that holds on every backend that has what it needs. */
export interface Case {
  readonly name: string;
  readonly needs?: readonly Capability[];
  /** Checks it; the runner has two slots, and is that of other cases as well. */
  run(backend: Backend, runner: TaskRunner): Promise<void>;
}

/** Why a case cannot be run on a backend, if so. */
export function whyNot({ needs = [] }: Case, backend: Backend): string | undefined {
  return needs.map((capability) => LACKS[backend][capability]).find((reason) => reason !== undefined);
}

/** The error of a submission, whether `submit()` throws it or the handle fails with it. */
export async function refusal(submit: () => PromiseLike<unknown>): Promise<Error> {
  return await assertRejects(async () => await submit(), Error);
}
