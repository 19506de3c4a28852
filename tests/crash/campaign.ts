/**
 * Many scenarios, some at a time, until programs were killed often enough.
 *
 * @module
 */

import { runCase } from "./case.ts";
import { type CaseReport, CrashFailure } from "./runs.ts";
import { type Choices, isInServer, type Kill, type Scenario, scenarioOf } from "./scenario.ts";
import { startServer } from "./server.ts";

/** What a campaign is. */
export interface CampaignOptions extends Choices {
  /** How many kills there are to be, at least. */
  readonly rounds: number;
  /** The only scenario, by its number. */
  readonly only?: number | undefined;
  /** How many programs run at a time. */
  readonly jobs: number;
  /** Called after each scenario. */
  readonly progress?: (line: string) => void;
}

/** What a campaign has done. */
export interface CampaignReport extends CaseReport {
  readonly scenarios: number;
  /** The failures, of which each says how to have it again, and where its files are. */
  readonly failures: readonly string[];
}

/** Kills programs until that was done often enough, or until something is wrong. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignReport> {
  await using _ = options.stores.some(isInServer) ? await startServer() : undefined;
  const campaign = new Campaign(options);
  await Promise.all(Array.from({ length: options.jobs }, () => campaign.work()));
  return campaign.report;
}

class Campaign {
  readonly #options: CampaignOptions;
  readonly #kills = new Map<Kill, number>();
  readonly #failures: string[] = [];
  #next: number;
  #scenarios = 0;
  #finished = 0;
  #primed = 0;
  #compactions = 0;
  #torn = 0;

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.#next = options.only ?? 0;
  }

  get report(): CampaignReport {
    return {
      kills: this.#kills,
      scenarios: this.#scenarios,
      finished: this.#finished,
      primed: this.#primed,
      compactions: this.#compactions,
      torn: this.#torn,
      failures: this.#failures,
    };
  }

  async work(): Promise<void> {
    for (let index = this.#take(); index !== undefined; index = this.#take()) {
      await this.#run(scenarioOf(index, this.#options));
    }
  }

  #take(): number | undefined {
    const { only, rounds } = this.#options;
    const kills = this.#kills.values().reduce((sum, count) => sum + count, 0);
    if (this.#failures.length > 0 || kills >= rounds || (only !== undefined && this.#next > only)) return undefined;
    return this.#next++;
  }

  async #run(scenario: Scenario): Promise<void> {
    const folder = await Deno.makeTempDir({ prefix: "workflowy-crash-" });
    const start = performance.now();
    try {
      const { kills, finished, primed, compactions, torn } = await runCase(scenario, folder);
      for (const [kill, count] of kills) this.#kills.set(kill, (this.#kills.get(kill) ?? 0) + count);
      this.#finished += finished;
      this.#primed += primed;
      this.#compactions += compactions;
      this.#torn += torn;
      const counts = [...kills].map(([kill, count]) => `${count} ${kill}`).join(", ");
      const seconds = ((performance.now() - start) / 1_000).toFixed(1);
      this.#options.progress?.(`${scenario.index} ok: ${scenario.name}; killed by ${counts}; ${seconds} s`);
    } catch (error) {
      if (!(error instanceof CrashFailure)) throw error;
      this.#failures.push(this.#describe(scenario, error, folder));
      return;
    } finally {
      this.#scenarios++;
    }
    await Deno.remove(folder, { recursive: true });
  }

  #describe({ index }: Scenario, { message }: CrashFailure, folder: string): string {
    return `${message}\n  Its files are in ${folder}\n  Again: ${commandFor(index, this.#options)}`;
  }
}

/** The command that goes through one scenario again. */
export function commandFor(index: number, { seed, stores, mixes, kills }: Choices): string {
  const lists = { stores, mixes, kills };
  const flags = Object.entries(lists).map(([name, list]) => ` --${name} ${list.join()}`);
  return `deno task crash --seed ${seed} --only ${index}${flags.join("")}`;
}
