import { Type, type Static } from "typebox";
import { GatewayProfile } from "./gateway.ts";
import { sensorIdPattern } from "./topics.ts";
import { Mac, Placement, Policy } from "./words.ts";

/** How many networks a site may have. */
export const maxLocalNets = 64;

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
    /** PEM: who may sign the controller's certificate. */
    authority: Type.String({ maxLength: 16_384 }),
    /** The name the controller's certificate must carry. */
    serverName: Type.String({ minLength: 1, maxLength: 253 }),
    /** PEM public keys (Ed25519) whose desired documents are obeyed; two during a rotation. */
    signers: Type.Array(Type.String({ maxLength: 1024 }), { minItems: 1, maxItems: 2 }),
  }),
  credentials: Type.Object({
    /** PEM certificate whose common name is the sensor's identifier. */
    certificate: Type.String({ maxLength: 16_384 }),
    /** PEM private key (PKCS #8). */
    privateKey: Type.String({ maxLength: 16_384 }),
  }),
});
export type SiteProfile = Static<typeof SiteProfile>;
