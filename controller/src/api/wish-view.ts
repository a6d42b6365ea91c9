/** What the API shows of, and takes as, wishes for more than one machine; see {@link "./view.ts"}. */
import { Type, type Static } from "typebox";
import {
  Area,
  AreaCut,
  AreaLevel,
  Barrier,
  BarrierLevel,
  BarrierMode,
  Duty,
  LineLevel,
  PortalWish,
  RemediesWish,
  ReportedBarrier,
  Time,
} from "@cordon/contract";

const orNull = <T extends Parameters<typeof Type.Optional>[0]>(type: T) => Type.Union([type, Type.Null()]);

const asked = {
  id: Type.String(),
  reason: Type.String(),
  author: Type.String(),
  /** When the person clicked. */
  askedAt: Time,
  expiresAt: orNull(Time),
  /** The level in words for a person. */
  levelText: Type.String(),
  /** When the kernel was first seen to hold it; null while it does not. */
  inForceSince: orNull(Time),
  /** When the sensor last reported on it; null before the first report. */
  reportedAt: orNull(Time),
  /** True from its release until the sensor reports that it is gone. */
  releasing: Type.Boolean(),
  refusal: orNull(Type.String()),
};

/** A way of spreading shut, as asked and as reached. */
export const BarrierView = Type.Object({
  ...asked,
  way: Barrier.properties.way,
  /** As asked for. */
  mode: BarrierMode,
  area: Barrier.properties.area,
  exceptions: Barrier.properties.exceptions,
  level: BarrierLevel,
  passed: Type.Integer(),
  stopped: Type.Integer(),
  /** Packets by machine, within the last day. */
  hosts: ReportedBarrier.properties.hosts,
  refusedExceptions: ReportedBarrier.properties.refusedExceptions,
});
export type BarrierView = Static<typeof BarrierView>;

/** An area cut off, as asked and as reached. */
export const AreaCutView = Type.Object({
  ...asked,
  area: Type.String(),
  from: AreaCut.properties.from,
  level: AreaLevel,
  /** How many machines the area has. */
  hosts: Type.Integer(),
  /** Those that the kernel holds cut from the Internet. */
  cut: Type.Array(Type.String()),
  /** Those that went silent, as they do when they are unplugged. */
  silent: Type.Array(Type.String()),
  packetsStopped: Type.Integer(),
});
export type AreaCutView = Static<typeof AreaCutView>;

/** The line cut for everybody, as asked and as reached. */
export const LineCutView = Type.Object({ ...asked, level: LineLevel, packetsStopped: Type.Integer() });
export type LineCutView = Static<typeof LineCutView>;

/** What quarantined machines keep, as a person set it, and what of that cannot be. */
export const RemediesSettingView = Type.Object({
  remedies: RemediesWish,
  portal: PortalWish,
  /** What is left out of it, with the reason. */
  refused: Type.Array(Type.String()),
});
export type RemediesSettingView = Static<typeof RemediesSettingView>;

/** Everything that is wished for more than one machine of a site. */
export const SiteWishesView = Type.Object({
  areas: Type.Array(Area),
  barriers: Type.Array(BarrierView),
  areaCuts: Type.Array(AreaCutView),
  lineCut: orNull(LineCutView),
  keeps: RemediesSettingView,
  /** Whom a barrier of `dns` leaves open, as a person set it. */
  resolvers: Type.Array(Type.String()),
});
export type SiteWishesView = Static<typeof SiteWishesView>;

const Reason = Type.String({ minLength: 1, maxLength: 500 });
const term = { reason: Reason, expiresAt: orNull(Time) };

/** Body of PUT /api/v1/sites/:siteId/barriers/:way. */
export const BarrierSetting = Type.Object({
  ...term,
  mode: Type.Union([Type.Literal("off"), BarrierMode]),
  /** Null, or absent, is the whole site. */
  area: Type.Optional(Barrier.properties.area),
  exceptions: Barrier.properties.exceptions,
  /** With `dns`: who may still be asked for names. Absent leaves the site's own as they are. */
  resolvers: Type.Optional(
    Type.Array(Type.String({ pattern: "^[0-9a-fA-F:.]{2,45}$" }), { minItems: 1, maxItems: 32 }),
  ),
});
export type BarrierSetting = Static<typeof BarrierSetting>;

/** Body of POST /api/v1/sites/:siteId/areas and PUT …/areas/:areaId. */
export const AreaSetting = Type.Object({
  name: Area.properties.name,
  hosts: Area.properties.hosts,
  reason: Reason,
  /** Needed where a declared server joins an area that is cut off: that he knows, and means it. Absent means no. */
  isConfirmed: Type.Optional(Type.Boolean()),
});
export type AreaSetting = Static<typeof AreaSetting>;

/** Body of POST /api/v1/sites/:siteId/area-cuts. */
export const AreaCutWish = Type.Object({
  ...term,
  area: Type.String({ minLength: 1, maxLength: 64 }),
  from: AreaCut.properties.from,
  /** Needed where a machine of the area was declared a server: that he knows, and means it. Absent means no. */
  isConfirmed: Type.Optional(Type.Boolean()),
});
export type AreaCutWish = Static<typeof AreaCutWish>;

/** Body of PUT /api/v1/sites/:siteId/line-cut. */
export const LineCutWish = Type.Object({
  ...term,
  /** Always needed: that he knows whom it cuts off, and means it. Absent means no. */
  isConfirmed: Type.Optional(Type.Boolean()),
});
export type LineCutWish = Static<typeof LineCutWish>;

/** Body of the DELETEs of areas and cuts. */
export const EndWish = Type.Object({ reason: Reason });

/** Body of PUT /api/v1/sites/:siteId/remedies. */
export const RemediesSetting = Type.Object({ remedies: RemediesWish, portal: PortalWish, reason: Reason });
export type RemediesSetting = Static<typeof RemediesSetting>;

/** Body of PUT /api/v1/sites/:siteId/pardons/:host. */
export const PardonWish = Type.Object({ reason: Reason, until: orNull(Time) });
export type PardonWish = Static<typeof PardonWish>;

/** Body of PUT /api/v1/sites/:siteId/duties/:host. */
export const DutyWish = Type.Object({ duty: Duty, reason: Reason });
export type DutyWish = Static<typeof DutyWish>;
