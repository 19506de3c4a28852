import { currentTask, task } from "../../../src/tasks/mod.ts";

/** Where bodies note what they do: one line for each event. */
const log = Deno.env.get("WORKFLOWY_FAULT_LOG");

function note(event: string): void {
  const { id, attempt } = currentTask()!;
  if (log !== undefined) Deno.writeTextFileSync(log, `${event} ${id} ${attempt} ${Deno.pid}\n`, { append: true });
}

/** Takes that many milliseconds, unless it is told to end. */
export const nap = task(
  { name: "fault-nap", pool: "cluster", backoff: "none" },
  async (milliseconds: number, label: string) => {
    note("begin");
    const { signal } = currentTask()!;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, milliseconds);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        note("abort");
        reject(signal.reason);
      });
    });
    note("end");
    return `${label} took ${milliseconds}`;
  },
);
