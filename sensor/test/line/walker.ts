import type { Lab } from "../../lab/index.ts";
import { SensorError } from "../../src/errors.ts";
import type { Operator, WalkSeen } from "./operator.ts";

type Walk = NonNullable<WalkSeen["walk"]>;

/** A page on which somebody watches as he walks: the controller's, or the box's own. */
export type WalkPage = Pick<Operator, "walk" | "walkUntil">;

/** One pull of a cable, in milliseconds since it was pulled. */
export interface Pull {
  readonly kind: string;
  readonly hosts: readonly string[];
  /** When the box was sure, and when a page knew. */
  readonly sureMs: number;
  readonly toldMs: number;
}

const patienceMs = 15_000;

/** Somebody who goes through the lab's house and pulls cables out of its switch, with a page open as he goes. */
export class Walker {
  readonly #lab: Lab;
  readonly #operator: WalkPage;
  readonly #siteId: string;
  readonly walkId: string;
  readonly #keeping: NodeJS.Timeout;

  private constructor(lab: Lab, operator: WalkPage, siteId: string, walkId: string) {
    this.#lab = lab;
    this.#operator = operator;
    this.#siteId = siteId;
    this.walkId = walkId;
    this.#keeping = setInterval(() => {
      // Where it is over, whoever waits finds out.
      operator.walk(siteId, "PUT", walkId).catch(() => undefined);
    }, 8000);
  }

  /** Begins a walk, and waits until these machines answer. */
  static async arm(lab: Lab, operator: WalkPage, siteId: string, macs: readonly string[]): Promise<Walker> {
    const { walk } = await operator.walk(siteId, "POST");
    if (walk === null) throw new SensorError("no-walk", "nothing was begun");
    const walker = new Walker(lab, operator, siteId, walk.id);
    await walker.until(
      "they answer",
      ({ isArmed, machines }) => isArmed && macs.every((mac) => answers(machines, mac)),
    );
    return walker;
  }

  until(what: string, isThere: (walk: Walk) => boolean): Promise<Walk> {
    return this.#operator.walkUntil(this.#siteId, what, patienceMs, isThere);
  }

  /** Pulls cables of machines, one right after the other, and waits for what is told of it. */
  async pull(...macs: readonly string[]): Promise<Pull> {
    const known = (await this.#operator.walk(this.#siteId)).walk?.findings.at(-1)?.id ?? 0;
    const pulledAt = Date.now();
    await this.#set(macs, "down");
    const walk = await this.until("a pulled cable is told", ({ findings }) => (findings.at(-1)?.id ?? 0) > known);
    const toldMs = Date.now() - pulledAt;
    const found = walk.findings.at(-1);
    if (found === undefined) throw new SensorError("not-found", "nothing was found");
    return { kind: found.kind, hosts: found.hosts, sureMs: found.at - pulledAt, toldMs };
  }

  /** Puts them back, and waits until they answer as before. */
  async putBack(...macs: readonly string[]): Promise<number> {
    const putAt = Date.now();
    await this.#set(macs, "up");
    await this.until("it is told that they are back", ({ findings }) => {
      const last = findings.at(-1);
      return last?.kind === "back" && macs.every((mac) => last.hosts.includes(mac));
    });
    const toldMs = Date.now() - putAt;
    await this.until("they answer again", ({ machines }) => macs.every((mac) => answers(machines, mac)));
    return toldMs;
  }

  /** The page is closed: nobody says any more that somebody looks. */
  leave(): void {
    clearInterval(this.#keeping);
  }

  async stop(): Promise<void> {
    this.leave();
    await this.#operator.walk(this.#siteId, "DELETE", this.walkId);
  }

  async #set(macs: readonly string[], state: "up" | "down"): Promise<void> {
    // In a repair network there is no switch: each hangs on a port of the box.
    const [place, port] = this.#lab.profileGateway === null ? ["switch", "port"] : ["sensor", "inside"];
    const indices = macs.map((mac) => this.#lab.facts.hosts.findIndex((host) => host.mac === mac));
    const commands = indices.map((index) => `ip link set ${port}${index} ${state}`);
    const { code, stderr } = await this.#lab.exec(place, ["sh", "-c", commands.join(" && ")]);
    if (code !== 0) throw new SensorError("lab-failed", `${commands.join()}: ${stderr}`);
  }
}

function answers(machines: Walk["machines"], mac: string): boolean {
  return machines.some(({ host, state }) => host === mac && state === "answering");
}
