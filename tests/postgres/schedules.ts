/**
 * Several programs with one schedule, of which the owner is killed or suspended again and again.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { PostgresCheckpointer } from "../../src/remote/postgres/mod.ts";
import { until } from "../support.ts";
import type { PostgresServer } from "./server.ts";

const PROGRAM = fromFileUrl(new URL("programs/scheduled.ts", import.meta.url));
const CONFIG = fromFileUrl(new URL("../../deno.json", import.meta.url));

/** How it is done to the owner. */
export interface ScheduleSetup {
  readonly prefix: string;
  readonly everyMs: number;
  readonly leaseMs: number;
  /** How many times the job is to be due, at least. */
  readonly fires: number;
  /** After how many fires the owner is killed or suspended, in turn. */
  readonly between: number;
}

/** What came of it. */
export interface ScheduleReport {
  readonly kills: number;
  readonly freezes: number;
  /** How many bodies ran. */
  readonly bodies: number;
  /** For how many times, each of which has one record. */
  readonly times: number;
  /** How many programs had a part in it. */
  readonly programs: number;
}

/** Runs three programs, and ends the one that owns the schedule again and again. */
export async function disturbSchedule(server: PostgresServer, setup: ScheduleSetup): Promise<ScheduleReport> {
  const { prefix, everyMs, leaseMs, fires, between } = setup;
  const log = await Deno.makeTempFile();
  const programs = new Map<number, Deno.ChildProcess>();
  const start = () => {
    const args = [
      "run",
      "-q",
      "-A",
      "--no-check",
      "--config",
      CONFIG,
      PROGRAM,
      prefix,
      log,
      `${everyMs}`,
      `${leaseMs}`,
    ];
    const child = new Deno.Command(Deno.execPath(), {
      args,
      env: { DATABASE_URL: server.url },
      stdout: "null",
      stderr: "inherit",
    }).spawn();
    programs.set(child.pid, child);
  };
  const lines = () => Deno.readTextFileSync(log).split("\n").slice(0, -1).map((line) => line.split(" ").map(Number));
  const owner = async () => {
    const rows = await server.sql("select process from workflowy.lease where prefix = $1", [prefix]).catch(() => []);
    return programs.get(Number(/^process (\d+)/.exec(String(rows[0]?.[0]))?.[1]));
  };
  let kills = 0;
  let freezes = 0;
  const completedOf = async () => {
    const all = await Array.fromAsync(new PostgresCheckpointer({ connection: server.url, prefix }).read());
    return all.filter(({ name, status }) => name === "beat" && status === "completed").length;
  };
  try {
    for (let count = 0; count < 3; count++) start();
    for (let next = between; next < fires; next = lines().length + between) {
      await until("the job was due several times more", () => lines().length >= next, 60_000);
      const victim = await owner();
      if (victim === undefined) continue;
      if (kills <= freezes) {
        kills++;
        victim.kill("SIGKILL");
        await victim.status;
        programs.delete(victim.pid);
        start();
        await until("another one has taken over", async () => (await owner()) !== undefined, 60_000);
      } else {
        freezes++;
        victim.kill("SIGSTOP");
        await until("another one has taken over", async () => (await owner())?.pid !== victim.pid, 60_000);
        victim.kill("SIGCONT");
      }
    }
    await until("the job was due often enough", () => lines().length >= fires, 60_000);
    await until("as many times are on record", async () => (await completedOf()) >= fires, 60_000);
  } finally {
    for (const child of programs.values()) child.kill("SIGKILL");
    await Promise.all([...programs.values()].map(({ status }) => status));
  }
  const checkpointer = new PostgresCheckpointer({ connection: server.url, prefix });
  const records = (await Array.fromAsync(checkpointer.read())).filter(({ name }) => name === "beat");
  const bodies = lines();
  await Deno.remove(log);
  const times = new Set(bodies.map(([due]) => due!));
  const first = Math.min(...times);
  const last = Math.max(...times);
  assertEquals(times.size, (last - first) / everyMs + 1, "a time was missed");
  assertEquals(new Set(records.map(({ id }) => id)).size, records.length);
  const completed = records.filter(({ status }) => status === "completed").length;
  // Later ones may have been cut short when the programs were ended.
  assert(completed >= fires, `${completed} of ${times.size} times are on record as completed`);
  return {
    kills,
    freezes,
    bodies: bodies.length,
    times: times.size,
    programs: new Set(bodies.map(([, pid]) => pid)).size,
  };
}
