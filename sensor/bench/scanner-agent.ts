/** The scanning machines of `bench cut`: one process, whose connects leave by the cable that their own address belongs to. */
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { darkPrefix, type Scanner } from "./cut-scanners.ts";
import { SeededRandom } from "./random.ts";

/** Given up before the kernel repeats the first SYN: each target gets one. */
const giveUpMs = 900;

function knock(scanner: Scanner, target: string): void {
  const socket = connect({ host: target, port: scanner.port, localAddress: scanner.address });
  socket.setTimeout(giveUpMs, () => socket.destroy());
  // Nothing is ever sent on what opens.
  socket.on("connect", () => socket.destroy());
  socket.on("error", () => undefined);
}

async function scan(scanner: Scanner, random: SeededRandom): Promise<void> {
  await delay(scanner.startsAfterMs);
  const startedAt = performance.now();
  for (let sent = 0; ; sent += 1) {
    const dueMs = (sent * 1000) / scanner.perSecond - (performance.now() - startedAt);
    if (dueMs > 0) await delay(dueMs);
    const net = scanner.kind === "dark" ? darkPrefix : `10.${random.below(250)}`;
    knock(scanner, `${net}.${random.below(256)}.${1 + random.below(254)}`);
  }
}

const scanners = JSON.parse(process.argv[2] ?? "[]") as readonly Scanner[];
await Promise.all(scanners.map((scanner, index) => scan(scanner, new SeededRandom(index))));
