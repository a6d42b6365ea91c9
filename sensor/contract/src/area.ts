import { Type, type Static } from "typebox";
import { wished } from "./barrier.ts";
import { Mac, Time } from "./words.ts";

/** A part of a site, as a person named it: a plain switch tells nobody what hangs where. */
export const Area = Type.Object({
  /** Given by the controller, never used again. */
  id: Type.String({ minLength: 1, maxLength: 64 }),
  name: Type.String({ minLength: 1, maxLength: 200 }),
  hosts: Type.Array(Mac, { maxItems: 1000 }),
});
export type Area = Static<typeof Area>;

/** An area cut off. */
export const AreaCut = Type.Object({
  ...wished,
  /** An {@link Area} of the same document. */
  area: Type.String({ minLength: 1, maxLength: 64 }),
  /**
   * `internet` cuts each of its hosts from the Internet. `neighbours` cuts it from the rest of the site, which behind a plain
   * switch only a person can do: the sensor tells how far he is.
   */
  from: Type.Union([Type.Literal("internet"), Type.Literal("neighbours")]),
});
export type AreaCut = Static<typeof AreaCut>;

/** How far an area's cut really reaches. */
export const AreaLevel = Type.Union([
  /** None of its hosts is cut. */
  Type.Literal("none"),
  Type.Literal("unconfirmed"),
  Type.Literal("simulated"),
  /** Only a person can do it. */
  Type.Literal("by-hand"),
  /** Some of its hosts are cut from the Internet. */
  Type.Literal("partly-cut"),
  /** All of its hosts are. */
  Type.Literal("internet-cut"),
]);
export type AreaLevel = Static<typeof AreaLevel>;

const Hosts = Type.Array(Mac, { maxItems: 1000 });

/** What became of one area's cut. */
export const ReportedAreaCut = Type.Object({
  ...AreaCut.properties,
  level: AreaLevel,
  /** When all of it was first seen to hold; null while it does not. */
  inForceSince: Type.Union([Time, Type.Null()]),
  /** How many hosts the area has. */
  hosts: Type.Integer({ minimum: 0 }),
  /** Those that the kernel holds cut from the Internet. */
  cut: Hosts,
  /** Those that have not been heard here for two minutes: what unplugging them looks like from here. */
  silent: Hosts,
  packetsStopped: Type.Integer({ minimum: 0 }),
  /** Why it is not in force, for a person; null where it is, or is only on its way. */
  refusal: Type.Union([Type.String({ maxLength: 400 }), Type.Null()]),
});
export type ReportedAreaCut = Static<typeof ReportedAreaCut>;

/** A host that was not heard for so long counts as silent. */
export const silentAfterMs = 120_000;
