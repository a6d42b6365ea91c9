import { hostOf } from "../../../../sensor/test/line/operator.ts";
import { hangMs } from "../patience.ts";
import { arrivedOf, type Act, type OfficeSetting } from "../office-scene.ts";
import { nothingPassed, othersWork } from "./power-cuts.ts";
import { answerTo, isReset } from "./quarantine.ts";

/** Has the box get a release, and switches it on again as it starts itself anew, until its fate is told; the words of those starts. */
async function rolledOut(setting: OfficeSetting, bundle: Uint8Array, starts: number): Promise<readonly string[]> {
  const { box, operator, book } = setting;
  await operator.rollOut(await operator.addRelease(bundle));
  const beganAt = Date.now();
  await untilFetched(setting);
  book.note(`the box had fetched it after ${Math.round((Date.now() - beganAt) / 1000)} s`);
  const said: string[] = [];
  for (let left = starts; left > 0; left -= 1) {
    await box.machine.ended(hangMs * 3);
    book.note(
      `the box started itself anew ${Math.round((Date.now() - beganAt) / 1000)} s after the release was ordered`,
    );
    await box.switchOff();
    const machine = await box.switchOn();
    await machine.word("root of slot", hangMs);
    said.push(machine.words.map(({ text }) => text).join("\n"));
  }
  return said;
}

/** An emulated box leaves the line to others for half of its time, and may take an hour: for so long as more and more of it is there. */
async function untilFetched({ operator }: OfficeSetting): Promise<void> {
  const isBefore = (phase: string) => phase === "listed" || phase === "ordered" || phase === "fetching";
  for (let last = -1, isThere = false; !isThere;) {
    const { phase, fetchedPercent } = await operator.untilRolledOut(
      hangMs,
      (seen) => !isBefore(seen.phase) || (seen.fetchedPercent ?? -1) > last,
    );
    isThere = !isBefore(phase);
    last = fetchedPercent ?? last;
  }
}

/** The quarantine is said to be in force by a box that was started after that moment. */
async function untilReported({ operator, mailer }: OfficeSetting, since: number): Promise<void> {
  await operator.until("the box reports the quarantine anew", hangMs, (site) =>
    hostOf(site, mailer.mac).containments.some(
      ({ inForceSince, reportedAt }) => inForceSince !== null && (reportedAt ?? 0) > since,
    ),
  );
}

/** The controller leads two releases to the box: one that is good, and one with which nothing is judged. */
export const releaseActs: readonly Act[] = [
  {
    stories: ["rolled-out-release-is-tried", "rolled-out-release-is-kept", "quarantine-outlives-a-release"],
    async play(setting) {
      const { box, operator, book } = setting;
      const before = await arrivedOf(setting);
      const beganAt = Date.now();
      const [said = ""] = await rolledOut(setting, await box.release("99.0.0"), 1);
      const isTried = said.includes("slot b is on trial, 1 tries left") && said.includes("root of slot b");
      book.tell("rolled-out-release-is-tried", isTried, said);
      const end = await operator.untilRolledOut(hangMs * 2, ({ phase }) =>
        ["good", "fell-back", "refused"].includes(phase),
      );
      book.tell("rolled-out-release-is-kept", end.phase === "good", `${end.phase}: ${end.words}`);
      await untilReported(setting, beganAt);
      await nothingPassed(setting, "quarantine-outlives-a-release", before);
    },
  },
  {
    stories: [
      "broken-release-is-given-up",
      "broken-release-is-told",
      "release-before-runs-again",
      "quarantine-outlives-a-broken-release",
    ],
    async play(setting) {
      const { box, operator, book } = setting;
      const before = await arrivedOf(setting);
      const beganAt = Date.now();
      // Who reads what the kernel selected never begins: the line is carried, and nobody judges it.
      const words = ["systemd.mask=cordon-reader.service", "cordon.trial-seconds=300"];
      const [trial = "", after = ""] = await rolledOut(setting, await box.release("99.0.1", words), 2);
      book.tell(
        "broken-release-is-given-up",
        trial.includes("slot a is on trial") && trial.includes("root of slot a"),
        trial,
      );
      book.tell("release-before-runs-again", after.includes("root of slot b") && !after.includes("on trial"), after);
      const end = await operator.untilRolledOut(hangMs * 2, ({ phase }) =>
        ["good", "fell-back", "refused"].includes(phase),
      );
      const isTold = end.phase === "fell-back" && /nothing is judged/.test(end.words);
      book.tell("broken-release-is-told", isTold, `${end.phase}: ${end.words}`);
      await untilReported(setting, beganAt);
      await nothingPassed(setting, "quarantine-outlives-a-broken-release", before);
    },
  },
];

/** Somebody changes the root on the disk: nothing of it is started, and the line stays as it was. */
export const tamperedRootActs: readonly Act[] = [
  {
    stories: [
      "tampered-root-of-a-shipped-box-is-refused",
      "quarantine-holds-without-a-root",
      "others-pass-without-a-root",
    ],
    async play(setting) {
      const { box, book } = setting;
      const before = await arrivedOf(setting);
      const slot = (await box.agent.run("cat /run/cordon/boot/slot")).output.trim();
      await box.switchOff();
      await box.disk.damage(`root-${slot}`, "directories");
      const machine = await box.switchOn();
      await machine.word("the line stays up without a system", hangMs);
      const isRefused = machine.hasSaid("TROUBLE root-refused") && !machine.hasSaid("root of slot");
      book.tell("tampered-root-of-a-shipped-box-is-refused", isRefused, machine.console.slice(-10).join("; "));
      await othersWork(setting, "others-pass-without-a-root");
      // Nobody is in the box who could be asked what it has stopped: the mailer is, and is answered by the rules alone.
      const answer = await answerTo(setting);
      const passed = (await arrivedOf(setting)) - before;
      const found = `${answer || "no answer"}, ${passed} packets of it passed`;
      book.tell("quarantine-holds-without-a-root", isReset(answer) && passed === 0, found);
      await box.switchOff();
      // Each byte is turned back by the same.
      await box.disk.damage(`root-${slot}`, "directories");
      await (await box.switchOn()).word("judging", hangMs);
    },
  },
];
