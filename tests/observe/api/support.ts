/**
 * The JSON interface as a client calls it, without a socket.
 *
 * @module
 */

import type { RunnerStatistics } from "../../../mod.ts";
import type { TaskDetails, TaskView } from "../../../src/observe/api/task_view.ts";
import type { RunSnapshot } from "../../../src/observe/run_snapshot.ts";
import { type Api, type ApiOptions, createApi } from "../../../src/observe/api/api.ts";

/** What answers have, each some of it. */
export interface Body extends Partial<Omit<TaskDetails, "error">> {
  readonly v: number;
  readonly error?: unknown;
  readonly pid?: number;
  readonly program?: string;
  readonly open?: boolean;
  readonly index?: number;
  readonly statistics?: RunnerStatistics;
  readonly runners?: readonly object[];
  readonly total?: number;
  readonly offset?: number;
  readonly limit?: number;
  readonly tasks?: readonly TaskView[];
  readonly task?: TaskView;
  readonly cancelled?: boolean;
  readonly delivered?: boolean;
  readonly awaited?: boolean;
  readonly snapshot?: RunSnapshot;
  readonly url?: string;
  readonly jobs?: readonly { readonly last?: TaskView }[];
}

/** An answer. */
export interface Answer {
  readonly status: number;
  readonly body: Body;
}

/** A client that has the token. */
export interface Client {
  readonly api: Api;
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown): Promise<Answer>;
}

/** The token of a {@linkcode Client}. */
export const TOKEN = "a-token-of-the-test";

/** Makes a client of an interface. */
export function clientOf(options: Omit<ApiOptions, "token">): Client {
  const api = createApi({ ...options, token: TOKEN });
  const ask = async (path: string, init: RequestInit): Promise<Answer> => {
    const headers = { authorization: `Bearer ${TOKEN}`, ...init.headers };
    const response = await api(new Request(`http://localhost${path}`, { ...init, headers }));
    return { status: response.status, body: await response.json() };
  };
  return {
    api,
    get: (path) => ask(path, {}),
    post: (path, body) =>
      ask(path, {
        method: "POST",
        headers: { "x-workflowy": "1" },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
  };
}
