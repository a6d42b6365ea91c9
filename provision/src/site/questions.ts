import { usualFallbackPort } from "@cordon/contract";
import { placeOf } from "../placements.ts";
import type { SitePlan } from "./site-plan.ts";

/** What has been said so far. */
export type Draft = { -readonly [Key in keyof SitePlan]?: unknown };

export interface Question {
  /** The field that the answer is for, from the top. */
  readonly path: readonly string[];
  readonly ask: string;
  /** What an empty answer means, for a person; absent: it has to be answered. */
  readonly empty?: string;
  /** What is written down for an empty answer; absent: nothing. */
  readonly emptyValue?: unknown;
  /** What stands behind an answer. */
  readonly read: (text: string) => unknown;
  /** More than one: asked again until the answer is empty. */
  readonly isList?: true;
  readonly isAsked?: (draft: Draft) => boolean;
}

const words = (text: string): string => text;
const numeral = (text: string): unknown => (/^\d+$/.test(text) ? Number(text) : text);
const yes = (text: string): unknown =>
  ({ y: true, yes: true, true: true, n: false, no: false, false: false })[text.toLowerCase()] ?? text;
const parts = (text: string): string[] =>
  text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");

const isGateway = ({ placement }: Draft): boolean => placement === "gateway";
const isLine = ({ placement }: Draft): boolean => placement === "wan" || placement === "auto" || placement === "lan";
const knowsMachines = ({ placement }: Draft): boolean => placement !== "wan";
const has = (draft: Draft, group: keyof Draft, field: string): boolean =>
  (draft[group] as Readonly<Record<string, unknown>> | undefined)?.[field] !== undefined;

/** In the order in which they are asked. */
export const questions: readonly Question[] = [
  { path: ["name"], ask: "What do people call the site?", read: words },
  {
    path: ["placement"],
    ask: `Where will the box stand?\n${(["lan", "wan", "gateway", "mirror", "auto"] as const)
      .map((name) => `  ${name.padEnd(8)} ${placeOf(name) ?? ""}`)
      .join("\n")}\n`,
    empty: "auto",
    emptyValue: "auto",
    read: words,
  },
  { path: ["controller", "host"], ask: "Where does the box find its controller (a name, or an address)?", read: words },
  { path: ["controller", "port"], ask: "At which port?", empty: "8883", read: numeral },
  {
    path: ["controller", "fallbackPort"],
    ask: "And where that port is shut?",
    empty: String(usualFallbackPort),
    read: numeral,
  },
  {
    path: ["controller", "url"],
    ask: "Where do people open the controller (https://…)? The code on the label leads there.",
    empty: "none",
    read: words,
  },
  {
    path: ["networks"],
    ask: "The site's networks, with commas between them?",
    empty: "private and link-local ranges",
    read: parts,
  },
  {
    path: ["ports", "inside"],
    ask: "The hardware address of the box's port towards the switch?",
    empty: "the ports go by their places: management first, then inside, then outside",
    read: words,
  },
  {
    path: ["ports", "outside"],
    ask: "Of its port towards the provider?",
    read: words,
    isAsked: (draft) => has(draft, "ports", "inside"),
  },
  {
    path: ["ports", "management"],
    ask: "Of its port for management?",
    empty: "the first of the others",
    read: words,
    isAsked: (draft) => has(draft, "ports", "inside"),
  },
  { path: ["line", "pppoe"], ask: "Does the line carry PPPoE (y, n)?", empty: "no", read: yes, isAsked: isLine },
  {
    path: ["line", "vlan"],
    ask: "Does the line carry a VLAN tag? Which?",
    empty: "none",
    read: numeral,
    isAsked: isLine,
  },
  {
    path: ["management", "address"],
    ask: "A fixed address for the management port, with its prefix (192.168.1.5/24)?",
    empty: "by DHCP",
    read: words,
    isAsked: (draft) => !isGateway(draft),
  },
  {
    path: ["management", "router"],
    ask: "The router there?",
    read: words,
    isAsked: (draft) => has(draft, "management", "address"),
  },
  {
    path: ["management", "resolvers"],
    ask: "The name servers there, with commas between them?",
    empty: "none, which goes where the controller is named by its address",
    read: parts,
    isAsked: (draft) => has(draft, "management", "address"),
  },
  {
    path: ["gateway", "inside"],
    ask: "The box's address in the repair network, with its prefix?",
    empty: "10.213.77.1/24",
    read: words,
    isAsked: isGateway,
  },
  {
    path: ["gateway", "outside", "address"],
    ask: "A fixed address on its outside port, with its prefix?",
    empty: "by DHCP",
    read: words,
    isAsked: isGateway,
  },
  {
    path: ["gateway", "outside", "router"],
    ask: "The router there?",
    read: words,
    isAsked: (draft) => isGateway(draft) && has(draft, "gateway", "outside"),
  },
  {
    path: ["resolvers"],
    ask: "Name servers that may be asked whatever is shut, with commas between them?",
    empty: "none named",
    read: parts,
  },
  {
    path: ["machines"],
    ask: "A machine to vouch for: its hardware address and what it is (mail-server, server, monitoring, scanner, backup, mail)?",
    empty: "no more",
    isList: true,
    read(text) {
      const [mac = "", is = ""] = text.split(/\s+/);
      return { mac, is };
    },
    isAsked: knowsMachines,
  },
  {
    path: ["areas"],
    ask: "An area to cut off together: its name, a colon, hardware addresses with commas between them?",
    empty: "no more",
    isList: true,
    read(text) {
      const [name = "", ...rest] = text.split(/:\s+|:$/);
      return { name: name.trim(), machines: parts(rest.join(":")) };
    },
    isAsked: knowsMachines,
  },
  {
    path: ["policy"],
    ask: "What may the box do by itself: observe, guard (slow down, stop a way of spreading), contain (cut off)?",
    empty: "observe",
    emptyValue: "observe",
    read: words,
    // A box there can stop nothing.
    isAsked: ({ placement }) => placement !== "mirror",
  },
  {
    path: ["contacts"],
    ask: "Whom to call: name, telephone, e-mail, what for; with commas between them?",
    empty: "no more",
    isList: true,
    read: contactOf,
  },
  {
    path: ["recording", "by"],
    ask: "Has somebody allowed that whole packets are recorded? Who?",
    empty: "nobody",
    read: words,
  },
  {
    path: ["recording", "role"],
    ask: "As what (the client's manager, …)?",
    read: words,
    isAsked: (draft) => has(draft, "recording", "by"),
  },
  {
    path: ["recording", "date"],
    ask: "On which day (year-month-day)?",
    read: words,
    isAsked: (draft) => has(draft, "recording", "by"),
  },
  {
    path: ["recording", "until"],
    ask: "Until which day?",
    read: words,
    isAsked: (draft) => has(draft, "recording", "by"),
  },
];

function contactOf(text: string): Readonly<Record<string, string>> {
  const [name = "", ...rest] = parts(text);
  const email = rest.find((each) => each.includes("@"));
  const phone = rest.find((each) => /^[+0-9 ()/.-]+$/.test(each));
  const purpose = rest.find((each) => each !== email && each !== phone);
  return {
    name,
    ...(phone === undefined ? {} : { phone }),
    ...(email === undefined ? {} : { email }),
    ...(purpose === undefined ? {} : { for: purpose }),
  };
}
