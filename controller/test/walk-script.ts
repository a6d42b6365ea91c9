/** What a box says of a walk, as a script tells it to. */
import {
  contractVersion,
  takesAsks,
  takesWalks,
  walkKind,
  type Ask,
  type Walk,
  type WalkFinding,
  type WalkState,
} from "@cordon/contract";
import type { FakeSensor, FakeSensorOptions } from "./fake-sensor.ts";

/** What makes a scripted sensor one that walks; `answers` are to all other asks. */
export function walking(
  answers: (ask: Ask) => unknown = () => undefined,
): Pick<FakeSensorOptions, "answers" | "takes"> {
  return {
    answers: (ask) => (ask.kind === walkKind ? undefined : answers(ask)),
    takes: [takesAsks, takesWalks],
  };
}

/** How long before it was sure the box last heard who is silent now. */
export const silentMs = 1800;

/** A scripted box, at a controller or as its own centre. */
type ScriptedBox = Pick<FakeSensor, "asks" | "until" | "now" | "bootId" | "publish">;

export class WalkScript {
  readonly #sensor: ScriptedBox;
  readonly #states = new Map<string, WalkState>();
  readonly #findings: WalkFinding[] = [];
  #sequence = 0;

  constructor(sensor: ScriptedBox) {
    this.#sensor = sensor;
  }

  /** The walk that was begun so-and-so-manieth; waits until it was. */
  async begun(count = 1): Promise<Ask> {
    const walks = () => this.#sensor.asks.filter(({ kind }) => kind === walkKind);
    await this.#sensor.until(() => walks().length >= count);
    return walks()[count - 1] as Ask;
  }

  /** How machines stand from now on. */
  set(state: WalkState, ...hosts: readonly string[]): this {
    for (const host of hosts) this.#states.set(host, state);
    return this;
  }

  /** Something was found; told with the next word. */
  find(kind: WalkFinding["kind"], ...hosts: readonly string[]): this {
    const at = this.#sensor.now();
    const isSilent = kind === "gone" || kind === "together" || kind === "everything";
    if (isSilent) this.set("gone", ...hosts);
    if (kind === "back") this.set("answering", ...hosts);
    const heardAt = isSilent ? at - silentMs : null;
    this.#findings.push({ id: this.#findings.length + 1, kind, hosts: [...hosts], at, heardAt });
    return this;
  }

  /** Says how the walk stands. */
  async say(id: string, changes: Partial<Walk> = {}): Promise<void> {
    const at = this.#sensor.now();
    await this.#sensor.publish("walk", {
      ...{ version: contractVersion, bootId: this.#sensor.bootId, at, id, sequence: ++this.#sequence },
      ...{ isArmed: true, endsAt: at + 600_000, others: 0, findings: this.#findings },
      machines: [...this.#states].map(([host, state]) => ({ host, state, since: at })),
      ...changes,
    } satisfies Walk);
  }
}
