import type { LineCheck } from "@cordon/contract";
import { msg, plural, words } from "../language/message.ts";
import { decimal } from "./number.ts";
import type { TimeWords } from "./time.ts";

/** What is looked at, from the box outward. */
const names = words({
  link: "Link",
  router: "Router",
  provider: "Provider",
  names: "Names",
  contacts: "First contacts",
});

/** What a check is called; null of one that is not known here. */
export function checkName({ kind }: Pick<LineCheck, "kind">): string | null {
  return Object.hasOwn(names, kind) ? names[kind as keyof typeof names] : null;
}

/** The one of this kind; undefined where the box says nothing of it. */
export function checkOf(checks: readonly LineCheck[], kind: keyof typeof names): LineCheck | undefined {
  return checks.find((check) => check.kind === kind);
}

/** What became of it: "answers in 0.4 ms", "silent since 14:20:07", "0 of 311 answered". */
export function checkWords(check: LineCheck, time: TimeWords, now: number): string {
  if (check.kind === "link") return linkWords(check);
  const { state, silentSince, asked, answered } = check;
  switch (state) {
    case "answers":
      return answersWords(check);
    case "silent":
      if (check.kind === "contacts" && asked > 0) return countWords(asked, answered);
      return silentSince === null ? msg`silent` : msg`silent since ${time.moment(silentSince, now)}`;
    case "unseen":
      return msg`not seen: nobody asked lately`;
  }
}

/** The same for a screen reader and where there is room: with what it rests on. */
export function checkBasis(check: LineCheck, time: TimeWords, now: number): string {
  const { asked, answered, answeredAt, kind } = check;
  if (kind === "link") return "";
  const last = answeredAt === null ? msg`no answer seen` : msg`last answer ${time.moment(answeredAt, now)}`;
  return asked === 0 ? last : `${countWords(asked, answered)}, ${last}`;
}

function linkWords({ state, port, speeds = {} }: LineCheck): string {
  if (state === "unseen") return msg`not known`;
  if (state === "answers") return upWords(speeds);
  if (port === "both") return msg`no cable at either port`;
  return port === "inside" ? msg`no cable at the port inward` : msg`no cable at the port outward`;
}

/** One speed where both cables have the same: else whichever is the slower is worth a look. */
function upWords({ inside, outside }: NonNullable<LineCheck["speeds"]>): string {
  if (inside !== undefined && inside === outside) return msg`up, ${speedWords(inside)}`;
  if (inside !== undefined && outside !== undefined)
    return msg`up, inward ${speedWords(inside)}, outward ${speedWords(outside)}`;
  if (inside !== undefined) return msg`up, inward ${speedWords(inside)}`;
  return outside === undefined ? msg`up` : msg`up, outward ${speedWords(outside)}`;
}

function speedWords(mbps: number): string {
  return mbps < 1000 ? msg`${mbps} Mbit/s` : msg`${decimal(mbps / 1000, mbps % 1000 === 0 ? 0 : 1)} Gbit/s`;
}

function answersWords({ roundTripMs }: LineCheck): string {
  if (roundTripMs === null) return msg`answers`;
  if (roundTripMs < 0.1) return msg`answers in under 0.1 ms`;
  return msg`answers in ${roundTripMs < 10 ? decimal(roundTripMs, 1) : decimal(roundTripMs, 0)} ms`;
}

function countWords(asked: number, answered: number): string {
  return plural(asked, "{0} of {n} answered", "{0} of {n} answered", answered);
}
