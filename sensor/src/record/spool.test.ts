import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { parseNotices, type HostSnapshot, type Verdict } from "@cordon/contract";
import fc from "fast-check";
import { NoticeQueue, type NoticeEntry } from "./notice-queue.ts";
import { decodeLines, encodeLine, lineOf } from "./spool-line.ts";
import { segmentPath } from "./spool-segment.ts";
import { Spool, type SpoolBatch, type SpoolLimits } from "./spool.ts";

const whole = { maxNotices: 500, maxBytes: 200_000 };

async function aFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cordon-spool-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function aSpool(t: TestContext, folder: string, bootId = "boot-1", limits: Partial<SpoolLimits> = {}) {
  const clock = { now: 1_800_000_000_000, wall: 0 };
  const invalid: NoticeEntry[] = [];
  const spool = new Spool({
    folder,
    bootId: bootId.replace("-", "0000000"),
    startedAt: Number(bootId.split("-")[1]),
    now: () => clock.wall,
    monotonic: () => clock.now,
    onSpooled: () => undefined,
    onInvalid: (entry) => invalid.push(entry),
    limits: { diskRetryMs: 20, ...limits },
  });
  await spool.open();
  t.after(() => spool.close());
  return Object.assign(spool, { clock, invalid });
}

function change(index: number, text = "stands in the kernel"): NoticeEntry {
  return { kind: "containment", at: index, containmentId: `c${index}`, host: "h", change: "in-force", text };
}

function snapshot(host: string, verdict: Verdict, contacts = 0): NoticeEntry {
  const value: HostSnapshot = {
    host,
    mac: null,
    addresses: [host],
    name: null,
    role: { name: "unknown", reason: "nothing says what it is" },
    verdict,
    class: null,
    vector: null,
    risk: null,
    score: 0,
    firstSeenAt: 1,
    lastSeenAt: 2,
    suspectAt: null,
    infectedAt: null,
    contactsBeforeSuspect: null,
    contacts,
    evidence: [],
  };
  return { kind: "host", at: 3, host: value };
}

function sequencesIn(batch: SpoolBatch | null): number[] {
  if (batch === null) return [];
  const parsed = parseNotices(batch.payload);
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.error);
  assert.equal(parsed.value.oldest, parsed.value.notices[0]?.sequence);
  return parsed.value.notices.map((notice) => notice.sequence);
}

test("notices come back in order, and what the store has is deleted", async (t) => {
  const spool = await aSpool(t, await aFolder(t));
  for (let index = 1; index <= 5; index++) spool.append(change(index));
  await spool.flush();
  assert.deepEqual(sequencesIn(await spool.nextBatch(whole)), [1, 2, 3, 4, 5]);
  assert.equal(await spool.acknowledge("boot00000001", 3), true);
  assert.deepEqual(sequencesIn(await spool.nextBatch(whole)), [4, 5]);
  await spool.acknowledge("boot00000001", 5);
  assert.equal(await spool.nextBatch(whole), null);
  assert.equal(spool.sizeBytes, 0);
  spool.append(change(6));
  await spool.flush();
  assert.deepEqual(sequencesIn(await spool.nextBatch(whole)), [6]);
});

test("an acknowledgement of what was never written changes nothing", async (t) => {
  const spool = await aSpool(t, await aFolder(t));
  spool.append(change(1));
  await spool.flush();
  assert.equal(await spool.acknowledge("boot00000001", 2), false);
  assert.equal(await spool.acknowledge("another-boot", 9), true);
  assert.deepEqual(sequencesIn(await spool.nextBatch(whole)), [1]);
});

test("a batch keeps to its number of notices and of bytes", async (t) => {
  const spool = await aSpool(t, await aFolder(t));
  for (let index = 1; index <= 1200; index++) spool.append(change(index, "x".repeat(380)));
  await spool.flush();
  const byNumber = await spool.nextBatch({ maxNotices: 500, maxBytes: 10_000_000 });
  assert.equal(sequencesIn(byNumber).length, 500);
  const byBytes = await spool.nextBatch(whole);
  assert.ok(Buffer.byteLength(byBytes?.payload ?? "") <= 201_000);
  assert.ok(sequencesIn(byBytes).length > 300);
});

test("what an earlier boot left is sent first, under its own boot id", async (t) => {
  const folder = await aFolder(t);
  const first = await aSpool(t, folder, "boot-1");
  first.append(change(1));
  first.append(change(2));
  await first.flush();
  const second = await aSpool(t, folder, "boot-2");
  second.append(change(1));
  await second.flush();
  const leftover = await second.nextBatch(whole);
  assert.equal(leftover?.bootId, "boot00000001");
  assert.deepEqual(sequencesIn(leftover), [1, 2]);
  await second.acknowledge("boot00000001", 2);
  const own = await second.nextBatch(whole);
  assert.equal(own?.bootId, "boot00000002");
  assert.deepEqual(sequencesIn(own), [1]);
});

test("a file cut at any byte gives back exactly the lines before the cut", () => {
  const line = fc.record({ text: fc.string({ maxLength: 40 }), at: fc.nat() });
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), (entries) => {
      const lines = entries.map(({ text, at }, index) => lineOf({ ...change(at, text), sequence: index + 1 } as never));
      const bytes = Buffer.from(lines.map(encodeLine).join(""));
      const ends = lines.map((_, index) =>
        Buffer.byteLength(
          lines
            .slice(0, index + 1)
            .map(encodeLine)
            .join(""),
        ),
      );
      for (let cut = 0; cut <= bytes.length; cut++) {
        const expected = lines.slice(0, ends.filter((end) => end <= cut).length);
        assert.deepEqual(decodeLines(bytes.subarray(0, cut).toString("utf8")), expected);
      }
    }),
    { numRuns: 60 },
  );
});

test("a flipped bit costs one line and never gives another text", () => {
  const lines = [1, 2, 3].map((sequence) => lineOf({ ...change(sequence), sequence } as never));
  const bytes = Buffer.from(lines.map(encodeLine).join(""));
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ 0x10;
    const found = decodeLines(damaged.toString("latin1"));
    assert.ok(found.length >= 1 && found.length <= 2);
    for (const line of found) assert.deepEqual(line, lines[line.sequence - 1]);
  }
});

test("after a cut through the last line the next boot sends what stands before it", async (t) => {
  const folder = await aFolder(t);
  const spool = await aSpool(t, folder);
  for (let index = 1; index <= 3; index++) spool.append(change(index));
  await spool.flush();
  const name = join(folder, (await readdir(folder))[0] ?? "");
  await truncate(name, (await readFile(name)).length - 5);
  const next = await aSpool(t, folder, "boot-2");
  assert.deepEqual(sequencesIn(await next.nextBatch(whole)), [1, 2]);
});

test("a batch ends at a damaged line, and `oldest` steps over it afterwards", async (t) => {
  const folder = await aFolder(t);
  const spool = await aSpool(t, folder);
  for (let index = 1; index <= 4; index++) spool.append(change(index));
  await spool.flush();
  const name = join(folder, (await readdir(folder))[0] ?? "");
  await writeFile(name, (await readFile(name, "utf8")).replace('"c2"', '"c9"'));
  const next = await aSpool(t, folder, "boot-2");
  assert.deepEqual(sequencesIn(await next.nextBatch(whole)), [1]);
  await next.acknowledge("boot00000001", 1);
  assert.deepEqual(sequencesIn(await next.nextBatch(whole)), [3, 4]);
});

test("a full spool gives up its oldest notices and counts them", async (t) => {
  const folder = await aFolder(t);
  const spool = await aSpool(t, folder, "boot-1", { maxBytes: 20_000, segmentBytes: 4000 });
  for (let index = 1; index <= 200; index++) {
    spool.append(change(index, "x".repeat(300)));
    await spool.flush();
  }
  assert.ok(spool.sizeBytes <= 20_000);
  assert.equal(spool.trouble?.code, "spool-overflow");
  const [oldest] = sequencesIn(await spool.nextBatch(whole));
  assert.ok(oldest !== undefined && oldest > 1);
  assert.equal(spool.lost, oldest - 1);
});

function translated(index: number): NoticeEntry {
  return { kind: "nat", at: index, lost: 0, translations: [{ ...aTranslation, id: `t${index}`, at: index }] };
}

function aLine(index: number): NoticeEntry {
  return { kind: "line", at: index, line: { state: "healthy", since: index, text: "x".repeat(290) } };
}

const aTranslation = {
  change: "begun",
  protocol: "tcp",
  host: "02:00:00:00:00:01",
  insideAddress: "10.213.77.20",
  insidePort: 50_000,
  outsideAddress: "192.0.2.2",
  outsidePort: 40_000,
  remoteAddress: "198.51.100.9",
  remotePort: 443,
} as const;

test("a full spool gives up everything else before the NAT log and changes of containments, and counts all", async (t) => {
  const maxBytes = 60_000;
  const spool = await aSpool(t, await aFolder(t), "boot-1", { maxBytes, segmentBytes: 5000 });
  const rounds = 130;
  for (let index = 1; index <= rounds; index++) {
    spool.append(aLine(index));
    spool.append(index % 2 === 0 ? change(index) : translated(index));
    await spool.flush();
  }
  assert.ok(spool.sizeBytes <= maxBytes);
  const kinds: string[] = [];
  const drained = async () => {
    for (let batch = await spool.nextBatch(whole); batch !== null; batch = await spool.nextBatch(whole)) {
      const parsed = parseNotices(batch.payload);
      assert.ok(parsed.ok);
      kinds.push(...parsed.value.notices.map((notice) => notice.kind));
      await spool.acknowledge("boot00000001", batch.last);
    }
  };
  const lostBefore = spool.lost;
  assert.ok(lostBefore > 0);
  await drained();
  assert.equal(kinds.filter((kind) => kind !== "line").length, rounds, "what is kept longest has a gap");
  assert.equal(kinds.length + lostBefore, 2 * rounds);

  // With nothing else left to give up, its oldest goes too.
  for (let index = 1; index <= 400; index++) {
    spool.append(translated(index));
    if (index % 5 === 0) await spool.flush();
  }
  assert.ok(spool.sizeBytes <= maxBytes);
  assert.ok(spool.lost > lostBefore);
  const before = kinds.length;
  const lost = spool.lost - lostBefore;
  await drained();
  assert.equal(kinds.length - before + lost, 400);
});

test("a queue that overflows keeps the NAT log and changes of containments before all else", () => {
  const queue = new NoticeQueue(2);
  queue.add(translated(1));
  queue.add(aLine(2));
  queue.add(change(3));
  assert.deepEqual(
    queue.take(10, false).map(({ kind }) => kind),
    ["nat", "containment"],
  );
  assert.equal(queue.lost, 1);
});

test("when room is short a host waits with its newest snapshot until its verdict changes or room returns", async (t) => {
  const spool = await aSpool(t, await aFolder(t), "boot-1", { maxBytes: 40_000, segmentBytes: 4000 });
  spool.append(snapshot("192.0.2.7", "clear"));
  for (let index = 1; index <= 60; index++) spool.append(change(index, "x".repeat(300)));
  await spool.flush();
  const before = (await spool.nextBatch({ maxNotices: 500, maxBytes: 1e6 }))?.last ?? 0;
  spool.append(snapshot("192.0.2.7", "clear", 5));
  spool.append(snapshot("192.0.2.7", "clear", 6));
  await spool.flush();
  assert.equal((await spool.nextBatch({ maxNotices: 500, maxBytes: 1e6 }))?.last, before);
  spool.append(snapshot("192.0.2.7", "infected", 7));
  await spool.flush();
  assert.equal((await spool.nextBatch({ maxNotices: 500, maxBytes: 1e6 }))?.last, before + 1);
  spool.append(snapshot("192.0.2.7", "infected", 8));
  await spool.flush();
  await spool.acknowledge("boot00000001", before + 1);
  await spool.flush();
  const parsed = parseNotices((await spool.nextBatch(whole))?.payload ?? "");
  assert.ok(parsed.ok);
  assert.deepEqual(
    parsed.value.notices.map((notice) => notice.kind === "host" && notice.host.contacts),
    [8],
  );
});

test("while the disk refuses, notices are held in memory and sent, and go to disk when it is back", async (t) => {
  const folder = await aFolder(t);
  await writeFile(join(folder, "blocked"), "");
  const spool = await aSpool(t, join(folder, "blocked", "spool"), "boot-1", { maxMemoryBytes: 3000 });
  assert.equal(spool.trouble?.code, "spool-unwritable");
  for (let index = 1; index <= 50; index++) {
    spool.append(change(index, "x".repeat(300)));
    await spool.flush();
  }
  const held = sequencesIn(await spool.nextBatch(whole));
  assert.ok(held.length >= 1 && held.length < 15, `${held.length} held`);
  await rm(join(folder, "blocked"));
  spool.clock.now += 1000;
  await spool.flush();
  await spool.flush();
  assert.equal(spool.trouble, null);
  assert.equal(sequencesIn(await spool.nextBatch(whole)).length, 50);
  assert.equal(spool.lost, 0);
});

test("where the disk takes a part of what was held in memory, nothing is sent before that part", async (t) => {
  const folder = await aFolder(t);
  const path = join(folder, "spool");
  await writeFile(path, "");
  const spool = await aSpool(t, path, "boot-1", { segmentBytes: 1 });
  for (let index = 1; index <= 5; index++) {
    spool.append(change(index));
    await spool.flush();
  }
  await rm(path);
  await mkdir(path);
  // There is room for the first two, and then none.
  await writeFile(segmentPath(path, 1, "boot00000001", 3), "");
  spool.clock.now += 1000;
  await spool.flush();
  assert.equal(spool.trouble?.code, "spool-unwritable");
  assert.equal((await readdir(path)).filter((name) => name.endsWith(".notices")).length, 3);
  const batch = await spool.nextBatch(whole);
  assert.deepEqual(sequencesIn(batch), [1, 2, 3, 4, 5]);
  assert.deepEqual(spool.accounts(), [{ bootId: "boot00000001", oldest: 1 }]);
  await spool.acknowledge("boot00000001", 1);
  assert.deepEqual(sequencesIn(await spool.nextBatch(whole)), [2, 3, 4, 5]);
});

test("a queue that overflows gives up a host's repeat before anything else", () => {
  const queue = new NoticeQueue(2);
  queue.add(snapshot("a", "clear"));
  queue.take(10, false);
  queue.add(change(1));
  queue.add(snapshot("a", "clear"));
  queue.add(change(2));
  assert.equal(queue.lost, 1);
  assert.deepEqual(
    queue.take(10, false).map((entry) => entry.kind),
    ["containment", "containment"],
  );
});

test("files that are no notices are left alone", async (t) => {
  const folder = await aFolder(t);
  await writeFile(join(folder, "note.txt"), "hello");
  await chmod(join(folder, "note.txt"), 0o400);
  const spool = await aSpool(t, folder);
  assert.equal(await spool.nextBatch(whole), null);
  assert.equal(await readFile(join(folder, "note.txt"), "utf8"), "hello");
});

test("what a damaged file took is known: of each boot it is said below which sequence nothing will come", async (t) => {
  const folder = await aFolder(t);
  const first = await aSpool(t, folder, "boot-1");
  for (let index = 1; index <= 6; index++) {
    first.append(change(index));
    await first.flush();
  }
  assert.deepEqual(first.accounts(), [{ bootId: "boot00000001", oldest: 1 }]);
  await first.acknowledge("boot00000001", 2);
  assert.deepEqual(first.accounts(), [{ bootId: "boot00000001", oldest: 3 }]);
  await first.close();
  const [file = ""] = (await readdir(folder)).filter((name) => name.endsWith(".notices"));
  const text = await readFile(join(folder, file), "utf8");
  // Right behind a line's end, so that nothing in the file tells of what is gone.
  await truncate(join(folder, file), text.split("\n", 4).join("\n").length + 1);

  const second = await aSpool(t, folder, "boot-2");
  assert.deepEqual(second.accounts(), [
    { bootId: "boot00000001", oldest: 1 },
    { bootId: "boot00000002", oldest: 1 },
  ]);
  assert.equal((await second.nextBatch(whole))?.last, 4);
  await second.acknowledge("boot00000001", 4);
  assert.deepEqual(second.accounts()[0], { bootId: "boot00000001", oldest: 7 });
  await second.close();

  const third = await aSpool(t, folder, "boot-3");
  assert.deepEqual(third.accounts()[0], { bootId: "boot00000001", oldest: 7 }, "it is known in the boots after");
  assert.deepEqual(
    third.accounts().map(({ bootId }) => bootId),
    ["boot00000001", "boot00000003"],
    "a boot that gave nothing is forgotten",
  );
});

test("a mark that is damaged says nothing, and only those of the newest boots are kept", async (t) => {
  const folder = await aFolder(t);
  for (let boot = 1; boot <= 4; boot++) {
    const spool = await aSpool(t, folder, `boot-${boot}`, { boots: 3 });
    spool.append(change(boot));
    await spool.flush();
    await spool.acknowledge(`boot0000000${boot}`, 1);
    await spool.close();
  }
  const [name = ""] = (await readdir(folder)).filter((each) => each.includes("boot00000004"));
  await writeFile(join(folder, name), "00000000000");
  const spool = await aSpool(t, folder, "boot-5", { boots: 3 });
  assert.deepEqual(
    spool.accounts().map(({ bootId, oldest }) => [bootId, oldest]),
    [
      ["boot00000002", 2],
      ["boot00000003", 2],
      ["boot00000005", 1],
    ],
  );
});

test("what is old goes, changes of containments and the NAT log long after all else", async (t) => {
  const folder = await aFolder(t);
  const day = 86_400_000;
  const limits = { segmentBytes: 1, maxAgeMs: 30 * day, maxKeptAgeMs: 90 * day };
  const spool = await aSpool(t, folder, "boot-1", limits);
  for (const entry of [snapshot("h1", "watched"), change(1), translated(5)]) {
    spool.append(entry);
    await spool.flush();
  }
  spool.append(change(4));
  await spool.flush();
  const held = async () => (await spool.nextBatch(whole))?.payload.match(/"kind":"(\w+)"/g)?.length ?? 0;
  assert.deepEqual([await held(), spool.lost], [4, 0]);
  spool.clock.wall = 31 * day;
  spool.append({ ...change(5), at: spool.clock.wall });
  await spool.flush();
  assert.deepEqual([await held(), spool.lost], [4, 1], "the host's snapshot went");
  spool.clock.wall = 91 * day;
  spool.append({ ...change(6), at: spool.clock.wall });
  await spool.flush();
  assert.deepEqual([await held(), spool.lost], [2, 4]);
});

test("a long notice takes little room in its file, comes back as it was, and is left out where it is damaged", () => {
  const translations = Array.from({ length: 200 }, (_, id) => ({ id, host: "02:00:00:00:00:0a", remotePort: 443 }));
  const line = { sequence: 7, json: JSON.stringify({ kind: "nat", translations, text: "Größe" }) };
  const encoded = encodeLine(line);
  assert.ok(encoded.length < line.json.length / 4, `${encoded.length} of ${line.json.length}`);
  const other = { sequence: 8, json: JSON.stringify({ kind: "line" }) };
  assert.deepEqual(decodeLines(encoded + encodeLine(other)), [line, other]);
  for (let cut = 12; cut < encoded.length - 1; cut += 97) {
    const damaged = `${encoded.slice(0, cut)}${encoded[cut] === "A" ? "B" : "A"}${encoded.slice(cut + 1)}`;
    assert.deepEqual(decodeLines(damaged + encodeLine(other)), [other]);
  }
});

test("a notice that no controller would take is told and left out, and holds up nothing", async (t) => {
  const spool = await aSpool(t, await aFolder(t));
  const odd = [change(2, "x".repeat(401)), { ...snapshot("h", "watched"), at: Number.NaN }];
  for (const entry of [change(1), ...odd, change(3)]) spool.append(entry);
  await spool.flush();
  const batch = await spool.nextBatch(whole);
  assert.deepEqual(sequencesIn(batch), [1, 2]);
  assert.ok(parseNotices(batch?.payload ?? "").ok);
  assert.deepEqual(spool.invalid, odd);
  assert.equal(spool.lost, 0);
});
