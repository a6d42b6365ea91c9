/**
 * How soon the flow log answers, and how much is written for it: a log of an office at three million connections a day is
 * made minute by minute, then asked as whoever has a complaint in his hand asks. The thread that answers is the sensor's.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { maxTranslations, type LookUpQuestion, type Translation } from "@cordon/contract";
import { pino } from "pino";
import { FlowRecorder } from "../src/agent/flow-recorder.ts";
import { HealthBoard } from "../src/agent/health-board.ts";
import type { FlowLine } from "../src/connection/flow.ts";
import { formatAddress } from "../src/packet/address.ts";
import { FlowStore } from "../src/record/flow-store.ts";
import { Spool } from "../src/record/spool.ts";
import type { Bench, BenchOptions } from "./bench.ts";
import { SeededRandom } from "./random.ts";
import { quantile } from "./statistics.ts";

const flowsPerDay = 3_000_000;
const minuteMs = 60_000;
const perMinute = Math.round(flowsPerDay / (24 * 60));
const startedAt = 1_790_000_000_000;
const main = fileURLToPath(new URL("../src/record/main.ts", import.meta.url));
/** The notices that the NAT log is told by go out so often. */
const natEveryMs = 5000;

/** What is asked: how far off, and which parts are known. */
const manners = [
  { name: "address, ports, within a minute", errorMs: minuteMs, knows: ["remoteAddress", "remotePort", "ourPort"] },
  { name: "address and port, within an hour", errorMs: 60 * minuteMs, knows: ["remoteAddress", "remotePort"] },
  { name: "address, within half a day", errorMs: 720 * minuteMs, knows: ["remoteAddress"] },
  { name: "an address that nobody called, within half a day", errorMs: 720 * minuteMs, knows: [] },
  { name: "our port, within an hour", errorMs: 60 * minuteMs, knows: ["ourPort"] },
  { name: "only the time, within a minute", errorMs: minuteMs, knows: null },
] as const;

/** An office: sixty machines, four thousand servers that they use, and strangers now and then. */
class Office {
  readonly #random: SeededRandom;
  readonly #servers: readonly number[];

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.#servers = Array.from({ length: 4000 }, () => this.#random.below(2 ** 32) | 0);
  }

  line(from: number): FlowLine {
    const random = this.#random;
    const isKnown = random.below(10) < 8;
    const host = random.below(60);
    const begun = from + random.below(minuteMs);
    return {
      ...{ protocol: 6, isInbound: false, host: `02:00:00:00:00:${(0x10 + host).toString(16)}`, verdict: "clear" },
      ...{ inside: 0x0a00_0010 + host, insidePort: 32_768 + random.below(28_000), outside: null, outsidePort: -1 },
      remote: isKnown ? (this.#servers[random.below(4000)] ?? 0) : random.below(2 ** 32) | 0,
      remotePort: random.below(10) < 9 ? 443 : random.below(10_000),
      ...{ startedAt: begun, lastAt: begun + random.below(30_000), isEnded: true, outcome: "established" },
      name: isKnown ? `edge-${random.below(3000)}.example-delivery.net` : null,
      ...{ attempts: 1, bytesOut: random.below(20_000), bytesIn: random.below(2_000_000) },
    };
  }
}

export const benchLookup: Bench = async (options) => {
  const rows = options.packets ?? (options.isQuick ? 50_000 : 10_000_000);
  const folder = await mkdtemp(join(tmpdir(), "cordon-lookup-"));
  try {
    const path = join(folder, "flows.sqlite");
    const made = await makeLog(path, rows, options);
    const natMb = await natLogMb(join(folder, "spool"), options.isQuick ? 2 : 60);
    const asked = await askAll(path, made, options.isQuick ? 2 : 40);
    const all = asked.flatMap(({ ms }) => ms);
    const perDay = ((made.writtenMb + natMb) * flowsPerDay) / 1_000_000;
    return {
      table: [
        ["question", "rows found", "median ms", "p95 ms", "p95 ms again"],
        ...asked.map(({ name, found, ms, warmMs }) =>
          [name, found, quantile(ms, 0.5), quantile(ms, 0.95), quantile(warmMs, 0.95)].map(cell),
        ),
      ],
      remarks: [
        `${made.rows} connections, ${((made.sizeMb / made.rows) * 1e6) | 0} bytes of the file each; the file was out of the system's memory before each question.`,
        `Written for a million connections: ${made.writtenMb.toFixed(0)} MB for the log, ${natMb.toFixed(0)} MB for the NAT log by way of the spool;`,
        `at ${flowsPerDay / 1e6} million a day ${perDay.toFixed(0)} MB. Counted by the kernel for this process (write_bytes of /proc/self/io), since`,
        "the device also does what others want; what the file system's own journal writes is not in it.",
      ],
      figures: {
        ...{ p95Ms: round(quantile(all, 0.95)), p50Ms: round(quantile(all, 0.5)), rows: made.rows },
        p95AgainMs: round(
          quantile(
            asked.flatMap(({ warmMs }) => warmMs),
            0.95,
          ),
        ),
        writtenMbPerMillionFlows: round(made.writtenMb),
        natWrittenMbPerMillionFlows: round(natMb),
        writtenMbPerDay: round(perDay),
      },
    };
  } finally {
    await rm(folder, { recursive: true });
  }
};

interface Made {
  readonly rows: number;
  /** Of a million connections. */
  readonly writtenMb: number;
  readonly sizeMb: number;
  readonly endsAt: number;
  /** Some of the lines, to be asked for. */
  readonly samples: readonly FlowLine[];
}

async function makeLog(path: string, rows: number, { progress }: BenchOptions): Promise<Made> {
  const office = new Office(1);
  const random = new SeededRandom(2);
  let now = startedAt;
  const store = new FlowStore(path, () => now, { maxBytes: Number.MAX_SAFE_INTEGER });
  store.open();
  store.setClock({ now, steppedMs: 0, errorMs: 2000 });
  const samples: FlowLine[] = [];
  const before = await writtenBytes();
  let made = 0;
  for (; made < rows; made += perMinute) {
    const lines = Array.from({ length: perMinute }, () => office.line(now));
    samples.push(...lines.filter(() => random.below(Math.ceil(rows / 500)) === 0));
    now += minuteMs;
    store.add(lines);
    store.advance();
    if (made % (perMinute * 480) === 0) progress(`lookup: ${(made / 1e6).toFixed(1)} million connections`);
  }
  const { sizeBytes } = store.state;
  store.close();
  const writtenMb = (await writtenBytes()) - before;
  return { rows: made, writtenMb: writtenMb / made, sizeMb: sizeBytes / 1e6, endsAt: now, samples };
}

/** What the NAT log costs by the way: notices of both ends of each connection, spooled, sent and committed. */
async function natLogMb(folder: string, rounds: number): Promise<number> {
  const random = new SeededRandom(3);
  const spool = new Spool({
    ...{
      folder,
      bootId: "benchbench",
      startedAt,
      now: () => startedAt,
      monotonic: () => performance.now(),
      onSpooled: () => undefined,
      onInvalid: () => undefined,
    },
  });
  await spool.open();
  const before = await writtenBytes();
  const perRound = Math.round((flowsPerDay * natEveryMs) / 86_400_000);
  for (let round = 0; round < rounds; round += 1) {
    const events = Array.from({ length: 2 * perRound }, (_, index) => translation(random, round, index));
    while (events.length > 0) {
      spool.append({ kind: "nat", at: startedAt, translations: events.splice(0, maxTranslations), lost: 0 });
    }
    await spool.flush();
    const batch = await spool.nextBatch({ maxNotices: 1000, maxBytes: 900_000 });
    if (batch !== null) await spool.acknowledge(batch.bootId, batch.last);
  }
  await spool.close();
  return ((await writtenBytes()) - before) / (rounds * perRound);
}

function translation(random: SeededRandom, round: number, index: number): Translation {
  return {
    id: `${random.below(2 ** 32).toString(36)}-${(startedAt + round).toString(36)}`,
    change: index % 2 === 0 ? "begun" : "ended",
    at: startedAt + round * natEveryMs + random.below(natEveryMs * 1000) / 1000,
    ...{ protocol: "tcp", host: `02:00:00:00:00:${(0x10 + random.below(60)).toString(16)}` },
    ...{ insideAddress: `10.213.77.${20 + random.below(60)}`, insidePort: 32_768 + random.below(28_000) },
    ...{ outsideAddress: "192.0.2.2", outsidePort: 1024 + random.below(60_000) },
    ...{ remoteAddress: formatAddress(random.below(2 ** 32) | 0), remotePort: 443 },
  };
}

interface Asked {
  readonly name: string;
  /** Median of the rows that were found. */
  readonly found: number;
  readonly ms: readonly number[];
  /** The same question once more. */
  readonly warmMs: readonly number[];
}

async function askAll(path: string, { endsAt, samples }: Made, each: number): Promise<Asked[]> {
  const begunAt = performance.now();
  const now = () => endsAt + performance.now() - begunAt;
  const recorder = new FlowRecorder({
    ...{ program: { path: main, args: ["flow-log"] }, path, heldBack: () => 0, clockErrorMs: () => 2000 },
    ...{ isPortDecisive: true, heldMs: minuteMs, health: new HealthBoard(now), log: pino({ level: "silent" }), now },
    ...{ monotonic: () => performance.now(), limits: { maxBytes: Number.MAX_SAFE_INTEGER } },
  });
  recorder.start();
  try {
    // On a box the thread stands since the start.
    await recorder.lookUp({ at: 0, errorMs: 0 });
    const results: Asked[] = [];
    for (const [place, { name, errorMs, knows }] of manners.entries()) {
      const [ms, warmMs, found]: [number[], number[], number[]] = [[], [], []];
      for (let round = 0; round < each; round += 1) {
        const sample = samples[(round * manners.length + place) % samples.length];
        if (sample === undefined) continue;
        await forgetFile(path);
        const question = questionOf(sample, errorMs, knows);
        const from = performance.now();
        const answer = await recorder.lookUp(question);
        const answeredAt = performance.now();
        ms.push(answeredAt - from);
        found.push(answer.flows.length);
        await recorder.lookUp(question);
        warmMs.push(performance.now() - answeredAt);
      }
      results.push({ name, found: quantile(found, 0.5), ms, warmMs });
    }
    return results;
  } finally {
    await recorder.close();
  }
}

function questionOf(line: FlowLine, errorMs: number, knows: readonly string[] | null): LookUpQuestion {
  const known = {
    remoteAddress: formatAddress(line.remote),
    remotePort: line.remotePort,
    ourPort: line.insidePort,
  };
  const parts = Object.fromEntries(Object.entries(known).filter(([name]) => knows?.includes(name)));
  // 192.0.2.0/24 is nobody's (RFC 5737).
  const nobody = knows?.length === 0 ? { remoteAddress: "192.0.2.77" } : {};
  return { at: line.startedAt + 700, errorMs, ...parts, ...nobody };
}

/** Has the system forget what it holds of a file, as on a box that had other things to remember (posix_fadvise(2)). */
async function forgetFile(path: string): Promise<void> {
  await promisify(execFile)("dd", [`if=${path}`, "iflag=nocache", "count=0", "status=none"]);
}

/** Bytes that this process has had written to a disk (proc_pid_io(5)). */
async function writtenBytes(): Promise<number> {
  return Number(/^write_bytes: (\d+)$/m.exec(await readFile("/proc/self/io", "latin1"))?.[1] ?? Number.NaN);
}

function cell(value: string | number): string {
  return typeof value === "number" ? String(round(value)) : value;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
