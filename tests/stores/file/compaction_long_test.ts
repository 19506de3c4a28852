import { POINTS, testKilledCompaction } from "./compaction_kills.ts";

for (const point of POINTS) testKilledCompaction(point);
