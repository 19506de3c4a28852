import { testHistories } from "./histories.ts";

testHistories(15);
