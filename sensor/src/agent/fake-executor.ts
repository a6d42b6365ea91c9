import type { Executor, Observed, ReflexSettings, Step } from "../containment/protocol.ts";
import { noSiteRules } from "../containment/site-rules.ts";
import { SensorError } from "../errors.ts";

/** An executor whose absence, refusals and counters a test decides; it holds what it was told. */
export class FakeExecutor implements Executor {
  isThere = true;
  /** MACs it will not contain. */
  readonly protectedMacs = new Set<string>();
  readonly packetsByMac = new Map<string, number>();
  readonly applied: Step[] = [];
  /** Whom it was last told to refuse. */
  told: readonly { readonly mac: string; readonly reason: string }[] = [];
  troubles: { readonly code: string; readonly text: string }[] = [];
  reflex: ReflexSettings = { mode: "dry", budget: "usual", hosts: [], exempt: [] };
  /** Packets beyond the budget by MAC. */
  readonly beyondByMac = new Map<string, number>();
  site: NonNullable<Observed["site"]> = { rules: noSiteRules, stoppedAtLine: 0, counts: [] };
  readonly #quarantined = new Set<string>();
  readonly #throttled = new Set<string>();

  #hanging: (() => void) | null = null;

  /** Lets the next look hang until it is given up; settles when it hangs. */
  hang(): Promise<void> {
    return new Promise((resolve) => (this.#hanging = resolve));
  }

  observe(signal: AbortSignal): Promise<Observed> {
    if (this.#hanging !== null) {
      this.#hanging();
      this.#hanging = null;
      return new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new SensorError("aborted", "the look was given up")));
      });
    }
    return this.#seen();
  }

  #seen(): Promise<Observed> {
    if (!this.isThere) return Promise.reject(new SensorError("executor-unavailable", "cannot reach the executor"));
    return Promise.resolve({
      at: 0,
      skeleton: "fake",
      quarantined: [...this.#quarantined].map((mac) => ({
        mac,
        packets: this.packetsByMac.get(mac) ?? 0,
        packetsToHost: 0,
      })),
      vectors: [],
      throttled: [...this.#throttled].map((mac) => ({ mac, packets: this.packetsByMac.get(mac) ?? 0 })),
      reflex: {
        settings: this.reflex,
        passed: 0,
        stopped: 0,
        hosts: [...this.beyondByMac].map(([mac, passed]) => ({ mac, passed, stopped: 0 })),
      },
      site: this.site,
      handedUp: {},
      heldBack: {},
      packetsStopped: [...this.packetsByMac.values()].reduce((sum, packets) => sum + packets, 0),
      troubles: this.troubles,
    });
  }

  async apply(steps: readonly Step[], _signal: AbortSignal) {
    const refused: { mac: string; reason: string }[] = [];
    for (const step of steps) {
      if (step.kind === "protect") {
        this.told = step.machines;
        continue;
      }
      this.applied.push(step);
      if (step.kind === "reflex-set") this.reflex = step.settings;
      else if (step.kind === "site-rules-set") this.site = { ...this.site, rules: step.rules };
      else if (this.protectedMacs.has(step.mac)) refused.push({ mac: step.mac, reason: "it is the gateway" });
      else if (step.kind === "quarantine-add") this.#quarantined.add(step.mac);
      else if (step.kind === "quarantine-remove") this.#quarantined.delete(step.mac);
      else if (step.kind === "throttle-add") this.#throttled.add(step.mac);
      else if (step.kind === "throttle-remove") this.#throttled.delete(step.mac);
    }
    return { observed: await this.#seen(), refused };
  }
}
