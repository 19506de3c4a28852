import { testSnapshots } from "./snapshot_properties.ts";

testSnapshots(30_000);
