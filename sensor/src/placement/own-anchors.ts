import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { AnchorRole } from "../host/anchor-title.ts";
import { parseAddress } from "../packet/address.ts";
import type { AddressKey } from "../packet/packet.ts";

/** An address that the box itself goes by. */
export interface OwnAnchor {
  readonly role: AnchorRole;
  readonly address: AddressKey;
}

// Where systemd-resolved says which resolvers the box was given; elsewhere it is the one beside it.
const resolverFiles = ["/run/systemd/resolve/resolv.conf", "/etc/resolv.conf"] as const;

/** What the box itself goes by. */
export interface OwnPlace {
  readonly anchors: readonly OwnAnchor[];
  /** The networks in which it stands with its bridge, and the machines inside with it. */
  readonly onLink: readonly string[];
}

/** The gateway and the resolvers that the box itself was given, and its networks; none of what cannot be read. */
export async function ownPlace(bridge: string): Promise<OwnPlace> {
  const [routes, ...files] = await Promise.all([
    promisify(execFile)("ip", ["-4", "-j", "route", "show"], { timeout: 5000 }).then(
      ({ stdout }) => stdout,
      () => "[]",
    ),
    ...resolverFiles.map((path) => readFile(path, "utf8").catch(() => null)),
  ]);
  const resolvers = resolversIn(files.find((text) => text !== null) ?? "");
  return { anchors: [...gatewaysIn(routes), ...resolvers], onLink: networksIn(routes, bridge) };
}

/** Gateways of default routes in what `ip -j route show` prints. */
export function gatewaysIn(json: string): readonly OwnAnchor[] {
  return routesIn(json).flatMap(({ dst, gateway }) =>
    dst === "default" && typeof gateway === "string" ? anchor("gateway", gateway) : [],
  );
}

/** The networks in it that begin behind the bridge, tagged or not, with no router between. */
export function networksIn(json: string, bridge: string): readonly string[] {
  return routesIn(json).flatMap(({ dst, dev, scope, gateway }) => {
    const isHere = typeof dev === "string" && (dev === bridge || dev.startsWith(`${bridge}.`));
    return isHere && scope === "link" && gateway === undefined && typeof dst === "string" ? [dst] : [];
  });
}

type Route = Readonly<Partial<Record<"dst" | "dev" | "scope" | "gateway", unknown>>>;

function routesIn(json: string): readonly Route[] {
  const routes: unknown = JSON.parse(json || "[]");
  return Array.isArray(routes) ? (routes as readonly Route[]) : [];
}

/** Reads a file of the form of resolv.conf(5). */
export function resolversIn(text: string): readonly OwnAnchor[] {
  return [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].flatMap(([, address = ""]) => anchor("resolver", address));
}

function anchor(role: AnchorRole, text: string): OwnAnchor[] {
  const address = parseAddress(text);
  return address === null ? [] : [{ role, address }];
}
