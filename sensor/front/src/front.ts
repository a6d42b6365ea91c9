import { once } from "node:events";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { neighboursOf } from "./neighbours.ts";

// RFC 8446 5.1: what begins a connection by TLS is a handshake.
const tlsHandshake = 22;
const patienceMs = 5_000;
const maxConnections = 256;

/**
 * One port for two: a connection by TLS goes to the server that speaks it, and whoever asks without is sent there. Who is not
 * on the network of the address is heard by neither.
 */
export class Front {
  readonly #secure: Server;
  readonly #plain: HttpServer = redirecting();
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;

  /** @param secure speaks TLS, and does not listen by itself */
  constructor(secure: Server) {
    this.#secure = secure;
  }

  /** Resolves with the port. Rejects where the address is not there, or taken. */
  async listen({ host, port }: { readonly host: string; readonly port: number }): Promise<number> {
    const isNeighbour = neighboursOf(host);
    const server = createServer((socket) => {
      if (isNeighbour(socket.remoteAddress)) this.#take(socket);
      else socket.destroy();
    });
    server.maxConnections = maxConnections;
    server.listen({ host, port });
    await once(server, "listening");
    // Whatever befalls a single connection is its own affair.
    server.on("error", () => undefined);
    // From then on they look for connections that dawdle.
    for (const each of [this.#secure, this.#plain]) each.emit("listening");
    this.#server = server;
    return (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    const closed = once(server, "close");
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#plain.close();
    await closed;
  }

  #take(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    const late = setTimeout(() => socket.destroy(), patienceMs);
    socket.once("close", () => clearTimeout(late));
    socket.once("data", (first) => {
      clearTimeout(late);
      socket.pause();
      socket.unshift(first);
      (first[0] === tlsHandshake ? this.#secure : this.#plain).emit("connection", socket);
      process.nextTick(() => socket.resume());
    });
  }
}

/** Says nothing but where the pages are: what is asked without TLS anybody on the way could have changed. */
function redirecting(): HttpServer {
  return createHttpServer({ requestTimeout: patienceMs, headersTimeout: patienceMs }, (request, response) => {
    const { host = "" } = request.headers;
    // A name and a port, and no more of what somebody else may have written there.
    const isHost = /^[\w.:[\]-]{1,255}$/.test(host);
    response.writeHead(isHost ? 307 : 400, {
      ...(isHost ? { location: `https://${host}/` } : {}),
      ...{ connection: "close", "content-length": "0", "cache-control": "no-store" },
    });
    response.end();
  });
}
