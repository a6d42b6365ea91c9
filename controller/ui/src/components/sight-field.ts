import { html, nothing, type TemplateResult } from "lit";
import type { CustomerView } from "../../../src/api/people-view.ts";
import type { SiteSummary } from "../../../src/api/view.ts";
import { msg } from "../language/message.ts";
import { choiceField, tickField } from "./sheet-fields.ts";

/** Whose sites somebody is to see, as it is being chosen. */
export interface Sight {
  readonly kind: "all" | "customers" | "sites";
  readonly customers: readonly string[];
  readonly sites: readonly string[];
}

export const allSites: Sight = { kind: "all", customers: [], sites: [] };

/** As the API takes it. */
export function scopeOfSight({ kind, customers, sites }: Sight): {
  customers: string[] | null;
  sites: string[] | null;
} {
  return { customers: kind === "customers" ? [...customers] : null, sites: kind === "sites" ? [...sites] : null };
}

/** As the API gives it. */
export function sightOfScope(scope: {
  readonly customers: readonly string[] | null;
  readonly sites: readonly string[] | null;
}): Sight {
  const kind = scope.sites !== null ? "sites" : scope.customers !== null ? "customers" : "all";
  return { kind, customers: scope.customers ?? [], sites: scope.sites ?? [] };
}

/** All sites, those of some customers, or single ones. */
export function sightField(
  sight: Sight,
  known: { readonly customers: readonly CustomerView[]; readonly sites: readonly Pick<SiteSummary, "id" | "name">[] },
  onChange: (sight: Sight) => void,
): TemplateResult {
  const tick = (chosen: readonly string[], id: string, isOn: boolean): readonly string[] =>
    isOn ? [...chosen, id] : chosen.filter((each) => each !== id);
  const ticks = (key: "customers" | "sites", legend: string): TemplateResult =>
    tickField({
      legend,
      options: known[key].map(({ id, name }) => ({ value: id, label: name, isOn: sight[key].includes(id) })),
      onTick: (id, isOn) => onChange({ ...sight, [key]: tick(sight[key], id, isOn) }),
    });
  return html`${choiceField({
    ...{ legend: msg`Sees`, name: "sight", chosen: sight.kind },
    options: [
      ["all", msg`All sites`],
      ["customers", msg`Customers`],
      ["sites", msg`Single sites`],
    ],
    onChoose: (kind) => onChange({ ...sight, kind }),
  })}
  ${
    sight.kind === "customers" && known.customers.length === 0
      ? html`<p>${msg`There are no customers yet. They are added on the page of people.`}</p>`
      : nothing
  }
  ${sight.kind === "customers" && known.customers.length > 0 ? ticks("customers", msg`Customers`) : nothing}
  ${sight.kind === "sites" ? ticks("sites", msg`Sites`) : nothing}`;
}
