import { Type, type Static } from "typebox";
import { EnrolmentToken, Fingerprint } from "./enrolment.ts";
import { GatewayProfile } from "./gateway.ts";
import { sensorIdPattern } from "./topics.ts";
import { Mac, Placement, Policy, Time } from "./words.ts";

/** How many networks a site may have. */
export const maxLocalNets = 64;

/** A certificate with its key. */
export const Credentials = Type.Object({
  /** PEM certificate whose common name is the sensor's identifier. */
  certificate: Type.String({ maxLength: 16_384 }),
  /** PEM private key (PKCS #8). */
  privateKey: Type.String({ maxLength: 16_384 }),
});
export type Credentials = Static<typeof Credentials>;

const Base64 = Type.String({ pattern: "^[A-Za-z0-9+/]+=*$", maxLength: 128 });

/**
 * What is left on a box of the PIN on its label, eight digits: scrypt (RFC 7914) over them in UTF-8. Eight digits can be tried
 * out by whoever has the card and enough time; they keep out who stands at the management port, who is counted.
 */
export const PinHash = Type.Object({
  /** Scrypt's N, a power of two; with r and p. */
  cost: Type.Integer({ minimum: 1024, maximum: 1_048_576 }),
  blockSize: Type.Integer({ minimum: 1, maximum: 32 }),
  parallelization: Type.Integer({ minimum: 1, maximum: 16 }),
  salt: Base64,
  /** 32 bytes. */
  hash: Base64,
});
export type PinHash = Static<typeof PinHash>;

const address = (prefix: string) => Type.String({ pattern: `^(\\d{1,3}\\.){3}\\d{1,3}${prefix}$`, maxLength: 18 });

/** A fixed address of the management port. The image's first program reads it, so its fields stay in this order. */
export const ManagementProfile = Type.Object({
  /** With the length of its prefix. */
  address: address("/\\d{1,2}"),
  router: address(""),
  /** Name servers; absent means none. */
  resolvers: Type.Optional(Type.Array(address(""), { maxItems: 3 })),
});
export type ManagementProfile = Static<typeof ManagementProfile>;

/** Somebody to call about this box or its site. */
export const Contact = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 200 }),
  phone: Type.Optional(Type.String({ maxLength: 40 })),
  email: Type.Optional(Type.String({ maxLength: 202 })),
  /** What for; absent means anything. */
  for: Type.Optional(Type.String({ maxLength: 60 })),
});
export type Contact = Static<typeof Contact>;

/** What provision writes, the image places and the sensor reads at its start. */
export const SiteProfile = Type.Object({
  version: Type.Integer(),
  sensor: Type.String({ pattern: sensorIdPattern }),
  site: Type.Object({
    id: Type.String({ minLength: 1, maxLength: 64 }),
    name: Type.String({ minLength: 1, maxLength: 200 }),
    /** The site's networks in CIDR notation; empty means private and link-local ranges. */
    localNets: Type.Array(Type.String({ maxLength: 64 }), { maxItems: maxLocalNets }),
  }),
  placement: Placement,
  /**
   * True: `placement`, which is `lan` or `wan`, is where the box begins, and it goes over to the other when the traffic shows
   * that it stands there. Absent means that `placement` counts, whatever is seen.
   */
  isPlacementFound: Type.Optional(Type.Literal(true)),
  policy: Policy,
  ports: Type.Object({
    /** The bridge that joins the two line ports. */
    bridge: Type.String({ minLength: 1, maxLength: 15 }),
    /** Towards the machines. */
    inside: Type.String({ minLength: 1, maxLength: 15 }),
    /** Towards the provider. */
    outside: Type.String({ minLength: 1, maxLength: 15 }),
  }),
  /** For placement `gateway`; absent means {@link defaultGateway}. */
  gateway: Type.Optional(GatewayProfile),
  /**
   * What the line carries beside plain Ethernet, by a person's word: for the label alone, since the box follows both by itself. Absent
   * means that nobody has said. No password is among it.
   */
  line: Type.Optional(
    Type.Object({
      pppoe: Type.Optional(Type.Literal(true)),
      vlan: Type.Optional(Type.Integer({ minimum: 1, maximum: 4094 })),
    }),
  ),
  /** How the management port gets its address; absent means by DHCP. Not for placement `gateway`, which goes home by its outside. */
  management: Type.Optional(ManagementProfile),
  /** Of the PIN on the label, for the pages that the box itself serves; absent where there is none, and then they stay shut. */
  pin: Type.Optional(PinHash),
  /**
   * With what the box serves its own pages by TLS: a certificate that nobody but the box vouches for, whose fingerprint is on the label.
   * Whoever has the card has the PIN's hash as well, so its key needs no better place. Absent where there is none, and then they stay shut.
   */
  pages: Type.Optional(Credentials),
  /** Whom to call, for the pages that the box itself serves; absent means nobody was named. */
  contacts: Type.Optional(Type.Array(Contact, { maxItems: 4 })),
  /** Machines a person vouched for. */
  declared: Type.Array(
    Type.Object({ mac: Mac, role: Type.Union([Type.Literal("mail-server"), Type.Literal("server")]) }),
    { maxItems: 256 },
  ),
  /**
   * Machines whose work looks like an infected one's, by a person's word: `monitoring` watches machines, `scanner` looks for
   * weak spots of the site's, `backup` fetches from a list of them, `mail` hands over mail. What is that work within the site is not weighed; all else
   * they do is, and policies hold for them. Words that a sensor does not know say nothing to it. Absent means none.
   */
  duties: Type.Optional(Type.Array(Type.Object({ mac: Mac, duty: Type.String({ maxLength: 32 }) }), { maxItems: 256 })),
  controller: Type.Object({
    host: Type.String({ minLength: 1, maxLength: 253 }),
    port: Type.Integer({ minimum: 1, maximum: 65535 }),
    /** Where the controller is sought when `port` cannot be reached. Absent means 443. */
    fallbackPort: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535 })),
    /** Where people open the controller, for the code on the label. Absent means that nobody has said. */
    url: Type.Optional(Type.String({ pattern: "^https?://[^\\s]{1,200}$" })),
    /** PEM: who may sign the controller's certificate. Absent where `authorityFingerprint` says it. */
    authority: Type.Optional(Type.String({ maxLength: 16_384 })),
    /** Of that certificate, which the controller shows with its own. Absent where `authority` is there. */
    authorityFingerprint: Type.Optional(Fingerprint),
    /** The name the controller's certificate must carry. */
    serverName: Type.String({ minLength: 1, maxLength: 253 }),
    /** PEM public keys (Ed25519) whose desired documents are obeyed; two during a rotation. */
    signers: Type.Array(Type.String({ maxLength: 1024 }), { minItems: 1, maxItems: 2 }),
  }),
  /** Made by the controller, and carried to the box. Absent where the box makes its own key and enrols by itself. */
  credentials: Type.Optional(Credentials),
  /** With what the box enrols by itself. Absent where there are `credentials`. */
  enrolment: Type.Optional(
    Type.Object({
      token: EnrolmentToken,
      /** Until when the controller takes the token. */
      expiresAt: Time,
    }),
  ),
});
export type SiteProfile = Static<typeof SiteProfile>;

/** A profile that holds the key: older ones, and those of a lab. */
export type KeyedProfile = SiteProfile & {
  readonly credentials: Credentials;
  readonly controller: { readonly authority: string };
};

/** Whether a profile holds the key. */
export function isKeyed(profile: SiteProfile): profile is KeyedProfile {
  return profile.credentials !== undefined && profile.controller.authority !== undefined;
}

/** What a profile lacks that no field says alone; null where a sensor can start from it. */
export function identityFault({ credentials, enrolment, controller }: SiteProfile): string | null {
  if (credentials === undefined && enrolment === undefined) return "/credentials and /enrolment are both missing";
  if (credentials !== undefined) {
    return controller.authority === undefined ? "/controller/authority is missing, which goes with /credentials" : null;
  }
  const isKnown = controller.authority !== undefined || controller.authorityFingerprint !== undefined;
  return isKnown ? null : "/controller/authorityFingerprint is missing, which goes with /enrolment";
}
