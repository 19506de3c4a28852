import { testStart, testTicks } from "./simulations.ts";

testTicks(31);
testStart(31);
