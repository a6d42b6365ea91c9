import { heldInCounter, mirrorTable, type MirrorSkeleton } from "../capture/mirror-nft.ts";
import { SensorError } from "../errors.ts";
import { counterOf, fingerprintOf } from "./kernel-table.ts";
import type { Nft, NftObject } from "./nft.ts";
import type { Observed, Step } from "./protocol.ts";
import type { RemedyOutcome } from "./remedy-protocol.ts";

export interface MirrorExecutorOptions {
  readonly nft: Nft;
  /** Renderings of one ruleset, the best first; the first that the kernel accepts is loaded. */
  readonly skeletons: readonly [MirrorSkeleton, ...MirrorSkeleton[]];
  /** The port that receives the copies. */
  readonly port: string;
  /** The kernel's number of the port; null where there is no such port. */
  readonly portIndex: () => Promise<number | null>;
  /** Has the port listen to what is for others, and say nothing by itself. */
  readonly openPort: () => Promise<void>;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  readonly log: (line: { readonly code: string; readonly text: string }) => void;
}

interface MirrorState {
  readonly fingerprint: string;
  readonly counters: ReadonlyMap<string, number>;
}

// As long as other things that are over are shown.
const eventShownMs = 600_000;

/** Why nothing is done about anybody. */
export const nothingToStop = "from a mirror nothing can be stopped";

/**
 * Holds the selection on a port that only receives copies. There is nothing to contain with, so it holds nobody and
 * refuses every step. One task at a time, as the executor of a line.
 */
export class MirrorExecutor {
  readonly #options: MirrorExecutorOptions;
  readonly #troubles = new Map<string, { readonly text: string; readonly until: number }>();
  #skeleton: MirrorSkeleton;
  #fingerprint: string | null = null;
  #portIndex: number | null = null;
  #heldIn = 0;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: MirrorExecutorOptions) {
    this.#options = options;
    this.#skeleton = options.skeletons[0];
  }

  /** Puts the selection into force; where the port is not there yet, a self-check will. */
  start(): Promise<void> {
    return this.#alone(() => this.#look(true));
  }

  observe(): Promise<Observed> {
    return this.#alone(async () => this.#observed(await this.#read()));
  }

  apply(steps: readonly Step[]): Promise<{
    readonly observed: Observed;
    readonly refused: readonly { readonly mac: string; readonly reason: string }[];
  }> {
    return this.#alone(async () => {
      const macs = new Set(steps.flatMap((step) => ("mac" in step ? [step.mac] : [])));
      const refused = [...macs].map((mac) => ({ mac, reason: nothingToStop }));
      return { observed: this.#observed(await this.#read()), refused };
    });
  }

  /** Nobody is quarantined, so nobody needs a remedy. */
  openRemedies(): Promise<RemedyOutcome> {
    return Promise.resolve({ used: [], refused: [] });
  }

  /** Loads the selection again where a hand has changed it, or where it went with its port. */
  selfCheck(): Promise<void> {
    return this.#alone(() => this.#look(false));
  }

  async #look(isFirst: boolean): Promise<void> {
    const { port, portIndex } = this.#options;
    const index = await portIndex();
    if (index === null) {
      this.#portIndex = null;
      this.#say("mirror-port-missing", `nothing is seen: there is no port ${port}`, Number.POSITIVE_INFINITY);
      return;
    }
    this.#troubles.delete("mirror-port-missing");
    const state = isFirst ? null : await this.#read();
    // A port that was made again has no rules, whatever the table still says of its name.
    if (this.#isIntact(state) && index === this.#portIndex) return;
    if (!isFirst && this.#fingerprint !== null) {
      const why = state === null ? "missing" : index === this.#portIndex ? "changed" : "bound to a port that went";
      this.#say("ruleset-restored", `our table was ${why} and was loaded again`);
    }
    await this.#load();
    this.#portIndex = index;
  }

  async #load(): Promise<void> {
    const { nft, skeletons, openPort, log } = this.#options;
    await openPort();
    let refusal: unknown;
    for (const skeleton of skeletons) {
      try {
        await nft.load(skeleton.text);
      } catch (error) {
        if (!(error instanceof SensorError) || error.code !== "nft-failed") throw error;
        refusal = error;
        continue;
      }
      this.#skeleton = skeleton;
      const state = await this.#read();
      if (state?.counters.has(skeleton.versionCounter) !== true) {
        throw new SensorError("skeleton-missing", "the table is not there although nft loaded it");
      }
      this.#fingerprint = state.fingerprint;
      if (skeleton.isMute) this.#troubles.delete("mirror-can-speak");
      else {
        const text = "this kernel cannot keep the box from sending by the mirrored port; it has no address there";
        this.#say("mirror-can-speak", text, Number.POSITIVE_INFINITY);
      }
      log({ code: "skeleton-loaded", text: `mirror, version ${skeleton.version}` });
      return;
    }
    throw refusal;
  }

  async #read(): Promise<MirrorState | null> {
    const objects = await this.#options.nft.list(["table", "netdev", mirrorTable]);
    return objects === null ? null : { fingerprint: fingerprintOf(objects), counters: countersIn(objects) };
  }

  #isIntact(state: MirrorState | null): boolean {
    return (
      state !== null && state.counters.has(this.#skeleton.versionCounter) && state.fingerprint === this.#fingerprint
    );
  }

  #observed(state: MirrorState | null): Observed {
    const { clock, monotonic } = this.#options;
    const { version, handedUp, heldBack } = this.#skeleton;
    const now = monotonic();
    const figures = (names: ReadonlyMap<string, string>) =>
      Object.fromEntries([...names].map(([reported, counter]) => [reported, state?.counters.get(counter) ?? 0]));
    this.#noteHeldIn(state?.counters.get(heldInCounter) ?? 0);
    return {
      at: clock(),
      skeleton: this.#isIntact(state) && this.#portIndex !== null ? version : null,
      quarantined: [],
      vectors: [],
      handedUp: figures(handedUp),
      heldBack: figures(heldBack),
      packetsStopped: 0,
      troubles: [...this.#troubles].flatMap(([code, { text, until }]) => (until > now ? [{ code, text }] : [])),
    };
  }

  /** A counter that became smaller has begun anew. */
  #noteHeldIn(packets: number): void {
    const hasGrown = packets > 0 && packets !== this.#heldIn;
    this.#heldIn = packets;
    if (!hasGrown) return;
    this.#say("mirror-spoke", `${packets} packets of the box itself were kept from leaving by the mirrored port`);
  }

  /** Names a trouble; without an end, for as long as somebody may want to see what is over. */
  #say(code: string, text: string, until = this.#options.monotonic() + eventShownMs): void {
    if (this.#troubles.get(code)?.text !== text) this.#options.log({ code, text });
    this.#troubles.set(code, { text, until });
  }

  #alone<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(task);
    // The caller gets the error; the queue goes on.
    this.#queue = result.catch(() => {});
    return result;
  }
}

function countersIn(objects: readonly NftObject[]): ReadonlyMap<string, number> {
  return new Map(
    objects.flatMap((object) => {
      const counter = object["counter"] as { readonly name?: unknown } | undefined;
      return typeof counter?.name === "string" ? [[counter.name, counterOf(counter).packets] as const] : [];
    }),
  );
}
