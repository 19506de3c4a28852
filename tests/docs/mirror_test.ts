import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { filesBelow, ROOT } from "./pages.ts";

/** Source files without a test file of their name, by the reason; CONTRIBUTING has these reasons as well. */
const WITHOUT_TEST: Readonly<Record<string, readonly string[]>> = {
  "has nothing but types, constants and exports": [
    "cli/attach/mod",
    "cli/attach/options",
    "cli/state/snapshot",
    "cli/version",
    "core/checkpointer",
    "core/error_envelope",
    "core/options",
    "core/pool",
    "core/result",
    "observe/mod",
    "observe/run_snapshot",
    "pools/bundle_hint",
    "pools/channel",
    "pools/protocol/messages",
    "pools/protocol/stderr_mark",
    "pools/session_owner",
    "pools/worker/clock",
    "schedule/job_builder",
    "schedule/mod",
    "schedule/scheduled_job",
    "stores/format",
    "tasks/inputs",
    "tasks/task_handle",
    "testing/mod",
  ],
  "runs in a worker, or is the way to one: see tests/pools/conformance/ and tests/pools/programs/": [
    "pools/process/process_channel",
    "pools/thread/thread_channel",
    "pools/worker/process_entry",
    "pools/worker/reaper_entry",
    "pools/worker/redirect_stdio",
    "pools/worker/thread_entry",
    "pools/worker/uncaught_errors",
  ],
  "puts parts together that have tests of their own: see tests/runner/ and tests/durability/": [
    "durability/recorder",
    "engine/engine",
  ],
  "is tried as users start it: see tests/cli/ and tests/cli/commands/": [
    "cli/app",
    "cli/attach/attach",
    "cli/attach/run_data",
    "cli/attach/watchers",
    "cli/commands/completions",
    "cli/commands/schedule_next",
    "cli/commands/ui",
    "cli/commands/worker",
    "cli/context",
    "cli/control/client",
    "cli/doctor/tasks",
    "cli/routes/control",
    "cli/routes/parameters",
    "cli/routes/pictures",
    "cli/routes/run",
    "cli/routes/state",
    "cli/routes/tools",
    "cli/routes/ui",
    "cli/routes/worker",
    "cli/run/program",
    "cli/run/reports",
    "cli/self",
    "cli/state/error_lines",
    "cli/state/find",
    "cli/state/pages",
    "cli/state/source",
    "cli/state/stats",
    "cli/state/task_page",
    "observe/session/runtime_folder",
    "observe/session/serve_api",
  ],
  "is a test itself: tests/testing/ runs it on checkpointers with faults": [
    "testing/checkpointer_cases/copying_rules",
    "testing/checkpointer_cases/deleting_rules",
    "testing/checkpointer_cases/lifetime_rules",
    "testing/checkpointer_cases/samples",
    "testing/checkpointer_cases/saving_rules",
    "testing/checkpointer_cases/sequence_rules",
    "testing/checkpointer_cases/value_rules",
    "testing/checkpointer_cases/values",
  ],
};

/** The files below a folder that end so, relative to it and without that end. */
async function namesIn(folder: string, end: string): Promise<string[]> {
  const paths = await Array.fromAsync(filesBelow(join(ROOT, folder)));
  return paths.filter((path) => path.endsWith(end)).map((path) => path.slice(0, -end.length));
}

Deno.test("Each source file has a test file of its name, or a reason to have none", async () => {
  const tested = new Set(await namesIn("tests", "_test.ts"));
  const untested = (await namesIn("src", ".ts")).filter((name) => !tested.has(name));
  assertEquals(untested.sort(), Object.values(WITHOUT_TEST).flat().sort());
});
