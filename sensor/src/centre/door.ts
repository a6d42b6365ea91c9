import { createServer, type Server } from "node:https";
import type { Contact, Credentials } from "@cordon/contract";
import { Front } from "@cordon/front";
import type { ListenAddress } from "./listen-address.ts";

/**
 * What whoever knocks is shown while the centre starts; his browser comes back by itself. No name and no number before the PIN:
 * who reads them on this network could pose as one of these people. Who stands at the box has them on its label.
 */
const page = (
  isSomebodyNamed: boolean,
): string => `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="2"><title>Cordon</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;margin:3rem auto;max-width:28rem;padding:0 1rem}</style>
<h1>This box is starting its own centre</h1><p>It takes a few seconds. Have the PIN from the label at hand.</p>${
  isSomebodyNamed ? "<p>Whom to call is on the label, and behind the PIN.</p>" : ""
}</html>`;

interface DoorProfile {
  readonly pages: Credentials;
  readonly contacts?: readonly Contact[] | undefined;
}

/** Listens where the centre will, while there is none: whoever asks for a page there has it started. */
export class Door {
  readonly #address: ListenAddress;
  readonly #profile: DoorProfile;
  readonly #onKnock: () => void;
  #front: Front | null = null;

  constructor(address: ListenAddress, profile: DoorProfile, onKnock: () => void) {
    this.#address = address;
    this.#profile = profile;
    this.#onKnock = onKnock;
  }

  /** Rejects where the address is not there, or taken. */
  async open(): Promise<void> {
    if (this.#front !== null) return;
    const front = new Front(this.#answering());
    this.#front = front;
    try {
      await front.listen(this.#address);
    } catch (error) {
      this.#front = null;
      throw error;
    }
  }

  /** Gives the address up. */
  async close(): Promise<void> {
    const front = this.#front;
    this.#front = null;
    await front?.close();
  }

  #answering(): Server {
    const { pages, contacts = [] } = this.#profile;
    const { certificate: cert, privateKey: key } = pages;
    const shown = page(contacts.length > 0);
    const server = createServer({ cert, key, requestTimeout: 5000, headersTimeout: 5000 }, (request, response) => {
      // One more request on this connection would find nobody.
      response.writeHead(request.method === "GET" ? 503 : 405, {
        ...{ "content-type": "text/html; charset=utf-8", connection: "close", "cache-control": "no-store" },
        ...{ "retry-after": "2", "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'" },
      });
      response.end(request.method === "GET" ? shown : "", () => {
        if (request.method === "GET") this.#onKnock();
      });
    });
    // A browser that has not been told to go on hangs up here.
    server.on("tlsClientError", (_, socket) => socket.destroy());
    return server;
  }
}
