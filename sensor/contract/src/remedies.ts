import { Type, type Static } from "typebox";
import { shippedNames } from "./remedy-catalogue.ts";
import { vectorPorts } from "./plain-words.ts";
import { Mac, Time } from "./words.ts";
import { reflexTcpPorts } from "./reflex.ts";

/**
 * What a quarantined host keeps on purpose, so that it can be cleaned and its user told: remedies, by name
 * or by address, and the page that answers a browser's own question for a portal.
 */

/** A host name of at least two labels, in lower case: one label would be a whole top-level domain. */
export const remedyNamePattern = "^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])$";

const Ports = Type.Array(Type.Integer({ minimum: 1, maximum: 65535 }), { minItems: 1, maxItems: 8 });

/** TCP ports of a remedy that names none. */
export const remedyPorts: readonly number[] = [80, 443];

/** A name that stays reachable, and every name that ends in it: `example.com` covers `a.example.com`, not `anexample.com`. */
export const RemedyName = Type.Object({
  name: Type.String({ pattern: remedyNamePattern, maxLength: 253 }),
  /** TCP ports; absent means {@link remedyPorts}. */
  ports: Type.Optional(Ports),
});
export type RemedyName = Static<typeof RemedyName>;

/** An address that stays reachable. */
export const RemedyAddress = Type.Object({
  /** IPv4 or IPv6, of one machine. */
  address: Type.String({ pattern: "^[0-9a-fA-F:.]{2,45}$" }),
  /** TCP ports; absent means {@link remedyPorts}. */
  ports: Type.Optional(Ports),
});
export type RemedyAddress = Static<typeof RemedyAddress>;

/** What every quarantined host of a site keeps. */
export const RemediesWish = Type.Object({
  /** Whether the names of {@link shippedNames} hold beside these. */
  shipped: Type.Boolean(),
  names: Type.Array(RemedyName, { maxItems: 256 }),
  addresses: Type.Array(RemedyAddress, { maxItems: 64 }),
  /**
   * Names whose port 80 is answered by the page, beside those that browsers and systems ask by themselves;
   * absent means no others.
   */
  probes: Type.Optional(Type.Array(Type.String({ pattern: remedyNamePattern, maxLength: 253 }), { maxItems: 32 })),
});
export type RemediesWish = Static<typeof RemediesWish>;

/** What holds for a site that wishes for nothing. */
export const defaultRemedies: RemediesWish = { shipped: true, names: [], addresses: [] };

/** The page for the user of a quarantined host. Plain text: it is escaped, and cut where it does not fit. */
export const PortalWish = Type.Object({
  /** Whether there is a page; without it a probe's port 80 is refused like every other. */
  isOn: Type.Boolean(),
  /** Absent means a text that says what happened. */
  text: Type.Optional(Type.String({ maxLength: 400 })),
  /**
   * The language of its own words (the first part of a BCP 47 tag) where the user's browser names none that the box speaks. Absent, or
   * one that the box does not speak, means English.
   */
  language: Type.Optional(Type.String({ pattern: "^[a-z]{2,3}$" })),
  /** Whom to call; absent says that whoever looks after the network knows. */
  contact: Type.Optional(Type.String({ maxLength: 160 })),
});
export type PortalWish = Static<typeof PortalWish>;

/** Languages that a box of this release speaks on that page. */
export const portalLanguages = ["en", "de"] as const;

/** What holds for a site that wishes for nothing. */
export const defaultPortal: PortalWish = { isOn: true };

/** Remedies as whoever enforces them takes them. */
export interface RemediesInForce {
  readonly names: readonly { readonly name: string; readonly ports: readonly number[] }[];
  readonly addresses: readonly { readonly address: string; readonly ports: readonly number[] }[];
  readonly probes: readonly string[];
  /** What was wished for and is left out, with the reason, for a person. */
  readonly refused: readonly string[];
}

// Worms spread by these: an exception for one would reopen to an infected host what its cut is for.
const spreading: ReadonlySet<number> = new Set([
  ...reflexTcpPorts,
  ...Object.entries(vectorPorts).flatMap(([vector, ports]) => (vector === "web" ? [] : ports)),
]);

/** Whether a port is none that worms spread by, so that a remedy may have it. */
export function isRemedyPort(port: number): boolean {
  return !spreading.has(port);
}

/** What a wish comes to. Absent means {@link defaultRemedies}. */
export function remediesInForce(wish: RemediesWish = defaultRemedies): RemediesInForce {
  const shipped = wish.shipped ? shippedNames : [];
  const refused: string[] = [];
  const usable = (what: string, ports: readonly number[] = remedyPorts) => {
    for (const port of ports) {
      if (!isRemedyPort(port)) refused.push(`${what} keeps no port ${port}, which worms spread by`);
    }
    return ports.filter(isRemedyPort);
  };
  return {
    names: [...shipped.filter(({ use }) => use !== "probe"), ...wish.names]
      .map(({ name, ports }) => ({ name, ports: usable(name, ports) }))
      .filter(({ ports }) => ports.length > 0),
    addresses: wish.addresses
      .map(({ address, ports }) => ({ address, ports: usable(address, ports) }))
      .filter(({ ports }) => ports.length > 0),
    // A page costs nobody anything, so the shipped probes hold always.
    probes: [...shippedNames.filter(({ use }) => use === "probe").map(({ name }) => name), ...(wish.probes ?? [])],
    refused,
  };
}

/** A remedy that a quarantined host reaches now. */
export const OpenRemedy = Type.Object({
  host: Mac,
  /** The name that the host asked for; null for a remedy by address. */
  name: Type.Union([Type.String({ maxLength: 253 }), Type.Null()]),
  address: Type.String({ maxLength: 45 }),
  ports: Ports,
  /** The kernel closes it then by itself. */
  until: Time,
  /** Packets that went to it. */
  packets: Type.Integer({ minimum: 0 }),
  /** Other names that are known to have this address, and are reached by it as well; some of them where there are many. */
  alsoServes: Type.Array(Type.String({ maxLength: 253 }), { maxItems: 8 }),
  /** Who answered the host so, the last of several; absent: a remedy by address, or a sensor that does not tell. */
  resolver: Type.Optional(Type.String({ maxLength: 45 })),
  /**
   * Resolvers of the site that within an hour have said of the name nothing that {@link OpenRemedy.resolver} has said:
   * one of them may lie, or the name is served from many places. Absent: none does, or a sensor that does not compare.
   */
  contradictedBy: Type.Optional(Type.Array(Type.String({ maxLength: 45 }), { maxItems: 4 })),
});
export type OpenRemedy = Static<typeof OpenRemedy>;

/** What quarantined hosts reach, as the sensor holds it. */
export const ReportedRemedies = Type.Object({
  /** The resolvers that quarantined hosts may ask, a few times a second each. */
  resolvers: Type.Array(Type.String({ maxLength: 45 }), { maxItems: 16 }),
  /** The newest where there are more. */
  open: Type.Array(OpenRemedy, { maxItems: 512 }),
  /** Pages sent since start. */
  pages: Type.Integer({ minimum: 0 }),
  /** Why something is not as wished, for a person; null where all is. */
  refusal: Type.Union([Type.String({ maxLength: 400 }), Type.Null()]),
});
export type ReportedRemedies = Static<typeof ReportedRemedies>;
