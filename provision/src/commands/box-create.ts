import { createReadStream } from "node:fs";
import { mkdtemp, realpath, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { pipeline } from "node:stream/promises";
import { usualFallbackPort } from "@cordon/contract";
import { bootFilesOf, isCard, writeBootFiles } from "../../../image/src/boot-partition.ts";
import { fingerprintOf } from "../box/pages.ts";
import { withLabelled } from "../box/label-profile.ts";
import { enrol, enrolPlanned, reissue } from "../enrol.ts";
import { ProvisionError } from "../errors.ts";
import { labelLanguage } from "../label-language.ts";
import { factsOf } from "../label/facts.ts";
import type { Leftovers } from "../leftovers.ts";
import { megabytes } from "../output/device.ts";
import { checkFilePlace } from "../output/file-place.ts";
import { beginImage, putInPlace, verifyImage } from "../output/image-copy.ts";
import { chosenOutput, type Output } from "../output/output.ts";
import { progressTo } from "../output/progress.ts";
import { writeDevice } from "../output/write-device.ts";
import { placeOf } from "../placements.ts";
import { parsePorts, portsFile } from "../port-names.ts";
import { readProfile, type ReadyProfile } from "../read-profile.ts";
import { checkSameSite } from "../site/same-site.ts";
import { readSite } from "../site/read-site.ts";
import { canonicalMac } from "../site/hardware-address.ts";
import type { SitePlan } from "../site/site-plan.ts";
import { checkController, isController, knownBox, knownBoxes } from "./box-fleet.ts";
import { checkSource, checkWords, type BoxCreateWish } from "./box-create-wish.ts";

const defaultBrokerPort = 8883;

/** Makes the box of one site: a copy of an image with the site profile on its boot partition, in a file, on a card, or to stdout. */
export async function createBox(
  wish: BoxCreateWish,
  leftovers: Leftovers,
  tell: (line: string) => void,
): Promise<void> {
  checkSource(wish);
  checkWords(wish);
  const language = await labelLanguage(wish.language ?? "en", wish.controllerData);
  const plan = wish.site === undefined ? null : await readSite(wish.site, Date.now());
  const ports = portsOf(wish, plan);
  const present = await bootFilesOf(wish.image);
  if ((present.has("profile.json") || present.has("ports")) && wish.replace !== true) {
    throw new ProvisionError(
      "image-provisioned",
      `${wish.image} is the image of one site's box already; take a new one, or say --replace`,
    );
  }
  const { size } = await stat(wish.image);
  // A new token ends the one before, so the box is looked up first.
  if (plan !== null && wish.sensorId !== undefined) {
    const { controllerData, sensorId, site = "" } = wish;
    checkSameSite({ sensorId, ...(await knownBox({ controllerData, sensorId })) }, site, plan.name);
  }
  const output = await chosenOutput(wish.out === "-" ? "-" : resolve(wish.out), size, {
    isForced: wish.force === true,
  });
  if (output.kind === "file" && (await realpath(output.path).catch(() => null)) === (await realpath(wish.image))) {
    throw new ProvisionError("output-refused", `--out is the image itself, which stays as it is; name another file`);
  }
  // The PIN is said nowhere but there: a label that finds no place must not be found out when the box is made.
  if (wish.label !== undefined) {
    await checkFilePlace(resolve(wish.label), { what: "the label", isForced: wish.force === true });
  }
  const given = wish.profile === undefined ? null : await readProfile(wish.profile);
  if (output.kind === "device") await confirmed(output, wish);
  // Before anybody is enrolled: a key that found no place to go would be lost, and its sensor with it.
  const copy = await beginImage(wish.image, output, leftovers);
  let lacking: string | null = null;
  const { ready, pin } = await withLabelled(given ?? (await makeProfile(wish, plan, leftovers, tell)));
  try {
    const files = { "profile.json": ready.text, ports: portsFile(ports) };
    await writeBootFiles(copy, files);
    await verifyImage(wish.image, copy, files, progressTo(process.stderr, "Verifying the copy"));
    await deliver(copy, output, leftovers);
    if (wish.label !== undefined) {
      // Fonts and what draws them are loaded where somebody wants a label.
      const { writeLabel } = await import("../label/write-label.ts");
      lacking = await writeLabel(resolve(wish.label), factsOf({ profile: ready.profile, ports, plan, pin }), {
        isForced: wish.force === true,
        language,
      });
    }
  } catch (error) {
    if (given !== null || !(error instanceof Error)) throw error;
    // The controller knows it: without a word of that it would be made a second time.
    error.message += `\nthe controller knows the box as ${ready.profile.sensor}: make it anew with --sensor-id ${ready.profile.sensor}`;
    throw error;
  }
  for (const line of summary(ready, ports, output, pin)) tell(line);
  if (wish.label !== undefined) tell(`  label       ${resolve(wish.label)}`);
  const warnings = [...(await warningsOf(wish.image, present, ports)), ...(lacking === null ? [] : [lacking])];
  for (const warning of warnings) tell(`Beware: ${warning}`);
}

function portsOf(wish: BoxCreateWish, plan: SitePlan | null): ReadonlyMap<string, string> {
  if (plan?.ports === undefined || wish.port !== undefined) return parsePorts(wish.port ?? []);
  const { inside, outside, management } = plan.ports;
  return parsePorts([
    `inside0=${canonicalMac(inside)}`,
    `outside0=${canonicalMac(outside)}`,
    ...(management === undefined ? [] : [`mgmt0=${canonicalMac(management)}`]),
  ]);
}

/** Asks once more, by name: what is on a card is lost. */
async function confirmed(output: Extract<Output, { readonly kind: "device" }>, wish: BoxCreateWish): Promise<void> {
  if (wish.yes === true) return;
  const { path, model, sizeBytes } = output.device;
  if (!process.stdin.isTTY) {
    throw new ProvisionError("output-refused", `all that is on ${path} would be lost; --yes says that this is meant`);
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(
      `All that is on ${path} (${model || "no name"}, ${megabytes(sizeBytes)} MB) is lost. Type ${path} to go on: `,
    );
    if (answer.trim() !== path) throw new ProvisionError("output-refused", `${path} was left as it is`);
  } finally {
    lines.close();
  }
}

async function deliver(copy: string, output: Output, leftovers: Leftovers): Promise<void> {
  switch (output.kind) {
    case "file":
      return putInPlace(copy, output.path, leftovers);
    case "stdout":
      return pipeline(createReadStream(copy, { highWaterMark: 1 << 20 }), process.stdout, { end: false });
    case "device":
      return writeDevice(copy, output.path, {
        writing: progressTo(process.stderr, `Writing ${output.path}`),
        verifying: progressTo(process.stderr, `Reading ${output.path} back`),
      });
  }
}

async function makeProfile(
  wish: BoxCreateWish,
  plan: SitePlan | null,
  leftovers: Leftovers,
  tell: (line: string) => void,
): Promise<ReadyProfile> {
  const dataFolder = resolve(wish.controllerData);
  // An empty folder is one where a disk was not mounted.
  const isNew = !(await isController(dataFolder));
  const folder = await mkdtemp(join(tmpdir(), "cordon-box-"));
  leftovers.add(folder);
  const profilePath = join(folder, "profile.json");
  if (wish.sensorId !== undefined) {
    await checkController(dataFolder);
    await reissue({ dataFolder, sensorId: wish.sensorId, profilePath });
    return readProfile(profilePath);
  }
  const isWithKey = wish.withKey === true;
  const siteName = plan?.name ?? wish.siteName ?? "";
  const namesakes = isNew ? [] : (await knownBoxes(wish)).filter((box) => box.siteName === siteName);
  if (plan === null) {
    await enrol({
      dataFolder,
      siteName,
      placement: wish.placement ?? "lan",
      localNets: wish.localNet ?? [],
      ...(wish.gatewayAddress === undefined ? {} : { gatewayAddress: wish.gatewayAddress }),
      controllerHost: wish.controllerHost ?? "",
      controllerPort: wish.controllerPort ?? defaultBrokerPort,
      ...(wish.fallbackPort === undefined ? {} : { fallbackPort: wish.fallbackPort }),
      isWithKey,
      profilePath,
    });
  } else {
    await enrolPlanned({ dataFolder, plan, isWithKey, profilePath });
  }
  if (isNew) tell(`There was no controller in ${dataFolder}: it was made, and the box will trust no other.`);
  for (const { sensorId, state } of namesakes) {
    tell(
      `There is another site ${JSON.stringify(siteName)}, with the box ${sensorId} (${state}): a new card for that one is made by --sensor-id ${sensorId}.`,
    );
  }
  return readProfile(profilePath);
}

/** What was written, without the secrets in it but for the PIN, which is said here and on the label and nowhere else. */
function summary(
  { profile, certificate }: ReadyProfile,
  ports: ReadonlyMap<string, string>,
  output: Output,
  pin: string | null,
): string[] {
  const { site, sensor, controller, management, pages } = profile;
  const placement = profile.isPlacementFound === true ? "auto" : profile.placement;
  const named = [...ports].map(([name, mac]) => `${name} ${mac}`).join(", ");
  return [
    `Wrote ${output.kind === "stdout" ? "the image" : output.path}: the box of ${site.name}, sensor ${sensor}.`,
    `  placement   ${placement}, ${placeOf(placement) ?? ""}`,
    `  networks    ${site.localNets.join(", ") || "private and link-local ranges"}`,
    `  controller  ${controller.host}, port ${controller.port} or ${controller.fallbackPort ?? usualFallbackPort}, as ${controller.serverName}`,
    ...(controller.authorityFingerprint === undefined ? [] : [`  authority   ${controller.authorityFingerprint}`]),
    ...(isLoopback(controller.host) ? ["              which is, seen from the box, the box itself"] : []),
    ...(management === undefined ? [] : [`  management  ${management.address}, by ${management.router}`]),
    `  ports       ${named || "by their place in the box: the first of three for management, then inside, outside"}`,
    certificate === null
      ? `  token       good for one box, once, until ${dateOf(profile.enrolment?.expiresAt ?? 0)}; the box makes its own key`
      : `  key         for ${sensor}, until ${dateOf(certificate.validToDate)}; whoever has the image has it`,
    ...(placement === "gateway"
      ? []
      : pin === null
        ? ["  PIN         the one that its profile names"]
        : [`  PIN         ${pin}, said this once; it belongs on the label`]),
    ...(pages === undefined || placement === "gateway"
      ? []
      : [`  its pages   ${fingerprintOf(pages)}, of their certificate; likewise`]),
  ];
}

/** What the box will lack for its whole life, or only the client would find. */
async function warningsOf(
  image: string,
  present: ReadonlySet<string>,
  ports: ReadonlyMap<string, string>,
): Promise<string[]> {
  return [
    ...(present.has("update-authority.pem")
      ? []
      : [
          "the box takes no updates, for its image names nobody whose releases it believes (provision -- update-key create, then image -- build --board pc or pi --update-authority FILE)",
        ]),
    ...(ports.size === 0 && (await isCard(image))
      ? [
          "on a Raspberry Pi the places of the ports depend on the sockets that the adapters are in; name them in the site file (ports), or by --port",
        ]
      : []),
  ];
}

function dateOf(at: number | Date): string {
  return new Date(at).toISOString().slice(0, 10);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
