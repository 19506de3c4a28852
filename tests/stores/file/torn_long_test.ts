import { testTornWrites } from "./torn_writes.ts";

testTornWrites(1);
