/**
 * Presets: how a site is set, by one name. Each says what the box does by itself, how the reflex is set, and for a few
 * ways of spreading whether they are counted or shut for the whole site. What a preset does not name stays as people set it.
 */
import { createHash } from "node:crypto";
import {
  whyNoBarrier,
  type Barrier,
  type BarrierMode,
  type BarrierWay,
  type Placement,
  type Policy,
  type ReflexWish,
} from "@cordon/contract";

export type PresetId = "watch" | "ask" | "mailers" | "contain" | "outbreak";

export interface Preset {
  readonly policy: Policy;
  readonly reflex: Pick<ReflexWish, "mode" | "budget">;
  readonly barriers: Readonly<Partial<Record<BarrierWay, BarrierMode>>>;
}

// All counted: so that of each way it is known what shutting it would stop, before anybody shuts it.
const counted = { mail: "dry", smb: "dry", sql: "dry", telnet: "dry", irc: "dry", spoofed: "dry" } as const;

/** The mildest first. */
export const presets: Readonly<Record<PresetId, Preset>> = {
  watch: { policy: "observe", reflex: { mode: "dry", budget: "usual" }, barriers: counted },
  ask: { policy: "observe", reflex: { mode: "enforce", budget: "usual" }, barriers: counted },
  mailers: { policy: "guard", reflex: { mode: "dry", budget: "usual" }, barriers: { ...counted, mail: "enforce" } },
  contain: {
    policy: "contain",
    reflex: { mode: "enforce", budget: "usual" },
    barriers: { ...counted, mail: "enforce", smb: "enforce", sql: "enforce" },
  },
  outbreak: {
    policy: "contain",
    reflex: { mode: "enforce", budget: "tight" },
    barriers: {
      ...{ mail: "enforce", smb: "enforce", sql: "enforce", telnet: "enforce" },
      ...{ irc: "enforce", rdp: "enforce", spoofed: "enforce" },
    },
  },
};

export const presetIds = Object.keys(presets) as readonly PresetId[];

/** What a preset is held against: how a site is set. */
export interface SiteSettings {
  readonly policy: Policy;
  readonly reflex: ReflexWish;
  /** All that are wished for the site; those of an area are nobody's but a person's. */
  readonly barriers: readonly Barrier[];
  /** Null where the box has not said. */
  readonly placement: Placement | null;
}

/** What becomes another with a preset. */
export interface PresetSteps {
  readonly policy: Policy | null;
  readonly reflex: Pick<ReflexWish, "mode" | "budget"> | null;
  readonly barriers: readonly {
    readonly way: BarrierWay;
    readonly to: BarrierMode;
    /** What is wished for now; null where the way is open. */
    readonly before: Barrier | null;
  }[];
  /** Ways that cannot be had from where the box stands; they stay as they are. */
  readonly cannot: readonly { readonly way: BarrierWay; readonly why: string }[];
}

/** From how a site is set to a preset: what is so already is no step. */
export function stepsTo(id: PresetId, { policy, reflex, barriers, placement }: SiteSettings): PresetSteps {
  const preset = presets[id];
  const cannot: { way: BarrierWay; why: string }[] = [];
  const steps: PresetSteps["barriers"][number][] = [];
  for (const [name, to] of Object.entries(preset.barriers)) {
    const way = name as BarrierWay;
    const why = placement === null ? null : whyNoBarrier({ way, mode: to, area: null }, placement);
    if (why !== null) {
      cannot.push({ way, why });
      continue;
    }
    const before = barriers.find((barrier) => barrier.way === way && barrier.area === null) ?? null;
    // One that ends by itself would leave the preset by and by.
    if (before?.mode !== to || before.expiresAt !== null) steps.push({ way, to, before });
  }
  const { mode, budget } = preset.reflex;
  return {
    policy: policy === preset.policy ? null : preset.policy,
    reflex: reflex.mode === mode && reflex.budget === budget ? null : preset.reflex,
    barriers: steps,
    cannot,
  };
}

/** Whether a site is set as the preset says, as far as its box can. */
export function isAt({ policy, reflex, barriers }: PresetSteps): boolean {
  return policy === null && reflex === null && barriers.length === 0;
}

/** Changes whenever the settings do: whoever gives it back has decided on these and no others. */
export function basisOf(settings: SiteSettings): string {
  const { policy, reflex, placement } = settings;
  const barriers = settings.barriers
    .filter(({ area }) => area === null)
    .map(({ id, mode, expiresAt, exceptions }) => ({ id, mode, expiresAt, exceptions: exceptions.toSorted() }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const text = JSON.stringify([policy, reflex.mode, reflex.budget, barriers, placement]);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
