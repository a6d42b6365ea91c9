/**
 * Who may do what. Routes name the right they need; a route that names none is the owner's alone.
 */

/** What a person or a token is for this controller. */
export const roles = ["owner", "technician", "reader", "guest"] as const;
export type Role = (typeof roles)[number];

export const rights = ["look", "act", "search", "record", "withdraw", "run"] as const;

/**
 * `look`: see sites and machines. `act`: contain, release, and whatever else changes what a box does. `search`: look up whose
 * connection was whose. `record`: have packets recorded, and take them. `withdraw`: take a box's identity back. `run`: people, customers,
 * tokens, and what concerns the controller as a whole.
 */
export type Right = (typeof rights)[number];

const rightsOf: Readonly<Record<Role, readonly Right[]>> = {
  owner: rights,
  technician: ["look", "act", "search", "record", "withdraw"],
  reader: ["look"],
  guest: ["look"],
};

/** Whose sites somebody sees; null is all of them, those without a customer included. */
export interface Scope {
  readonly customers: readonly string[] | null;
  readonly sites: readonly string[] | null;
}

export const everything: Scope = { customers: null, sites: null };

/** Who a request is from. */
export interface Principal extends Scope {
  /** As audit log and containments name it. */
  readonly author: string;
  readonly role: Role;
  /** Null for who came by a link of the machine's terminal, and for tokens. */
  readonly personId: string | null;
}

/** Whether a role has a right. */
export function may(role: Role, right: Right): boolean {
  return rightsOf[role].includes(right);
}

/** Whether somebody sees a site. */
export function sees(scope: Scope, site: { readonly id: string; readonly customer_id: string | null }): boolean {
  const isCustomers =
    scope.customers === null || (site.customer_id !== null && scope.customers.includes(site.customer_id));
  return isCustomers && (scope.sites === null || scope.sites.includes(site.id));
}

/** Whether somebody sees all sites, those to come included. */
export function isEverything({ customers, sites }: Scope): boolean {
  return customers === null && sites === null;
}
