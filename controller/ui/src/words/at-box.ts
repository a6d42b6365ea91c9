import type { BarrierWay } from "@cordon/contract";
import type { DeedView, PlaceView, TwoWordsView } from "../../../src/api/at-box-view.ts";
import type { SiteView } from "../../../src/api/view.ts";
import type { Sheet } from "../context/app-context.ts";
import { msg } from "../language/message.ts";
import { wayWords } from "./barrier.ts";
import { deedOf } from "./containment.ts";
import { hostName, uncapital } from "./host.ts";
import { joined } from "./list.ts";
import type { TimeWords } from "./time.ts";

type AtBox = Extract<PlaceView, { readonly kind: "box" }>;

/** Over every page of a box that is its own centre. */
export function placeWords(
  { awaySince, actsUntil }: AtBox,
  now: number,
  time: TimeWords,
): { title: string; text: string } {
  const title =
    awaySince === null
      ? msg`You are on the box itself. The centre can be reached, too.`
      : msg`You are on the box itself. The centre cannot be reached.`;
  if (actsUntil === null) {
    return {
      title,
      text: msg`You see this site as usual, and can change nothing: the centre has not allowed this box to act by itself, or not within three days. What was let go here stays so until the centre has answered.`,
    };
  }
  return {
    title,
    text:
      awaySince === null
        ? msg`You see and cut this site as usual. What you do is signed here and goes to the centre at once. What you cut holds until ${time.until(actsUntil, now)} at the latest; what you let go stays so until the centre has answered.`
        : msg`You see and cut this site as usual. What you do is signed here and goes to the centre when the line returns. What you cut holds until ${time.until(actsUntil, now)} at the latest; what you let go stays so until the centre has answered.`,
  };
}

const centres: ReadonlySet<Sheet["kind"]> = new Set([
  ...([
    "policy",
    "reflex",
    "remedies",
    "duty",
    "particulars",
    "area",
    "person",
    "channel",
    "delegation",
    "pardon",
    "preset",
  ] as const),
]);

/** Whether a sheet leads to what only the centre may change. */
export function isCentres({ kind }: Sheet): boolean {
  return centres.has(kind);
}

/** What somebody did at the box. */
export function deedWords({ action, host }: DeedView, site: Pick<SiteView, "hosts">): string {
  const known = host === null ? undefined : site.hosts.find((each) => each.host === host);
  const name = known === undefined ? (host ?? msg`a machine`) : hostName(known);
  switch (action) {
    case "session-opened":
      return msg`Signed in with the PIN.`;
    case "session-closed":
      return msg`Signed out.`;
    case "pin-refused":
      return msg`Somebody typed a wrong PIN.`;
    case "containment-asked":
      return msg`Asked to hold ${name}.`;
    case "containment-released":
      return msg`Released ${name}.`;
    case "pardon-given":
      return msg`Had the policy leave ${name} alone.`;
    case "barrier-set":
      return msg`Set a barrier.`;
    case "barrier-released":
      return msg`Opened a barrier.`;
    case "area-cut-asked":
      return msg`Cut an area off.`;
    case "area-cut-released":
      return msg`Released an area.`;
    case "line-cut-asked":
      return msg`Cut the line.`;
    case "line-cut-released":
      return msg`Put the line back into service.`;
    case "walk-armed":
      return msg`Began a walk: the box says whose cable is pulled.`;
    case "walk-ended":
      return msg`Ended the walk.`;
    case "cable-pulled":
      return msg`Pulled the cable of ${name}.`;
    case "cable-back":
      return msg`Put the cable of ${name} back.`;
    case "flow-log-asked":
      return host === null ? msg`Looked up whose connection was whose.` : msg`Looked up the connections of ${name}.`;
    default:
      return action;
  }
}

/** What it is about that was said differently at two places. */
export function aboutWords({ host, about }: TwoWordsView, site: Pick<SiteView, "hosts" | "areas">): string {
  if (host !== null) {
    const known = site.hosts.find((each) => each.host === host);
    return known === undefined ? host : hostName(known);
  }
  try {
    const [kind, what, area] = JSON.parse(about) as readonly [string, string | undefined, string | null | undefined];
    if (kind === "barrier" && what !== undefined) return wayWords[what as BarrierWay]?.title ?? what;
    const areaId = kind === "area" ? what : area;
    return kind === "line" ? msg`The line` : (site.areas.find(({ id }) => id === areaId)?.name ?? msg`An area`);
  } catch {
    return about;
  }
}

/** What was said at each place, and what holds. */
export function twoWordsText({ host, atBox, atCentre }: TwoWordsView, site: Pick<SiteView, "hosts">): string {
  if (atBox === "wished" && atCentre === "wished")
    return msg`Set differently at the box and here. The stricter one holds.`;
  if (atBox === "wished") return msg`Held by a person at the box, and let go here. It is held.`;
  // What holds may be a limit that lets it speak.
  const holds = (site.hosts.find((each) => each.host === host)?.containments ?? [])
    .filter(({ releasing }) => !releasing)
    .map(deedOf);
  return holds.length === 0
    ? msg`Let go by a person at the box, and held here. It is held.`
    : msg`Let go by a person at the box, and held here. What holds: ${uncapital(joined(holds))}.`;
}
