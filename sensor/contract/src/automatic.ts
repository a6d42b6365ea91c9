import { Type, type Static } from "typebox";
import { Containment, type AnyContainment } from "./desired.ts";
import { Evidence, type HostSnapshot } from "./host-snapshot.ts";
import { measured } from "./measured.ts";
import { vectorPorts } from "./plain-words.ts";
import { Vector, type Policy } from "./words.ts";

/**
 * What the site's policy contains without anybody's wish. Apart from {@link Containment}, since it is
 * nobody's wish: a controller that reads past it neither asks for it nor ends it.
 */
export const AutomaticContainment = Type.Object({
  ...Containment.properties,
  /** Given by the sensor, never used again. */
  kind: Type.Union([Type.Literal("throttle"), Type.Literal("vector"), Type.Literal("quarantine")]),
  /** Null for `quarantine`, and for a `throttle` of all new contacts. */
  vector: Type.Union([Vector, Type.Null()]),
  /** The ledger for and against as it stood when this was taken; the heaviest lines of either side. */
  evidence: Type.Array(Evidence, { maxItems: 16 }),
});
export type AutomaticContainment = Static<typeof AutomaticContainment>;

/** What became of one, as measured in the kernel. */
export const ReportedAutomatic = Type.Object({ ...AutomaticContainment.properties, ...measured });
export type ReportedAutomatic = Static<typeof ReportedAutomatic>;

/** A step of the ladder that a policy takes by itself. */
export type Rung = Pick<AutomaticContainment, "kind" | "vector">;

/** The steps that a policy may hold, least harm first. */
export const rungsOf: Readonly<Record<Policy, readonly Rung["kind"][]>> = {
  observe: [],
  guard: ["throttle", "vector"],
  contain: ["throttle", "vector", "quarantine"],
};

// Without them nobody works, and whoever takes them for a worm's was wrong most of the time.
const spared: ReadonlySet<string> = new Set(["gateway", "resolver"]);

/**
 * What a policy would do with a host as it stands; null where it does nothing. One place for sensor and
 * controller, so that what a person is told before he chooses is what happens after.
 */
export function rungOf(policy: Policy, host: Pick<HostSnapshot, "mac" | "role" | "verdict" | "vector">): Rung | null {
  if (policy === "observe" || host.mac === null || host.vector === null) return null;
  if (spared.has(host.role.name) || host.role.declared === true) return null;
  const vector = vectorPorts[host.vector].length > 0 ? host.vector : null;
  if (host.verdict === "suspect") return { kind: "throttle", vector };
  if (host.verdict !== "infected") return null;
  if (policy === "contain") return { kind: "quarantine", vector: null };
  return { kind: vector === null ? "throttle" : "vector", vector };
}

/** Whether the first stops all that the second would. */
export function covers(one: Pick<AnyContainment, "kind" | "vector">, other: Rung): boolean {
  if (one.kind === "quarantine") return true;
  if (one.kind === "vector") return other.kind !== "quarantine" && other.vector === one.vector;
  return other.kind === "throttle" && (one.vector === null || one.vector === other.vector);
}
