/** What somebody types about a new site, and the plan that is made of it. The controller says what is wrong with it. */
import { msg, words } from "../language/message.ts";
import { said } from "../language/said.ts";
import { sentence } from "./host.ts";

export type PlacementChoice = "auto" | "lan" | "wan" | "gateway" | "mirror";
export type PolicyChoice = "observe" | "guard" | "contain";

/** As it stands in the fields; lists have one entry on a line. */
export interface BoxDraft {
  readonly name: string;
  readonly placement: PlacementChoice;
  readonly policy: PolicyChoice;
  readonly host: string;
  readonly port: string;
  readonly fallback: string;
  readonly url: string;
  readonly networks: string;
  readonly inside: string;
  readonly outside: string;
  readonly management: string;
  readonly isPppoe: boolean;
  readonly vlan: string;
  readonly address: string;
  readonly router: string;
  /** Those that the box itself asks, by a fixed address. */
  readonly ownResolvers: string;
  readonly gatewayInside: string;
  readonly gatewayAddress: string;
  readonly gatewayRouter: string;
  readonly resolvers: string;
  readonly machines: string;
  readonly areas: string;
  readonly contacts: string;
  readonly allowedBy: string;
  readonly allowedAs: string;
  readonly allowedOn: string;
  readonly allowedUntil: string;
}

export const emptyDraft: BoxDraft = {
  ...{ name: "", placement: "auto", policy: "observe", host: "", port: "", fallback: "", url: "" },
  ...{ networks: "", gatewayInside: "", gatewayAddress: "", gatewayRouter: "" },
  ...{ inside: "", outside: "", management: "", isPppoe: false, vlan: "", address: "", router: "" },
  ...{ ownResolvers: "", resolvers: "" },
  ...{ machines: "", areas: "", contacts: "", allowedBy: "", allowedAs: "", allowedOn: "", allowedUntil: "" },
};

/** The fields' names on the form. */
export const fieldLabels = words<Readonly<Record<keyof BoxDraft, string>>>({
  name: "What do people call the site?",
  placement: "Where will the box stand?",
  policy: "What may it do by itself?",
  host: "Where does it find this controller?",
  port: "On which port?",
  fallback: "On which other port, where a network lets out no more?",
  url: "Where do people open it?",
  networks: "The site’s networks",
  inside: "Hardware address of the port towards the switch",
  outside: "Of the port towards the provider",
  management: "Of the port for management",
  isPppoe: "The line carries",
  vlan: "In a VLAN",
  address: "A fixed address of the management port",
  router: "The router there",
  ownResolvers: "The name servers there",
  gatewayInside: "The box’s address in the repair network",
  gatewayAddress: "A fixed address towards the provider",
  gatewayRouter: "The router beyond it",
  resolvers: "Name servers that may be asked whatever is shut",
  machines: "Machines that you vouch for",
  areas: "Areas that are cut off together",
  contacts: "Whom to call",
  allowedBy: "Who allows recordings",
  allowedAs: "As what",
  allowedOn: "Recordings allowed on which day",
  allowedUntil: "Recordings allowed until which day",
});

const ofGateway: readonly (keyof BoxDraft)[] = ["gatewayInside", "gatewayAddress", "gatewayRouter"];
const ofManagement: readonly (keyof BoxDraft)[] = ["management", "address", "router", "ownResolvers"];
const ofLine: readonly (keyof BoxDraft)[] = ["isPppoe", "vlan"];

const hidden: Readonly<Record<PlacementChoice, readonly (keyof BoxDraft)[]>> = {
  auto: ofGateway,
  lan: ofGateway,
  wan: [...ofGateway, "machines", "areas"],
  // From there nothing can be stopped, so there is nothing to allow.
  mirror: [...ofGateway, ...ofLine, "policy"],
  gateway: [...ofManagement, ...ofLine],
};

/** Whether a field is there for a box in that place. */
export function isAsked(key: keyof BoxDraft, placement: PlacementChoice): boolean {
  return !hidden[placement].includes(key);
}

/** Which field of the form a field of the plan is made of; of several the longest name counts. */
const fieldsByPath: Readonly<Record<string, keyof BoxDraft>> = {
  ...{ name: "name", placement: "placement", policy: "policy" },
  ...{ controller: "host", "controller.port": "port", "controller.fallbackPort": "fallback", "controller.url": "url" },
  ...{ networks: "networks", ports: "inside", "ports.outside": "outside", "ports.management": "management" },
  ...{ line: "isPppoe", "line.vlan": "vlan" },
  ...{ management: "address", "management.router": "router", "management.resolvers": "ownResolvers" },
  ...{ gateway: "gatewayInside", "gateway.outside": "gatewayAddress", "gateway.outside.router": "gatewayRouter" },
  ...{ resolvers: "resolvers", machines: "machines", areas: "areas", contacts: "contacts" },
  ...{ recording: "allowedBy", "recording.role": "allowedAs" },
  ...{ "recording.date": "allowedOn", "recording.until": "allowedUntil" },
};

/** What the controller says of a field of the plan, by the name that the field has on the form: "Whom to call, line 2: …". */
export function faultWords(fault: string): string {
  const [, path = "", text = ""] = /^([\w.[\]]+): (.*)$/s.exec(fault) ?? [];
  const plain = path.replaceAll(/\[\d+\]/g, "");
  const found = Object.keys(fieldsByPath)
    .filter((each) => plain === each || plain.startsWith(`${each}.`))
    .toSorted((a, b) => b.length - a.length)[0];
  const key = found === undefined ? undefined : fieldsByPath[found];
  if (key === undefined) return sentence(fault);
  const label = fieldLabels[key];
  const at = /\[(\d+)\]/.exec(path)?.[1];
  const field = at === undefined ? label : msg`${label}, no. ${at}`;
  const told = said(text);
  return `${field.replace(/\?$/, "")}: ${told}${/[.!?]$/.test(told) ? "" : "."}`;
}

/** Whether a name or address is one that every machine has for itself: a box does not find the controller by it. */
export function isLoopback(host: string): boolean {
  return /^((.*\.)?localhost\.?|::1|\[::1\]|127\..*)$/i.test(host.trim());
}

/** Whether an address leads everybody to the machine before him: a telephone that reads it from a label, to itself. */
export function isOwnUrl(url: string): boolean {
  return URL.canParse(url.trim()) && isLoopback(new URL(url.trim()).hostname);
}

/** Where the code on a label may lead of the address by which somebody has opened the controller; empty where that is for him alone. */
export function labelUrl(origin: string): string {
  return origin.startsWith("https://") && !isOwnUrl(origin) ? origin : "";
}

/** The plan, as the controller takes it; fields with nothing in them, and those that are not asked there, are left out. */
export function planOf(typed: BoxDraft): object {
  const { placement } = typed;
  const draft: BoxDraft = {
    ...typed,
    ...Object.fromEntries(hidden[placement].map((key) => [key, emptyDraft[key]])),
  };
  return (
    filled({
      version: 1,
      name: draft.name.trim(),
      placement,
      policy: draft.policy,
      controller: filled({
        host: draft.host.trim(),
        port: numeral(draft.port),
        fallbackPort: numeral(draft.fallback),
        url: draft.url.trim(),
      }),
      networks: wordsIn(draft.networks),
      ports: filled({
        inside: draft.inside.trim(),
        outside: draft.outside.trim(),
        management: draft.management.trim(),
      }),
      line:
        placement === "mirror" ? undefined : filled({ pppoe: draft.isPppoe || undefined, vlan: numeral(draft.vlan) }),
      management: filled({
        address: draft.address.trim(),
        router: draft.router.trim(),
        resolvers: wordsIn(draft.ownResolvers),
      }),
      gateway: filled({
        inside: draft.gatewayInside.trim(),
        outside: filled({ address: draft.gatewayAddress.trim(), router: draft.gatewayRouter.trim() }),
      }),
      resolvers: wordsIn(draft.resolvers),
      machines: linesIn(draft.machines).map((line) => {
        const [mac = "", is = ""] = line.split(/\s+/);
        return { mac, is };
      }),
      areas: linesIn(draft.areas).map((line) => {
        const [name = "", ...rest] = line.split(/:\s+|:$/);
        return { name: name.trim(), machines: wordsIn(rest.join(": ")) };
      }),
      contacts: linesIn(draft.contacts).map(contactOf),
      recording: filled({
        by: draft.allowedBy.trim(),
        role: draft.allowedAs.trim(),
        date: draft.allowedOn.trim(),
        until: draft.allowedUntil.trim(),
      }),
    }) ?? {}
  );
}

function contactOf(line: string): object {
  const [name = "", ...rest] = line.split(",").map((part) => part.trim());
  const email = rest.find((part) => part.includes("@"));
  const phone = rest.find((part) => /^[+0-9 ()/.-]+$/.test(part));
  return filled({ name, phone, email, for: rest.find((part) => part !== email && part !== phone) }) ?? {};
}

function linesIn(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function wordsIn(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

/** What is no number goes to the controller as it is, which says so. */
function numeral(text: string): number | string | undefined {
  const trimmed = text.trim();
  return trimmed === "" ? undefined : /^\d+$/.test(trimmed) ? Number(trimmed) : trimmed;
}

function filled(fields: Readonly<Record<string, unknown>>): object | undefined {
  const said = Object.entries(fields).filter(
    ([, value]) => value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0),
  );
  return said.length === 0 ? undefined : Object.fromEntries(said);
}
