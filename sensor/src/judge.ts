import type { HostSnapshot, LineState } from "@cordon/contract";
import type { JudgeCheckpoint, JudgeOptions } from "./judge-options.ts";
import type { Packet } from "./packet/packet.ts";

export type { JudgeCheckpoint, JudgeLimits, JudgeOptions } from "./judge-options.ts";

/** From selected packets to verdicts; pure, its time is packet time. */
export class Judge {
  readonly #options: JudgeOptions;
  #now = 0;

  constructor(options: JudgeOptions) {
    this.#options = options;
  }

  /** One selected packet. */
  observe(packet: Packet): void {
    this.advance(packet.at);
  }

  /** Time passes without packets; cheap enough for every 250 ms. */
  advance(at: number): void {
    if (at > this.#now) this.#now = at;
  }

  hosts(): HostSnapshot[] {
    return [];
  }

  /** Hosts that changed materially since last taken. */
  takeChanged(): HostSnapshot[] {
    return [];
  }

  line(): LineState {
    return { state: "unknown", since: this.#now, text: "Too few computers were heard to judge the line." };
  }

  takeLineChange(): LineState | null {
    return null;
  }

  /** First contacts of all hosts. */
  get contacts(): number {
    return 0;
  }

  /** MACs that carry addresses from outside, or were heard on the outside port. */
  gatewayMacs(): readonly string[] {
    return [];
  }

  checkpoint(): JudgeCheckpoint {
    const line = this.line();
    return { version: 1, at: this.#now, startedAt: 0, contacts: 0, line, hosts: [], names: [], gatewayMacs: [] };
  }

  restore(checkpoint: JudgeCheckpoint): void {
    if (checkpoint.at > this.#now) this.#now = checkpoint.at;
    void this.#options;
  }
}
