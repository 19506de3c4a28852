/** Tasks that clients submit. */

import { currentTask, task, waitFor } from "../../mod.ts";
import { untilAborted } from "../support.ts";

export const double = task({ name: "double" }, (x: number) => 2 * x);
export const fail = task({ name: "fail" }, (why: string) => {
  throw new RangeError(why);
});
export const hang = task({ name: "hang" }, () => untilAborted(currentTask()!.signal));
export const approved = task({ name: "approved" }, async (order: string) => await waitFor<string>(`approve ${order}`));
