import assert from "node:assert/strict";
import { test } from "node:test";
import type { AuditRow } from "../src/store/schema.ts";
import type { FoundMachine, Problem, SiteView } from "../src/api/view.ts";
import { cleanJpeg, maxPhotoBytes } from "../src/incident/clean-jpeg.ts";
import { invite, take } from "./people.ts";
import { sampleHosts } from "./sample-hosts.ts";
import { standingSite } from "./standing-site.ts";
import { openStore } from "./store.ts";

const desk = "02:00:5e:10:00:07";

/** A grey dot: quantisation table, frame, Huffman table, scan. */
const dot = Buffer.from(
  `ffd8ffdb004300${"ff".repeat(64)}ffc2000b0800010001010111 00ffc40014100100000000000000000000000000000000ffda0008010100013f10ffd9`.replaceAll(
    /\s/g,
    "",
  ),
  "hex",
);

function segment(marker: number, text: string): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(text.length + 2, 2);
  return Buffer.concat([head, Buffer.from(text)]);
}

/** As a phone makes it: with where and when it was taken, a comment, and something behind its end. */
const photo = Buffer.concat([
  dot.subarray(0, 2),
  segment(0xe1, "Exif\0\0 taken at 52.5, 13.4"),
  segment(0xed, "Photoshop"),
  segment(0xfe, "by Anna"),
  dot.subarray(2),
  Buffer.from("<script>behind the end</script>"),
]);

test("of a photo nothing is kept but the picture", () => {
  assert.deepEqual(cleanJpeg(photo), dot);
  assert.deepEqual(cleanJpeg(dot), dot);
});

test("what is no JPEG, is broken off or is too large is no photo", () => {
  const wide = Buffer.from(dot);
  wide.writeUInt16BE(4096, dot.indexOf(Buffer.from([0xff, 0xc2])) + 7);
  const big = Buffer.concat([dot.subarray(0, -2), Buffer.alloc(maxPhotoBytes), dot.subarray(-2)]);
  const cases: readonly Buffer[] = [
    Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"),
    Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"),
    dot.subarray(0, -2),
    dot.subarray(0, 40),
    Buffer.concat([dot.subarray(0, 2), dot.subarray(-2)]),
    Buffer.concat([dot.subarray(0, 2), segment(0xc9, "arithmetic"), dot.subarray(2)]),
    wide,
    big,
  ];
  assert.deepEqual(
    cases.map(cleanJpeg),
    cases.map(() => null),
  );
  // Whatever byte is turned over, it ends, and what comes out is no longer than what went in.
  for (let at = 0; at < photo.length; at += 1) {
    const bent = Buffer.from(photo);
    bent[at] = 0xff - (bent[at] ?? 0);
    assert.ok((cleanJpeg(bent)?.length ?? 0) <= bent.length);
  }
});

test("whose a machine is stands at it with who wrote that, and its photo is for whoever sees the site", async (t) => {
  const { controller, siteId, sensor, api, dataDir } = await standingSite(t);
  await api.signIn(await controller.createLoginLink());
  await sensor.sendHosts(sampleHosts(Date.now()));
  await sensor.report();
  await api.siteWhen(siteId, (site) => site.counts.hosts === 10);
  const of = (host: string, what: string): string => `/api/v1/sites/${siteId}/hosts/${host}/${what}`;
  const wish = {
    owner: " Maria Keller ",
    phone: "ext. 214",
    place: "2nd floor, window row",
    note: "Payroll on Fridays",
  };
  const written = await api.call<SiteView>("PUT", of(desk, "particulars"), wish);
  const particulars = (site: SiteView) => site.hosts.find(({ host }) => host === desk)?.particulars;
  assert.equal(written.status, 200);
  assert.deepEqual(
    { ...particulars(written.body), at: 0 },
    { ...wish, owner: "Maria Keller", author: "operator", at: 0, photoAt: null },
  );

  assert.equal((await api.call<Problem>("GET", of(desk, "photo"))).body.code, "no-photo");
  const kept = await api.call<SiteView>("PUT", of(desk, "photo"), { jpeg: photo.toString("base64") });
  assert.equal(typeof particulars(kept.body)?.photoAt, "number");
  assert.equal(particulars(kept.body)?.owner, "Maria Keller");
  const shown = await fetch(controller.url + of(desk, "photo"), { headers: { cookie: api.cookie } });
  assert.deepEqual(Buffer.from(await shown.arrayBuffer()), dot);
  assert.deepEqual(
    ["content-type", "x-content-type-options", "content-security-policy"].map((name) => shown.headers.get(name)),
    ["image/jpeg", "nosniff", "default-src 'none'; sandbox"],
  );

  const code = async (method: string, path: string, body?: unknown) =>
    (await api.call<Problem>(method, path, body)).body.code;
  assert.equal(await code("PUT", of(desk, "photo"), { jpeg: Buffer.from("GIF89a").toString("base64") }), "bad-photo");
  assert.equal(await code("PUT", of(desk, "photo"), { jpeg: "A".repeat(400_000) }), "body-too-large");
  assert.equal(await code("PUT", of("02:00:5e:10:00:ff", "particulars"), wish), "unknown-host");
  assert.equal(await code("PUT", of(desk, "particulars"), { ...wish, note: "x".repeat(1001) }), "bad-request");

  const { body } = await invite(api, { name: "Rita", role: "reader" });
  const reader = (await take(controller, body.token)).api;
  assert.equal((await reader.call("GET", of(desk, "photo"))).status, 200);
  assert.equal((await reader.call("PUT", of(desk, "particulars"), wish)).status, 403);

  const find = async (text: string): Promise<string[]> =>
    (await reader.call<FoundMachine[]>("GET", `/api/v1/machines?find=${encodeURIComponent(text)}`)).body.map(
      ({ name, where }) => `${name}: ${where}`,
    );
  assert.deepEqual(await find("desk-0"), [
    "DESK-07: Maria Keller, 2nd floor, window row",
    "DESK-08: ",
    "DESK-04: ",
    "DESK-01: ",
  ]);
  assert.deepEqual(await find("keller"), ["DESK-07: Maria Keller, 2nd floor, window row"]);
  assert.deepEqual(await find("192.168.10.27"), ["DESK-07: Maria Keller, 2nd floor, window row"]);
  // What stands in the records and is no name finds nobody, nor does a sign of the query language.
  assert.deepEqual([await find("mail-fan-out"), await find("%%")], [[], []]);
  const elsewhere = await invite(api, { name: "Ella", role: "reader", sites: [] });
  const other = (await take(controller, elsewhere.body.token)).api;
  assert.deepEqual((await other.call("GET", "/api/v1/machines?find=desk")).body, []);

  // However many of others' machines fit, and however strange they are: nothing of that shows.
  const store = await openStore(dataDir);
  const known = await store.selectFrom("hosts").selectAll().where("host", "=", desk).executeTakeFirstOrThrow();
  const site = { id: "elsewhere", name: "Elsewhere", policy: "observe" as const, local_nets: "[]", created_at: 1 };
  await store.insertInto("sites").values(site).execute();
  const theirs = Array.from({ length: 1_000 }, (_, index) => ({
    ...{ ...known, site_id: site.id, host: `their-${index}`, score: known.score + 1 },
  }));
  for (let from = 0; from < theirs.length; from += 200) {
    await store
      .insertInto("hosts")
      .values(theirs.slice(from, from + 200))
      .execute();
  }
  const here = await invite(api, { name: "Hans", role: "technician", sites: [siteId] });
  const ofHere = (await take(controller, here.body.token)).api;
  const seen = await ofHere.call<FoundMachine[]>("GET", "/api/v1/machines?find=desk-07");
  assert.deepEqual(
    seen.body.map(({ siteId: where, host }) => [where, host]),
    [[siteId, desk]],
  );

  const gone = await api.call<SiteView>("DELETE", of(desk, "photo"));
  assert.equal(particulars(gone.body)?.photoAt, null);
  assert.equal((await api.call("GET", of(desk, "photo"))).status, 404);
  const lines: Pick<AuditRow, "action" | "subject">[] = await store
    .selectFrom("audit_log")
    .select(["action", "subject"])
    .where("subject", "=", desk)
    .orderBy("number")
    .execute();
  await store.destroy();
  assert.deepEqual(
    lines.map(({ action }) => action),
    ["particulars-written", "photo-kept", "photo-taken-away"],
  );
});
