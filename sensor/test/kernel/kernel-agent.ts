import { EventEmitter, once } from "node:events";
import type { DesiredDocument, Placement, Reported } from "@cordon/contract";
import { pino } from "pino";
import { Agent, type AgentMemory } from "../../src/agent/agent.ts";
import { HealthBoard } from "../../src/agent/health-board.ts";
import type { Executor } from "../../src/containment/protocol.ts";

const nothingWished: DesiredDocument = {
  ...{ version: 1, sensor: "box-1", site: "office", epoch: 1, revision: 0, issuedAt: 0, notAfter: 0 },
  policy: "observe",
  containments: [],
};

export interface KernelAgentOptions {
  readonly executor: Executor;
  readonly placement: Placement;
  /** Ends every wait for a report. */
  readonly signal: AbortSignal;
  /** The times that it goes by. Default the machine's. */
  readonly times?: {
    readonly now: () => number;
    readonly monotonic: () => number;
    readonly trustedNow: () => number;
  };
  /** What one before it left. Default nothing. */
  readonly memory?: AgentMemory | null;
}

const machineTimes = { now: () => Date.now(), monotonic: () => performance.now(), trustedNow: () => Date.now() };

/** The real agent over a real executor: wishes go in, and what is reported comes out. Nothing is judged, and nothing done by itself. */
export class KernelAgent {
  readonly #agent: Agent;
  readonly #rounds = new EventEmitter();
  readonly #signal: AbortSignal;
  #revision = 0;
  #memory: AgentMemory | null = null;

  constructor({ executor, placement, signal, times = machineTimes, memory = null }: KernelAgentOptions) {
    this.#signal = signal;
    const { now } = times;
    this.#agent = new Agent({
      ...{ executor, placement, isSimulated: false, memory },
      ...{ policy: "observe", declared: [], localNets: [], bootId: "0123456789abcdef" },
      ...{ ...times, health: new HealthBoard(now) },
      automatic: { take: () => Promise.resolve([]), whyEnded: () => "" },
      hosts: () => [],
      log: pino({ level: "silent" }),
      line: () => ({ state: "unknown", since: 0, text: "nothing was heard yet" }),
      refused: () => ({}),
      remedies: () => undefined,
      onMemory: (value) => (this.#memory = value),
      onReported: (reported) => this.#rounds.emit("reported", reported),
      onChange: () => {},
    });
  }

  /** What it would have written down last. */
  get memory(): AgentMemory | null {
    return this.#memory;
  }

  start(): void {
    this.#agent.start();
  }

  close(): Promise<void> {
    return this.#agent.close();
  }

  /** Takes a wish in the place of the one before; whatever it does not name is not wished for. Gives its revision. */
  adopt(wish: Partial<DesiredDocument>): number {
    const document = { ...nothingWished, ...wish, revision: ++this.#revision };
    this.#agent.adopt({ signed: { document: "", signature: "", keyId: "" }, document }, Promise.resolve());
    return this.#revision;
  }

  /** The next report that is as awaited. */
  async reportedWhen(isSo: (reported: Reported) => boolean): Promise<Reported> {
    for (;;) {
      const [reported] = (await once(this.#rounds, "reported", { signal: this.#signal })) as [Reported];
      if (isSo(reported)) return reported;
    }
  }

  /** Takes a wish, and gives what is reported of it. */
  async reach(wish: Partial<DesiredDocument>): Promise<Reported> {
    const revision = this.adopt(wish);
    return await this.reportedWhen((reported) => reported.revision === revision);
  }
}
