/** The receiver of `bench forward`: reads what comes, and says one byte for each megabyte it has read. */
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import type { Ready } from "../lab/protocol.ts";
import { stdioChannel } from "../lab/stdio-channel.ts";
import type { ReceiverCalls } from "./forward-protocol.ts";

const megabyte = 1_048_576;

const server = createServer((socket) => {
  let unsaid = 0;
  socket.on("error", () => undefined);
  socket.on("data", (chunk) => {
    unsaid += chunk.length;
    const whole = Math.floor(unsaid / megabyte);
    if (whole > 0) socket.write(Buffer.alloc(whole));
    unsaid -= whole * megabyte;
  });
});

const channel = stdioChannel<ReceiverCalls, Ready>({
  async listen() {
    await once(server.listen(0, "0.0.0.0"), "listening");
    return { port: (server.address() as AddressInfo).port };
  },
});
channel.tell({ kind: "ready" });
await channel.closed;
process.exit();
