/**
 * Records packets of its namespace's loopback by a real tcpdump, which a real reader runs for what the judge has, under wishes that
 * are authorised and not, and says how it went; for tests.
 */
import { execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { RecordingAuthorisation } from "@cordon/contract";
import { pino } from "pino";
import { HealthBoard } from "../../src/agent/health-board.ts";
import { PacketRecorder } from "../../src/agent/packet-recorder.ts";
import { captureSocketPath, packetSocketPath } from "../../src/agent/state-folder.ts";
import { CaptureServer } from "../../src/capture/capture-server.ts";

const folder = process.argv[2] ?? "";
const packets = join(folder, "packets");
const program = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const run = { run: folder };
const health = new HealthBoard(() => Date.now());
let orders = 0;

execFileSync("ip", ["link", "set", "lo", "up"]);
await mkdir(packets, { recursive: true });
await mkdir(join(folder, "judge"));

const server = new CaptureServer({
  ...{ socketPath: captureSocketPath(run), ports: { lo: "inside" }, clock: () => Date.now() },
  ...{ monotonic: () => performance.now(), onFrame: () => undefined },
  onTapEnded: (text) => recorder.tapEnded(text),
});
await server.start();
const reader = spawn(process.execPath, [program, "reader", "--inside", "lo", "--run", folder, "--exit-with-parent"], {
  stdio: ["pipe", "ignore", "inherit"],
});
const recorder = new PacketRecorder({
  program: { path: fileURLToPath(new URL("../../src/record/main.ts", import.meta.url)), args: ["packet-ring"] },
  ...{
    folder: packets,
    socketPath: packetSocketPath(run),
    health,
    log: pino({ level: "silent" }),
    latest: () => Date.now(),
  },
  tap: {
    open(host) {
      orders += 1;
      server.openTap(host);
    },
    close: () => server.closeTap(),
  },
});

const socket = createSocket("udp4");
const say = (text: string) => new Promise<void>((resolve) => socket.send(text, 40_000, "127.0.0.1", () => resolve()));
/** Lets time go by as the judge does, until it is so. */
async function until(isSo: () => boolean | Promise<boolean>, patienceMs = 30_000): Promise<void> {
  for (const deadline = Date.now() + patienceMs; !(await isSo());) {
    if (Date.now() > deadline) throw new RangeError(`not reached: ${JSON.stringify(recorder.reported)}`);
    recorder.look();
    await delay(50);
  }
}
const sliced = (name: string, from: number, to = Date.now()) =>
  recorder.slice({ from, to }, join(folder, name), 10_000_000).then(
    (count) => ({ count, code: null }),
    (error: unknown) => ({ count: 0, code: (error as { readonly code: string }).code }),
  );
const runningTools = () =>
  readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    const line = existsSync(`/proc/${name}/cmdline`) ? commandOf(name) : "";
    return line.includes("tcpdump") && line.includes("\0lo\0");
  }).length;

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

await until(() => server.state.isReading);

const site = { kind: "site" } as const;
const ring = { scope: site };
const beganAt = Date.now();

// A controller that wishes for it without anybody's word.
recorder.adopt({ authorisations: [], ring });
for (let round = 0; round < 20; round += 1) {
  recorder.look();
  await say("unauthorised words");
  await delay(20);
}
const unauthorised = {
  ...{ state: recorder.reported?.state, orders, tools: runningTools(), slice: await sliced("none.pcapng", beganAt) },
  health: health.list().map(({ code }) => code),
};

const authorisation: RecordingAuthorisation = {
  ...{ id: "a1", by: "R. Voss", role: "owner", date: beganAt, scope: site, until: Date.now() + 8000 },
};
recorder.adopt({ authorisations: [authorisation], ring });
await until(() => recorder.reported?.state === "recording");
const recordingAt = Date.now();
await until(async () => {
  await say("authorised words");
  return (await sliced("slice.pcapng", recordingAt)).count > 0;
});
await until(() => (recorder.reported?.sizeBytes ?? 0) > 0);
const { state, since, sizeBytes } = recorder.reported ?? {};
const recorded = { state, tools: runningTools(), isSinceKnown: (since ?? 0) >= recordingAt - 5000, sizeBytes };

await until(() => recorder.reported?.state === "ended");
await until(() => runningTools() === 0);
const endedAt = Date.now();
for (let round = 0; round < 10; round += 1) await say("late words");
await delay(200);
const afterEnd = {
  isInTime: endedAt - authorisation.until < 3000,
  late: await sliced("late.pcapng", endedAt),
  kept: (await sliced("kept.pcapng", recordingAt)).count > 0,
};

recorder.adopt({ authorisations: [authorisation] });
await until(() => !existsSync(packets));
const withdrawn = { slice: await sliced("gone.pcapng", beganAt), isReported: recorder.reported !== undefined };
socket.close();
await recorder.close();
await server.close();
reader.stdin.end();
process.stdout.write(JSON.stringify({ unauthorised, recorded, afterEnd, withdrawn }));
process.exit(0);
