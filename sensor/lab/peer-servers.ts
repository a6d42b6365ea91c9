import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

/** How long a peer stays on a connection on which nothing is said. */
const patienceMs = 3000;

/** What answers in the name of strangers that run the same program: says something back, whatever it was told. */
export async function openPeer(port: number): Promise<void> {
  const server = createServer((socket) => {
    socket.setTimeout(patienceMs, () => socket.destroy());
    // Peers come and go.
    socket.on("error", () => socket.destroy());
    socket.on("data", (said) => socket.write(said));
  });
  server.listen({ port, host: "0.0.0.0", backlog: 511 });
  await once(server, "listening");
  const datagrams = createSocket("udp4");
  datagrams.on("message", (message, from) => datagrams.send(message, from.port, from.address, () => undefined));
  datagrams.bind(port, "0.0.0.0");
  await once(datagrams, "listening");
}
