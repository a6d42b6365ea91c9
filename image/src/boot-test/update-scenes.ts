import { createPrivateKey, createPublicKey, sign, type KeyObject } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { contractVersion, type DesiredDocument, type SiteProfile } from "@cordon/contract";
import type { BoardName } from "../board.ts";
import { keyIdOf } from "../../../sensor/src/link/desired.ts";
import { softwareVersion } from "../../../sensor/src/version.ts";
import { signBundle } from "../build-bundle.ts";
import { unifiedKernel } from "../builders/unified-kernel.ts";
import { runCommand } from "../command.ts";
import type { SceneOptions } from "./boot-scene.ts";
import { contained, forwards, hasSaid, holds } from "./judgements.ts";
import type { TestDisk } from "./test-disk.ts";
import { stopped } from "./probes.ts";
import { signerKey } from "./test-profile.ts";
import { entryWithTest, placeOf, type Place } from "./test-boot.ts";
import type { StartsSeen, UpdateScene } from "./update-scene.ts";

const provision = join(import.meta.dirname, "../../../provision/src/main.ts");
const patienceMs = 1_200_000;
const onTrial = "slot b\nprevious a\ntries 2\n";

/** The second slot is on trial, as the updater leaves it. */
async function putOnTrial(disk: TestDisk, folder: string, place: Place): Promise<void> {
  await disk.store({ macs: contained, limits: null, trial: onTrial }, folder);
  await disk.copySlot();
  await disk.startSecondSlot(place("start", "entry"), folder);
}

/** In each start the line was carried and the machine in quarantine was held, from the first frame on. */
function allHold({ machines, witness }: StartsSeen): boolean {
  return (
    machines.length > 0 && machines.every((machine) => holds({ machine, witness }) && forwards({ machine, witness }))
  );
}

const said = (seen: StartsSeen, start: number, beginning: string): boolean => {
  const machine = seen.machines[start];
  return machine !== undefined && hasSaid(machine, beginning);
};

/** Where the entry of a release comes from: as it was built, or for a PC, which is told nothing else, with what the test needs. */
function entryOf(board: BoardName, place: Place, folder: string, words: readonly string[]): Promise<string> {
  if (board === "pi") return Promise.resolve(place("start", "entry"));
  return entryWithTest(place, join(folder, "release-entry"), words).then(dirname);
}

/** A release of one's own kind, and before it one that somebody else has signed; on a disk of their own. */
const someReleases =
  (board: BoardName, words: readonly string[]) =>
  async (
    folder: string,
    { built }: SceneOptions,
    profile: SiteProfile,
  ): Promise<{ readonly disk: string; readonly authority: string }> => {
    const home = join(folder, "releases");
    const place = placeOf(built);
    const small = join(folder, "small");
    await writeFile(small, Buffer.alloc(65_536, "cordon"));
    const whole = {
      root: place("root", "root.squashfs"),
      tree: place("root", "root.verity"),
      entry: await entryOf(board, place, folder, words),
    };
    const orders = [
      // Whoever has signed it is looked at before anything that is in it.
      { id: "by-else", parts: { ...whole, root: small, tree: small } },
      { id: "by-operator", parts: whole },
    ];
    let authority = "";
    let revision = 0;
    for (const [index, { id, parts }] of orders.entries()) {
      const keys = join(folder, `keys-${id}`);
      await runCommand(process.execPath, [
        ...["--disable-warning=ExperimentalWarning", provision, "update-key", "create", "--out", keys],
      ]);
      const { file, sizeBytes, sha256, version } = await signBundle(board, parts, softwareVersion, {
        ...{ out: join(folder, id), signer: { key: join(keys, "update.key"), certificate: join(keys, "update.pem") } },
      });
      const order = join(home, String(index));
      await mkdir(order, { recursive: true });
      await rename(file, join(order, "bundle.raucb"));
      const request = { id, version, notBefore: 0, notAfter: 4_000_000_000_000, sha256, size: sizeBytes };
      await writeFile(join(order, "request.json"), JSON.stringify(request));
      // What the controller would say, once that it has time, and then that it has none.
      const key = createPrivateKey(await readFile(signerKey(folder), "utf8"));
      for (const [when, notBefore] of [
        ["later", 3_900_000_000_000],
        ["now", 0],
      ] as const) {
        revision += 1;
        const update = { ...request, notBefore, author: "the test" };
        await writeFile(join(order, `order-${when}.json`), signedOrder(profile, { revision, update }, key));
      }
      // The last one's is the operator.
      authority = await readFile(join(keys, "update-authority.pem"), "utf8");
    }
    const disk = join(folder, "releases.img");
    await runCommand("mke2fs", ["-q", "-F", "-t", "ext4", "-L", "releases", "-d", home, disk, "400M"]);
    await rm(home, { recursive: true });
    return { disk, authority };
  };

/** A document of the controller's that orders a release, and wishes for nothing else. */
function signedOrder(
  { sensor, site, policy }: SiteProfile,
  { revision, update }: Pick<DesiredDocument, "revision" | "update">,
  key: KeyObject,
): string {
  const [issuedAt, notAfter] = [0, 4_000_000_000_000];
  const wish: DesiredDocument = {
    ...{ version: contractVersion, sensor, site: site.id, epoch: 1, revision, issuedAt, notAfter, policy },
    ...(update === undefined ? {} : { update }),
    containments: [],
  };
  const document = JSON.stringify(wish);
  const signature = sign(null, Buffer.from(document), key).toString("base64");
  return JSON.stringify({ document, signature, keyId: keyIdOf(createPublicKey(key)) });
}

const noUpdateYet = (disk: TestDisk, folder: string) => disk.store({ macs: contained, limits: null }, folder);

const installMs = 1_500_000;

/** A release of somebody else is refused, the operator's own installed and kept; `prefix` tells the forms of the scene apart. */
const signedRelease = (
  board: BoardName,
  prefix: "" | "quick-" | "pc-",
  words: readonly string[],
): Pick<UpdateScene, "board" | "words" | "prepare" | "releases" | "starts" | "stories"> => ({
  board,
  words,
  prepare: noUpdateYet,
  releases: someReleases(board, words),
  starts: [
    { until: null, patienceMs: installMs },
    { until: "quick updates over", patienceMs: installMs },
  ],
  stories: {
    [`${prefix}foreign-release-is-refused`]: (seen) =>
      said(seen, 0, "quick update by-else refused It is not signed by the operator"),
    [`${prefix}signed-release-is-installed`]: (seen) => said(seen, 0, "quick update by-operator installed"),
    [`${prefix}signed-release-is-tried`]: (seen) =>
      said(seen, 1, "slot b is on trial, 1 tries left") && said(seen, 1, "root of slot b"),
    [`${prefix}signed-release-is-kept`]: (seen) => said(seen, 1, "quick update by-operator good"),
    [`${prefix}signed-release-quarantine-holds`]: allHold,
  },
});

/** Seconds between these, drawn anew for each run. */
const anyMs = (from: number, to: number) => () => from + Math.random() * (to - from);

export const updateScenes: readonly UpdateScene[] = [
  {
    name: "an update whose root is not what was signed",
    board: "pi",
    init: "quick-init",
    words: [],
    async prepare(disk, folder, place) {
      await putOnTrial(disk, folder, place);
      await disk.damage("root-b", "directories");
    },
    starts: [
      { until: null, patienceMs },
      { until: "quick stored 1", patienceMs },
    ],
    stories: {
      "refused-update-is-given-up": (seen) =>
        said(seen, 0, "slot b is on trial, 1 tries left") && said(seen, 0, "falls back to slot a: root-refused"),
      "refused-update-release-before-runs": (seen) => said(seen, 1, "root of slot a"),
      "refused-update-quarantine-holds": allHold,
      "refused-update-is-told": ({ fallen }) => fallen !== null && /the root in slot b/.test(fallen),
    },
  },
  {
    name: "an update that is cut off in its first start, and not kept in its second",
    board: "pi",
    init: "quick-init",
    words: ["cordon.trial-seconds=40"],
    prepare: putOnTrial,
    starts: [
      { until: "slot b is on trial, 1 tries left", patienceMs },
      { until: null, patienceMs },
      { until: null, patienceMs },
      { until: "quick stored 1", patienceMs },
    ],
    stories: {
      "unkept-update-is-tried-again": (seen) =>
        said(seen, 1, "slot b is on trial, 0 tries left") && said(seen, 1, "root of slot b"),
      "unkept-update-is-given-up": (seen) => said(seen, 2, "falls back to slot a: no start of it was good"),
      "unkept-update-release-before-runs": (seen) => said(seen, 3, "root of slot a"),
      "unkept-update-quarantine-holds": ({ machines, witness, ...seen }) =>
        allHold({ ...seen, machines: machines.slice(1), witness }),
      "unkept-update-is-told": ({ fallen }) => fallen?.trim() === "no start of it was good",
    },
  },
  {
    name: "an update by a signed release",
    init: "update-init",
    ...signedRelease("pi", "quick-", ["cordon.test.home"]),
  },
  {
    name: "an update by a signed release, with systemd",
    init: null,
    ...signedRelease("pi", "", ["cordon.test.update", "cordon.test.home"]),
  },
  {
    name: "an update by a signed release, by UEFI and with systemd",
    init: null,
    ...signedRelease("pc", "pc-", ["cordon.test.update", "cordon.test.home"]),
  },
  {
    name: "an update that the power goes in, while it is installed",
    init: "update-init",
    ...signedRelease("pi", "quick-", ["cordon.test.home"]),
    starts: [
      { until: "quick update by-operator verified", patienceMs: installMs, goesOnMs: anyMs(1000, 30_000) },
      { until: null, patienceMs: installMs },
      { until: "quick updates over", patienceMs: installMs },
    ],
    stories: {
      "cut-installation-is-begun-anew": (seen) =>
        !said(seen, 0, "quick update by-operator installed") && said(seen, 1, "quick update by-operator installed"),
      "cut-installation-release-before-runs": (seen) => said(seen, 1, "root of slot a") && !said(seen, 1, "slot b"),
      "cut-installation-is-kept-in-the-end": (seen) =>
        said(seen, 2, "root of slot b") && said(seen, 2, "quick update by-operator good"),
      "cut-installation-quarantine-holds": allHold,
    },
  },
  {
    name: "five power cuts at any moment",
    board: "pi",
    init: "quick-init",
    words: ["cordon.test.sensor"],
    prepare: noUpdateYet,
    starts: [
      // From before the line is carried to long after the sensor judges.
      ...Array.from({ length: 5 }, () => ({ until: "initramfs", patienceMs, goesOnMs: anyMs(0, 60_000) })),
      { until: "quick done", patienceMs },
    ],
    stories: {
      // The witness has seen all six starts, and each gap between two.
      "any-power-cuts-nothing-passes": ({ machines, witness }) =>
        machines.length === 6 && stopped.every((name) => witness.countOf(name) === 0),
      "any-power-cuts-line-forwards": ({ machines, witness }) =>
        machines.slice(-1).every((machine) => forwards({ machine, witness }) && holds({ machine, witness })),
      "any-power-cuts-sensor-judges": (seen) => said(seen, 5, "quick stored 1") && said(seen, 5, "quick judging"),
    },
  },
  {
    name: "an update that does not reach its controller, with systemd",
    board: "pi",
    init: null,
    // Two thirds of it are for the box to come to judge, of which it then says nothing.
    words: ["cordon.test.update", "cordon.trial-seconds=600"],
    prepare: putOnTrial,
    starts: [
      { until: null, patienceMs: 1_500_000 },
      { until: "quick update null fell-back", patienceMs },
    ],
    stories: {
      "unhealthy-update-is-given-up": (seen) => said(seen, 0, "root of slot b"),
      "unhealthy-update-is-told": (seen) =>
        said(seen, 1, "quick update null fell-back The release before runs again: the controller is not reached"),
      "unhealthy-update-release-before-runs": (seen) => said(seen, 1, "root of slot a"),
      "unhealthy-update-quarantine-holds": allHold,
    },
  },
  {
    name: "an update whose kernel does not come to its first program, by UEFI",
    board: "pc",
    init: null,
    words: [],
    async prepare(disk, folder, place) {
      await noUpdateYet(disk, folder);
      const words = (await readFile(place("start", "command-line"), "utf8")).trim();
      const initramfs = await readFile(place("initramfs", "initramfs"));
      const program = join(folder, "nothing.efi");
      const toNothing = `${words.replace("cordon.slot=a", "cordon.slot=b")} rdinit=/nothing root=nothing panic=2`;
      await writeFile(program, await unifiedKernel(place("kernel", "."), initramfs, toNothing));
      const partition = `${disk.path}@@${disk.extentOf("boot").offsetBytes}`;
      // Its last try: a box has three.
      await runCommand("mcopy", ["-i", partition, program, "::/EFI/Linux/cordon-2-b+1.efi"]);
    },
    // An emulated machine that panics before the box's first word is started once more, as the board would do by itself.
    starts: [{ until: "forwarding", patienceMs }],
    stories: {
      "dead-kernel-is-given-up-by-the-loader": ({ machines }) =>
        machines.some(({ notes }) => notes.some((note) => /started once more: .*Kernel panic/.test(note))),
      "dead-kernel-quarantine-holds": allHold,
    },
  },
];
