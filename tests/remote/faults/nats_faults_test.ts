import { NATS } from "./engines.ts";
import { faultTests } from "./fault_tests.ts";

faultTests(NATS);
