/** What a preset would change of a site, said before it does. */
import type { PresetPlan } from "../api/preset-view.ts";
import type { SiteView } from "../api/view.ts";
import { basisOf, stepsTo, type PresetId, type SiteSettings } from "../fleet/presets.ts";

/** @param settings as the records hold them; `site` is what its box has said of that */
export function presetPlan(preset: PresetId, settings: SiteSettings, site: SiteView): PresetPlan {
  const { policy, reflex, barriers, cannot } = stepsTo(preset, settings);
  const { reported } = site.reflex;
  const { mode, budget } = settings.reflex;
  return {
    ...{ siteId: site.id, siteName: site.name, preset, basis: basisOf(settings), cannot: [...cannot] },
    policy:
      policy === null
        ? null
        : {
            ...{ from: settings.policy, to: policy },
            effect: site.policyEffects.find((effect) => effect.policy === policy) ?? null,
          },
    reflex:
      reflex === null
        ? null
        : {
            ...{ from: { mode, budget }, to: { ...reflex } },
            met: reported === null || reported.mode === null ? null : metOf([reported]),
          },
    barriers: barriers.map(({ way, to, before }) => {
      const seen = site.barriers.filter(({ id, reportedAt }) => id === before?.id && reportedAt !== null);
      return {
        ...{ way, to, from: before?.mode ?? null, until: before?.expiresAt ?? null },
        ...{ exceptions: before?.exceptions ?? [], met: seen.length === 0 ? null : metOf(seen) },
      };
    }),
  };
}

interface Counted {
  readonly passed: number;
  readonly stopped: number;
  readonly hosts: readonly { readonly passed: number; readonly stopped: number }[];
}

function metOf(counted: readonly Counted[]): { packets: number; hosts: number } {
  const hosts = counted.flatMap((each) => each.hosts).filter(({ passed, stopped }) => passed + stopped > 0);
  return { packets: counted.reduce((sum, { passed, stopped }) => sum + passed + stopped, 0), hosts: hosts.length };
}
