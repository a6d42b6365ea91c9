import type { CustomerView, PersonView, Role } from "../../../src/api/people-view.ts";
import type { SiteSummary } from "../../../src/api/view.ts";

/** What each role is called, and what it may. */
export const roleWords: Readonly<Record<Role, { readonly label: string; readonly may: string }>> = {
  owner: { label: "Owner", may: "Everything, people and customers included." },
  technician: {
    label: "Technician",
    may: "Cuts machines off and releases them, looks connections up, has packets recorded.",
  },
  reader: { label: "Reader", may: "Looks, and changes nothing." },
  guest: { label: "Guest", may: "Looks, by a link that ends. No password." },
};

/** In the order in which they are offered. */
export const roles = ["owner", "technician", "reader", "guest"] as const satisfies readonly Role[];

/** Whose sites somebody sees, in words. */
export function sightOf(
  { customers, sites }: Pick<PersonView, "customers" | "sites">,
  known: { readonly customers: readonly CustomerView[]; readonly sites: readonly Pick<SiteSummary, "id" | "name">[] },
): string {
  if (sites !== null) {
    const names = sites.map((id) => known.sites.find((site) => site.id === id)?.name ?? id);
    return names.length === 0 ? "No site" : names.join(", ");
  }
  if (customers === null) return "All sites";
  const names = customers.map(
    (id) => known.customers.find((customer) => customer.id === id)?.name ?? "a customer who is gone",
  );
  return names.length === 0 ? "No site" : `Sites of ${names.join(", ")}`;
}

/** How an account stands. */
export function standingOf(person: PersonView, now: number): string {
  if (person.isDisabled) return "Disabled";
  if (person.expiresAt !== null && person.expiresAt <= now) return "Over";
  if (person.role !== "guest" && !person.isTaken) return "Invited";
  return "Active";
}
