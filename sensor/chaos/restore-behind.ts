import { setTimeout as wait } from "node:timers/promises";
import type { BreakableLine } from "./breakable-line.ts";
import type { Centre, Place } from "./centre.ts";
import type { Dice } from "./dice.ts";
import type { StandingBox } from "./standing-box.ts";
import type { Truth } from "./truth.ts";
import { aWish, type Wishes } from "./wishes.ts";

export interface RestoreBehind {
  readonly centre: Centre;
  readonly place: Place;
  readonly box: StandingBox;
  readonly line: BreakableLine;
  readonly truth: Truth;
  readonly wishes: Wishes;
  readonly dice: Dice;
  readonly seedOf: () => number;
  readonly timeoutMs: number;
}

/**
 * Has the box adopt wishes of which the controller then knows nothing any more, and a person wish for more before the box has
 * been heard: it has to take up what the box holds, whatever fell on the days before, and lay the later wishes over that.
 * Gives what is not as it has to be.
 */
export async function restoreBehind(parts: RestoreBehind): Promise<string[]> {
  const { centre, place, box, line, truth, wishes, dice, seedOf } = parts;
  const until = performance.now() + parts.timeoutMs;
  const wish = async () => {
    const one = aWish(dice);
    let answer = await centre.wish(place, one);
    for (; answer === null; answer = await centre.wish(place, one)) assertInTime(until, "no wish was answered");
    wishes.made(one, answer);
  };
  await centre.kill();
  centre.backUp();
  await centre.start();
  // What was restored before may have to be taken up from the box first, and then its wish goes before a new one.
  await untilReached(centre, place, box, until);
  const faults = wishes.faultsIn(centre.desired(place).document);
  wishes.settle(centre.desired(place).document);
  for (let left = dice.between(1, 4); left > 0; left -= 1) await wish();
  await untilReached(centre, place, box, until);
  faults.push(...wishes.faultsIn(centre.desired(place).document));

  line.cut();
  await centre.kill();
  const before = truth.numbersOf(centre.stored(place).notices);
  centre.restore(0);
  const kept = truth.numbersOf(centre.stored(place).notices);
  truth.taken([...before].filter((number) => !kept.has(number)));
  await centre.start();
  for (let left = dice.between(0, 5); left > 0; left -= 1) await wish();
  const fate = dice.next();
  if (fate < 0.3) {
    await box.kill();
    box.start(seedOf());
  } else if (fate < 0.5) {
    await centre.kill();
    await centre.start();
  }
  line.mend();
  await untilReached(centre, place, box, until);
  faults.push(...wishes.faultsIn(centre.desired(place).document));
  return faults.map((fault) => `after a restore behind the box: ${fault}`);
}

/** Waits until the box has what is wished, and the controller knows that. */
export async function untilReached(centre: Centre, place: Place, box: StandingBox, until: number): Promise<void> {
  for (;;) {
    const { document, wished, reported } = centre.desired(place);
    if (box.adopted?.document === document && wished === reported) return;
    const { epoch, revision } = box.adopted ?? {};
    assertInTime(until, `wished is ${wished}, the box has ${epoch}.${revision} and reported ${reported}`);
    await wait(100);
  }
}

export function assertInTime(until: number, text: string): void {
  if (performance.now() > until) throw new TypeError(text);
}
