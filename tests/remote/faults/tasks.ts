import { currentTask, task, type TaskContext } from "../../../src/tasks/mod.ts";

/** Where bodies note what they do: one line for each event. */
const log = Deno.env.get("WORKFLOWY_FAULT_LOG");

function note(event: string, { id, attempt }: TaskContext): void {
  const line = `${event} ${id} ${attempt} ${Deno.pid} ${Date.now()}\n`;
  if (log !== undefined) Deno.writeTextFileSync(log, line, { append: true });
}

/** Takes that many milliseconds, unless it is told to end. */
export const nap = task(
  { name: "fault-nap", pool: "cluster", backoff: "none" },
  async (milliseconds: number, label: string) => {
    const me = currentTask()!;
    const { signal } = me;
    note("begin", me);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, milliseconds);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        note("abort", me);
        reject(signal.reason);
      });
    });
    note("end", me);
    return `${label} took ${milliseconds}`;
  },
);
