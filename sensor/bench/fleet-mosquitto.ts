import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, writeFile } from "node:fs/promises";
import { createConnection, createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { SensorError } from "../src/errors.ts";
import type { Fleet } from "./fleet-protocol.ts";

/** Another broker, set up to ask of sensors what the controller's asks: a certificate of the same authority. */
export interface Mosquitto {
  readonly pid: number;
  readonly port: number;
  close(): Promise<void>;
}

const startMs = 10_000;

/** Starts it in a folder of its own; null where it is not installed. */
export async function startMosquitto(folder: string, fleet: Fleet): Promise<Mosquitto | null> {
  const port = await freePort();
  const files = {
    "authority.pem": fleet.profiles[0]?.controller.authority ?? "",
    "server.pem": fleet.server.certificate,
    "server.key": fleet.server.privateKey,
    "mosquitto.conf": `
listener ${port} 127.0.0.1
cafile ${join(folder, "authority.pem")}
certfile ${join(folder, "server.pem")}
keyfile ${join(folder, "server.key")}
require_certificate true
use_identity_as_username true
persistence false
log_type none
`,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o644 });
  // As root it becomes a user of its own, who has to get at them.
  await chmod(folder, 0o755);
  const child = spawn("mosquitto", ["-c", join(folder, "mosquitto.conf")], { stdio: "ignore" });
  const outcome = await Promise.race([
    once(child, "spawn").then(() => "spawned"),
    once(child, "error").then(() => "missing"),
  ]).catch(() => "missing");
  if (outcome === "missing" || child.pid === undefined) return null;
  await listening(child, port);
  return {
    pid: child.pid,
    port,
    async close() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  for (const deadline = Date.now() + startMs; Date.now() < deadline; await delay(50)) {
    if (child.exitCode !== null) throw new SensorError("bench-failed", `mosquitto ended with ${child.exitCode}`);
    const socket = createConnection(port, "127.0.0.1");
    const isOpen = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
  }
  throw new SensorError("bench-failed", "mosquitto does not listen");
}
