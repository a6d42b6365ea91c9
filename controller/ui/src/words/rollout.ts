import type { RolloutView } from "../../../src/api/rollout-view.ts";
import { msg, plural, words } from "../language/message.ts";
import { said } from "../language/said.ts";
import type { TimeWords } from "./time.ts";

export type RolloutBox = RolloutView["boxes"][number];

export const stageWords = words<Readonly<Record<RolloutView["stage"], string>>>({
  first: "One box",
  site: "Its site",
  tenth: "A tenth",
  all: "All others",
});

const hasIt = ({ phase }: RolloutBox): boolean => phase === "good" || phase === "same";

/** How a rollout stands, in one sentence. */
export function rolloutSentence({ version, state, boxes }: RolloutView): string {
  const have = boxes.filter(hasIt).length;
  const of = plural(boxes.length, "{0} of {n} box has it", "{0} of {n} boxes have it", have);
  if (state === "running") return msg`${version} is on its way: ${of}.`;
  if (state === "paused") return msg`${version} is paused: ${of}.`;
  if (state === "halted") return msg`${version} has halted by itself: ${of}.`;
  return state === "done" ? msg`${version} is everywhere: ${of}.` : msg`${version} was given up: ${of}.`;
}

/** How a box stands, in one sentence. */
export function boxSentence(box: RolloutBox, now: number, time: TimeWords): string {
  const text = standingOf(box, now, time);
  const isOpen = !["listed", "same", "good", "fell-back", "refused", "left"].includes(box.phase);
  return isOpen && !box.isHeard ? msg`Box silent. Last: ${text}` : text;
}

function standingOf(box: RolloutBox, now: number, time: TimeWords): string {
  const { phase, notBefore, at, runs, fetchedPercent } = box;
  const why = said(box.words);
  const since = time.until(at, now);
  switch (phase) {
    case "listed":
      return msg`Its turn has not come.`;
    case "same":
      return msg`Runs it already.`;
    case "ordered":
      return msg`Ordered ${since}.`;
    case "waiting":
      return why;
    case "fetching":
      return fetchedPercent === null ? why : msg`Fetches it, ${fetchedPercent} % are there. ${why}`;
    case "received":
    case "verified":
      return msg`Has it, and puts it into the other slot.`;
    case "installed":
      return notBefore !== null && notBefore > now
        ? msg`Installed, waits for ${time.until(notBefore, now)}.`
        : msg`Installed, starts anew soon.`;
    case "trying":
      return msg`Tries it since ${since}.`;
    case "good":
      return msg`Runs it since ${since}.`;
    case "fell-back":
      return runs === null ? msg`Came back by itself: ${why}` : msg`Came back by itself to ${runs}: ${why}`;
    case "refused":
      return msg`Did not take it: ${why}`;
    case "left":
      return msg`Has no part in it any more.`;
  }
}
