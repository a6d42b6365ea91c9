/**
 * What a person says of one client's site, before there is a box: the file that `site new` writes and `box create` reads, and
 * the body of the controller's request for a box. Version 1; fields are only added. Each value says in `allowed` what may stand
 * there, in the words that a fault is told in; `isSecret` marks what no message may repeat, `isNeverTaken` what this release refuses
 * by a reason of its own, and no message may offer.
 */
import { Type, type Static, type TSchema } from "typebox";

/** Version of the format of a site file. */
export const sitePlanVersion = 1;

const octet = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const ipv4 = `(${octet}\\.){3}${octet}`;

export const allowedMac = "six bytes in hex, such as 00:1b:21:3a:4f:05";
const Mac = Type.String({
  pattern: "^[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}$",
  allowed: allowedMac,
});
const Ipv4 = Type.String({ pattern: `^${ipv4}$`, allowed: "an IPv4 address, such as 192.168.1.1" });
const InterfaceAddress = Type.String({
  pattern: `^${ipv4}/([89]|[12]\\d|30)$`,
  allowed: "an IPv4 address with the length of its prefix, such as 192.168.1.5/24",
});
const Name = Type.String({ minLength: 1, maxLength: 200, allowed: "1 to 200 characters on one line" });
const Port = Type.Integer({ minimum: 1, maximum: 65_535, allowed: "a port from 1 to 65535" });
const Vlan = Type.Integer({ minimum: 1, maximum: 4094, allowed: "a VLAN from 1 to 4094 (IEEE 802.1Q)" });
const Yes = Type.Boolean({ allowed: "true or false" });
const Secret = Type.String({
  ...{ minLength: 1, maxLength: 128, isSecret: true, isNeverTaken: true },
  allowed: "1 to 128 characters",
});
const Day = Type.String({
  pattern: "^20\\d\\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$",
  allowed: "a day as year, month and day, such as 2027-01-31",
});

/** An object of which every key is known. */
const group = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });
const list = <S extends TSchema>(of: S, maxItems: number) =>
  Type.Array(of, { maxItems, allowed: `a list of ${maxItems} at most` });

/** What a machine is, by a person's word. */
export const machineRoles = ["mail-server", "server", "monitoring", "scanner", "backup", "mail"] as const;

export const SitePlan = group({
  /** Of this format. */
  version: Type.Literal(sitePlanVersion, { allowed: String(sitePlanVersion) }),
  /** What people call the site. */
  name: Name,
  placement: Type.Enum(["lan", "wan", "gateway", "mirror", "auto"], {
    allowed:
      "lan (router and switch), wan (modem and router), gateway (a repair network's router), mirror (a port of copies), auto (lan or wan, the box finds out)",
  }),
  /** What the box may do by itself. Absent means `observe`. */
  policy: Type.Optional(
    Type.Enum(["observe", "guard", "contain"], {
      allowed: "observe (nothing), guard (slow down, stop a way of spreading), contain (cut off)",
    }),
  ),
  controller: group({
    /** Where the box finds the controller's broker. */
    host: Type.String({ minLength: 1, maxLength: 253, allowed: "a name such as cordon.example.net, or an IP address" }),
    /** Absent means 8883. */
    port: Type.Optional(Port),
    /** Where it is sought when that cannot be reached; absent means 443. */
    fallbackPort: Type.Optional(Port),
    /** Where people find the controller; for the code on the label. */
    url: Type.Optional(
      Type.String({
        pattern: "^https://[^\\s]{1,200}$",
        allowed: "an address that begins with https://, such as https://cordon.example.net",
      }),
    ),
  }),
  /** The site's networks; absent means private and link-local ranges. */
  networks: Type.Optional(
    list(
      Type.String({ maxLength: 64, allowed: "an address and the length of its prefix, such as 192.168.1.0/24" }),
      64,
    ),
  ),
  /** Which socket is which, by its MAC; absent means by their places on the bus. */
  ports: Type.Optional(group({ inside: Mac, outside: Mac, management: Type.Optional(Mac) })),
  /** What the line carries; the box follows tags and PPPoE by itself, the label's picture says it. Absent means plain Ethernet. */
  line: Type.Optional(
    group({
      pppoe: Type.Optional(Yes),
      vlan: Type.Optional(Vlan),
      user: Type.Optional(Secret),
      password: Type.Optional(Secret),
    }),
  ),
  /** How the management port gets its address; absent means by DHCP. */
  management: Type.Optional(
    group({
      address: Type.Optional(InterfaceAddress),
      router: Type.Optional(Ipv4),
      resolvers: Type.Optional(list(Ipv4, 3)),
      vlan: Type.Optional({ ...Vlan, isNeverTaken: true }),
    }),
  ),
  /** The way home by radio. */
  wifi: Type.Optional({ ...group({ name: Name, password: Type.Optional(Secret) }), isNeverTaken: true }),
  /** For placement `gateway`: the repair network. */
  gateway: Type.Optional(
    group({
      /** The box's address there; absent means 10.213.77.1/24. */
      inside: Type.Optional(InterfaceAddress),
      /** Its address outside; absent means by DHCP. */
      outside: Type.Optional(group({ address: InterfaceAddress, router: Ipv4 })),
    }),
  ),
  /** Name servers that machines may ask whatever is shut; of a gateway, those that it asks. */
  resolvers: Type.Optional(
    list(
      Type.String({ pattern: "^[0-9a-fA-F:.]{2,45}$", allowed: "an IP address of one machine, such as 192.168.1.1" }),
      32,
    ),
  ),
  /** Machines that a person vouches for. */
  machines: Type.Optional(
    list(
      group({
        mac: Mac,
        is: Type.Enum([...machineRoles], {
          allowed:
            "mail-server or server (never cut off by the policy); monitoring, scanner, backup or mail (work that looks like an infected machine's)",
        }),
      }),
      256,
    ),
  ),
  /** Parts of the site that are cut off together. */
  areas: Type.Optional(list(group({ name: Name, machines: list(Mac, 1000) }), 64)),
  /** Whom to call; the first stands on the page of a machine that is cut off. */
  contacts: Type.Optional(
    list(
      group({
        name: Name,
        phone: Type.Optional(
          Type.String({ pattern: "^[+0-9 ()/.-]{3,40}$", allowed: "a telephone number, such as +49 30 1234" }),
        ),
        email: Type.Optional(
          Type.String({ pattern: "^[^\\s@]{1,100}@[^\\s@]{1,100}$", allowed: "an address such as help@example.net" }),
        ),
        /** What for; absent means anything. */
        for: Type.Optional(
          Type.String({ minLength: 1, maxLength: 60, allowed: "a few words, such as: when the line is dead" }),
        ),
      }),
      3,
    ),
  ),
  /** Who has allowed that whole packets are recorded. It switches nothing on. */
  recording: Type.Optional(
    group({
      by: Name,
      role: Name,
      /** When it was given. */
      date: Day,
      /** The last day. */
      until: Day,
      /** One machine; absent means the whole site. */
      machine: Type.Optional(Mac),
    }),
  ),
});
export type SitePlan = Static<typeof SitePlan>;
