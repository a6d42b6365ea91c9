import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** Joins two connections for as long as both live; the end of one is the end of the other. */
export function join(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on("error", () => to.destroy());
    from.on("close", () => to.destroy());
    from.pipe(to);
  }
}

/** Listens on an address of the lab and leads each connection to a Unix socket outside. */
export async function openRelay(address: string, port: number, socketPath: string): Promise<Server> {
  const server = createServer((inside) => join(inside, connect(socketPath)));
  server.listen({ host: address, port });
  await once(server, "listening");
  return server;
}

/**
 * The other half, in the caller's process: leads from the Unix socket to a port of this machine's
 * loopback, as long as there is one.
 */
export async function openRelayExit(
  socketPath: string,
  controllerPort: () => number | null,
): Promise<{ readonly server: Server; readonly endAll: () => void }> {
  const standing = new Set<Socket>();
  const server = createServer((inside) => {
    const port = controllerPort();
    standing.add(inside);
    inside.once("close", () => standing.delete(inside));
    if (port === null) inside.destroy();
    else join(inside, connect({ host: "127.0.0.1", port }));
  });
  server.listen(socketPath);
  await once(server, "listening");
  return { server, endAll: () => standing.forEach((inside) => inside.destroy()) };
}
