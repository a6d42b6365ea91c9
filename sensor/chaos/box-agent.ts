/**
 * The part of a box that delivers, as a process that is killed again and again: the real spool on a real disk, the real
 * link, the real keepers of the desired document and of its certificate, and asks. It makes notices all the time, each with a number of its own,
 * and says what it has handed over and what it was promised. Ends with its stdin.
 */
import { randomBytes, X509Certificate } from "node:crypto";
import { mkdirSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import {
  contractVersion,
  packedDesired,
  parseSiteProfile,
  selfTestKind,
  takesAsks,
  type Hello,
  type Reported,
} from "@cordon/contract";
import { pino } from "pino";
import { HealthBoard } from "../src/agent/health-board.ts";
import { IdentityKeeper } from "../src/identity/identity-keeper.ts";
import { makeOwnKey } from "../src/identity/own-key.ts";
import { AskKeeper } from "../src/link/ask-keeper.ts";
import { uploadAnswer } from "../src/link/answer-upload.ts";
import type { AdoptedDesired } from "../src/link/desired.ts";
import { DesiredKeeper } from "../src/link/desired-keeper.ts";
import { Dialer } from "../src/link/dialer.ts";
import { Link } from "../src/link/link.ts";
import { NoticeSender } from "../src/link/notice-sender.ts";
import type { NoticeEntry } from "../src/record/notice-queue.ts";
import { Spool } from "../src/record/spool.ts";
import { nameOf, type BoxArguments, type BoxWord } from "./box-protocol.ts";
import { Dice } from "./dice.ts";

const [profilePath, folder, first, seed] = process.argv.slice(2) as unknown as BoxArguments;
const dice = new Dice(Number(seed));
const parsed = parseSiteProfile(readFileSync(profilePath));
if (!parsed.ok) throw new TypeError("the site profile cannot be read");
const profile = parsed.value;
const log = pino({ level: "silent" });
const bootId = randomBytes(8).toString("hex");
const retry = { baseMs: 50, maxMs: 400 };
const monthMs = 31 * 86_400_000;
const monotonic = () => performance.now();
const now = () => Date.now();

// The way there has one port, and is broken as a whole.
const { controller } = profile;
const dialer = new Dialer({ controller: { ...controller, fallbackPort: controller.port }, trustedNow: now });
const health = new HealthBoard(now);
let months = 0;
const identity = new IdentityKeeper({
  profile,
  path: join(folder, "identity.json"),
  dialer,
  makeKey: makeOwnKey,
  trustedNow: () => now() + months * monthMs,
  random: () => dice.next(),
  health,
  log,
  onChange() {
    certified();
    link.wake();
  },
  onTrouble() {
    // What a broken line does is no refusal.
    const refusal = health.list().find(({ code }) => code === "enrolment-refused");
    // Nor is that a key may have a few certificates a day, and no more.
    if (refusal === undefined || refusal.text.endsWith("(enrolment-too-often)")) return;
    say({ kind: "trouble", text: refusal.text });
  },
  retry: { unreachable: retry, refused: retry },
});

function certified(): void {
  const { certificate } = identity.current?.credentials ?? {};
  if (certificate !== undefined)
    say({ kind: "certified", fingerprint: new X509Certificate(certificate).fingerprint256 });
}

function say(word: BoxWord): void {
  writeSync(1, `${JSON.stringify(word)}\n`);
}

let adopted: AdoptedDesired | null = null;
/** Whether the document in effect is on the disk, as far as it goes there. */
let isKept = true;
const reported = (): Reported => ({
  ...{ version: contractVersion, bootId, at: now(), placement: profile.placement, health: [], refused: {} },
  epoch: adopted?.document.epoch ?? 0,
  revision: adopted?.document.revision ?? 0,
  ...(adopted === null ? {} : { issuedAt: adopted.document.issuedAt }),
  line: { state: "healthy", since: 1, text: "It is broken from without." },
  containments: (adopted?.document.containments ?? []).map((containment) => ({
    ...containment,
    ...{ level: "internet-cut", inForceSince: 1, packetsStopped: 0, lastStoppedAt: null, refusal: null },
  })),
  policy: adopted?.document.policy ?? profile.policy,
  barriers: (adopted?.document.barriers ?? []).map((barrier) => ({
    ...barrier,
    ...{ level: barrier.mode === "dry" ? ("counted" as const) : ("stopped" as const), inForceSince: 1 },
    ...{ passed: 0, stopped: 0, hosts: [], refusedExceptions: [], refusal: null },
  })),
});
const hello = (): Hello => ({
  ...{ version: contractVersion, bootId, at: now(), software: "chaos", kernel: "none", interfaces: [] },
  ...{ placement: { kind: profile.placement, reasons: [], blindSpots: [] }, kernelFeatures: {}, canContain: true },
  takes: [packedDesired, takesAsks],
  spooled: [...spool.accounts()],
});

mkdirSync(folder, { recursive: true });
const spool = new Spool({
  folder: join(folder, "spool"),
  bootId,
  startedAt: now(),
  now: () => 0,
  monotonic,
  onSpooled: () => pump(),
  onInvalid: ({ kind }) => say({ kind: "trouble", text: `an invalid ${kind}` }),
  limits: { segmentBytes: 16 * 1024, diskRetryMs: 100 },
});
const desired = new DesiredKeeper({
  path: join(folder, "desired.json"),
  profile,
  now,
  log,
  onAdopted(document, saved) {
    adopted = document;
    isKept = false;
    const { epoch, revision } = document.document;
    say({ kind: "adopted", epoch, revision, document: document.signed.document });
    void saved.then(() => {
      if (adopted !== document) return;
      isKept = true;
      link.publishReported(reported());
    });
  },
  onRefused: () => undefined,
  onAccepted: () => undefined,
  onSaved: () => undefined,
});
const asks: AskKeeper = new AskKeeper({
  bootId,
  handlers: {
    // Some fit through the broker, some have to be uploaded.
    [selfTestKind]: () => {
      const size = dice.between(1, 4) === 1 ? dice.between(300_000, 3_000_000) : dice.between(1, 2000);
      return Promise.resolve({ status: "done", body: { size, text: "x".repeat(size) } });
    },
  },
  publish: (askId, payload, confirmed) => link.publishAnswer(askId, payload, confirmed),
  upload: (askId, source, signal) =>
    uploadAnswer(
      { dialer, identity: () => identity.current, random: () => dice.next(), limits: { retry, partBytes: 128 * 1024 } },
      askId,
      source,
      signal,
    ),
  now,
  monotonic,
  onRefused: (code) => say({ kind: "trouble", text: code }),
  log,
});
const link: Link = new Link({
  profile,
  dialer,
  identity: () => identity.current,
  bootId,
  now,
  random: () => dice.next(),
  log,
  hello,
  reported: () => (isKept ? reported() : null),
  onDesired: (payload) => desired.take(payload),
  onStored: (payload) => void sender.stored(payload).catch(complain),
  onAsk: (askId, payload) => asks.take(askId, payload),
  onRefused: () => identity.refused(),
  onChange(isConnected) {
    if (!isConnected) return;
    identity.accepted();
    asks.tell(true);
    void sender.connected().catch(complain);
  },
  limits: { retry, connectTimeoutMs: 2000, keepaliveSeconds: 2 },
});
const sender: NoticeSender = new NoticeSender({
  spool,
  publish: (payload) => link.publishNotices(payload),
  monotonic,
  onRefused: (code) => say({ kind: "trouble", text: code }),
  resendAfterMs: 500,
});
const pump = () => void sender.pump().catch(complain);

function complain(error: unknown): void {
  say({ kind: "trouble", text: (error as Error).message });
}

let next = Number(first);
let isFinishing = false;

function aNotice(number: number): NoticeEntry {
  const at = now();
  if (number % 5 === 0) {
    const sides = { insideAddress: "10.0.0.2", insidePort: 1, outsideAddress: "192.0.2.1", outsidePort: 2 };
    const remote = { remoteAddress: "198.51.100.1", remotePort: 3 };
    const translation = { id: nameOf(number), change: "begun" as const, at, protocol: "tcp", host: null };
    return { kind: "nat", at, lost: 0, translations: [{ ...translation, ...sides, ...remote }] };
  }
  const text = "x".repeat(dice.between(0, 300));
  return { kind: "containment", at, containmentId: nameOf(number), host: "h", change: "in-force", text };
}

/** Hands some over, and says so only when they were promised to outlive a crash. */
async function work(): Promise<void> {
  const count = isFinishing ? 0 : dice.between(1, 12);
  const upTo = next + count - 1;
  say({ kind: "tried", upTo });
  for (; next <= upTo; next += 1) spool.append(aNotice(next));
  await spool.flush();
  // While the disk refuses they are in memory, and nothing was promised.
  if (spool.trouble?.code !== "spool-unwritable") say({ kind: "kept", upTo });
  asks.tell(false);
  if (isFinishing && (await spool.nextBatch({ maxNotices: 1, maxBytes: 1 })) === null) {
    say({ kind: "drained" });
    return;
  }
  setTimeout(() => void work().catch(complain), isFinishing ? 50 : 20);
}

await spool.open();
say({ kind: "boot", bootId, first: Number(first) });
await desired.load();
await identity.load();
certified();
link.start();
identity.start();
setInterval(pump, 100);
setInterval(() => identity.look(), 100);
createInterface(process.stdin).on("line", (line) => {
  const [order, number] = line.split(" ");
  if (order === "months") months = Number(number);
  else isFinishing = true;
});
process.stdin.once("end", () => process.exit(0));
await work();
