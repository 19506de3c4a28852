/**
 * What is true of all kinds of workers that are started before something talks to them.
 *
 * @module
 */

import type { JobTask } from "../../src/core/pool.ts";
import type { StartableKind, StartedWorker } from "../../src/pools/channel.ts";
import { AwaitedListener } from "./recording_listener.ts";

/**
 * Starts two workers, ends one, and connects the other one, which is then ready.
 *
 * @returns The one that was ended.
 */
export async function connectOneOfTwo<Started extends StartedWorker>(
  kind: StartableKind<Started>,
  task: JobTask,
): Promise<Started> {
  const [used, unused] = [kind.start(task, false), kind.start(task, false)];
  await unused.end();
  const connect = await kind.load();
  const listener = new AwaitedListener();
  const channel = connect(used, task, listener);
  const loss = await listener.told;
  if (loss !== undefined) throw new Error(loss.message);
  await channel.end();
  return unused;
}
