import { testKills } from "./kills.ts";

testKills("all");
