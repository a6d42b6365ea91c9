import type { Duty } from "@cordon/contract";
import type { AddressKey } from "../packet/packet.ts";
import type { HostNames } from "./host-names.ts";
import type { KindClue } from "./kind.ts";
import { SeveralSigns } from "./several.ts";

/** Work that nothing but a person's word tells from an infected machine's. Handing over mail is told by what mail servers do. */
export type Work = Exclude<Duty, "mail">;

export type RoleName = "mail-server" | "server" | "gateway" | "resolver" | Work | "unknown";

export interface Role {
  readonly name: RoleName;
  /** One sentence: what the role rests on. */
  readonly reason: string;
  /** A person vouched for it; nothing it earns takes that away. Default false. */
  readonly isDeclared?: boolean;
}

/** An address that a machine has or had. */
export interface HostAddress {
  /** Contacts that it made from it. */
  contacts: number;
  readonly firstAt: number;
  lastAt: number;
  /** Key of the machine that had it before; null where none is known. */
  from: string | null;
}

/** A machine on the site. What it did lies in tables that are keyed by this object. */
export interface Host {
  /** By this tables of numbers know it; another's once it is forgotten. */
  readonly number: number;
  /** Its MAC, or its address where MACs say nothing. */
  key: string;
  /** -1 where the key is an address. */
  mac: number;
  /** Every address it had; newest last. */
  readonly addresses: Map<AddressKey, HostAddress>;
  /** What it called itself when it asked for an address: by this a machine that comes back is known. */
  name: string | null;
  /** All names that it gives itself, for people's eyes. */
  readonly names: HostNames;
  /** What kind of machine it seems to be, for people's eyes; null where nothing tells. */
  kind: KindClue | null;
  /** Whether several machines seem to speak by its card, for people's eyes. */
  readonly several: SeveralSigns;
  /** It stands for every machine behind a router that translates addresses. */
  isMany: boolean;
  /** Of one that is many: a mail server stands behind the router, for port 25 was answered to the outside. */
  takesMail: boolean;
  role: Role;
  /** What a person declared its work to be; null where nobody did. It stands beside whatever role is earned. */
  duty: Duty | null;
  readonly firstSeenAt: number;
  lastSeenAt: number;
  contacts: number;
}

export const unknownRole: Role = { name: "unknown", reason: "Nothing it did tells what it is for." };

export function newHost(key: string, mac: number, at: number, number: number): Host {
  return {
    number,
    key,
    mac,
    addresses: new Map(),
    name: null,
    names: new Map(),
    kind: null,
    several: new SeveralSigns(),
    isMany: false,
    takesMail: false,
    role: unknownRole,
    duty: null,
    firstSeenAt: at,
    lastSeenAt: at,
    contacts: 0,
  };
}
