import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { ListenAddress } from "./listen-address.ts";
import { neighboursOf } from "./neighbours.ts";

/** What whoever knocks is shown while the centre starts; his browser comes back by itself. */
const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="2"><title>Cordon</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;margin:3rem auto;max-width:28rem;padding:0 1rem}</style>
<h1>This box is starting its own centre</h1><p>It takes a few seconds. Have the PIN from the label at hand.</p></html>`;

/** Listens where the centre will, while there is none: whoever asks for a page there has it started. */
export class Door {
  readonly #address: ListenAddress;
  readonly #onKnock: () => void;
  #server: Server | null = null;

  constructor(address: ListenAddress, onKnock: () => void) {
    this.#address = address;
    this.#onKnock = onKnock;
  }

  /** Rejects where the address is not there, or taken. */
  async open(): Promise<void> {
    if (this.#server !== null) return;
    const server = createServer({ requestTimeout: 5000, headersTimeout: 5000 }, (request, response) => {
      // One more request on this connection would find nobody.
      response.writeHead(request.method === "GET" ? 503 : 405, {
        ...{ "content-type": "text/html; charset=utf-8", connection: "close", "cache-control": "no-store" },
        ...{ "retry-after": "2", "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'" },
      });
      response.end(request.method === "GET" ? page : "", () => {
        if (request.method === "GET") this.#onKnock();
      });
    });
    const isNeighbour = neighboursOf(this.#address.host);
    server.on("connection", (socket) => {
      if (!isNeighbour(socket.remoteAddress)) socket.destroy();
    });
    server.maxConnections = 16;
    this.#server = server;
    server.listen({ host: this.#address.host, port: this.#address.port });
    try {
      await once(server, "listening");
    } catch (error) {
      this.#server = null;
      throw error;
    }
    // Whatever befalls a single connection is its own affair.
    server.on("error", () => undefined);
  }

  /** Gives the address up. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }
}
