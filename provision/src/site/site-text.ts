import { Document, isMap, isScalar, type YAMLMap } from "yaml";
import type { SitePlan } from "./site-plan.ts";

/** What stands above a field in the file, for whoever changes it by hand. */
const notes: Readonly<Record<string, string>> = {
  version: "A site of Cordon. `provision -- site check --site FILE` says what is wrong with it.",
  name: "What people call the site; it is on the box's label.",
  placement: "Where the box stands: lan, wan, gateway, mirror, or auto.",
  policy: "What the box may do by itself: observe, guard or contain.",
  controller: "Where the box finds its controller; url is what the code on the label leads to.",
  networks: "The site's own networks.",
  ports: "Which socket is which, by the hardware addresses on the box.",
  line: "What the line carries.",
  management: "How the management port gets its address.",
  gateway: "The repair network, and the way out of it.",
  resolvers: "Name servers that may be asked whatever is shut.",
  machines: "Machines that a person vouches for, and what they are.",
  areas: "Parts of the site that are cut off together.",
  contacts: "Whom to call; on the label, and the first on the page of a machine that is cut off.",
  recording: "Who has allowed that whole packets are recorded. This switches nothing on.",
};

const order = Object.keys(notes);

/** A site file: YAML with a note above each field. */
export function siteText(plan: SitePlan): string {
  const sorted = Object.entries(plan).toSorted(([a], [b]) => placeOf(a) - placeOf(b));
  const document = new Document(Object.fromEntries(sorted));
  const { contents } = document;
  if (isMap(contents)) for (const pair of (contents as YAMLMap).items) note(pair.key);
  return document.toString({ lineWidth: 0 });
}

function note(key: unknown): void {
  if (!isScalar(key)) return;
  const text = notes[String(key.value)];
  if (text === undefined) return;
  key.commentBefore = ` ${text}`;
  key.spaceBefore = key.value !== order[0];
}

function placeOf(field: string): number {
  const place = order.indexOf(field);
  return place === -1 ? order.length : place;
}
