import { open, readFile } from "node:fs/promises";
import type { SiteProfile } from "@cordon/contract";
import { officeOutbreak } from "../../../../sensor/lab/index.ts";
import { hostOf, type HostSeen } from "../../../../sensor/test/line/operator.ts";
import type { OfficeBox } from "../office-box.ts";
import type { Act, OfficeSetting } from "../office-scene.ts";
import { hangMs, silenceMs } from "../patience.ts";

// Where the system's own script lays it, and how long it is.
const keyAt = 4096;
const keyBytes = 64;

/** The key of the data, as the disk has it now. */
function keyOf({ disk }: OfficeBox): Promise<Buffer> {
  return bytesAt(disk.path, disk.extentOf("key").offsetBytes + keyAt, keyBytes);
}

async function bytesAt(path: string, at: number, count: number): Promise<Buffer> {
  const bytes = Buffer.alloc(count);
  const disk = await open(path, "r");
  try {
    await disk.read(bytes, 0, count, at);
    return bytes;
  } finally {
    await disk.close();
  }
}

/** Which of these byte strings stand anywhere on the disk, by their names; looked for from outside, in all of its bytes. */
async function foundOn({ disk: { path } }: OfficeBox, wanted: ReadonlyMap<string, Buffer>): Promise<string[]> {
  const longest = Math.max(...[...wanted.values()].map(({ length }) => length));
  const found = new Set<string>();
  const disk = await open(path, "r");
  try {
    const piece = Buffer.alloc(16 << 20);
    for (let at = 0; ; at += piece.length - longest) {
      const { bytesRead } = await disk.read(piece, 0, piece.length, at);
      const read = piece.subarray(0, bytesRead);
      // Most of the disk is empty.
      if (!read.every((byte) => byte === 0)) {
        for (const [name, bytes] of wanted) if (!found.has(name) && read.includes(bytes)) found.add(name);
      }
      if (bytesRead < piece.length) return [...found];
    }
  } finally {
    await disk.close();
  }
}

/** What nobody is to find on the disk of a box that has forgotten its site, by what it is called in the report. */
async function tellTales({ office, box }: OfficeSetting): Promise<ReadonlyMap<string, Buffer>> {
  const {
    sensor,
    site,
    enrolment,
    controller,
    pin,
    pages,
    contacts = [],
  } = JSON.parse(await readFile(box.profilePath, "utf8")) as SiteProfile;
  const own = await box.agent.run("cat /var/lib/cordon/judge/identity.json");
  const identity = JSON.parse(own.output) as { readonly privateKey: string };
  // The first line of a key says of which kind it is, as in everybody's.
  const inner = (pem: string) => pem.split("\n")[2]?.slice(0, 48) ?? "";
  const texts = {
    "the site's name": site.name,
    "the site's identifier": site.id,
    "the box's name": sensor,
    "its token": enrolment?.token ?? "",
    "its private key": inner(identity.privateKey),
    ...(pages === undefined ? {} : { "the key of its pages": inner(pages.privateKey) }),
    ...(pin === undefined ? {} : { "the hash of its PIN": pin.hash }),
    ...Object.fromEntries(contacts.map(({ name }) => [`the contact ${name}`, name])),
    ...Object.fromEntries(controller.signers.map((pem) => ["the controller's key", inner(pem)])),
    ...Object.fromEntries(office.lab.facts.hosts.map(({ name, mac }) => [`the MAC of ${name}`, mac])),
  };
  return new Map([
    ["the key of the data", await keyOf(box)],
    ...Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)] as const),
  ]);
}

/** Whether the head of the data, where the other part of its key was, is empty. */
async function hasNoHeader({ disk }: OfficeBox): Promise<boolean> {
  const head = await bytesAt(disk.path, disk.extentOf("data").offsetBytes, 2 << 20);
  return head.every((byte) => byte === 0);
}

/** The end of a job: the box is told to forget its site, and does; then its disk is searched from outside. */
export const wipeActs: readonly Act[] = [
  {
    stories: [
      "data-are-encrypted",
      "disk-holds-the-site-before",
      "wiped-box-says-so-and-signs",
      "line-outlives-the-wipe",
      "wiped-disk-holds-nothing-of-the-site",
    ],
    async play(setting) {
      const { office, box, operator, book, mailer, neighbours } = setting;
      const isCut = (host: HostSeen) => host.host === mailer.mac && host.containments.length > 0;
      const { id, hosts } = await operator.site();
      if (!hosts.some(isCut)) {
        // Of a machine that says nothing the box knows nothing.
        await office.lab.run(officeOutbreak);
        await operator.until("the mailer is known", hangMs, (site) =>
          site.hosts.some(({ host }) => host === mailer.mac),
        );
        await operator.cutOff(id, mailer.mac);
      }
      await operator.until("the cut is in force", hangMs, (site) =>
        hostOf(site, mailer.mac).containments.some(({ inForceSince }) => inForceSince !== null),
      );
      const mounted = await box.agent.run(
        "grep ' /var/lib/cordon/judge ' /proc/mounts; dmsetup table data; dmsetup status root",
      );
      book.tell("data-are-encrypted", /^\/dev\/mapper\/data .*\n.* crypt /.test(mounted.output), mounted.output);
      book.note(`data: ${mounted.output.replaceAll(/\s+/g, " ").replaceAll(/[0-9a-f]{32,}/g, "…")}`);
      await box.agent.run("sync");
      const wanted = await tellTales(setting);
      const before = await foundOn(box, wanted);
      const expected = ["the key of the data", "its token", "the site's name", `the MAC of ${mailer.name}`];
      const missing = expected.filter((name) => !before.includes(name));
      book.tell("disk-holds-the-site-before", missing.length === 0, `not found before: ${missing.join(", ")}`);
      await operator.wipe(id, "end of the job");
      await box.machine.word("has forgotten its site", hangMs);
      const told = await operator.untilBox("it is wiped", hangMs, ({ state }) => state === "wiped");
      const audit = await operator.audit();
      const states = audit.find(({ action }) => action === "box-wiped")?.detail ?? "";
      book.tell(
        "wiped-box-says-so-and-signs",
        /"runs":\["root slot [ab] hash [0-9a-f]{64}","root verified"/.test(states),
        states,
      );
      book.note(`left, in its own words: ${told.wipe?.left.join("; ") || "nothing"}; it states ${states}`);
      const downloads = await office.lab.downloads({ hosts: neighbours, count: 1, bytes: 300_000, stallMs: silenceMs });
      book.tell("line-outlives-the-wipe", downloads.ok === neighbours.length, downloads.reasons.join("; "));
      await box.switchOff();
      const after = await foundOn(box, wanted);
      const isClean = after.length === 0 && (await hasNoHeader(box));
      book.tell(
        "wiped-disk-holds-nothing-of-the-site",
        isClean,
        `found: ${after.join(", ") || "a header of the data"}`,
      );
      book.note(
        `looked for ${wanted.size} texts: ${before.length} were there before the wipe, ${after.length} after it`,
      );
    },
  },
];
