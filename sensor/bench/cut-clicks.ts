import { setTimeout as delay } from "node:timers/promises";
import type { Lab } from "../lab/lab.ts";
import { SensorError } from "../src/errors.ts";
import { containmentSets, tableName } from "../src/containment/skeleton.ts";
import type { Operator } from "../test/line/operator.ts";
import type { SeededRandom } from "./random.ts";

const monitorName = "element-monitor";
const waitMs = 10_000;
/** A person does not click in step with the timers of our programs. */
const pauseMs = 200;

/**
 * Tells when an element comes into the kernel's set of quarantined machines and when it goes, as the kernel
 * itself announces it: nothing of ours is asked.
 */
export class ElementWatch {
  readonly #lab: Lab;
  readonly #waiting = new Map<string, (at: number) => void>();
  readonly #forget: () => void;

  private constructor(lab: Lab) {
    this.#lab = lab;
    this.#forget = lab.onEvent((event) => {
      if (event.kind !== "log" || event.from !== monitorName) return;
      const [verb = "", noun = "", , table = "", set = ""] = event.text.split(" ");
      if (noun !== "element" || table !== tableName || set !== containmentSets.quarantineFrom) return;
      for (const [mac] of event.text.matchAll(/[0-9a-f]{2}(?::[0-9a-f]{2}){5}/g)) {
        const key = `${verb} ${mac}`;
        this.#waiting.get(key)?.(event.at);
        this.#waiting.delete(key);
      }
    });
  }

  static async start(lab: Lab): Promise<ElementWatch> {
    const watch = new ElementWatch(lab);
    await lab.startProgram(monitorName, "sensor", ["nft", "monitor"]);
    return watch;
  }

  /** Epoch milliseconds of the next time that the machine's element is added or deleted. */
  next(verb: "add" | "delete", mac: string): Promise<number> {
    const seen = Promise.withResolvers<number>();
    const timer = setTimeout(
      () => seen.reject(new SensorError("bench-failed", `the kernel did not ${verb} ${mac} in ${waitMs} ms`)),
      waitMs,
    );
    this.#waiting.set(`${verb} ${mac}`, (at) => {
      clearTimeout(timer);
      seen.resolve(at);
    });
    return seen.promise;
  }

  async close(): Promise<void> {
    this.#forget();
    await this.#lab.endProgram(monitorName, "SIGTERM");
  }
}

export interface ClickParts {
  readonly operator: Operator;
  readonly siteId: string;
  readonly elements: ElementWatch;
}

/** Cuts a machine off as the UI does; when it was clicked and when the kernel had it, epoch milliseconds. */
export async function clickOnce(
  { operator, siteId, elements }: ClickParts,
  mac: string,
): Promise<{ readonly clickedAt: number; readonly inKernelAt: number; readonly id: string }> {
  const added = elements.next("add", mac);
  const clickedAt = Date.now();
  const [{ id }, inKernelAt] = await Promise.all([operator.cutOff(siteId, mac), added]);
  return { clickedAt, inKernelAt, id };
}

/** Cuts machines off and releases them again, in turn; how long each click took to reach the kernel, ms. */
export async function clickMany(
  parts: ClickParts,
  macs: readonly string[],
  count: number,
  random: SeededRandom,
): Promise<readonly number[]> {
  const took: number[] = [];
  for (let click = 0; click < count; click += 1) {
    const mac = macs[click % macs.length] ?? "";
    const { clickedAt, inKernelAt, id } = await clickOnce(parts, mac);
    took.push(inKernelAt - clickedAt);
    const deleted = parts.elements.next("delete", mac);
    await Promise.all([parts.operator.release(parts.siteId, id), deleted]);
    await delay(random.below(pauseMs));
  }
  return took;
}
