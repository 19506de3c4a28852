import { assert, assertGreater, assertGreaterOrEqual } from "@std/assert";
import { disturbSchedule } from "./schedules.ts";
import { newPrefix, postgresTest } from "./shared.ts";

postgresTest(
  "of three programs with one schedule, one runs each time, also when that one is killed or suspended",
  async (server) => {
    const report = await disturbSchedule(server, {
      prefix: newPrefix(),
      everyMs: 200,
      leaseMs: 700,
      fires: 24,
      between: 8,
    });
    assertGreater(report.kills + report.freezes, 1);
    assertGreater(report.programs, 1);
    // A body whose program ends between its last line and the record of that runs again.
    assert(report.bodies - report.times <= report.kills + report.freezes, JSON.stringify(report));
  },
);

postgresTest(
  "200 fires of three programs, the owner killed or suspended every few seconds: none missed, none twice",
  async (server) => {
    const report = await disturbSchedule(server, {
      prefix: newPrefix(),
      everyMs: 250,
      leaseMs: 1_000,
      fires: 200,
      between: 12,
    });
    console.log(`\n${JSON.stringify(report)}`);
    assertGreaterOrEqual(report.times, 200 - report.kills - report.freezes);
    assertGreater(report.kills + report.freezes, 8);
    assertGreater(report.programs, 3);
    // A body whose program ends between its last line and the record of that runs again: that is the only way.
    assert(report.bodies - report.times <= report.kills + report.freezes, JSON.stringify(report));
  },
);
