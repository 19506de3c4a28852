import { testKills } from "./kills.ts";

testKills("one");
