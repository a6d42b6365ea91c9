import {
  broadcast,
  codes,
  decodeFrame,
  decodeTags,
  encodeFrame,
  encodeTags,
  pppProtocols,
  tagTypes,
  type PppoeFrame,
  type Tags,
} from "./frames.ts";
import { PppSession, type PppRole } from "./ppp-session.ts";

export interface PppoeEndOptions {
  readonly role: PppRole;
  /** Of its port, as twelve hexadecimal digits. */
  readonly mac: string;
  /** A whole number below `bound`. */
  readonly random: (bound: number) => number;
  /** Puts a frame onto the line. */
  readonly send: (frame: Buffer) => void;
  /** Takes an IP packet out of the session. */
  readonly deliver: (packet: Buffer) => void;
  /** Told when IP begins to pass and when it ends. */
  readonly onChange: (isUp: boolean) => void;
}

const concentratorName = Buffer.from("access concentrator of the lab");
const nothing = Buffer.alloc(0);

/** A router whose login was refused waits before it tries again. */
const refusedPauseTicks = 4;

/**
 * One end of a line with PPPoE: finds the other by the discovery (RFC 2516 5), or is found by it, and carries IP in a session
 * for as long as one stands. A router that has lost its session looks for a new one at once, every second; real ones
 * wait longer from time to time.
 */
export class PppoeEnd {
  readonly #options: PppoeEndOptions;
  readonly #unique = Buffer.alloc(4);
  readonly #cookie = Buffer.alloc(8);
  #standing: { readonly peer: string; readonly id: number; readonly ppp: PppSession } | null = null;
  #wasUp = false;
  #pauseTicks = 0;
  #isBarred = false;

  constructor(options: PppoeEndOptions) {
    this.#options = options;
    for (const bytes of [this.#unique, this.#cookie]) bytes.forEach((_, at) => (bytes[at] = options.random(256)));
  }

  /** To be called once a second. */
  tick(): void {
    const standing = this.#standing;
    standing?.ppp.tick();
    if (standing?.ppp.isEnded === true) {
      if (!standing.ppp.wasUp) this.#pauseTicks = refusedPauseTicks;
      this.#hangUp();
    }
    this.#pauseTicks = Math.max(0, this.#pauseTicks - 1);
    if (this.#standing === null && this.#pauseTicks === 0 && this.#options.role.kind === "dialler") {
      this.#send(broadcast, codes.initiation, 0, this.#asking([]));
    }
    this.#tellChange();
  }

  /** Whether whoever logs in from now on is refused, as a provider does with a customer who sends spam. */
  bar(isBarred: boolean): void {
    this.#isBarred = isBarred;
    if (isBarred) this.#hangUp();
    this.#tellChange();
  }

  /** A frame from the line. */
  hear(bytes: Buffer): void {
    const frame = decodeFrame(bytes);
    const { mac, role } = this.#options;
    if (frame === null || frame.source === mac) return;
    if (frame.destination !== mac && frame.destination !== broadcast) return;
    if (frame.code === codes.session) this.#hearSession(frame);
    else if (frame.code === codes.termination) this.#hearEnd(frame);
    else if (role.kind === "dialler") this.#hearOffer(frame);
    else this.#hearCaller(frame);
    this.#tellChange();
  }

  /** An IP packet on its way out; lost where no session stands. */
  carry(packet: Buffer): void {
    if (this.#standing?.ppp.isUp !== true) return;
    this.#sendInSession(this.#standing, pppProtocols.ip, packet);
  }

  #hearSession({ source, sessionId, payload }: PppoeFrame): void {
    const standing = this.#standing;
    if (standing === null || standing.id !== sessionId || standing.peer !== source) {
      // Of a session that this end knows nothing of any more.
      return this.#send(source, codes.termination, sessionId, nothing);
    }
    if (payload.length < 2) return;
    const protocol = payload.readUInt16BE(0);
    const packet = payload.subarray(2);
    if (protocol !== pppProtocols.ip) standing.ppp.hear(protocol, packet);
    else if (standing.ppp.isUp) this.#options.deliver(packet);
  }

  #hearEnd({ source, sessionId }: PppoeFrame): void {
    if (this.#standing?.id === sessionId && this.#standing.peer === source) this.#standing = null;
  }

  #hearOffer({ source, code, sessionId, payload }: PppoeFrame): void {
    const tags = decodeTags(payload);
    if (this.#standing !== null || tags.get(tagTypes.hostUnique)?.equals(this.#unique) !== true) return;
    if (code === codes.offer) {
      const cookie = tags.get(tagTypes.cookie);
      const wanted = this.#asking(cookie === undefined ? [] : [[tagTypes.cookie, cookie]]);
      this.#send(source, codes.request, 0, wanted);
    } else if (code === codes.confirmation && sessionId !== 0) {
      this.#begin(source, sessionId);
    }
  }

  #hearCaller({ source, code, payload }: PppoeFrame): void {
    const tags = decodeTags(payload);
    const common: Tags = new Map([
      [tagTypes.serviceName, tags.get(tagTypes.serviceName) ?? nothing],
      // Whatever the caller said of itself is said back to it (RFC 2516 appendix A).
      ...[...tags].filter(([type]) => type === tagTypes.hostUnique),
    ]);
    if (code === codes.initiation) {
      const offer: Tags = new Map([
        ...common,
        [tagTypes.concentratorName, concentratorName],
        [tagTypes.cookie, this.#cookie],
      ]);
      this.#send(source, codes.offer, 0, encodeTags(offer));
    } else if (code === codes.request && tags.get(tagTypes.cookie)?.equals(this.#cookie) === true) {
      // Who asks anew has lost what stood.
      const id = 1 + this.#options.random(0xfffe);
      this.#send(source, codes.confirmation, id, encodeTags(common));
      this.#begin(source, id);
    }
  }

  #begin(peer: string, id: number): void {
    const { role, random } = this.#options;
    const ppp = new PppSession({
      role,
      magic: random(0xffff_ffff),
      letsIn: () => !this.#isBarred,
      send: (protocol, packet) => this.#sendInSession({ peer, id }, protocol, packet),
    });
    this.#standing = { peer, id, ppp };
    this.#tellChange();
    ppp.tick();
  }

  #hangUp(): void {
    if (this.#standing === null) return;
    this.#send(this.#standing.peer, codes.termination, this.#standing.id, nothing);
    this.#standing = null;
  }

  #asking(more: readonly (readonly [number, Buffer])[]): Buffer {
    return encodeTags(new Map([[tagTypes.serviceName, nothing], [tagTypes.hostUnique, this.#unique], ...more]));
  }

  #sendInSession({ peer, id }: { readonly peer: string; readonly id: number }, protocol: number, packet: Buffer): void {
    this.#send(peer, codes.session, id, Buffer.concat([Buffer.from([protocol >> 8, protocol & 0xff]), packet]));
  }

  #send(destination: string, code: number, sessionId: number, payload: Buffer): void {
    this.#options.send(encodeFrame({ destination, source: this.#options.mac, code, sessionId, payload }));
  }

  #tellChange(): void {
    const isUp = this.#standing?.ppp.isUp === true;
    if (isUp === this.#wasUp) return;
    this.#wasUp = isUp;
    this.#options.onChange(isUp);
  }
}
