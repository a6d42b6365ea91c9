import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { gunzipSync } from "node:zlib";
import { parseSiteProfile, type SiteProfile } from "@cordon/contract";
import type { BoxProgress, BoxTerms, MadeBox } from "../src/api/box-view.ts";
import type { Problem } from "../src/api/view.ts";
import type { ControllerOptions } from "../src/controller.ts";
import { startTestController } from "./harness.ts";
import { asOwner, invite, take } from "./people.ts";
import { scratchDir } from "./scratch.ts";

const tools = ["sfdisk", "mkfs.vfat", "mcopy"];
const missing = tools.filter((name) => spawnSync(name, ["--version"]).error !== undefined);
const skip = missing.length === 0 ? false : `this machine has no ${missing.join(", ")}`;

const plan = {
  version: 1,
  name: "Möller & Söhne",
  placement: "lan",
  controller: { host: "192.0.2.9", url: "https://cordon.example.net" },
  line: { pppoe: true, vlan: 7 },
  ports: { inside: "02:00:5e:10:00:0a", outside: "02:00:5e:10:00:0b" },
  contacts: [{ name: "Anna", phone: "+49 30 1234" }],
};

async function standing(t: TestContext, more: (dir: string) => Partial<ControllerOptions> = () => ({})) {
  const [dataDir, remove] = scratchDir();
  const controller = await startTestController(dataDir, more(dataDir));
  t.after(async () => {
    await controller.close();
    remove();
  });
  return { dataDir, controller, owner: await asOwner(controller) };
}

/** A disk of 4 MB whose boot partition has the folder of provision. */
function blankImage(file: string): void {
  writeFileSync(file, "");
  truncateSync(file, 4 << 20);
  execFileSync("sfdisk", ["-q", file], { input: "label: gpt\nstart=2048, size=4096, name=boot\n" });
  execFileSync("mkfs.vfat", ["--offset", "2048", file, "2048"], { stdio: "ignore" });
  execFileSync("mmd", ["-i", `${file}@@${1 << 20}`, "::/cordon"]);
}

test(
  "an owner makes a box for a new site and fetches its image, profile and label, and nobody else does",
  { skip },
  async (t) => {
    const { dataDir, controller, owner } = await standing(t, (dir) => ({
      boxImages: [join(dir, "blank.img"), join(dir, "box-arm64-pi.img")],
    }));
    blankImage(join(dataDir, "blank.img"));
    blankImage(join(dataDir, "box-arm64-pi.img"));
    execFileSync(
      "mcopy",
      ["-i", `${join(dataDir, "box-arm64-pi.img")}@@${1 << 20}`, "-", "::/cordon/update-authority.pem"],
      {
        input: "-",
      },
    );
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith("cordon-box-"));
    const made = await owner.call<MadeBox>("POST", "/api/v1/boxes", plan);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const { id, pin, sensorId, siteId, whyNoImage } = made.body;
    assert.match(pin, /^\d{8}$/);
    assert.equal(whyNoImage, null);
    assert.deepEqual(made.body.images, [
      { name: "blank.img", board: null, takesUpdates: false },
      { name: "box-arm64-pi.img", board: "pi", takesUpdates: true },
    ]);
    assert.match(sensorId, /^moller-sohne-[0-9a-f]{8}$/);

    const path = `/api/v1/boxes/${id}`;
    const fetched = await fetch(`${controller.url}${path}/image`, { headers: { cookie: owner.cookie } });
    assert.equal(fetched.headers.get("content-disposition"), `attachment; filename="${sensorId}.img.gz"`);
    const image = join(dataDir, "box.img");
    writeFileSync(image, gunzipSync(Buffer.from(await fetched.arrayBuffer())));
    const fileOn = (name: string) =>
      execFileSync("mtype", ["-i", `${image}@@${1 << 20}`, `::/cordon/${name}`], { encoding: "utf8" });
    const profile = parseSiteProfile(fileOn("profile.json"));
    assert.ok(profile.ok);
    assert.equal(profile.value.sensor, sensorId);
    assert.equal(fileOn("ports"), "inside0 02:00:5e:10:00:0a\noutside0 02:00:5e:10:00:0b\n");
    assert.ok(!readFileSync(image).includes(pin), "the image has the PIN's hash alone");
    const progress = await owner.call<BoxProgress>("GET", `${path}/progress`);
    assert.deepEqual(progress.body, { state: "sent", doneBytes: 4 << 20, allBytes: 4 << 20, text: "" });
    const given = await owner.call("GET", `${path}/profile`);
    assert.deepEqual(given.body, profile.value);
    const label = await owner.call<string>("GET", `${path}/label`);
    assert.match(label.body, /^<svg [\s\S]*aria-label="Möller &amp; Söhne"/);
    assert.ok(label.body.includes(`${pin.slice(0, 4)} ${pin.slice(4)}`));
    assert.match(label.body, / lang="en" [\s\S]*aria-label="Which plug goes where"/);

    const { body: boxes } = await owner.call<readonly { sensorId: string; token: { state: string } }[]>(
      "GET",
      "/api/v1/boxes",
    );
    assert.deepEqual(
      boxes.map((box) => [box.sensorId, box.token.state]),
      [[sensorId, "open"]],
    );
    const audit = JSON.stringify((await owner.call("GET", "/api/v1/audit")).body);
    for (const words of ["sensor-enrolled", "token-created", "box-fetched"]) assert.ok(audit.includes(words), words);
    assert.ok(!audit.includes(profile.value.enrolment?.token ?? "") && !audit.includes(pin));

    const chosen = await fetch(`${controller.url}${path}/image?image=box-arm64-pi.img`, {
      headers: { cookie: owner.cookie },
    });
    writeFileSync(image, gunzipSync(Buffer.from(await chosen.arrayBuffer())));
    assert.equal(fileOn("update-authority.pem"), "-");
    assert.equal((await owner.call("GET", `${path}/image?image=other.img`)).status, 503);

    // Of another owner it is as if it were not there: whoever has it may enrol in the box's place.
    const invited = await invite(owner, { name: "Otto", role: "owner" });
    const { api: other } = await take(controller, invited.body.token);
    for (const what of ["image", "profile", "label", "progress"]) {
      assert.equal((await other.call("GET", `${path}/${what}`)).status, 404, what);
    }
    const wiped = await owner.call<Problem>("POST", `/api/v1/sites/${siteId}/wipe`, { reason: "end of the job" });
    assert.equal(wiped.status, 409);
    assert.match(wiped.body.detail, /was never heard: revoke it, and destroy its card/);
    const after = readdirSync(tmpdir()).filter((name) => name.startsWith("cordon-box-"));
    assert.deepEqual(
      after.filter((name) => !before.includes(name)),
      [],
      "no copy is left over",
    );
  },
);

test("a site that cannot be meant is refused with all that is wrong with it, and makes nobody known", async (t) => {
  const { owner } = await standing(t);
  const bad = {
    ...plan,
    placement: "lann",
    wifi: { name: "Guests", password: "hunter22" },
    contacts: [{ name: "Anna" }],
  };
  const { status, body } = await owner.call<Problem>("POST", "/api/v1/boxes", bad);
  assert.deepEqual([status, body.code], [422, "bad-site-plan"]);
  assert.match(body.detail, /^placement: "lann" cannot be it; did you mean lan\?/);
  assert.doesNotMatch(body.detail, /hunter22/);
  const radio = await owner.call<Problem>("POST", "/api/v1/boxes", { ...bad, placement: "lan" });
  assert.deepEqual(radio.body.detail.split("\n"), [
    "contacts[1]: is reached by nothing; allowed: phone, email, or both",
    "wifi: this release has no radio; use a third port, or a USB adapter, for management",
  ]);
  const turned = await owner.call<Problem>("POST", "/api/v1/boxes", { ...plan, name: "a\u202eb" });
  const words =
    "there is a character in it that cannot be seen and turns letters around; type it anew instead of pasting it";
  assert.equal(turned.body.detail, `name: "a\\u202eb" cannot be it; ${words}`);
  assert.deepEqual((await owner.call("GET", "/api/v1/boxes")).body, []);
});

test("where there is no image to make a box of, its profile and a command are given", async (t) => {
  const { owner, controller } = await standing(t);
  const { body } = await owner.call<MadeBox>("POST", "/api/v1/boxes", plan);
  assert.match(body.whyNoImage ?? "", /no image to make boxes of \(serve --box-image\)/);
  assert.match(body.command, new RegExp(`box create --image IMAGE --profile ${body.sensorId}\\.json`));
  assert.equal((await owner.call("GET", `/api/v1/boxes/${body.id}/image`)).status, 503);
  const profile = await owner.call<SiteProfile>("GET", `/api/v1/boxes/${body.id}/profile`);
  assert.equal(profile.status, 200);
  // Where nobody names others, the ports that this controller serves on.
  const { port } = (await owner.call<BoxTerms>("GET", "/api/v1/boxes/terms")).body;
  assert.deepEqual([profile.body.controller.port, port], [controller.brokerPort, controller.brokerPort]);
});

test("a label is made in the language of whoever fetches it, and what there is no language for is told", async (t) => {
  const { owner, dataDir } = await standing(t);
  cpSync(new URL("../ui/languages/de.json", import.meta.url), join(dataDir, "languages/de.json"));
  const { id } = (await owner.call<MadeBox>("POST", "/api/v1/boxes", plan)).body;
  const labelIn = (tag: string) =>
    owner.call<string>("GET", `/api/v1/boxes/${id}/label?language=${encodeURIComponent(tag)}`);
  for (const tag of ["de", "DE-at"]) {
    const { status, body } = await labelIn(tag);
    assert.equal(status, 200);
    assert.match(body, / lang="de" [\s\S]*<title>Cordon: die Box von Möller &amp; Söhne</);
    assert.match(body, /aria-label="Welcher Stecker wohin gehört"/);
  }
  assert.match((await labelIn("en-GB")).body, / lang="en" [\s\S]*aria-label="Which plug goes where"/);
  for (const tag of ["tlh", "no tag", "../de", ""]) {
    const { status, body } = await labelIn(tag);
    const { code, detail } = body as unknown as Problem;
    assert.deepEqual([status, code], [422, "unknown-language"], tag);
    assert.equal(detail, "labels are made in de (Deutsch), en (English)");
  }
});

test("a box that lost its data gets a card with a new token, and the one before counts no longer", async (t) => {
  const { owner } = await standing(t);
  const first = (await owner.call<MadeBox>("POST", "/api/v1/boxes", plan)).body;
  const tokenOf = async ({ id }: MadeBox) =>
    (await owner.call<SiteProfile>("GET", `/api/v1/boxes/${id}/profile`)).body.enrolment?.token;
  const cards = `/api/v1/sites/${first.siteId}/cards`;
  const made = await owner.call<MadeBox>("POST", cards, { ports: plan.ports });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.deepEqual([made.body.sensorId, made.body.siteId], [first.sensorId, first.siteId]);
  assert.notEqual(made.body.pin, first.pin);
  assert.notEqual(await tokenOf(made.body), await tokenOf(first));
  const label = (await owner.call<string>("GET", `/api/v1/boxes/${made.body.id}/label`)).body;
  assert.ok(label.includes("02:00:5e:10:00:0a"));
  const firstLabel = (await owner.call<string>("GET", `/api/v1/boxes/${first.id}/label`)).body;
  for (const each of [firstLabel, label]) assert.match(each, /aria-label="PPPoE, VLAN 7"/);
  // The code leads where the first one leads, whatever address the UI has been opened by since.
  const moved = await owner.call<MadeBox>("POST", cards, { ports: plan.ports, url: "http://localhost:8080" });
  const { controller, line } = (await owner.call<SiteProfile>("GET", `/api/v1/boxes/${moved.body.id}/profile`)).body;
  assert.deepEqual([controller.url, line], [plan.controller.url, plan.line]);
  const retire = { kind: "retire", reason: "Broken" };
  assert.equal((await owner.call("POST", `/api/v1/sites/${first.siteId}/withdrawals`, retire)).status, 200);
  const refused = await owner.call<Problem>("POST", cards, {});
  assert.deepEqual([refused.status, refused.body.code], [409, "no-new-card"]);
  assert.equal((await owner.call("POST", "/api/v1/sites/none/cards", {})).status, 404);
});
