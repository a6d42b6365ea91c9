import { X509Certificate } from "node:crypto";
import { connect, type ConnectionOptions, type DetailedPeerCertificate, type TLSSocket } from "node:tls";
import { usualFallbackPort, type Credentials, type SiteProfile } from "@cordon/contract";
import { SensorError } from "../errors.ts";
import { whyDistrusted } from "./server-trust.ts";

export interface DialerOptions {
  readonly controller: Pick<SiteProfile["controller"], "host" | "port" | "fallbackPort" | "serverName">;
  /** Epoch milliseconds, never ahead of the truth. */
  readonly trustedNow: () => number;
}

export interface Call {
  /** PEM: who may sign the controller's certificate. */
  readonly authority: string;
  /** Null where the box has none yet. */
  readonly credentials: Credentials | null;
  /** ALPN name of what will be spoken. */
  readonly protocol: string;
  /** How long TCP and TLS may take at each port. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Opens TLS connections to the controller and gives only those whose other end was verified. Where one port cannot be
 * reached it tries the other, and begins with that one next time.
 */
export class Dialer {
  readonly #options: DialerOptions;
  #ports: readonly number[];

  constructor(options: DialerOptions) {
    this.#options = options;
    const { port, fallbackPort = usualFallbackPort } = options.controller;
    this.#ports = [...new Set([port, fallbackPort])];
  }

  /** The ports, in the order in which they are tried. */
  get ports(): readonly number[] {
    return this.#ports;
  }

  /** Rejects with `controller-unreachable`, and what was wrong at each port. */
  dial(call: Call): Promise<TLSSocket> {
    const { serverName } = this.#options.controller;
    const tls: ConnectionOptions = {
      ca: call.authority,
      ...(call.credentials === null ? {} : { cert: call.credentials.certificate, key: call.credentials.privateKey }),
      ALPNProtocols: [call.protocol],
    };
    return this.#atAnyPort(call, tls, (socket) => {
      const why = whyDistrusted({
        fault: socket.authorized ? null : String(socket.authorizationError),
        certificate: socket.getPeerX509Certificate(),
        authority: call.authority,
        serverName,
        trustedNow: this.#options.trustedNow(),
      });
      if (why !== null) throw new SensorError("controller-distrusted", `its certificate is ${why}`);
      return socket;
    });
  }

  /**
   * The controller's authority (PEM) with this fingerprint, as the controller shows it. Nothing is said on that
   * connection, for who is there is not known before.
   */
  async fetchAuthority(fingerprint: string, call: Omit<Call, "authority" | "credentials">): Promise<string> {
    let isOther = false;
    try {
      return await this.#atAnyPort(call, { ALPNProtocols: [call.protocol] }, (socket) => {
        const found = authorityIn(socket.getPeerCertificate(true), fingerprint);
        socket.destroy();
        isOther ||= found === null;
        if (found === null)
          throw new SensorError("controller-distrusted", "it is of another authority than the box was told");
        return found;
      });
    } catch (cause) {
      if (!isOther) throw cause;
      throw new SensorError("controller-distrusted", (cause as Error).message, { cause });
    }
  }

  async #atAnyPort<T>(
    call: Pick<Call, "timeoutMs" | "signal">,
    tls: ConnectionOptions,
    take: (socket: TLSSocket) => T,
  ): Promise<T> {
    const faults: string[] = [];
    for (const port of this.#ports) {
      let socket: TLSSocket | null = null;
      try {
        socket = await this.#open(port, call, tls);
        const taken = take(socket);
        this.#ports = [port, ...this.#ports.filter((other) => other !== port)];
        return taken;
      } catch (error) {
        socket?.destroy();
        call.signal?.throwIfAborted();
        faults.push(`port ${port}: ${(error as Error).message}`);
      }
    }
    throw new SensorError("controller-unreachable", faults.join("; "));
  }

  #open(
    port: number,
    { timeoutMs, signal }: Pick<Call, "timeoutMs" | "signal">,
    tls: ConnectionOptions,
  ): Promise<TLSSocket> {
    const { host, serverName } = this.#options.controller;
    return new Promise((resolve, reject) => {
      const socket = connect({
        ...tls,
        host,
        port,
        servername: serverName,
        minVersion: "TLSv1.3",
        // By the box's clock alone it would be decided too early: see `whyDistrusted`.
        rejectUnauthorized: false,
      });
      const fail = (error: Error) => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        socket.destroy();
        reject(error);
      };
      const abort = () => fail(new SensorError("link-closed", "the connection is wanted no longer"));
      const timer = setTimeout(() => fail(new SensorError("controller-silent", "timed out")), timeoutMs);
      signal?.addEventListener("abort", abort, { once: true });
      socket.once("error", fail);
      socket.once("close", () => fail(new SensorError("controller-silent", "the connection was closed")));
      socket.once("secureConnect", () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        socket.removeListener("error", fail);
        // What becomes of it now is the business of whoever gets it; until then a reset is nobody's fault.
        socket.on("error", () => undefined);
        resolve(socket);
      });
    });
  }
}

function authorityIn(certificate: DetailedPeerCertificate, fingerprint: string): string | null {
  const seen = new Set<string>();
  for (let at: DetailedPeerCertificate | undefined = certificate; at?.raw !== undefined; at = at.issuerCertificate) {
    const read = new X509Certificate(at.raw);
    if (read.fingerprint256 === fingerprint) return read.ca ? read.toString() : null;
    // The last names itself as its issuer.
    if (seen.has(read.fingerprint256)) return null;
    seen.add(read.fingerprint256);
  }
  return null;
}
