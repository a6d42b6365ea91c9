import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const scripts = fileURLToPath(new URL("../layers/files/initramfs/usr/lib/cordon/", import.meta.url));

test("the placement is taken out of a profile, however it is written; what is unclear is a cable", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "cordon-placement-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "profile.json");
  const read = () =>
    execFileSync(
      "sh",
      ["-c", `. ${scripts}placement; read_placement ${path}; note_placement ${path}.note; cat ${path}.note`],
      {
        encoding: "utf8",
      },
    ).trim();
  const profile = (placement: string, name = "Office") => ({
    version: 1,
    site: { name },
    placement,
    policy: "observe",
  });
  for (const placement of ["lan", "wan", "gateway", "mirror"]) {
    for (const indent of [0, 2, "\t"]) {
      await writeFile(path, JSON.stringify(profile(placement), null, indent));
      assert.equal(read(), `CORDON_PLACEMENT=${placement}`);
    }
  }
  await writeFile(path, JSON.stringify(profile("wan", `"placement":"mirror"`)));
  assert.equal(read(), "CORDON_PLACEMENT=wan", "a site's name is not its placement");
  await writeFile(path, JSON.stringify(profile("$(reboot)")));
  assert.equal(read(), "CORDON_PLACEMENT=lan");
  await rm(path);
  assert.equal(read(), "CORDON_PLACEMENT=lan");
});

// Ports of a machine, by veth: what counts here is how they are set up.
const inNamespace = (script: string) =>
  spawnSync("unshare", ["-Urnm", "sh", "-c", `mount -t sysfs sys /sys && ${script}`], { encoding: "utf8" });
const probe = inNamespace("ip link add probe0 type veth peer name probe1");
const skip = probe.status === 0 ? false : `no namespaces here: ${probe.stderr.trim().split("\n")[0]}`;

const shell = `
trouble() { echo "trouble $*"; }
name_port() { ip link set dev "$1" name "$2"; }
named_ports() { :; }
. ${scripts}placement
`;

test("on a mirror a box of two ports listens by the one, joins nothing, and gets home by the other", { skip }, () => {
  const done = inNamespace(`${shell}
    ip link add inside0 type veth peer name copies && ip link add outside0 type veth peer name office
    placement=mirror; name_way_home && listen_port && look_for_way_home
    ip -d -j link show`);
  assert.equal(done.stderr, "");
  const links = JSON.parse(done.stdout) as { ifname: string; promiscuity: number; flags: string[] }[];
  const inside = links.find(({ ifname }) => ifname === "inside0");
  assert.equal(inside?.promiscuity, 1);
  assert.ok(inside?.flags.includes("NOARP") && inside.flags.includes("UP"));
  assert.deepEqual(
    links.map(({ ifname }) => ifname).filter((name) => ["mgmt0", "outside0", "br0"].includes(name)),
    ["mgmt0"],
  );
});

test(
  "outside the router and on a mirror a box without a third port says so, and in the line it does not",
  { skip },
  () => {
    for (const [placement, says] of [
      ["wan", /^trouble no-management .*stands as wan/],
      ["mirror", /^trouble no-management/],
      ["lan", /^$/],
      ["gateway", /^$/],
    ] as const) {
      const done = inNamespace(`${shell} placement=${placement}; name_way_home; look_for_way_home`);
      assert.match(done.stdout.trim(), says);
    }
  },
);
