import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { SensorError } from "../src/errors.ts";

/**
 * Makes sure that a data folder has one `start` at a time, and returns what gives it free. The claim is
 * a socket in Linux's abstract namespace: the kernel takes it away with us, however we end.
 */
export async function claimFolder(folder: string): Promise<() => void> {
  const server = createServer((socket) => socket.destroy());
  const name = createHash("sha256").update(folder).digest("hex").slice(0, 32);
  server.listen(`\0cordon-start-${name}`);
  try {
    await once(server, "listening");
  } catch (cause) {
    throw new SensorError("already-started", `another start is running on ${folder}; end that one first`, { cause });
  }
  server.unref();
  return () => void server.close();
}
