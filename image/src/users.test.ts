import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { boards } from "../layers/index.ts";
import { initramfs } from "../layers/initramfs.ts";
import { users } from "./users.ts";

const layers = join(import.meta.dirname, "../layers");
const guest = join(import.meta.dirname, "boot-test/guest");
const system = join(layers, "files/root/etc/systemd/system");
const textOf = (path: string) => readFileSync(path, "utf8");
// The centre is started anew for each time that it is wanted.
const unit = (name: string) => textOf(join(system, `cordon-${name}${name === "centre" ? "@" : ""}.service`));
const names = Object.values(users).map(({ name }) => name);

test("each process has a user of its own, whose numbers are no one's else", () => {
  assert.equal(new Set(Object.values(users).map(({ id }) => id)).size, names.length);
  for (const [role, { name, id }] of Object.entries(users)) {
    assert.match(unit(role), new RegExp(`^User=${name}$`, "m"));
    // Debian gives packages numbers below 100 and from 999 downwards; people begin at 1000.
    assert.ok(id > 100 && id < 900);
  }
});

test("no other name stands where a unit, a folder or a test names a user of the sensor", () => {
  const places = [
    ...readdirSync(system)
      .filter((name) => name.endsWith(".service"))
      .map((name) => join(system, name)),
    join(layers, "files/root/etc/tmpfiles.d/cordon.conf"),
  ];
  const found = places.flatMap((path) => [...textOf(path).matchAll(/(?<=[= ])cordon(-\w+)?(?= |$)/gm)]);
  const unknown = found.map(([name]) => name).filter((name) => !names.some((each) => each === name));
  assert.ok(found.length > 8);
  assert.deepEqual(unknown, []);
});

test("the initramfs lets the judge read the profile, by the number of its group, and write it nobody", () => {
  const line = textOf(join(layers, "files/initramfs/usr/lib/cordon/line"));
  const owners = [...line.matchAll(/^ *chown -R (\d+):(\d+) \/run\/cordon\/provision$/gm)];
  assert.deepEqual(
    owners.map(([, user, group]) => [Number(user), Number(group)]),
    [[0, users.judge.id]],
  );
});

test("the profile is named to the judge alone; executor and reader are told the ports the image has", () => {
  const commandOf = (name: string) => /^ExecStart=(.*)$/m.exec(unit(name))?.[1] ?? "";
  assert.match(commandOf("judge"), / --profile \/run\/cordon\/provision\/profile\.json /);
  for (const name of ["reader", "executor", "features", "names", "tracker", "centre"])
    assert.doesNotMatch(commandOf(name), /profile/);
  const wanted = ` --bridge br0 --inside inside0 --outside ${initramfs(boards.pc).outsidePort} `;
  assert.ok(commandOf("executor").includes(wanted));
  assert.ok(textOf(join(guest, "start-sensor")).includes(wanted));
  // By which it answers machines that are cut off.
  assert.match(commandOf("reader"), / --inside inside0 /);
});

test("what forgets the site may open the partitions that it empties, though its unit has no devices", () => {
  assert.match(unit("wipe"), /^ExecStart=\+/m);
  // What else a unit with full rights may not open the kernel refuses by its group, and says so to nobody.
  const devices = [...unit("wipe").matchAll(/^DeviceAllow=(.*)$/gm)].map(([, allowed]) => allowed);
  assert.deepEqual(devices, ["block-* rw", "/dev/mapper/control rw", "/dev/console w"]);
});

test("what mounts or unmounts for the whole system leaves the mounts that its unit has of its own", () => {
  for (const name of ["data", "wipe"])
    assert.match(unit(name), /^ExecStart=\+\/usr\/bin\/nsenter --target 1 --mount \/usr\/lib\/cordon\/[a-z-]+$/m);
});
