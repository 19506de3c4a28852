/**
 * The tasks of a program that runs.
 *
 * @module
 */

import { nameOf } from "../../engine/label.ts";
import type { ErrorForm } from "../../observe/api/json_form.ts";
import type { AttemptView, TaskAccount, TaskDetails, TaskView } from "../../observe/api/task_view.ts";
import type { ProgramClient } from "../control/client.ts";
import type { StateSource, StateTask } from "./snapshot.ts";

/** How many tasks the program lists at once: as many as it does. */
const PAGE = 10_000;

/** A program that runs as a source of the tasks that its runner keeps. */
export function live(client: ProgramClient): StateSource {
  return {
    name: client.session.program,
    isLive: true,
    version: () => undefined,
    async read() {
      const tasks = new Map<string, StateTask>();
      for (let offset = 0, total = 1; offset < total; offset += PAGE) {
        const query = { full: "true", limit: String(PAGE), offset: String(offset) };
        const page = await client.get<{ total: number; tasks: readonly TaskAccount[] }>("/api/tasks", query);
        for (const account of page.tasks) tasks.set(account.id, new LiveTask(account, client));
        total = page.total;
      }
      return { tasks, others: 0 };
    },
  };
}

class LiveTask implements StateTask {
  readonly view: TaskView;
  readonly key = undefined; // it is the id
  readonly why: string;
  readonly dependsOn: readonly string[];
  readonly history: readonly AttemptView[];
  readonly error: ErrorForm | undefined;
  readonly facts = {};
  readonly #client: ProgramClient;

  constructor({ why, dependsOn, history, error, ...view }: TaskAccount, client: ProgramClient) {
    this.view = { ...view, ...(error !== undefined && { error: `${error.name}: ${error.message}` }) };
    this.why = why;
    this.dependsOn = dependsOn;
    this.history = history;
    this.error = error;
    this.#client = client;
  }

  get reason(): string {
    const { id, label, tags = [] } = this.view;
    const name = `${nameOf({ id, label, tags })} `;
    return (this.why.startsWith(name) ? this.why.slice(name.length) : this.why).replace(/\.$/, "");
  }

  get isConsequence(): boolean {
    return this.error?.name === "DependencyFailedError";
  }

  details(): Promise<TaskDetails> {
    return this.#client.get<TaskDetails>(`/api/tasks/${encodeURIComponent(this.view.id)}`);
  }
}
