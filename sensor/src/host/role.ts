import { formatMac } from "../packet/address.ts";
import { unknownRole, type Host, type Role, type RoleName } from "./host.ts";

/** The higher, the more it says: a mail server that also resolves names is a mail server. */
const ranks: Readonly<Record<RoleName, number>> = {
  unknown: 0,
  resolver: 1,
  server: 2,
  gateway: 3,
  "mail-server": 4,
};

export const roleNames = Object.keys(ranks) as readonly RoleName[];

const reasons: Readonly<Record<RoleName, string>> = {
  unknown: unknownRole.reason,
  resolver: "It answers questions for names.",
  server: "A person declared it a server.",
  gateway: "Its network card carries addresses from outside the site.",
  "mail-server": "It takes mail from outside: it answers on port 25.",
};

/** Gives a host a role it earned, unless it has one that says more. True where that changed it. */
export function earnRole(host: Host, name: RoleName): boolean {
  if (ranks[name] <= ranks[host.role.name]) return false;
  const { isDeclared = false } = host.role;
  host.role = { name, reason: reasons[name], ...(isDeclared ? { isDeclared } : {}) };
  return true;
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
        reason: role === "mail-server" ? "A person declared it a mail server." : reasons.server,
        isDeclared: true,
      },
    ]),
  );
}

/** The role a new host starts with. */
export function firstRole(mac: number, declared: ReadonlyMap<string, Role>): Role {
  return (mac === -1 ? undefined : declared.get(formatMac(mac))) ?? unknownRole;
}
