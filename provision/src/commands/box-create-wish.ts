import { hostFault, maxLocalNets, networkFault, siteNameFault } from "@cordon/contract";
import { ProvisionError } from "../errors.ts";
import { placeOf, placements } from "../placements.ts";

export interface BoxCreateWish {
  readonly image: string;
  /** A file, a whole disk or card, or - for stdout. */
  readonly out: string;
  /** A site file, as `site new` writes it. */
  readonly site?: string;
  /** A site profile that a controller wrote; without either one is made. */
  readonly profile?: string;
  readonly siteName?: string;
  readonly placement?: string;
  readonly localNet?: readonly string[];
  readonly gatewayAddress?: string;
  readonly controllerData: string;
  readonly controllerHost?: string;
  readonly controllerPort?: number;
  readonly fallbackPort?: number;
  /** A box that the controller knows: it gets a new token, and the one before counts no longer. */
  readonly sensorId?: string;
  readonly withKey?: true;
  readonly port?: readonly string[];
  /** Where the label goes: .pdf or .svg. */
  readonly label?: string;
  /** Of the label, as a BCP 47 tag; absent means English. */
  readonly language?: string;
  readonly force?: true;
  readonly replace?: true;
  /** All that is on the device may be lost. */
  readonly yes?: true;
}

/** A site file is given, or a profile, or a box that is known, or what a profile is made from. Throws `bad-options`. */
export function checkSource(wish: BoxCreateWish): void {
  const making = {
    "--site-name": wish.siteName,
    "--placement": wish.placement,
    "--local-net": wish.localNet,
    "--gateway-address": wish.gatewayAddress,
    "--controller-host": wish.controllerHost,
    "--controller-port": wish.controllerPort,
    "--fallback-port": wish.fallbackPort,
    "--with-key": wish.withKey,
  };
  const said = Object.entries(making).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const known = wish.sensorId === undefined ? [] : ["--sensor-id"];
  if (wish.profile !== undefined) {
    return refuse(
      [...(wish.site === undefined ? [] : ["--site"]), ...known, ...said],
      "with --profile the profile says it",
    );
  }
  if (wish.site !== undefined) {
    // Its file says what the ports are and what goes on the label, also of a box that is made anew.
    return refuse(
      said.filter((name) => name !== "--with-key"),
      "with --site the site file says it",
    );
  }
  if (wish.sensorId !== undefined) return refuse(said, "with --sensor-id the controller knows it");
  if (wish.placement !== undefined && placeOf(wish.placement) === null) {
    throw new ProvisionError("bad-options", `--placement ${wish.placement}: boxes are made for ${placements}`);
  }
  if (wish.gatewayAddress !== undefined && wish.placement !== "gateway") {
    throw new ProvisionError("bad-options", "--gateway-address: only a box with --placement gateway has one");
  }
  const missing = ["--site-name", "--controller-host"].filter((name) => !said.includes(name));
  if (missing.length > 0) {
    throw new ProvisionError("bad-options", `say --site, --profile, --sensor-id, or ${missing.join(" and ")}`);
  }
}

function refuse(options: readonly string[], why: string): void {
  if (options.length > 0) throw new ProvisionError("bad-options", `${options.join(", ")}: ${why}`);
}

/** What is said of the site, held against sense here and now: the controller would only refuse it after the image was copied. */
export function checkWords(wish: BoxCreateWish): void {
  const said = [
    ["--site-name", wish.siteName, siteNameFault] as const,
    ["--controller-host", wish.controllerHost, hostFault] as const,
    ...(wish.localNet ?? []).map((net) => ["--local-net", net, networkFault] as const),
  ];
  for (const [option, text, faultOf] of said) {
    const fault = text === undefined ? null : faultOf(text);
    if (fault !== null) throw new ProvisionError("bad-options", `${option} ${JSON.stringify(text)}: ${fault}`);
  }
  if (wish.fallbackPort !== undefined && wish.fallbackPort === (wish.controllerPort ?? 8883)) {
    throw new ProvisionError(
      "bad-options",
      `--fallback-port ${wish.fallbackPort}: this is the controller's port already`,
    );
  }
  if ((wish.localNet ?? []).length > maxLocalNets) {
    throw new ProvisionError("bad-options", `--local-net: a site has ${maxLocalNets} networks at most`);
  }
  if (wish.label !== undefined && !/\.(pdf|svg)$/i.test(wish.label)) {
    throw new ProvisionError("bad-options", `--label ${wish.label}: a label is a .pdf or a .svg`);
  }
  if (wish.language !== undefined && wish.label === undefined) {
    throw new ProvisionError("bad-options", "--language: only the label has one; say --label");
  }
}
