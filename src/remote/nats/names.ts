/**
 * What things are called in a NATS server.
 *
 * @module
 */

/** The consumer that all workers of a pool share. */
export const CONSUMER = "workers";

/** The names for one pool. */
export interface Names {
  readonly jobs: string;
  readonly outcomes: string;
  readonly blobs: string;
  readonly hello: string;
  readonly orders: string;
  job(run: string, token: string): string;
  jobsOf(run: string): string;
  outcomesOf(run: string): string;
  eventsOf(run: string): string;
  blob(run: string, key: string): string;
}

/** The names of the streams and subjects of a pool. */
export function namesOf(pool: string): Names {
  const stream = `WF_${pool}`;
  const subject = `wf.${pool}`;
  return {
    jobs: `${stream}_JOBS`,
    outcomes: `${stream}_OUT`,
    blobs: `${stream}_BLOBS`,
    hello: `${subject}.hello`,
    orders: `${subject}.orders`,
    job: (run, token) => `${subject}.job.${run}.${token}`,
    jobsOf: (run) => `${subject}.job.${run}.>`,
    outcomesOf: (run) => `${subject}.out.${run}`,
    eventsOf: (run) => `${subject}.ev.${run}`,
    blob: (run, key) => `${subject}.blob.${run}.${key}`,
  };
}
