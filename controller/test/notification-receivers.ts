/** Receivers of notifications for tests: a mail server and a web server that keep what they get. */
import { once } from "node:events";
import { createServer as createHttpServer, type IncomingHttpHeaders, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { SMTPServer } from "smtp-server";
import type { ServerCredentials } from "../src/tls/credentials.ts";

/** Resolves once a condition holds; looked at whenever something came. */
class Waiting {
  #waiters: (() => void)[] = [];

  wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }
}

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | null;
  readonly isEncrypted: boolean;
  /** Header and body, as it came. */
  readonly raw: string;
}

export interface MailOptions {
  readonly credentials: ServerCredentials;
  readonly security: "tls" | "starttls";
  readonly user: string;
  readonly password: string;
}

/** A mail server on the loopback that can go down and come back on its port. */
export class MailReceiver {
  readonly #options: MailOptions;
  readonly #waiting = new Waiting();
  #server: SMTPServer | null = null;
  readonly mails: ReceivedMail[] = [];
  port = 0;
  /** How often somebody signed in with something else. */
  strangers = 0;

  constructor(options: MailOptions) {
    this.#options = options;
  }

  async up(): Promise<void> {
    const { credentials, security, user, password } = this.#options;
    const server = new SMTPServer({
      ...credentials,
      secure: security === "tls",
      disableReverseLookup: true,
      logger: false,
      onAuth: (auth, _, done) => {
        if (auth.username === user && auth.password === password) return done(null, { user });
        this.strangers += 1;
        done(new Error(`no such sign-in: ${auth.password ?? ""}`));
      },
      onData: (stream, session, done) => {
        const { mailFrom, rcptTo } = session.envelope;
        text(stream).then((raw) => {
          this.mails.push({
            ...{ from: mailFrom === false ? "" : mailFrom.address, to: rcptTo.map(({ address }) => address), raw },
            ...{ user: typeof session.user === "string" ? session.user : null, isEncrypted: session.secure },
          });
          done();
          this.#waiting.wake();
        }, done);
      },
    });
    server.on("error", () => undefined);
    server.listen(this.port, "127.0.0.1");
    await once(server.server, "listening");
    this.port = (server.server.address() as AddressInfo).port;
    this.#server = server;
  }

  async down(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server !== null) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  until(condition: () => boolean): Promise<void> {
    return this.#waiting.until(condition);
  }
}

export interface ReceivedPost {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A web server on the loopback that can go down and come back on its port. */
export class WebReceiver {
  readonly #credentials: ServerCredentials | null;
  readonly #waiting = new Waiting();
  #server: Server | null = null;
  readonly posts: ReceivedPost[] = [];
  port = 0;
  /** Whether it takes what comes and says nothing. */
  isMute = false;
  /** What it answers; 200 where nothing else is set. */
  answer: { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> } = {
    status: 200,
  };

  constructor(credentials: ServerCredentials | null = null) {
    this.#credentials = credentials;
  }

  async up(): Promise<void> {
    const server = this.#credentials === null ? createHttpServer() : createHttpsServer(this.#credentials);
    server.on("request", (request, response) => {
      void text(request).then((body) => {
        this.posts.push({ path: request.url ?? "", headers: request.headers, body });
        this.#waiting.wake();
        if (this.isMute) return;
        response.writeHead(this.answer.status, { ...this.answer.headers, connection: "close" });
        response.end(this.answer.body ?? "{}");
      });
    });
    server.listen(this.port, "127.0.0.1");
    await once(server, "listening");
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async down(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  until(condition: () => boolean): Promise<void> {
    return this.#waiting.until(condition);
  }
}
