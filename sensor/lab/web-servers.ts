import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createServer as createTcpServer, type Server } from "node:net";
import { hash } from "./random.ts";
import { parsePayloadPath, payloadSource } from "./payload.ts";
import { serverTls } from "./tls.ts";

const chunkSize = 16_384;

async function sendPayload(response: ServerResponse, token: string, bytes: number): Promise<void> {
  const next = payloadSource(token);
  response.writeHead(200, { "content-length": bytes, "content-type": "application/octet-stream" });
  for (let left = bytes; left > 0 && !response.destroyed; left -= chunkSize) {
    if (!response.write(next(Math.min(left, chunkSize)))) {
      await Promise.race([once(response, "drain"), once(response, "close")]);
    }
  }
  response.end();
}

/** Any name, any path: a page whose size the name decides; below `/bytes/` what was asked for. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const wanted = parsePayloadPath(request.url ?? "/");
  if (wanted !== null) {
    sendPayload(response, wanted.token, wanted.bytes).catch(() => response.destroy());
    return;
  }
  const host = request.headers.host ?? "";
  const size = 600 + (hash(`${host}${request.url}`) % 24_000);
  response.writeHead(200, { "content-type": "text/html", "content-length": size });
  response.end("<p>\n".padEnd(size, "."));
}

async function listening<S extends Server>(server: S, port: number): Promise<S> {
  server.listen({ port, host: "0.0.0.0", backlog: 511 });
  await once(server, "listening");
  return server;
}

/** Web servers on every address of the world, with and without TLS, and one more port for files. */
export async function openWebServers(filePort: number): Promise<void> {
  const listener: RequestListener = answer;
  for (const port of new Set([80, filePort])) await listening(createServer(listener), port);
  await listening(createTlsServer(serverTls, listener), 443);
}

/** A page that nobody asked for, of a portal or of a firewall; what is no question for a page gets none. */
export async function openPageServer(port: number): Promise<void> {
  const server = createServer((_request, response) => {
    response.writeHead(403, { "content-type": "text/html", connection: "close" });
    response.end("<p>You cannot go on from here.\n");
  });
  // Whatever is called arrives here, in whatever protocol.
  server.on("clientError", (_error, socket) => socket.destroy());
  await listening(server, port);
}

/** What little of the dark Internet answers: takes the connection, says nothing, hangs up. */
export async function openDarkServers(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const server = createTcpServer((socket) => {
      socket.setTimeout(3000, () => socket.destroy());
      // A stranger that hangs up early is what scanners are.
      socket.on("error", () => socket.destroy());
      socket.resume();
    });
    await listening(server, port);
  }
}
