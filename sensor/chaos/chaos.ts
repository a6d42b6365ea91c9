import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { BreakableLine } from "./breakable-line.ts";
import { Centre, type Place } from "./centre.ts";
import { Dice } from "./dice.ts";
import { assertInTime, restoreBehind, untilReached } from "./restore-behind.ts";
import { SmallDisk } from "./small-disk.ts";
import { StandingBox } from "./standing-box.ts";
import { spoolFaults, Truth } from "./truth.ts";
import { WholeBox } from "./whole-box.ts";
import { aWish, Wishes } from "./wishes.ts";

export interface ChaosOptions {
  /** Of our own; on it everything stands. */
  readonly folder: string;
  readonly seed: number;
  /** How long things break. */
  readonly durationMs: number;
  readonly say: (line: string) => void;
}

/** What is done to them, and how often beside the others. */
const deeds = [
  ["kill-box", 4],
  ["kill-box-and-cut-notices", 3],
  ["kill-controller", 3],
  ["restore-controller", 2],
  ["cut-line", 3],
  ["stall-line", 1],
  ["break-within-a-message", 3],
  ["fill-disk", 2],
  ["fill-disk-and-kill-box", 2],
  ["fill-controller's-disk", 2],
  ["restore-behind", 1],
  ["renew", 3],
  ["renew-and-kill-box", 2],
  ["renew-and-kill-controller", 2],
  ["wish", 5],
  ["kill-whole-box", 3],
  ["wish-of-whole-box", 2],
  ["ask", 4],
] as const;

type Deed = (typeof deeds)[number][0];

const boxMegabytes = 8;
const centreMegabytes = 256;
const settleMs = 60_000;

/**
 * Breaks the way from a box to its controller in every manner for a time, lets it mend, and looks whether each notice is
 * stored exactly once and in order, what is missing is counted, and every wish was reached. Gives what is not as it has to be.
 */
export async function runChaos({ folder, seed, durationMs, say }: ChaosOptions): Promise<string[]> {
  const dice = new Dice(seed);
  const disk = new SmallDisk(join(folder, "disk"), boxMegabytes);
  const line = await BreakableLine.start();
  const centre = new Centre(folder, new SmallDisk(join(folder, "centre"), centreMegabytes), line);
  const truth = new Truth();
  await centre.start();
  const place = await centre.enrol("Chaos");
  const wholePlace = await centre.enrol("Whole");
  await centre.close();
  centre.backUp();
  await centre.start();
  const box = new StandingBox(place.profilePath, join(disk.folder, "state"), truth);
  const whole = new WholeBox(wholePlace.profilePath, folder);
  const seedOf = () => dice.between(1, 2 ** 31);
  const done = new Map<Deed, number>();
  const wishes = new Wishes();
  const wholeWishes = new Wishes();
  let asked = 0;
  const faults: string[] = [];
  box.start(seedOf());
  whole.start();

  /** Mostly of a box that works already; now and then of one that just begins. */
  const kill = async (): Promise<void> => {
    if (dice.next() < 0.8) await box.begun();
    await wait(dice.between(0, 300));
    await box.kill();
  };
  const deal = async (deed: Deed): Promise<void> => {
    switch (deed) {
      case "kill-box":
        await kill();
        return box.start(seedOf());
      case "kill-box-and-cut-notices":
        await kill();
        truth.taken(disk.cutNotices(dice));
        return box.start(seedOf());
      case "kill-controller":
        await centre.kill();
        centre.backUp();
        return centre.start();
      case "restore-controller": {
        await centre.kill();
        const before = truth.numbersOf(centre.stored(place).notices);
        if (centre.restore(dice.between(0, 2))) {
          wishes.forget();
          wholeWishes.forget();
          const kept = truth.numbersOf(centre.stored(place).notices);
          truth.taken([...before].filter((number) => !kept.has(number)));
        }
        return centre.start();
      }
      case "cut-line":
        line.cut();
        await wait(dice.between(50, 800));
        return line.mend();
      case "stall-line":
        line.stall();
        await wait(dice.between(200, 4000));
        return line.mend();
      case "break-within-a-message":
        return line.breakAfter(dice.between(0, 30_000));
      case "fill-disk":
        disk.fill();
        await wait(dice.between(50, 600));
        return disk.free();
      case "fill-disk-and-kill-box":
        await box.begun();
        disk.fill();
        await wait(dice.between(50, 300));
        await kill();
        disk.free();
        return box.start(seedOf());
      case "fill-controller's-disk":
        centre.disk.fill();
        await wait(dice.between(100, 1500));
        return centre.disk.free();
      case "restore-behind":
        line.mend();
        wholeWishes.forget();
        faults.push(
          ...(await restoreBehind({ centre, place, box, line, truth, wishes, dice, seedOf, timeoutMs: settleMs })),
        );
        return undefined;
      case "renew":
        return box.renew();
      case "renew-and-kill-box":
        await box.begun();
        box.renew();
        await wait(dice.between(0, 150));
        await box.kill();
        return box.start(seedOf());
      case "renew-and-kill-controller":
        box.renew();
        await wait(dice.between(0, 150));
        await centre.kill();
        centre.backUp();
        return centre.start();
      case "wish": {
        const wish = aWish(dice);
        wishes.made(wish, await centre.wish(place, wish));
        return undefined;
      }
      case "kill-whole-box":
        return whole.killOne(dice);
      case "wish-of-whole-box": {
        const wish = aWish(dice);
        wholeWishes.made(wish, await centre.wish(wholePlace, wish));
        return undefined;
      }
      case "ask":
        if ((await centre.ask(place, dice.between(1000, 10_000))) !== null) asked += 1;
        return undefined;
    }
  };

  const until = performance.now() + durationMs;
  try {
    while (performance.now() < until) {
      const deed = dice.pick(deeds);
      await inTime(deed, deal(deed));
      done.set(deed, (done.get(deed) ?? 0) + 1);
      await wait(dice.between(0, 500));
    }
    line.mend();
    await inTime("restoring it behind the box", deal("restore-behind"));
    await renewAtLast(centre, place, box);
    await box.finish(settleMs);
    await settle(centre, place, box);
    faults.push(...wishes.faultsIn(centre.desired(place).document));
    // However long it was to wait until its next try.
    await whole.kill();
    whole.start();
    await wholeReached(centre, wholePlace);
    faults.push(...wholeWishes.faultsIn(centre.desired(wholePlace).document));
    await inTime("ending", Promise.all([box.close(), whole.kill(), centre.close()]));
    faults.push(...spoolFaults(centre.stored(wholePlace)), ...whole.troubles);
    const { faults: found, figures } = truth.judge(centre.stored(place));
    faults.push(...found, ...box.troubles);
    const asks = centre.asks();
    faults.push(...asks.flatMap((ask) => centre.faultIn(ask) ?? []));
    say([...done].map(([deed, times]) => `${deed} ${times}`).join(", "));
    say(figures);
    const ends = ["done", "expired", "failed", "refused"].map(
      (end) => `${asks.filter(({ status }) => status === end).length} ${end}`,
    );
    say(
      `${asked} asks taken: ${ends.join(", ")}; ${asks.filter(({ upload }) => upload !== null).length} of them uploaded`,
    );
    say(`${box.renewals} other certificates for the box`);
    const { notices, spools } = centre.stored(wholePlace);
    say(
      `the whole box: ${whole.kills} kills, ${notices.length} notices of ${spools.length} boots stored, wish ${centre.desired(wholePlace).wished} reached`,
    );
    say(
      `${centre.starts} starts of the controller, ${centre.restores} from a backup; wish ${centre.desired(place).wished} reached`,
    );
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error), ...box.troubles);
  } finally {
    await inTime("killing", Promise.all([box.kill(), whole.kill(), centre.kill(), line.close()]));
  }
  return faults;
}

/** Whatever takes longer hangs, and is said by its name. */
async function inTime<T>(what: string, doing: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TypeError(`${what} has not ended in ${2 * settleMs} ms`)), 2 * settleMs);
  });
  return Promise.race([doing, late]).finally(() => clearTimeout(timer));
}

/** Waits until what is wished is reached and every ask has ended. */
async function settle(centre: Centre, place: Place, box: StandingBox): Promise<void> {
  const until = performance.now() + settleMs;
  await untilReached(centre, place, box, until);
  for (;;) {
    const open = centre.asks().filter(({ status }) => status === "open");
    if (open.length === 0) return;
    assertInTime(until, `${open.length} asks are open`);
    await wait(100);
  }
}

/** Whatever became of all the others, the box gets another certificate, and both ends know the same. */
async function renewAtLast(centre: Centre, place: Place, box: StandingBox): Promise<void> {
  const until = performance.now() + settleMs;
  const before = box.renewals;
  box.renew();
  while (box.renewals === before || centre.certificate(place) !== box.certificate) {
    assertInTime(until, "the box gets no other certificate");
    await wait(100);
  }
}

/** Waits until the whole box has what is wished of it. */
async function wholeReached(centre: Centre, place: Place): Promise<void> {
  const until = performance.now() + settleMs;
  for (;;) {
    const { wished, reported } = centre.desired(place);
    if (wished === reported) return;
    assertInTime(until, `wished of the whole box is ${wished}, and it reported ${reported}`);
    await wait(100);
  }
}
