import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { AnchorRole } from "../host/anchors.ts";
import { parseAddress } from "../packet/address.ts";
import type { AddressKey } from "../packet/packet.ts";

/** An address that the box itself goes by. */
export interface OwnAnchor {
  readonly role: AnchorRole;
  readonly address: AddressKey;
}

// Where systemd-resolved says which resolvers the box was given; elsewhere it is the one beside it.
const resolverFiles = ["/run/systemd/resolve/resolv.conf", "/etc/resolv.conf"] as const;

/** The gateway and the resolvers that the box itself was given; none of what cannot be read. */
export async function ownAnchors(): Promise<readonly OwnAnchor[]> {
  const [routes, ...files] = await Promise.all([
    promisify(execFile)("ip", ["-j", "route", "show", "default"], { timeout: 5000 }).then(
      ({ stdout }) => stdout,
      () => "[]",
    ),
    ...resolverFiles.map((path) => readFile(path, "utf8").catch(() => null)),
  ]);
  return [...gatewaysIn(routes), ...resolversIn(files.find((text) => text !== null) ?? "")];
}

/** Reads what `ip -j route show default` prints. */
export function gatewaysIn(json: string): readonly OwnAnchor[] {
  const routes: unknown = JSON.parse(json || "[]");
  if (!Array.isArray(routes)) return [];
  return (routes as readonly { readonly gateway?: unknown }[]).flatMap(({ gateway }) =>
    typeof gateway === "string" ? anchor("gateway", gateway) : [],
  );
}

/** Reads a file of the form of resolv.conf(5). */
export function resolversIn(text: string): readonly OwnAnchor[] {
  return [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].flatMap(([, address = ""]) => anchor("resolver", address));
}

function anchor(role: AnchorRole, text: string): OwnAnchor[] {
  const address = parseAddress(text);
  return address === null ? [] : [{ role, address }];
}
