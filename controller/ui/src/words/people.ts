import type { CustomerView, PersonView, Role } from "../../../src/api/people-view.ts";
import type { SiteSummary } from "../../../src/api/view.ts";
import { msg, words } from "../language/message.ts";

/** What each role is called, and what it may. */
export const roleWords = words<Readonly<Record<Role, { readonly label: string; readonly may: string }>>>({
  owner: { label: "Owner", may: "Everything, people and customers included." },
  technician: {
    label: "Technician",
    may: "Cuts machines off and releases them, looks connections up, has packets recorded.",
  },
  reader: { label: "Reader", may: "Looks, and changes nothing." },
  guest: { label: "Guest", may: "Looks, by a link that ends. No password." },
});

/** A role within a sentence: "Signed in as Tom, technician". */
export const roleInSentence = words<Readonly<Record<Role, string>>>({
  owner: "owner",
  technician: "technician",
  reader: "reader",
  guest: "guest",
});

/** In the order in which they are offered. */
export const roles = ["owner", "technician", "reader", "guest"] as const satisfies readonly Role[];

/** Whose sites somebody sees, in words. */
export function sightOf(
  { customers, sites }: Pick<PersonView, "customers" | "sites">,
  known: { readonly customers: readonly CustomerView[]; readonly sites: readonly Pick<SiteSummary, "id" | "name">[] },
): string {
  if (sites !== null) {
    const names = sites.map((id) => known.sites.find((site) => site.id === id)?.name ?? id);
    return names.length === 0 ? msg`No site` : names.join(", ");
  }
  if (customers === null) return msg`All sites`;
  const names = customers.map(
    (id) => known.customers.find((customer) => customer.id === id)?.name ?? msg`a customer who is gone`,
  );
  return names.length === 0 ? msg`No site` : msg`Sites of ${names.join(", ")}`;
}

/** How an account stands. */
type AccountStanding = "active" | "invited" | "disabled" | "over";

export const standingWords = words<Readonly<Record<AccountStanding, string>>>({
  active: "Active",
  invited: "Invited",
  disabled: "Disabled",
  over: "Over // a guest's link",
});

export function standingOf(person: PersonView, now: number): AccountStanding {
  if (person.isDisabled) return "disabled";
  if (person.expiresAt !== null && person.expiresAt <= now) return "over";
  if (person.role !== "guest" && !person.isTaken) return "invited";
  return "active";
}
