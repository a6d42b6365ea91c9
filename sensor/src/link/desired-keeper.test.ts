import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { pino } from "pino";
import { pinAuthor } from "@cordon/contract";
import { aContainment, aSigner, signedBy } from "./a-desired.ts";
import { DesiredKeeper, type DesiredKeeperOptions } from "./desired-keeper.ts";
import { keyIdOf, signersFrom } from "./desired.ts";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const pem = publicKey.export({ type: "spki", format: "pem" }) as string;
const now = 1_800_000_000_000;

function aWish(revision: number, changes: object = {}): Buffer {
  const document = JSON.stringify({
    version: 1,
    sensor: "box-1",
    site: "office",
    epoch: 1,
    revision,
    issuedAt: now,
    notAfter: now + 1000,
    policy: "observe",
    containments: [],
    ...changes,
  });
  const signature = sign(null, Buffer.from(document), privateKey).toString("base64");
  return Buffer.from(JSON.stringify({ document, signature, keyId: keyIdOf(publicKey) }));
}

async function aKeeper(t: TestContext, folder?: string, more: Partial<DesiredKeeperOptions> = {}) {
  const place = folder ?? (await mkdtemp(join(tmpdir(), "cordon-keeper-")));
  if (folder === undefined) t.after(() => rm(place, { recursive: true, force: true }));
  const path = join(place, "desired.json");
  const events: string[] = [];
  let writing: Promise<void> = Promise.resolve();
  const keeper = new DesiredKeeper({
    path,
    profile: {
      sensor: "box-1",
      site: { id: "office", name: "Office", localNets: [] },
      controller: { host: "h", port: 1, authority: "", serverName: "s", signers: [pem] },
    },
    now: () => now,
    log: pino({ level: "silent" }),
    onAdopted: (adopted, saved) => {
      events.push(`adopted ${adopted.document.revision}`);
      writing = saved;
    },
    onRefused: (code) => events.push(code),
    onAccepted: () => events.push("accepted"),
    onSaved: (error) => {
      if (error !== null) events.push("trouble");
    },
    ...more,
  });
  await keeper.load();
  return { keeper, events, path, place, written: () => writing };
}

test("what is refused leaves the wish in effect and the file on disk as they were", async (t) => {
  const { keeper, events, path, written } = await aKeeper(t);
  keeper.take(aWish(5));
  await written();
  const [current, stored] = [keeper.current, await readFile(path, "utf8")];
  events.length = 0;
  keeper.take(Buffer.from("{"));
  keeper.take(aWish(4));
  keeper.take(aWish(6, { sensor: "box-2" }));
  keeper.take(aWish(6, { notAfter: now - 1 }));
  keeper.take(Buffer.from(aWish(6).toString().replace("observe", "contain")));
  assert.deepEqual(events, ["malformed", "older-revision", "other-sensor", "expired", "bad-signature"]);
  assert.equal(keeper.current, current);
  assert.equal(await readFile(path, "utf8"), stored);
});

test("the same document again is accepted and adopted once", async (t) => {
  const { keeper, events, written } = await aKeeper(t);
  keeper.take(aWish(5));
  keeper.take(aWish(5));
  await written();
  assert.deepEqual(events, ["accepted", "adopted 5", "accepted"]);
});

test("a restart takes up the stored wish, and an older one from the broker cannot undo it", async (t) => {
  const first = await aKeeper(t);
  first.keeper.take(aWish(5));
  await first.written();
  const second = await aKeeper(t, first.place);
  second.keeper.take(aWish(4));
  assert.deepEqual(second.events, ["adopted 5", "older-revision"]);
  assert.deepEqual(second.keeper.holds, { holds: { epoch: 1, revision: 5, issuedAt: now } });
});

test("a stored wish that was tampered with is not taken up, and said", async (t) => {
  const first = await aKeeper(t);
  first.keeper.take(aWish(5));
  await first.written();
  await writeFile(first.path, (await readFile(first.path, "utf8")).replace("observe", "contain"));
  const second = await aKeeper(t, first.place);
  assert.equal(second.keeper.current, null);
  assert.deepEqual(second.keeper.holds, {});
  assert.deepEqual(second.events, ["trouble"]);
});

test("of wishes that come in a burst the newest is on disk at the end", async (t) => {
  const { keeper, path, written } = await aKeeper(t);
  for (let revision = 1; revision <= 20; revision++) keeper.take(aWish(revision));
  await written();
  assert.match(await readFile(path, "utf8"), /\\"revision\\":20/);
});

test("a clock that went back gives nobody at the box his say again", async (t) => {
  const delegation = { version: 1, sensor: "box-1", site: "office", key: pem, may: ["contain"], issuedAt: now - 9 };
  const { keeper, events, written } = await aKeeper(t, undefined, {
    now: () => now - 86_400_000,
    own: {
      key: { keyId: keyIdOf(publicKey), key: publicKey },
      delegation: () => ({ ...delegation, notAfter: now - 1 }),
      now: () => now,
      basePath: join(tmpdir(), "none"),
    },
  });
  keeper.take(aWish(5));
  keeper.takeOwn("{}");
  await written();
  assert.deepEqual(events, ["accepted", "adopted 5", "delegation-over"]);
});

test("who was let go at the box stays so after what was delegated is over, until the controller answers", async (t) => {
  const box = aSigner();
  const [key] = signersFrom([box.pem]);
  assert.ok(key !== undefined);
  const delegated = { version: 1, sensor: "box-1", site: "office", key: box.pem, may: ["contain", "release"] };
  const notAfter = now + 500;
  let at = now;
  const folder = await mkdtemp(join(tmpdir(), "cordon-keeper-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const more: Partial<DesiredKeeperOptions> = {
    now: () => at,
    own: {
      ...{ key, delegation: () => ({ ...delegated, issuedAt: now - 9, notAfter }), now: () => at },
      basePath: join(folder, "base.json"),
    },
  };
  const [kept, freed] = [aContainment({ id: "kept" }), aContainment({ id: "freed" })];
  const cut = aContainment({ id: "cut", author: pinAuthor, expiresAt: notAfter });
  const name = (revision: number) => ({ epoch: 1, revision, issuedAt: now });
  const first = await aKeeper(t, folder, more);
  first.keeper.take(aWish(5, { containments: [kept, freed] }));
  const local = { base: name(5), ended: ["freed"] };
  first.keeper.takeOwn(
    signedBy(box, { ...JSON.parse(JSON.parse(aWish(6).toString()).document), containments: [kept, cut], local }),
  );
  first.keeper.take(aWish(7, { containments: [kept] }));
  assert.deepEqual(first.events.slice(-2), ["adopted 6", "unanswered"], "nothing that does not know of it, for now");
  await first.written();

  // Three days later, and after a restart.
  at = notAfter + 1;
  const { keeper, events, written } = await aKeeper(t, folder, more);
  assert.deepEqual(
    keeper.current?.document.containments.map(({ id }) => id),
    ["kept", "cut"],
  );
  events.length = 0;
  keeper.take(aWish(8, { containments: [kept, freed] }));
  assert.deepEqual(events, ["unanswered"], "it would be cut off again by who knows nothing of it");
  assert.equal(keeper.current?.document.revision, 6);
  // Who has ended it as well undoes nothing.
  keeper.take(aWish(9, { containments: [kept] }));
  assert.deepEqual(events.slice(1), ["accepted", "adopted 9"]);
  await written();
  // Who has answered knows, and may wish so anew.
  first.events.length = 0;
  first.keeper.take(aWish(10, { containments: [kept, freed], answers: name(6) }));
  assert.deepEqual(first.events, ["accepted", "adopted 10"]);
});
