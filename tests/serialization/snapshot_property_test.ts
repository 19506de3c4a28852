import { testSnapshots } from "./snapshot_properties.ts";

testSnapshots(2_000);
