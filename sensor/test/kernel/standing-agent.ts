/** The agent's loop in this process, against the real executor of a test site. */
import { contractVersion, type Containment, type DesiredDocument, type Reported } from "@cordon/contract";
import { pino } from "pino";
import { Agent, type AgentMemory } from "../../src/agent/agent.ts";
import { HealthBoard } from "../../src/agent/health-board.ts";
import type { Executor } from "../../src/containment/protocol.ts";

export interface StandingAgentOptions {
  readonly executor: Executor;
  /** The box's clock, epoch milliseconds. Default the machine's. */
  readonly now?: () => number;
  /** Epoch milliseconds, by which containments end. Default the machine's clock. */
  readonly trustedNow?: () => number;
  readonly memory?: AgentMemory | null;
}

/** An agent whose reports can be awaited. */
export class StandingAgent {
  readonly health: HealthBoard;
  /** What it would have written down last. */
  memory: AgentMemory | null = null;
  readonly #agent: Agent;
  readonly #looks = new Set<(reported: Reported) => void>();
  #revision = 0;

  constructor({ executor, now = () => Date.now(), trustedNow = now, memory = null }: StandingAgentOptions) {
    this.health = new HealthBoard(now);
    this.#agent = new Agent({
      executor,
      policy: "observe",
      automatic: { take: () => Promise.resolve([]), whyEnded: () => null },
      isSimulated: false,
      placement: "lan",
      declared: [],
      localNets: [],
      hosts: () => [],
      bootId: "0123456789abcdef",
      now,
      trustedNow,
      log: pino({ level: "silent" }),
      health: this.health,
      line: () => ({ state: "unknown", since: 0, text: "nothing was heard yet" }),
      refused: () => ({}),
      remedies: () => undefined,
      memory,
      onMemory: (value) => (this.memory = value),
      onReported: (reported) => {
        for (const look of this.#looks) look(reported);
      },
      onChange: () => undefined,
    });
    this.#agent.start();
  }

  close(): Promise<void> {
    return this.#agent.close();
  }

  /** Wishes for these and nothing else; gives the revision. */
  wish(containments: readonly (Partial<Containment> & Pick<Containment, "id" | "host">)[]): number {
    const document: DesiredDocument = {
      version: contractVersion,
      sensor: "box-1",
      site: "office",
      epoch: 1,
      revision: ++this.#revision,
      issuedAt: 0,
      notAfter: 0,
      policy: "observe",
      containments: containments.map((containment) => ({
        kind: "quarantine",
        vector: null,
        reason: "mails by itself",
        author: "operator",
        startsAt: 0,
        expiresAt: null,
        ...containment,
      })),
    };
    this.#agent.adopt({ document, signed: { document: "", signature: "", keyId: "" } }, Promise.resolve());
    return this.#revision;
  }

  /** The first report from now on that is as awaited. */
  reportWhere(holds: (reported: Reported) => boolean, signal: AbortSignal): Promise<Reported> {
    return new Promise((resolve, reject) => {
      let last: Reported | null = null;
      const look = (reported: Reported) => {
        last = reported;
        if (!holds(reported)) return;
        this.#looks.delete(look);
        signal.removeEventListener("abort", giveUp);
        resolve(reported);
      };
      const giveUp = () => {
        this.#looks.delete(look);
        reject(new Error(`not so in time: ${JSON.stringify(last)}`));
      };
      signal.addEventListener("abort", giveUp, { once: true });
      this.#looks.add(look);
    });
  }
}

/** Levels by id. */
export function levelsIn(reported: Reported): Readonly<Record<string, string>> {
  return Object.fromEntries(reported.containments.map(({ id, level }) => [id, level]));
}
