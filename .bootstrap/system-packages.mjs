import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { findCommand, runCommand } from "./command.mjs";
import { say, SetUpError, step } from "./report.mjs";

/**
 * @typedef {"build" | "lab" | "browser" | "image" | "release" | "cross" | "machine" | "armMachine" | "provision"} Purpose
 * @typedef {{ debian: string, purpose: Purpose, isThere: () => boolean }} SystemPackage
 */

/** @type {Readonly<Record<Purpose, string>>} */
const reasons = {
  build: "to build cap, which reads packets from the kernel",
  lab: "for the lab, an office in network namespaces",
  browser: "for the tests that click through the UI",
  image: "to build the image of the box",
  release: "to sign a release of the box",
  cross: "to build cap for a Raspberry Pi",
  machine: "to boot the image in a virtual machine",
  armMachine: "to boot the image for a Raspberry Pi in a virtual machine",
  provision: "to write into the image of a box",
};

/** @param {...string} names */
const commands =
  (...names) =>
  () =>
    names.every((name) => findCommand(name) !== null);

/** @type {readonly SystemPackage[]} */
const systemPackages = [
  { debian: "python3", purpose: "build", isThere: commands("python3") },
  { debian: "make", purpose: "build", isThere: commands("make") },
  { debian: "g++", purpose: "build", isThere: commands("g++") },
  { debian: "libpcap-dev", purpose: "build", isThere: () => existsSync("/usr/include/pcap/pcap.h") },
  { debian: "nftables", purpose: "lab", isThere: commands("nft") },
  { debian: "iproute2", purpose: "lab", isThere: commands("ip", "bridge") },
  { debian: "dnsmasq-base", purpose: "lab", isThere: commands("dnsmasq") },
  { debian: "conntrack", purpose: "lab", isThere: commands("conntrack") },
  { debian: "tcpdump", purpose: "lab", isThere: commands("tcpdump") },
  { debian: "util-linux", purpose: "lab", isThere: commands("unshare", "nsenter", "setpriv") },
  { debian: "mmdebstrap", purpose: "image", isThere: commands("mmdebstrap") },
  {
    debian: "debian-archive-keyring",
    purpose: "image",
    isThere: () => existsSync("/usr/share/keyrings/debian-archive-keyring.gpg"),
  },
  { debian: "genimage", purpose: "image", isThere: commands("genimage") },
  { debian: "squashfs-tools", purpose: "image", isThere: commands("mksquashfs") },
  { debian: "cryptsetup-bin", purpose: "image", isThere: commands("veritysetup") },
  { debian: "mtools", purpose: "image", isThere: commands("mcopy") },
  { debian: "dosfstools", purpose: "image", isThere: commands("mkfs.vfat") },
  { debian: "e2fsprogs", purpose: "image", isThere: commands("mke2fs") },
  { debian: "binutils", purpose: "image", isThere: commands("readelf") },
  { debian: "kmod", purpose: "image", isThere: commands("depmod", "modprobe") },
  { debian: "cpio", purpose: "image", isThere: commands("cpio") },
  { debian: "xz-utils", purpose: "image", isThere: commands("xz") },
  { debian: "zstd", purpose: "image", isThere: commands("zstd") },
  { debian: "systemd", purpose: "image", isThere: commands("systemctl", "systemd-analyze") },
  { debian: "rauc", purpose: "release", isThere: commands("rauc") },
  { debian: "python3", purpose: "cross", isThere: commands("python3") },
  { debian: "make", purpose: "cross", isThere: commands("make") },
  {
    debian: "g++-aarch64-linux-gnu",
    purpose: "cross",
    isThere: commands("aarch64-linux-gnu-g++", "aarch64-linux-gnu-strip"),
  },
  { debian: "fdisk", purpose: "machine", isThere: commands("sfdisk") },
  { debian: "openssl", purpose: "machine", isThere: commands("openssl") },
  { debian: "qemu-system-x86", purpose: "machine", isThere: commands("qemu-system-x86_64") },
  { debian: "ovmf", purpose: "machine", isThere: () => existsSync("/usr/share/OVMF/OVMF_CODE_4M.fd") },
  { debian: "qemu-system-arm", purpose: "armMachine", isThere: commands("qemu-system-aarch64") },
  { debian: "mtools", purpose: "provision", isThere: commands("mcopy") },
  { debian: "chromium", purpose: "browser", isThere: commands("chromium") },
];

/** The ids by which this system calls itself and its ancestors (`ubuntu debian`). */
function systemIds() {
  try {
    const text = readFileSync("/etc/os-release", "utf8");
    return [...text.matchAll(/^(?:ID|ID_LIKE)=(.*)$/gm)].flatMap((match) =>
      (match[1] ?? "").replaceAll('"', "").split(" "),
    );
  } catch {
    return [];
  }
}

/**
 * Makes sure that what the task needs of the system is there: installs it as root, says what to type
 * otherwise.
 *
 * @param {readonly Purpose[]} purposes
 * @param {{ isYes: boolean }} options
 */
export async function ensureSystemPackages(purposes, options) {
  const ids = systemIds();
  let missing = systemPackages.filter((each) => purposes.includes(each.purpose) && !each.isThere());
  if (ids.includes("ubuntu") && missing.some((each) => each.purpose === "browser")) {
    // Ubuntu's package is a pointer to a snap, which neither installs nor runs everywhere.
    say("there is no `chromium` command: the tests that click through the UI will be skipped");
    missing = missing.filter((each) => each.purpose !== "browser");
  }
  if (missing.length === 0) return;

  for (const purpose of new Set(missing.map((each) => each.purpose))) {
    const names = missing.filter((each) => each.purpose === purpose).map((each) => each.debian);
    say(`missing ${reasons[purpose]}: ${names.join(" ")}`);
  }
  const names = missing.map((each) => each.debian);
  if (!ids.includes("debian") || findCommand("apt-get") === null) {
    throw new SetUpError(
      `this is not a Debian system: install what it calls these packages, then run the command again: ${names.join(" ")}`,
    );
  }
  if (process.getuid?.() !== 0) {
    throw new SetUpError(
      `run this once, then the command again:\n\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${names.join(" ")}\n`,
    );
  }
  if (!options.isYes && process.stdin.isTTY && process.stderr.isTTY && !(await isAgreed(names.length))) {
    throw new SetUpError("nothing was installed; the command cannot run without these packages");
  }
  await step(`installing ${names.join(" ")}`, () => install(names));
  const still = missing.filter((each) => !each.isThere());
  if (still.length > 0) {
    throw new SetUpError(`still missing after the installation: ${still.map((each) => each.debian).join(" ")}`);
  }
}

/** @param {number} count */
async function isAgreed(count) {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`cordon: install ${count === 1 ? "it" : "them"} now with apt-get? [Y/n] `);
    return /^(y|yes|)$/i.test(answer.trim());
  } catch {
    // Ctrl-C or Ctrl-D at the question is a no.
    return false;
  } finally {
    terminal.close();
  }
}

/** @param {readonly string[]} names */
async function install(names) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const update = () => runCommand("apt-get", ["update", "-q"], { env, show: true });
  const attempt = () =>
    // A packager at work (unattended upgrades) is waited for instead of failing.
    runCommand(
      "apt-get",
      ["install", "-y", "-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300", ...names],
      { env, show: true },
    );
  const isNeverUpdated = !listFiles("/var/lib/apt/lists").some((name) => name.includes("_Packages"));
  if (isNeverUpdated) await update();
  let result = await attempt();
  if (result.code !== 0 && !isNeverUpdated) {
    // The lists may be older than the archive.
    await update();
    result = await attempt();
  }
  if (result.code !== 0) throw new SetUpError(`apt-get install ended with ${result.code}; its words are above`);
}

/** @param {string} folder */
function listFiles(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
