import { access, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { hostFault, maxLocalNets, networkFault, siteNameFault, usualFallbackPort } from "@cordon/contract";
import { bootFilesOf, writeBootFiles } from "../../../image/src/boot-partition.ts";
import { enrol, reissue } from "../enrol.ts";
import { ProvisionError } from "../errors.ts";
import type { Leftovers } from "../leftovers.ts";
import { beginImage, checkOutput, commitImage, type Output } from "../output-image.ts";
import { placeOf, placements } from "../placements.ts";
import { parsePorts, portsFile } from "../port-names.ts";
import { readProfile, type ReadyProfile } from "../read-profile.ts";

export interface BoxCreateWish {
  readonly image: string;
  /** A file, or - for stdout. */
  readonly out: string;
  /** A site profile that a controller wrote; without it one is made. */
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
  readonly force?: true;
  readonly replace?: true;
}

const defaultBrokerPort = 8883;

/** Makes the image of one site's box: a copy of an image with the site profile on its boot partition. */
export async function createBox(
  wish: BoxCreateWish,
  leftovers: Leftovers,
  tell: (line: string) => void,
): Promise<void> {
  checkSource(wish);
  checkWords(wish);
  const ports = parsePorts(wish.port ?? []);
  const output: Output = wish.out === "-" ? { kind: "stdout" } : { kind: "file", path: resolve(wish.out) };
  await checkOutput(output, { isForced: wish.force === true });
  const present = await bootFilesOf(wish.image);
  if ((present.has("profile.json") || present.has("ports")) && wish.replace !== true) {
    throw new ProvisionError(
      "image-provisioned",
      `${wish.image} is the image of one site's box already; take a new one, or say --replace`,
    );
  }
  const given = wish.profile === undefined ? null : await readProfile(wish.profile);
  // Before anybody is enrolled: a key that found no place to go would be lost, and its sensor with it.
  const path = await beginImage(wish.image, output, leftovers);
  const ready = given ?? (await makeProfile(wish, leftovers, tell));
  await writeBootFiles(path, { "profile.json": ready.text, ports: portsFile(ports) });
  await commitImage(path, output, leftovers);
  for (const line of summary(ready, ports, output)) tell(line);
}

/** Either a profile is given, or a box that is known, or what a profile is made from. */
function checkSource(wish: BoxCreateWish): void {
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
  if (wish.profile !== undefined) {
    const more = [...(wish.sensorId === undefined ? [] : ["--sensor-id"]), ...said];
    if (more.length === 0) return;
    throw new ProvisionError("bad-options", `${more.join(", ")}: with --profile the profile says it`);
  }
  if (wish.sensorId !== undefined) {
    if (said.length === 0) return;
    throw new ProvisionError("bad-options", `${said.join(", ")}: with --sensor-id the controller knows it`);
  }
  if (wish.placement !== undefined && placeOf(wish.placement) === null) {
    throw new ProvisionError("bad-options", `--placement ${wish.placement}: boxes are made for ${placements}`);
  }
  if (wish.gatewayAddress !== undefined && wish.placement !== "gateway") {
    throw new ProvisionError("bad-options", "--gateway-address: only a box with --placement gateway has one");
  }
  const missing = ["--site-name", "--controller-host"].filter((name) => !said.includes(name));
  if (missing.length > 0)
    throw new ProvisionError("bad-options", `say --profile, --sensor-id, or ${missing.join(" and ")}`);
}

/** What is said of the site, held against sense here and now: the controller would only refuse it after the image was copied. */
function checkWords(wish: BoxCreateWish): void {
  const said = [
    ["--site-name", wish.siteName, siteNameFault] as const,
    ["--controller-host", wish.controllerHost, hostFault] as const,
    ...(wish.localNet ?? []).map((net) => ["--local-net", net, networkFault] as const),
  ];
  for (const [option, text, faultOf] of said) {
    const fault = text === undefined ? null : faultOf(text);
    if (fault !== null) throw new ProvisionError("bad-options", `${option} ${JSON.stringify(text)}: ${fault}`);
  }
  if ((wish.localNet ?? []).length > maxLocalNets) {
    throw new ProvisionError("bad-options", `--local-net: a site has ${maxLocalNets} networks at most`);
  }
}

async function makeProfile(
  wish: BoxCreateWish,
  leftovers: Leftovers,
  tell: (line: string) => void,
): Promise<ReadyProfile> {
  const dataFolder = resolve(wish.controllerData);
  const isNew = await access(dataFolder).then(
    () => false,
    () => true,
  );
  const folder = await mkdtemp(join(tmpdir(), "cordon-box-"));
  leftovers.add(folder);
  const profilePath = join(folder, "profile.json");
  if (wish.sensorId !== undefined) {
    await reissue({ dataFolder, sensorId: wish.sensorId, profilePath });
    return readProfile(profilePath);
  }
  await enrol({
    dataFolder,
    siteName: wish.siteName ?? "",
    placement: wish.placement ?? "lan",
    localNets: wish.localNet ?? [],
    ...(wish.gatewayAddress === undefined ? {} : { gatewayAddress: wish.gatewayAddress }),
    controllerHost: wish.controllerHost ?? "",
    controllerPort: wish.controllerPort ?? defaultBrokerPort,
    ...(wish.fallbackPort === undefined ? {} : { fallbackPort: wish.fallbackPort }),
    isWithKey: wish.withKey === true,
    profilePath,
  });
  if (isNew) tell(`There was no controller in ${dataFolder}: it was made, and the box will trust no other.`);
  return readProfile(profilePath);
}

/** What was written, without the secrets in it. */
function summary({ profile, certificate }: ReadyProfile, ports: ReadonlyMap<string, string>, output: Output): string[] {
  const { site, sensor, controller } = profile;
  const placement = profile.isPlacementFound === true ? "auto" : profile.placement;
  const named = [...ports].map(([name, mac]) => `${name} ${mac}`).join(", ");
  return [
    `Wrote ${output.kind === "file" ? output.path : "the image"}: the box of ${site.name}, sensor ${sensor}.`,
    `  placement   ${placement}, ${placeOf(placement) ?? ""}`,
    `  networks    ${site.localNets.join(", ") || "private and link-local ranges"}`,
    `  controller  ${controller.host}, port ${controller.port} or ${controller.fallbackPort ?? usualFallbackPort}, as ${controller.serverName}`,
    ...(controller.authorityFingerprint === undefined ? [] : [`  authority   ${controller.authorityFingerprint}`]),
    ...(isLoopback(controller.host) ? ["              which is, seen from the box, the box itself"] : []),
    `  ports       ${named || "by their place in the box: the first of three for management, then inside, outside"}`,
    certificate === null
      ? `  token       good for one box, once, until ${dateOf(profile.enrolment?.expiresAt ?? 0)}; the box makes its own key`
      : `  key         for ${sensor}, until ${dateOf(certificate.validToDate)}; whoever has the image has it`,
  ];
}

function dateOf(at: number | Date): string {
  return new Date(at).toISOString().slice(0, 10);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
