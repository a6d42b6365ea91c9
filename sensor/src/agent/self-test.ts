import { randomBytes } from "node:crypto";
import { readFile, rm, statfs } from "node:fs/promises";
import { freemem, loadavg, totalmem, uptime } from "node:os";
import { join } from "node:path";
import type { Hello, SelfCheck, SelfTest } from "@cordon/contract";
import type { Observed } from "../containment/protocol.ts";
import type { AskHandler } from "../link/ask-keeper.ts";
import { writeFileAtomic } from "../record/atomic-file.ts";
import type { Spool } from "../record/spool.ts";
import type { HealthBoard } from "./health-board.ts";
import type { TrustedTime } from "./trusted-time.ts";

export interface SelfTestOptions {
  /** The folder of what must survive a restart. */
  readonly folder: string;
  readonly hello: () => Hello;
  readonly health: HealthBoard;
  readonly time: Pick<TrustedTime, "now" | "trouble">;
  readonly spool: Pick<Spool, "sizeBytes" | "lost" | "trouble">;
  /** What the kernel last showed; null while it cannot be asked. */
  readonly observed: () => Observed | null;
  /** True where a capture file is judged: there is no line to look at. */
  readonly isSimulated: boolean;
  /** Packets judged since the start. */
  readonly framesSeen: () => number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
}

// Below it notices and verdicts soon find no room.
const lowDiskShare = 0.05;

/** Answers `self-test`: what the box finds of itself when it looks now. */
export function selfTest(options: SelfTestOptions): AskHandler {
  const startedAt = options.monotonic();
  return async () => {
    const { folder, hello, health, time, spool, now, monotonic } = options;
    const { bootId, software, kernel, placement, kernelFeatures } = hello();
    const room = await roomIn(folder);
    const checks = [await diskCheck(folder, room), spoolCheck(spool), ...lineChecks(options), clockCheck(time)];
    const findings: SelfTest = {
      ...{ bootId, at: now(), software, kernel, placement: placement.kind, kernelFeatures },
      runningSeconds: Math.round((monotonic() - startedAt) / 1000),
      uptimeSeconds: Math.round(uptime()),
      checks: [...checks, featuresCheck(kernelFeatures)],
      health: health.list(),
      clock: { trustedAt: time.now(), trouble: time.trouble() },
      spool: { sizeBytes: spool.sizeBytes, lost: spool.lost },
      disk: room,
      memory: { sizeBytes: totalmem(), freeBytes: freemem(), residentBytes: process.memoryUsage.rss() },
      load: loadavg()[0] ?? 0,
    };
    return { status: "done", body: findings };
  };
}

async function roomIn(folder: string): Promise<SelfTest["disk"]> {
  try {
    const { bsize, blocks, bavail } = await statfs(folder);
    return { sizeBytes: blocks * bsize, freeBytes: bavail * bsize };
  } catch {
    // The check of the disk, which comes next, says what is wrong with it.
    return { sizeBytes: 0, freeBytes: 0 };
  }
}

/** Writes to the disk and reads it back: a card that takes no writing any more often still reads. */
async function diskCheck(folder: string, room: SelfTest["disk"]): Promise<SelfCheck> {
  const name = "disk";
  const path = join(folder, `self-test-${randomBytes(4).toString("hex")}`);
  const written = randomBytes(4096);
  try {
    await writeFileAtomic(path, written);
    if (!written.equals(await readFile(path))) {
      return { name, state: "failed", text: "The disk gives back something else than was written to it." };
    }
  } catch (error) {
    return { name, state: "failed", text: `The disk takes no writing: ${(error as Error).message}.`.slice(0, 400) };
  } finally {
    await rm(path, { force: true }).catch(() => undefined);
  }
  const free = `${Math.round(room.freeBytes / 1_048_576)} MB of ${Math.round(room.sizeBytes / 1_048_576)} are free`;
  if (room.freeBytes < room.sizeBytes * lowDiskShare) return { name, state: "warning", text: `Only ${free}.` };
  return { name, state: "ok", text: `It was written to and read back; ${free}.` };
}

function spoolCheck(spool: SelfTestOptions["spool"]): SelfCheck {
  const name = "spool";
  if (spool.trouble !== null) return { name, state: "warning", text: spool.trouble.text };
  const text = `${Math.round(spool.sizeBytes / 1024)} KB wait for the controller, ${spool.lost} notices were given up.`;
  return { name, state: spool.lost > 0 ? "warning" : "ok", text };
}

function lineChecks({ isSimulated, observed, health, framesSeen }: SelfTestOptions): SelfCheck[] {
  const unknown = (name: string): SelfCheck => ({ name, state: "unknown", text: "A capture file is judged here." });
  if (isSimulated) return [unknown("kernel-rules"), unknown("capture")];
  const troubles = new Map(health.list().map(({ code, text }) => [code, text]));
  const rules = troubles.get("executor-down") ?? troubles.get("containment-failed") ?? troubles.get("ruleset-missing");
  const capture = troubles.get("capture-down");
  const isAsked = observed() !== null;
  return [
    rules === undefined && isAsked
      ? { name: "kernel-rules", state: "ok", text: "The kernel holds the rules and was read." }
      : { name: "kernel-rules", state: "failed", text: rules ?? "The kernel has not been read yet." },
    capture === undefined
      ? { name: "capture", state: "ok", text: `Packets are captured; ${framesSeen()} were judged since the start.` }
      : { name: "capture", state: "failed", text: capture },
  ];
}

function clockCheck(time: SelfTestOptions["time"]): SelfCheck {
  const trouble = time.trouble();
  if (trouble !== null) return { name: "clock", state: "warning", text: trouble };
  return { name: "clock", state: "ok", text: "Nothing speaks against the box's clock." };
}

function featuresCheck(features: Hello["kernelFeatures"]): SelfCheck {
  const name = "kernel-features";
  const all = Object.entries(features);
  if (all.length === 0) return { name, state: "unknown", text: "What the kernel can do was not tried here." };
  const missing = all.filter(([, has]) => !has).map(([feature]) => feature);
  if (missing.length === 0) return { name, state: "ok", text: `The kernel has all ${all.length} that were tried.` };
  return { name, state: "warning", text: `The kernel lacks ${missing.join(", ")}.`.slice(0, 400) };
}
