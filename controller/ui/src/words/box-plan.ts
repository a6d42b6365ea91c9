/** What somebody types about a new site, and the plan that is made of it. The controller says what is wrong with it. */

export type PlacementChoice = "auto" | "lan" | "wan" | "gateway" | "mirror";
export type PolicyChoice = "observe" | "guard" | "contain";

/** As it stands in the fields; lists have one entry on a line. */
export interface BoxDraft {
  readonly name: string;
  readonly placement: PlacementChoice;
  readonly policy: PolicyChoice;
  readonly host: string;
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
  ...{ name: "", placement: "auto", policy: "observe", host: "", url: "", networks: "" },
  ...{ inside: "", outside: "", management: "", isPppoe: false, vlan: "", address: "", router: "" },
  ...{ ownResolvers: "", resolvers: "" },
  ...{ machines: "", areas: "", contacts: "", allowedBy: "", allowedAs: "", allowedOn: "", allowedUntil: "" },
};

/** The plan, as the controller takes it; fields with nothing in them are left out. */
export function planOf(draft: BoxDraft): object {
  const { placement } = draft;
  return (
    filled({
      version: 1,
      name: draft.name.trim(),
      placement,
      policy: draft.policy,
      controller: filled({ host: draft.host.trim(), url: draft.url.trim() }),
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
