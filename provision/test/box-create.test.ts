import assert from "node:assert/strict";
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { scryptSync, X509Certificate } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { before, suite, test, type TestContext } from "node:test";
import { isKeyed, parseSiteProfile, type KeyedProfile, type RecordingWish, type SiteProfile } from "@cordon/contract";
import { writeBootFiles } from "../../image/src/boot-partition.ts";
import { sampled } from "../../sensor/test/slow-tests.ts";

const tools = ["sfdisk", "mkfs.vfat", "mcopy"];
const missing = tools.filter((name) => spawnSync(name, ["--version"]).error !== undefined);
const skip = missing.length === 0 ? false : `this machine has no ${missing.join(", ")}`;

const bootAt = 2048 * 512;
const bootMb = 8;
const main = join(import.meta.dirname, "../src/main.ts");

interface Ended {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

function boxCreate(folder: string, ...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [main, "box", "create", ...args],
      { cwd: folder, env: { ...process.env, TMPDIR: folder }, encoding: "buffer", maxBuffer: 64 << 20 },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr: stderr.toString() }),
    );
  });
}

function fileOn(image: string, name: string): string {
  return execFileSync("mtype", ["-i", `${image}@@${bootAt}`, `::/cordon/${name}`], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

function profileOn(image: string): SiteProfile {
  const parsed = parseSiteProfile(fileOn(image, "profile.json"));
  assert.ok(parsed.ok);
  return parsed.value;
}

function keyedProfileOn(image: string): KeyedProfile {
  const profile = profileOn(image);
  assert.ok(isKeyed(profile));
  return profile;
}

suite("box create", { skip }, () => {
  let blank: Buffer;

  before(() => {
    const folder = mkdtempSync(join(tmpdir(), "cordon-provision-"));
    try {
      const disk = join(folder, "box.img");
      writeFileSync(disk, "");
      truncateSync(disk, bootAt + (bootMb << 20) + (2 << 20));
      execFileSync("sfdisk", ["-q", disk], { input: `label: gpt\nstart=2048, size=${bootMb * 2048}, name=boot\n` });
      const filesystem = join(folder, "boot.vfat");
      execFileSync("mkfs.vfat", ["-C", filesystem, String(bootMb * 1024)], { stdio: "ignore" });
      execFileSync("dd", [`if=${filesystem}`, `of=${disk}`, "bs=1M", "seek=1", "conv=notrunc", "status=none"]);
      execFileSync("mmd", ["-i", `${disk}@@${bootAt}`, "::/cordon"]);
      blank = readFileSync(disk);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  function aFolder(t: TestContext): string {
    const folder = mkdtempSync(join(tmpdir(), "cordon-provision-"));
    t.after(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "blank.img"), blank);
    return folder;
  }

  const made = ["--image", "blank.img", "--controller-data", "controller", "--controller-host", "192.0.2.9"];

  test("makes the box of a new site, which its controller has signed", async (t) => {
    const folder = aFolder(t);
    const ports = ["--port", "inside0=02:00:00:00:00:0a", "--port", "outside0=02:00:00:00:00:0b"];
    const nets = ["--local-net", "192.0.2.0/24", "2001:db8::/64"];
    const ended = await boxCreate(
      folder,
      ...made,
      "--out",
      "a.img",
      "--site-name",
      "Harbour Office",
      ...nets,
      ...ports,
    );
    assert.equal(ended.stderr, "");
    assert.equal(ended.code, 0);

    const image = join(folder, "a.img");
    const profile = profileOn(image);
    assert.equal(profile.site.name, "Harbour Office");
    assert.deepEqual(profile.site.localNets, ["192.0.2.0/24", "2001:db8::/64"]);
    assert.deepEqual(profile.ports, { bridge: "br0", inside: "inside0", outside: "outside0" });
    assert.deepEqual([profile.controller.host, profile.controller.port], ["192.0.2.9", 8883]);
    assert.equal(fileOn(image, "ports"), "inside0 02:00:00:00:00:0a\noutside0 02:00:00:00:00:0b\n");

    // The controller's own file, not the profile's word for it.
    const authority = new X509Certificate(readFileSync(join(folder, "controller/keys/authority.pem")));
    assert.equal(profile.controller.authorityFingerprint, authority.fingerprint256);
    assert.deepEqual([profile.credentials, profile.controller.authority], [undefined, undefined]);
    const { token = "", expiresAt = 0 } = profile.enrolment ?? {};
    assert.match(token, /^[A-Za-z0-9_-]{43}$/);
    assert.ok(!readFileSync(join(folder, "controller/controller.sqlite")).includes(token), "nobody else has the token");

    assert.equal(statSync(image).mode & 0o777, 0o600);
    const said = ended.stdout.toString();
    assert.match(said, /Harbour Office, sensor harbour-office-[0-9a-f]{8}/);
    assert.doesNotMatch(said, /PRIVATE|BEGIN|[A-Za-z0-9+/=]{64}/);
    assert.ok(!said.includes(token));
    assert.match(
      said,
      new RegExp(`token {7}good for one box, once, until ${new Date(expiresAt).toISOString().slice(0, 10)};`),
    );
    assert.deepEqual(readdirSync(folder).toSorted(), ["a.img", "blank.img", "controller"], "nothing is left over");
    assert.ok(readFileSync(join(folder, "blank.img")).equals(blank), "the image that was copied is as it was");
  });

  test("makes the box that a site file describes: profile, ports, wishes at the controller, PIN and label", async (t) => {
    const folder = aFolder(t);
    writeFileSync(
      join(folder, "site.yaml"),
      `version: 1
name: Möller & Söhne
placement: lan
policy: guard
controller: { host: 192.0.2.9, port: 8884, url: "https://cordon.example.net" }
ports: { inside: 02-00-5E-10-00-0A, outside: 02:00:5e:10:00:0b }
management: { address: 192.168.1.5/24, router: 192.168.1.1 }
resolvers: [192.168.1.1]
machines: [{ mac: 02:00:5E:10:00:01, is: mail-server }, { mac: 02:00:5e:10:00:02, is: backup }]
areas: [{ name: Front desk, machines: [02-00-5e-10-00-03] }]
contacts: [{ name: Anna, phone: "+49 30 1234" }]
recording: { by: Anna, role: manager, date: 2026-01-02, until: 2099-12-31 }
`,
    );
    const out = ["--site", "site.yaml", "--out", "a.img", "--label", "label.svg"];
    const ended = await boxCreate(folder, "--image", "blank.img", "--controller-data", "controller", ...out);
    assert.equal(ended.code, 0, ended.stderr);
    const profile = profileOn(join(folder, "a.img"));
    const { declared, duties, management, contacts, policy, controller, pin } = profile;
    assert.deepEqual(declared, [{ mac: "02:00:5e:10:00:01", role: "mail-server" }]);
    assert.deepEqual(duties, [{ mac: "02:00:5e:10:00:02", duty: "backup" }]);
    assert.deepEqual(management, { address: "192.168.1.5/24", router: "192.168.1.1" });
    assert.deepEqual([contacts, policy, controller.port], [[{ name: "Anna", phone: "+49 30 1234" }], "guard", 8884]);
    assert.equal(fileOn(join(folder, "a.img"), "ports"), "inside0 02:00:5e:10:00:0a\noutside0 02:00:5e:10:00:0b\n");

    const said = /PIN {9}(\d{8}), said this once/.exec(ended.stdout.toString())?.[1] ?? "";
    const { cost, blockSize, parallelization, salt, hash } = pin ?? assert.fail("no PIN");
    const options = { cost, blockSize, parallelization, maxmem: 256 * cost * blockSize };
    assert.equal(scryptSync(said, Buffer.from(salt, "base64"), 32, options).toString("base64"), hash);
    assert.ok(!readFileSync(join(folder, "a.img")).includes(said), "the image has the hash alone");
    const label = readFileSync(join(folder, "label.svg"), "utf8");
    assert.match(label, /aria-label="Möller &amp; Söhne"/);
    assert.ok(label.includes(`aria-label="${said.slice(0, 4)} ${said.slice(4)}"`));
    assert.equal(statSync(join(folder, "label.svg")).mode & 0o777, 0o600);

    const store = new DatabaseSync(join(folder, "controller/controller.sqlite"), { readOnly: true });
    const row = (query: string) => ({ ...store.prepare(query).get() });
    assert.deepEqual(row("select name, hosts from areas"), { name: "Front desk", hosts: '["02:00:5e:10:00:03"]' });
    assert.deepEqual(row("select portal, resolvers from site_settings"), {
      portal: '{"isOn":true,"contact":"Anna, +49 30 1234"}',
      resolvers: '["192.168.1.1"]',
    });
    assert.deepEqual(row("select policy from sites"), { policy: "guard" });
    const { body } = row("select body from site_wishes where kind = 'recording'") as { body?: string };
    const { authorisations, ring } = JSON.parse(body ?? "{}") as RecordingWish;
    assert.deepEqual(
      [authorisations[0]?.by, authorisations[0]?.until, ring],
      ["Anna", Date.UTC(2100, 0, 1), undefined],
    );
    store.close();

    const box = (...args: readonly string[]) =>
      spawnSync(process.execPath, [main, "box", ...args, "--controller-data", "controller"], {
        cwd: folder,
        encoding: "utf8",
      });
    assert.match(ended.stdout.toString(), /^Beware: the box takes no updates, /m);
    assert.doesNotMatch(ended.stdout.toString(), /Raspberry/, "a disk with a GPT is a PC's");

    const listed = box("list").stdout.split("\n");
    assert.match(listed[0] ?? "", /^SENSOR +SITE +PLACEMENT +STATE +LAST HEARD +TOKEN$/);
    assert.match(listed[1] ?? "", new RegExp(`^${profile.sensor} +Möller & Söhne +lan +never-seen +never +open$`));
    assert.equal(box("revoke", "--sensor-id", profile.sensor, "--reason", "lost on its way").status, 0);
    const shown = box("show", "--sensor-id", profile.sensor).stdout;
    assert.match(shown, /^state +revoked$/m);
    assert.match(shown, /^token +void$/m);
    assert.match(
      shown,
      new RegExp(`^next +give it another identity: box create … --sensor-id ${profile.sensor}$`, "m"),
    );
    for (const [end, blank] of [
      ["revoke", ""],
      ["wipe", " "],
    ] as const) {
      const refused = box(end, "--sensor-id", profile.sensor, "--reason", blank);
      assert.match(refused.stderr, /--reason is empty; say why, for the audit log\n$/);
    }
    // Its next card is made: to make another would void the one that is in the post.
    const known = ["--image", "blank.img", "--controller-data", "controller", "--sensor-id", profile.sensor];
    assert.equal((await boxCreate(folder, ...known, "--out", "next.img")).code, 0);
    rmSync(join(folder, "next.img"));
    const waiting = box("show", "--sensor-id", profile.sensor).stdout;
    assert.match(waiting, /^state +revoked$/m);
    assert.match(waiting, /^token +open$/m);
    assert.match(waiting, /^next +start the box with its new card, by which it enrols anew$/m);
    assert.match(box("show", "--sensor-id", "nobody").stderr, /^provision: .*there is no sensor nobody\n$/);

    const again = ["label", "--box", "a.img", "--site", "site.yaml", "--out", "again.svg", "--pin", said];
    execFileSync(process.execPath, [main, "box", ...again], { cwd: folder, env: { ...process.env, TMPDIR: folder } });
    assert.equal(readFileSync(join(folder, "again.svg"), "utf8"), label, "the same label once more");
    const otherText = readFileSync(join(folder, "site.yaml"), "utf8").replace("Möller", "Miller");
    writeFileSync(join(folder, "other.yaml"), otherText);
    const other = box("label", "--box", "a.img", "--site", "other.yaml", "--out", "other.svg");
    assert.match(other.stderr, /is the box of "Möller & Söhne", and other\.yaml is the file of "Miller & Söhne"; take/);
    rmSync(join(folder, "other.yaml"));
    const wrongPin = said === "00000000" ? "11111111" : "00000000";
    const wrong = spawnSync(
      process.execPath,
      [main, "box", "label", "--box", "a.img", "--out", "wrong.svg", "--pin", wrongPin],
      { cwd: folder, env: { ...process.env, TMPDIR: folder }, encoding: "utf8" },
    );
    assert.match(wrong.stderr, /^provision: --pin: this is not the PIN of /);
    const there = ["a.img", "again.svg", "blank.img", "controller", "label.svg", "site.yaml"];
    assert.deepEqual(readdirSync(folder).toSorted(), there, "nothing is left over");
  });

  test("a controller that was made is told of, also in an empty folder, and so is a second site of one name", async (t) => {
    const folder = aFolder(t);
    mkdirSync(join(folder, "controller"));
    const wish = [...made, "--site-name", "Harbour Office"];
    const first = await boxCreate(folder, ...wish, "--out", "a.img");
    assert.match(first.stdout.toString(), /^There was no controller in .*controller: it was made, and the box will/m);
    const second = await boxCreate(folder, ...wish, "--out", "b.img");
    const said = second.stdout.toString();
    assert.doesNotMatch(said, /There was no controller/);
    const { sensor } = profileOn(join(folder, "a.img"));
    assert.match(
      said,
      new RegExp(`^There is another site "Harbour Office", with the box ${sensor} \\(never-seen\\): `, "m"),
    );
    const third = await boxCreate(folder, ...made, "--site-name", "Another", "--out", "c.img");
    assert.doesNotMatch(third.stdout.toString(), /another site/);
  });

  test("takes a profile that a controller wrote, and gives the image to stdout", async (t) => {
    const folder = aFolder(t);
    await boxCreate(folder, ...made, "--out", "a.img", "--site-name", "Harbour Office");
    const text = fileOn(join(folder, "a.img"), "profile.json");
    writeFileSync(join(folder, "profile.json"), text);

    const ended = await boxCreate(folder, "--image", "blank.img", "--profile", "profile.json", "--out", "-");
    assert.equal(ended.code, 0, ended.stderr);
    writeFileSync(join(folder, "b.img"), ended.stdout);
    assert.equal(fileOn(join(folder, "b.img"), "profile.json"), text);
    assert.match(ended.stderr, /Wrote the image/);
    assert.deepEqual(readdirSync(folder).toSorted(), ["a.img", "b.img", "blank.img", "controller", "profile.json"]);
  });

  test("makes the image of a box that is known anew, with another token and label, and all else as it was", async (t) => {
    const folder = aFolder(t);
    await boxCreate(folder, ...made, "--out", "a.img", "--site-name", "Harbour Office");
    const first = profileOn(join(folder, "a.img"));
    const known = ["--image", "blank.img", "--controller-data", "controller", "--sensor-id", first.sensor];
    const ended = await boxCreate(folder, ...known, "--out", "b.img");
    assert.equal(ended.code, 0, ended.stderr);
    const { enrolment, pin, pages, ...second } = profileOn(join(folder, "b.img"));
    const { enrolment: before, pin: pinBefore, pages: pagesBefore, ...rest } = first;
    assert.deepEqual(second, rest);
    assert.notEqual(enrolment?.token, before?.token);
    // What stands on the label is new with it.
    assert.notEqual(pin?.hash, pinBefore?.hash);
    assert.notEqual(pages?.certificate, pagesBefore?.certificate);
    writeFileSync(
      join(folder, "other.yaml"),
      "version: 1\nname: Other\nplacement: lan\ncontroller: { host: 192.0.2.9 }\n",
    );
    const other = await boxCreate(folder, ...known, "--site", "other.yaml", "--out", "c.img");
    assert.equal(other.code, 1);
    assert.match(
      other.stderr,
      /is the box of "Harbour Office", and other\.yaml is the file of "Other"; take the file of/,
    );
    await writeBootFiles(join(folder, "blank.img"), { "update-authority.pem": "of an operator\n" });
    const renewed = await boxCreate(folder, ...known, "--out", "d.img");
    assert.doesNotMatch(renewed.stdout.toString(), /takes no updates/, "its image names who signs them");
    const nobody = await boxCreate(folder, ...known.slice(0, -1), "nobody", "--out", "c.img");
    assert.match(nobody.stderr, /^provision: the controller gave no token: there is no sensor nobody$/m);
  });

  test("a new card's label says of the line what the first one said, and leads where it led", async (t) => {
    const folder = aFolder(t);
    const site = "version: 1\nname: Harbour Office\nplacement: wan\nline: { pppoe: true, vlan: 7 }\n";
    const controller = 'controller: { host: 192.0.2.9, url: "https://cordon.example.net" }\n';
    writeFileSync(join(folder, "site.yaml"), site + controller);
    const known = ["--image", "blank.img", "--controller-data", "controller"];
    const made = await boxCreate(folder, ...known, "--site", "site.yaml", "--out", "a.img", "--label", "a.svg");
    assert.equal(made.code, 0, made.stderr);
    const { sensor, line } = profileOn(join(folder, "a.img"));
    assert.deepEqual(line, { pppoe: true, vlan: 7 });
    // Without the site file: of what the controller has kept.
    const renewed = await boxCreate(folder, ...known, "--sensor-id", sensor, "--out", "b.img", "--label", "b.svg");
    assert.equal(renewed.code, 0, renewed.stderr);
    rmSync(join(folder, "site.yaml"));
    const again = ["label", "--box", "b.img", "--out", "c.svg", "--controller-data", "controller"];
    execFileSync(process.execPath, [main, "box", ...again], { cwd: folder, env: { ...process.env, TMPDIR: folder } });
    for (const name of ["a.svg", "b.svg", "c.svg"]) {
      const label = readFileSync(join(folder, name), "utf8");
      assert.match(label, /aria-label="PPPoE, VLAN 7"/, name);
      assert.match(label, /aria-label="Opens this site\."/, name);
    }
  });

  test("the label is made in a language that is there, and in no other", async (t) => {
    const folder = aFolder(t);
    const wish = [...made, "--site-name", "Harbour Office", "--out", "a.img", "--label", "a.svg"];
    for (const tag of ["tlh", "no tag", ""]) {
      const refused = await boxCreate(folder, ...wish, "--language", tag);
      assert.equal(refused.code, 1);
      const said = `provision: --language ${JSON.stringify(tag)}: labels are made in de (Deutsch), en (English)\n`;
      assert.equal(refused.stderr, said);
    }
    const bare = await boxCreate(folder, ...wish.slice(0, -2), "--language", "de");
    assert.equal(bare.stderr, "provision: --language: only the label has one; say --label\n");
    assert.deepEqual(readdirSync(folder), ["blank.img"], "nothing is made");

    const german = await boxCreate(folder, ...wish, "--language", "de-CH");
    assert.equal(german.code, 0, german.stderr);
    const label = readFileSync(join(folder, "a.svg"), "utf8");
    assert.match(label, / lang="de" [\s\S]*aria-label="Welcher Stecker wohin gehört"/);
    // One that the operator has added, which lacks all texts but one.
    mkdirSync(join(folder, "controller/languages"));
    const french = { language: "fr", name: "Français", texts: { "Whom to call": "Qui appeler" } };
    writeFileSync(join(folder, "controller/languages/fr.json"), JSON.stringify(french));
    const again = ["label", "--box", "a.img", "--language", "fr", "--out", "b.svg", "--controller-data", "controller"];
    execFileSync(process.execPath, [main, "box", ...again], { cwd: folder, env: { ...process.env, TMPDIR: folder } });
    const other = readFileSync(join(folder, "b.svg"), "utf8");
    assert.match(other, / lang="fr" [\s\S]*aria-label="Which plug goes where"[\s\S]*aria-label="Qui appeler"/);
  });

  test("takes a provisioned image, or the place of another, only when told to", async (t) => {
    const folder = aFolder(t);
    const ports = ["--port", "inside0=02:00:00:00:00:0a", "outside0=02:00:00:00:00:0b"];
    await boxCreate(folder, ...made, "--out", "a.img", "--site-name", "First", "--with-key", ...ports);
    const first = keyedProfileOn(join(folder, "a.img"));
    const key = first.credentials.privateKey.split("\n")[2] ?? "";
    assert.ok(readFileSync(join(folder, "a.img")).includes(key));

    const second = ["--image", "a.img", ...made.slice(2), "--site-name", "Second"];
    const there = await boxCreate(folder, ...second, "--out", "a.img", "--replace");
    assert.equal(there.code, 1);
    assert.match(there.stderr, /^provision: .*a\.img is there already; --force/);
    writeFileSync(join(folder, "label.pdf"), "another");
    const labelled = await boxCreate(folder, ...second, "--out", "b.img", "--replace", "--label", "label.pdf");
    assert.match(labelled.stderr, /^provision: cannot write the label .*label\.pdf: it is there already; --force/);
    rmSync(join(folder, "label.pdf"));
    const provisioned = await boxCreate(folder, ...second, "--out", "b.img");
    assert.equal(provisioned.code, 1);
    assert.match(provisioned.stderr, /is the image of one site's box already; .*--replace/);
    assert.deepEqual(readdirSync(folder).toSorted(), ["a.img", "blank.img", "controller"]);

    const itself = await boxCreate(folder, ...second, "--out", "a.img", "--replace", "--force");
    assert.equal(itself.code, 1);
    assert.match(itself.stderr, /^provision: --out is the image itself, which stays as it is; name another file$/m);
    assert.ok(readFileSync(join(folder, "a.img")).includes(key), "and it does");

    writeFileSync(join(folder, "b.img"), "another");
    const replaced = await boxCreate(folder, ...second, "--out", "b.img", "--replace", "--force");
    assert.equal(replaced.code, 0, replaced.stderr);
    assert.equal(profileOn(join(folder, "b.img")).site.name, "Second");
    assert.throws(() => fileOn(join(folder, "b.img"), "ports"), "the ports of the first box are forgotten");
    assert.ok(!readFileSync(join(folder, "b.img")).includes(key), "the key of the first box is gone");
  });

  test("makes the gateway of a repair network", async (t) => {
    const folder = aFolder(t);
    const gateway = ["--placement", "gateway", "--gateway-address", "10.9.8.1/24"];
    const { code, stdout, stderr } = await boxCreate(
      folder,
      ...made,
      "--out",
      "a.img",
      "--site-name",
      "Repair",
      ...gateway,
    );
    assert.equal(code, 0, stderr);
    assert.match(String(stdout), /placement {3}gateway, as the router of an isolated repair network/);
    const { placement, gateway: told } = profileOn(join(folder, "a.img"));
    assert.deepEqual([placement, told], ["gateway", { inside: "10.9.8.1/24" }]);
  });

  test("leaves it to the box where in the line it stands", async (t) => {
    const folder = aFolder(t);
    const { code, stdout, stderr } = await boxCreate(
      folder,
      ...made,
      ...["--out", "a.img", "--site-name", "Office", "--placement", "auto"],
    );
    assert.equal(code, 0, stderr);
    assert.match(String(stdout), /placement {3}auto, in the line on either side of the router/);
    const { placement, isPlacementFound } = profileOn(join(folder, "a.img"));
    assert.deepEqual([placement, isPlacementFound], ["lan", true]);
  });

  test("refuses a profile that would only fail at the client's, naming file, field and what is allowed", async (t) => {
    const folder = aFolder(t);
    await boxCreate(folder, ...made, "--out", "a.img", "--site-name", "First", "--with-key");
    await boxCreate(folder, ...made, "--out", "b.img", "--site-name", "Second", "--with-key");
    const [good, other] = [keyedProfileOn(join(folder, "a.img")), keyedProfileOn(join(folder, "b.img"))];
    const cases: readonly (readonly [object, RegExp])[] = [
      [{ placement: "attic" }, /bad\.json: \/placement must be one of lan, wan/],
      [{ gateway: { inside: "10.0.0.300/24" } }, /bad\.json: \/gateway\/inside must match/],
      [
        { gateway: { inside: "10.0.0.1/24", insidePorts: ["inside1"] } },
        /insidePorts names more ports; .* inside0 alone/,
      ],
      [{ ports: { ...good.ports, inside: "eth0" } }, /bad\.json: \/ports\/inside is eth0; .* inside0/],
      [{ controller: { ...good.controller, port: 0 } }, /bad\.json: \/controller\/port must be >= 1/],
      [{ site: { ...good.site, name: "two\nlines" } }, /bad\.json: \/site\/name is "two\\nlines"; a name has/],
      [{ site: { ...good.site, localNets: ["all"] } }, /bad\.json: \/site\/localNets\/0 is "all"; a network is/],
      [{ controller: { ...good.controller, host: "a b" } }, /bad\.json: \/controller\/host is "a b"; a host is/],
      [{ sensor: "another" }, /certificate is made out to CN=first-[0-9a-f]+; the sensor is another/],
      [{ credentials: { ...good.credentials, privateKey: other.credentials.privateKey } }, /not the certificate's key/],
      [{ credentials: { ...good.credentials, privateKey: "x" } }, /privateKey is no private key in PEM/],
      [{ controller: { ...good.controller, authority: good.credentials.certificate } }, /is not signed by/],
      [{ credentials: undefined }, /bad\.json: \/credentials and \/enrolment are both missing/],
      [{ controller: { ...good.controller, authority: undefined } }, /bad\.json: \/controller\/authority is missing/],
      [
        { credentials: undefined, enrolment: { token: "short", expiresAt: 1 } },
        /bad\.json: \/enrolment\/token must match/,
      ],
    ];
    for (const [change, words] of sampled(cases)) {
      writeFileSync(join(folder, "bad.json"), JSON.stringify({ ...good, ...change }));
      const ended = await boxCreate(folder, "--image", "blank.img", "--profile", "bad.json", "--out", "c.img");
      assert.equal(ended.code, 1);
      assert.match(ended.stderr, words);
      assert.equal(ended.stderr.trim().split("\n").length, 1);
    }
    assert.ok(!readdirSync(folder).some((name) => name.startsWith("c.img")));
  });

  test("takes a profile as large as the box takes, and none beyond", async (t) => {
    const line = join(import.meta.dirname, "../../image/layers/files/initramfs/usr/lib/cordon/line");
    const takes = Number(/^ *take_file profile\.json (\d+) /m.exec(readFileSync(line, "utf8"))?.[1]);
    const folder = aFolder(t);
    await boxCreate(folder, ...made, "--out", "a.img", "--site-name", "Harbour Office");
    const text = fileOn(join(folder, "a.img"), "profile.json");
    const wish = ["--image", "blank.img", "--profile", "large.json"];
    writeFileSync(join(folder, "large.json"), text.padEnd(takes));
    const taken = await boxCreate(folder, ...wish, "--out", "b.img");
    assert.equal(taken.code, 0, taken.stderr);
    writeFileSync(join(folder, "large.json"), text.padEnd(takes + 1));
    const refused = await boxCreate(folder, ...wish, "--out", "c.img");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /large\.json: payload of 262145 bytes exceeds 262144/);
    assert.ok(!readdirSync(folder).some((name) => name.startsWith("c.img")));
  });

  test("refuses a site file with mistakes, each by its line, before anything is made", async (t) => {
    const folder = aFolder(t);
    writeFileSync(join(folder, "site.yaml"), "version: 1\nname: Office\nplacement: lann\ncontroler: { host: a }\n");
    const wish = ["--image", "blank.img", "--controller-data", "controller", "--site", "site.yaml", "--out", "a.img"];
    const ended = await boxCreate(folder, ...wish);
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /line 3, placement: "lann" cannot be it; did you mean lan\?/);
    assert.match(ended.stderr, /line 4, controler: there is no such field; did you mean controller\?/);
    assert.deepEqual(readdirSync(folder).toSorted(), ["blank.img", "site.yaml"]);
  });

  test("a controller that is not there knows no boxes, and is not made by being asked", (t) => {
    const folder = aFolder(t);
    for (const args of [["list"], ["show", "--sensor-id", "a"], ["revoke", "--sensor-id", "a", "--reason", "b"]]) {
      const words = [main, "box", ...args, "--controller-data", "typo"];
      const ended = spawnSync(process.execPath, words, { cwd: folder, encoding: "utf8" });
      assert.equal(ended.status, 1);
      assert.match(ended.stderr, /^provision: there is no controller in .*typo; --controller-data says where/);
    }
    assert.deepEqual(readdirSync(folder), ["blank.img"]);
  });

  for (const { name, args, words } of [
    {
      name: "a placement that is not built",
      args: ["--site-name", "A", "--placement", "attic"],
      words: /for lan, wan, gateway, mirror/,
    },
    {
      name: "a repair network's address where there is none",
      args: ["--site-name", "A", "--gateway-address", "10.0.0.1/24"],
      words: /only a box with --placement gateway/,
    },
    { name: "a site without a name", args: [], words: /say --site, --profile, --sensor-id, or --site-name$/m },
    {
      name: "two sources",
      args: ["--profile", "p.json", "--site-name", "A"],
      words: /--site-name, --controller-host:/,
    },
    { name: "half a line", args: ["--site-name", "A", "--port", "mgmt0=02:00:00:00:00:0a"], words: /both ports/ },
    {
      name: "a network that is none",
      args: ["--site-name", "A", "--local-net", "10.0.0.0/99"],
      words: /^provision: --local-net "10\.0\.0\.0\/99": a network is an address and the length of its prefix, such as/,
    },
    {
      name: "the whole Internet as a network",
      args: ["--site-name", "A", "--local-net", "10.0.0.0/8", "0.0.0.0/0"],
      words: /--local-net "0\.0\.0\.0\/0": .* nobody's own network/,
    },
    {
      name: "more networks than a profile holds",
      args: ["--site-name", "A", "--local-net", ...Array.from({ length: 65 }, (_, index) => `10.0.${index}.0/24`)],
      words: /--local-net: a site has 64 networks at most/,
    },
    {
      name: "a host that is none",
      args: ["--site-name", "A", "--controller-host", "bad host/;"],
      words:
        /^provision: --controller-host "bad host\/;": a host is a name of letters, digits, hyphens and dots, such as/,
    },
    {
      name: "a host with nobody there",
      args: ["--site-name", "A", "--controller-host", "0.0.0.0"],
      words: /--controller-host "0\.0\.0\.0": nobody has this address/,
    },
    { name: "an empty name", args: ["--site-name", ""], words: /^provision: --site-name "": a name has 1 to 200/ },
    {
      name: "a name of two lines",
      args: ["--site-name", "two\nlines"],
      words: /^provision: --site-name "two\\nlines": a name has .*on one line/,
    },
    { name: "a name too long", args: ["--site-name", "x".repeat(201)], words: /a name has 1 to 200 characters/ },
    { name: "no port of a broker", args: ["--site-name", "A", "--controller-port", "0"], words: /1 to 65535/ },
    { name: "a folder to write to", args: ["--site-name", "A", "--out", "."], words: /is no ordinary file/ },
    { name: "an image that is none", args: ["--site-name", "A", "--image", main], words: /is no image of a box/ },
    {
      name: "a label where there is no folder",
      args: ["--site-name", "A", "--label", "none/label.pdf"],
      words: /^provision: cannot write the label .*none\/label\.pdf: ENOENT/,
    },
    {
      name: "no image",
      args: ["--site-name", "A", "--image", "none.img"],
      words: /cannot open the image: .*none\.img/,
    },
  ]) {
    test(`refuses ${name}, and leaves nothing`, async (t) => {
      const folder = aFolder(t);
      const ended = await boxCreate(folder, ...made, "--out", "a.img", ...args);
      assert.equal(ended.code, 1);
      assert.match(ended.stderr, words);
      assert.equal(ended.stderr.trimEnd().split("\n").length, 1);
      assert.deepEqual(readdirSync(folder), ["blank.img"], "no part of an image, no profile, no controller");
    });
  }
});
