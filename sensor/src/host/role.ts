import { duties, type Duty } from "@cordon/contract";
import { formatMac } from "../packet/address.ts";
import { unknownRole, type Host, type Role, type RoleName } from "./host.ts";

/** The higher, the more it says: a mail server that also resolves names is a mail server. */
const ranks: Readonly<Record<RoleName, number>> = {
  unknown: 0,
  // What a machine is found to be says more of what stops with it.
  monitoring: 1,
  scanner: 1,
  backup: 1,
  resolver: 2,
  server: 3,
  gateway: 4,
  "mail-server": 5,
};

export const roleNames = Object.keys(ranks) as readonly RoleName[];

const reasons: Readonly<Record<RoleName, string>> = {
  unknown: unknownRole.reason,
  monitoring: "A person declared that it watches other machines.",
  scanner: "A person declared that it looks for weak spots.",
  backup: "A person declared that it fetches backups.",
  resolver: "It answers questions for names.",
  server: "A person declared it a server.",
  gateway: "Its network card carries addresses from outside the site.",
  "mail-server": "It takes mail from outside: it answers on port 25.",
};

const mailReason = "A person declared it a mail server.";

/** Gives a host a role it earned, unless it has one that says more. True where that changed it. */
export function earnRole(host: Host, name: RoleName): boolean {
  if (ranks[name] <= ranks[host.role.name]) return false;
  const { isDeclared = false } = host.role;
  host.role = { name, reason: reasons[name], ...(isDeclared ? { isDeclared } : {}) };
  return true;
}

/** Whether no machine earns this role by what it does. */
export function isDeclaredOnly(name: RoleName): boolean {
  return name === "server" || duties.some((duty) => duty === name);
}

/** Roles that a person declared, by MAC. */
export function declaredRoles(
  declared: readonly { readonly mac: string; readonly role: "mail-server" | "server" }[],
): ReadonlyMap<string, Role> {
  return new Map(
    declared.map(({ mac, role }) => [
      mac.toLowerCase(),
      {
        name: role,
        reason: role === "mail-server" ? mailReason : reasons.server,
        isDeclared: true,
      },
    ]),
  );
}

/** Work that a person declared, by MAC. Words that are not known here say nothing. */
export function declaredDuties(
  declared: readonly { readonly mac: string; readonly duty: string }[],
): ReadonlyMap<string, Duty> {
  return new Map(
    declared.flatMap(({ mac, duty }): [string, Duty][] => {
      const known = duties.find((name) => name === duty);
      return known === undefined ? [] : [[mac.toLowerCase(), known]];
    }),
  );
}

/** What a new host starts with: what a person said of it. */
export function takeUpDeclared(
  host: Host,
  said: { readonly declared: ReadonlyMap<string, Role>; readonly duties: ReadonlyMap<string, Duty> },
): void {
  if (host.mac === -1) return;
  const mac = formatMac(host.mac);
  host.duty = said.duties.get(mac) ?? null;
  host.role = said.declared.get(mac) ?? unknownRole;
  if (host.duty === null) return;
  if (host.duty !== "mail") earnRole(host, host.duty);
  else if (host.role.name !== "mail-server") host.role = { ...host.role, name: "mail-server", reason: mailReason };
}

/** A person has said something else since: what was earned stands, but for what rested on his word. True where that is news. */
export function takeUpDuty(
  host: Host,
  said: { readonly declared: ReadonlyMap<string, Role>; readonly duties: ReadonlyMap<string, Duty> },
): boolean {
  if (host.mac === -1) return false;
  const { role, duty } = host;
  if ((said.duties.get(formatMac(host.mac)) ?? null) === duty) return false;
  takeUpDeclared(host, said);
  const isByWord = isDeclaredOnly(role.name) || (duty === "mail" && role.reason === mailReason);
  if (!isByWord) earnRole(host, role.name);
  return true;
}
