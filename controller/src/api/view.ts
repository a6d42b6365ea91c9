/**
 * What the API shows of a fleet: the shapes that the UI renders and every other client may rely
 * on. Server and UI ship together, so nothing here is versioned apart from the path `/api/v1`.
 */
import { Type, type Static } from "typebox";
import {
  Contact,
  Evidence,
  Health,
  HostSnapshot,
  Level,
  DeclaredDuty,
  LineCheck,
  LineState,
  Pardon,
  Placement,
  Policy,
  ReflexWish,
  ReportedBoot,
  ReportedProbation,
  ReportedReflex,
  ReportedRemedies,
  Sweep,
  Time,
  Vector,
} from "@cordon/contract";
import { roles } from "../account/rights.ts";
import { problemCodes } from "./problem-codes.ts";
import { AtBoxView } from "./at-box-view.ts";
import { SiteWishesView } from "./wish-view.ts";

/** A containment as asked and as reached. */
export const ContainmentView = Type.Object({
  id: Type.String(),
  kind: Type.Union([Type.Literal("throttle"), Type.Literal("vector"), Type.Literal("quarantine")]),
  vector: Type.Union([Vector, Sweep, Type.Null()]),
  host: Type.String(),
  reason: Type.String(),
  author: Type.String(),
  /** When the person clicked. */
  askedAt: Time,
  expiresAt: Type.Union([Time, Type.Null()]),
  level: Level,
  /** The level in words for a person. */
  levelText: Type.String(),
  /** When the kernel was first seen to hold it; null while it does not. */
  inForceSince: Type.Union([Time, Type.Null()]),
  packetsStopped: Type.Integer(),
  /** Frames stopped beside these because they hide their port; null where the sensor counts none. */
  hiddenStopped: Type.Union([Type.Integer(), Type.Null()]),
  lastStoppedAt: Type.Union([Time, Type.Null()]),
  /** When the sensor last reported on it; null before the first report. */
  reportedAt: Type.Union([Time, Type.Null()]),
  /** True from the click on Release until the sensor reports that it is gone. */
  releasing: Type.Boolean(),
  refusal: Type.Union([Type.String(), Type.Null()]),
  /** True where the site's policy took it and nobody asked. */
  automatic: Type.Boolean(),
  /** The ledger as it stood when the policy took it; empty where a person asked. */
  evidence: Type.Array(Evidence),
});
export type ContainmentView = Static<typeof ContainmentView>;

export const HostView = Type.Object({
  ...HostSnapshot.properties,
  /** Who made its network card; null where the registry names nobody, or the MAC is none of a maker. */
  vendor: Type.Union([Type.String(), Type.Null()]),
  /** True where ledger, further names and addresses are left out: who has thousands of machines asks for one of them. Absent means no. */
  isShort: Type.Optional(Type.Boolean()),
  /** One sentence for the table: the heaviest line of the case for, else against. */
  why: Type.String(),
  /** Containments asked for or in force. */
  containments: Type.Array(ContainmentView),
  /** What cuts it off together with others, as last reported; null where nothing does. */
  cutWith: Type.Union([Type.Literal("line"), Type.Literal("area"), Type.Null()]),
  /** A person's word that the policy leaves it alone; null where there is none. */
  pardon: Type.Union([Pardon, Type.Null()]),
  /** A person's word on what it is for; null where there is none. A duty of the site profile is in `role` alone. */
  duty: Type.Union([
    Type.Object({
      ...DeclaredDuty.properties,
      /** Whether the box has said that it follows this word. */
      isFollowed: Type.Boolean(),
    }),
    Type.Null(),
  ]),
  /** What people wrote of it; null where nobody did. Empty texts were not given. */
  particulars: Type.Union([
    Type.Object({
      owner: Type.String(),
      phone: Type.String(),
      place: Type.String(),
      note: Type.String(),
      author: Type.String(),
      at: Time,
      /** When its photo was taken in; null where there is none. */
      photoAt: Type.Union([Time, Type.Null()]),
    }),
    Type.Null(),
  ]),
});
export type HostView = Static<typeof HostView>;

export const SensorView = Type.Object({
  id: Type.String(),
  state: Type.Union([Type.Literal("never-seen"), Type.Literal("online"), Type.Literal("silent")]),
  /** Since when it is in that state; null where it was never seen. */
  since: Type.Union([Time, Type.Null()]),
  software: Type.Union([Type.String(), Type.Null()]),
  /** Whether it has a certificate that counts. */
  identity: Type.Object({
    state: Type.Union([
      Type.Literal("not-enrolled"),
      Type.Literal("enrolled"),
      Type.Literal("revoked"),
      Type.Literal("retired"),
    ]),
    /** When its certificate ends, or its token where it has not enrolled; null where neither is there, or nobody noted it. */
    until: Type.Union([Time, Type.Null()]),
  }),
  /** Null before its first hello. */
  placement: Type.Union([Placement, Type.Null()]),
  placementReasons: Type.Array(Type.String()),
  blindSpots: Type.Array(Type.String()),
  canContain: Type.Boolean(),
  /** What the box's kernel can do, by name, as it tried; empty where nothing was tried yet. */
  kernelFeatures: Type.Record(Type.String(), Type.Boolean()),
  /** Revision asked for and revision reached. */
  desiredRevision: Type.Integer(),
  reportedRevision: Type.Integer(),
  reportedAt: Type.Union([Time, Type.Null()]),
  health: Type.Array(Health),
  /** How long its start took, as it noted; null where it has not said. */
  boot: Type.Union([ReportedBoot, Type.Null()]),
  /** Packets that are to be stopped and had come past every rule, to be stopped at the outside port; null where nobody counts them. */
  pastRules: Type.Union([Type.Integer(), Type.Null()]),
  /** Of the last pulse; null before it. */
  figures: Type.Union([
    Type.Object({
      at: Time,
      contacts: Type.Integer(),
      packetsStopped: Type.Integer(),
      packetsSeen: Type.Integer(),
      packetsLimited: Type.Integer(),
    }),
    Type.Null(),
  ]),
});
export type SensorView = Static<typeof SensorView>;

const counts = Type.Object({
  hosts: Type.Integer(),
  infected: Type.Integer(),
  suspect: Type.Integer(),
  watched: Type.Integer(),
  clear: Type.Integer(),
  /** Of the clear ones those that were never heard to begin anything. */
  unheard: Type.Integer(),
  /** Infected hosts that are cut off or whose vector is stopped, as reported. */
  contained: Type.Integer(),
});

/** A site in the fleet list. */
export const SiteSummary = Type.Object({
  id: Type.String(),
  name: Type.String(),
  policy: Policy,
  sensor: SensorView,
  /** Null before the sensor's first word on it. */
  line: Type.Union([LineState, Type.Null()]),
  counts,
  /** The state of the site in one sentence, e.g. "Line open: 2 machines infected, none of them cut off." */
  sentence: Type.String(),
  /** Cause and next step. */
  cause: Type.String(),
  /** The same in short, for a list of sites. */
  row: Type.Object({
    /** What is to be seen first, with its stop or colon; empty where nothing is. */
    lead: Type.String(),
    rest: Type.String(),
    /** Since when somebody is needed; null where nobody is, or it is not known. */
    since: Type.Union([Time, Type.Null()]),
  }),
});
export type SiteSummary = Static<typeof SiteSummary>;

/** The reflex of a site as wished and as last reported. */
export const ReflexView = Type.Object({
  wish: ReflexWish,
  /** Null where the box has not said, or has no reflex. */
  reported: Type.Union([ReportedReflex, Type.Null()]),
  reportedAt: Type.Union([Time, Type.Null()]),
});
export type ReflexView = Static<typeof ReflexView>;

/** What a policy would do by itself as the machines stand now; names are as a person calls them. */
export const PolicyEffect = Type.Object({
  policy: Policy,
  /** Machines it would hold, with the containment each would have. */
  holds: Type.Array(
    Type.Object({
      host: Type.String(),
      name: Type.String(),
      kind: ContainmentView.properties.kind,
      vector: ContainmentView.properties.vector,
      /** True where the policy in force holds the very same already, as reported. */
      isHeld: Type.Boolean(),
      /** True where it has cut the machine off by now, and this one would not. */
      isMilder: Type.Boolean(),
    }),
  ),
  /** Machines that the policy in force holds and this one would let go. */
  lets: Type.Array(Type.Object({ host: Type.String(), name: Type.String() })),
});
export type PolicyEffect = Static<typeof PolicyEffect>;

/** A site with its hosts, strangest first. */
export const SiteView = Type.Object({
  ...SiteSummary.properties,
  /** Strangest first. */
  hosts: Type.Array(HostView),
  /** Of a site with many machines, where a ledger was asked for: names what was told of them, for `hostsSince`. */
  hostsEdition: Type.Optional(Type.String()),
  /** With an answer to `hostsSince`: `hosts` are those that look otherwise since, and these are there no more. Absent: `hosts` are all. */
  hostsGone: Type.Optional(Type.Array(Type.String())),
  reflex: ReflexView,
  ...SiteWishesView.properties,
  /** Machines never seen before, while an incident is open; null while nobody is on probation. */
  probation: Type.Union([ReportedProbation, Type.Null()]),
  /** What quarantined hosts still reach, as last reported; null where the box opens nothing for them. */
  remedies: Type.Union([ReportedRemedies, Type.Null()]),
  /** What each policy would do now, the mildest first. */
  policyEffects: Type.Array(PolicyEffect),
  /** The policy that the box says it follows; null where it has not said. */
  reportedPolicy: Type.Union([Policy, Type.Null()]),
  /**
   * The last hour in complete steps of ten seconds for the charts, oldest first: how many first contacts were
   * made and how many packets were stopped within the step, and how many hosts stood infected at its
   * end. A step without a word from the sensor is missing.
   */
  series: Type.Array(
    Type.Object({ at: Time, contacts: Type.Integer(), packetsStopped: Type.Integer(), infected: Type.Integer() }),
  ),
  /** What answers on the way to the Internet, as last reported, from the box outward; empty where the box does not say. */
  lineChecks: Type.Array(LineCheck),
  /** What the box may do by itself while its line is dead, and what was done there. */
  atBox: AtBoxView,
  /** Whom to call, as the profile of the box names them; empty at the centre, which does not keep them. */
  contacts: Type.Array(Contact),
});
export type SiteView = Static<typeof SiteView>;

/** Body of POST /api/v1/sites/:siteId/containments. */
export const ContainmentWish = Type.Object({
  kind: Type.Union([Type.Literal("throttle"), Type.Literal("vector"), Type.Literal("quarantine")]),
  host: Type.String({ minLength: 1, maxLength: 64 }),
  /** Needed for `vector`; a `throttle` without one limits all new contacts, and there is none of what has no ports. */
  vector: Type.Optional(Type.Union([Vector, Sweep, Type.Null()])),
  reason: Type.String({ minLength: 1, maxLength: 500 }),
  expiresAt: Type.Union([Time, Type.Null()]),
  /** Needed to cut off a machine that a person declared a server: that he knows, and means it. Absent means no. */
  isConfirmed: Type.Optional(Type.Boolean()),
});
export type ContainmentWish = Static<typeof ContainmentWish>;

/** One line of GET /api/v1/machines. */
export const FoundMachine = Type.Object({
  siteId: Type.String(),
  siteName: Type.String(),
  host: Type.String(),
  /** What a person calls it. */
  name: Type.String(),
  address: Type.Union([Type.String(), Type.Null()]),
  /** Whose it is and where it stands; empty where nobody wrote that down. */
  where: Type.String(),
  verdict: HostSnapshot.properties.verdict,
});
export type FoundMachine = Static<typeof FoundMachine>;

/** Body of PUT /api/v1/sites/:siteId/hosts/:host/particulars. */
export const ParticularsWish = Type.Object({
  owner: Type.String({ maxLength: 100 }),
  phone: Type.String({ maxLength: 40 }),
  /** Where it stands: floor, room, desk. */
  place: Type.String({ maxLength: 100 }),
  note: Type.String({ maxLength: 1000 }),
});
export type ParticularsWish = Static<typeof ParticularsWish>;

/** Body of PUT /api/v1/sites/:siteId/hosts/:host/photo. */
export const PhotoWish = Type.Object({
  /** Base64 of a JPEG of at most 200 KiB, and 2048 pixels a side. */
  jpeg: Type.String({ minLength: 4, maxLength: 280_000, contentEncoding: "base64" }),
});

/** Body of PUT /api/v1/sites/:siteId/reflex. */
export const ReflexSetting = Type.Object({
  ...ReflexWish.properties,
  reason: Type.String({ minLength: 1, maxLength: 500 }),
});

/** Body of PUT /api/v1/sites/:siteId/policy. */
export const PolicySetting = Type.Object({
  policy: Policy,
  reason: Type.String({ minLength: 1, maxLength: 500 }),
});

/** Body of DELETE /api/v1/sites/:siteId/containments/:id. */
export const ReleaseWish = Type.Object({
  reason: Type.String({ minLength: 1, maxLength: 500 }),
  /** How long the policy leaves the machine alone; default 24 hours, null until withdrawn. */
  pardonUntil: Type.Optional(Type.Union([Time, Type.Null()])),
});
export type ReleaseWish = Static<typeof ReleaseWish>;

/** Body of DELETE /api/v1/sites/:siteId/pardons/:host. */
export const WithdrawalWish = Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500 }) });

/** Body of POST /api/v1/sites/:siteId/withdrawals. */
export const IdentityWithdrawal = Type.Object({
  /** `revoke`: the box is refused until it enrols with a new token; `retire`: for good. */
  kind: Type.Union([Type.Literal("revoke"), Type.Literal("retire")]),
  reason: Type.String({ pattern: "\\S", maxLength: 500 }),
});

/** Body of POST /api/v1/session: what stands behind `#` in a login link. */
export const LoginWish = Type.Union([
  /** On the label of the box that this is. */
  Type.Object({ pin: Type.String({ minLength: 1, maxLength: 64 }) }),
  /** Of a link of the terminal, which works once, or of a guest's. */
  Type.Object({ token: Type.String({ minLength: 1, maxLength: 128 }) }),
  Type.Object({
    name: Type.String({ minLength: 1, maxLength: 100 }),
    password: Type.String({ minLength: 1, maxLength: 256 }),
    /** Six digits of the app on the phone. */
    code: Type.String({ pattern: "^\\d{6}$" }),
  }),
]);
export type LoginWish = Static<typeof LoginWish>;

/** Body of POST /api/v1/session/look: what stands behind `#` in a login link. */
export const LoginLinkWish = Type.Object({ token: Type.String({ minLength: 1, maxLength: 128 }) });

/** Whom a login link lets in. */
export const LoginLinkView = Type.Union([
  /** Once, by a link of the terminal. */
  Type.Object({ kind: Type.Literal("operator"), madeAt: Time, until: Time }),
  /** `until` is null where a guest's link has no end. */
  Type.Object({ kind: Type.Literal("guest"), name: Type.String(), until: Type.Union([Time, Type.Null()]) }),
]);
export type LoginLinkView = Static<typeof LoginLinkView>;

/** Answer of POST and GET /api/v1/session. */
export const SessionView = Type.Object({
  author: Type.String(),
  role: Type.Enum([...roles]),
  /** What the role may. */
  rights: Type.Array(Type.String()),
  expiresAt: Time,
});
export type SessionView = Static<typeof SessionView>;

/** One line of GET /api/v1/refusals: messages of one sensor that were not let in. */
export const RefusalView = Type.Object({
  /** Empty where the sender was not known. */
  sensorId: Type.String(),
  /** Whose box that is; null where it is nobody's. */
  siteId: Type.Union([Type.String(), Type.Null()]),
  /** In kebab case: `malformed-notices`, `publish-outside-prefix`, … */
  reason: Type.String(),
  count: Type.Integer(),
  firstAt: Time,
  lastAt: Time,
  lastError: Type.String(),
});
export type RefusalView = Static<typeof RefusalView>;

/** What one server-sent event says: that this site's view changed. Clients fetch it anew. */
export const SiteChanged = Type.Object({ siteId: Type.String(), at: Time });
export type SiteChanged = Static<typeof SiteChanged>;

/** An error as RFC 9457 problem+json. */
export const Problem = Type.Object({
  /** Stable, from a closed list. */
  code: Type.Enum(problemCodes),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  /** With `already-asked`: the containment that stands already. */
  existing: Type.Optional(ContainmentView),
});
export type Problem = Static<typeof Problem>;
