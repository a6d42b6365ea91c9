import { decodeControl, encodeControl, pppProtocols, type ControlPacket } from "./frames.ts";

/** What an end of a session is: the one that dialled, or the one that lets in by a password and gives the address. */
export type PppRole =
  | { readonly kind: "dialler"; readonly user: string; readonly password: string }
  | { readonly kind: "provider"; readonly ownAddress: string; readonly givenAddress: string };

export interface PppSessionOptions {
  readonly role: PppRole;
  /** Tells this end from the other (RFC 1661 6.4). */
  readonly magic: number;
  /** Whether a provider takes the login. */
  readonly letsIn: () => boolean;
  readonly send: (protocol: number, packet: Buffer) => void;
}

// RFC 1661 5; RFC 1334 2.2 has the first two likewise.
const codes = {
  request: 1,
  acknowledgement: 2,
  refusal: 3,
  termination: 5,
  terminated: 6,
  echo: 9,
  echoed: 10,
} as const;

/** RFC 1661 6 and RFC 1332 3. */
const options = { receiveUnit: 1, authentication: 3, magic: 5, address: 3 } as const;

/** What fits into a frame of Ethernet beside the headers (RFC 2516 7). */
export const sessionUnit = 1492;

/** Asked so often, and given up after so many questions without an answer. A provider's are ten times as patient. */
const echoEveryTicks = 2;
const mostEchoesMissed = 3;
/** So many seconds are given to agreeing on all of it. */
const agreeTicks = 10;

/** One protocol's agreement: each end asks until the other has acknowledged. */
interface Agreement {
  isAcknowledged: boolean;
  hasAcknowledged: boolean;
}

/**
 * One end of a PPP session over PPPoE: agrees on the link, logs in by PAP, agrees on the address, and then asks
 * every few seconds whether the other end is there (LCP echo). Of RFC 1661's automaton it has what two ends need that want the
 * same; neither takes anything back that was agreed.
 */
export class PppSession {
  readonly #options: PppSessionOptions;
  readonly #link: Agreement = { isAcknowledged: false, hasAcknowledged: false };
  readonly #address: Agreement = { isAcknowledged: false, hasAcknowledged: false };
  #isLoggedIn = false;
  #askedAddress = "0.0.0.0";
  #id = 0;
  #ticks = 0;
  #echoesMissed = 0;
  #isEnded = false;

  constructor(sessionOptions: PppSessionOptions) {
    this.#options = sessionOptions;
  }

  /** Whether IP passes. */
  get isUp(): boolean {
    return !this.#isEnded && this.wasUp;
  }

  /** Whether IP has ever passed. */
  get wasUp(): boolean {
    return isAgreed(this.#address);
  }

  /** Whether the other end has hung up, or is not heard any more. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Asks for what is to be agreed next; called at the beginning and once a second. */
  tick(): void {
    this.#ticks += 1;
    if (!this.isUp) {
      if (this.#ticks > agreeTicks) this.#isEnded = true;
      else this.#ask();
    } else if (this.#ticks % echoEveryTicks === 0) {
      if (this.#echoesMissed >= mostEchoesMissed) this.#isEnded = true;
      this.#echoesMissed += 1;
      this.#send(pppProtocols.lcp, codes.echo, this.#magic());
    }
  }

  /** A packet of the session that is not IP. */
  hear(protocol: number, bytes: Buffer): void {
    const packet = decodeControl(bytes);
    if (packet === null || this.#isEnded) return;
    if (protocol === pppProtocols.lcp) this.#hearLink(packet);
    else if (protocol === pppProtocols.pap) this.#hearLogin(packet);
    else if (protocol === pppProtocols.ipcp) this.#hearAddress(packet);
  }

  #ask(): void {
    const { role } = this.#options;
    if (!isAgreed(this.#link)) {
      const login = role.kind === "provider" ? option(options.authentication, uint16(pppProtocols.pap)) : [];
      const unit = option(options.receiveUnit, uint16(sessionUnit));
      const magic = option(options.magic, [...this.#magic()]);
      this.#send(pppProtocols.lcp, codes.request, Buffer.from([...unit, ...login, ...magic]));
    } else if (!this.#isLoggedIn) {
      if (role.kind !== "dialler") return;
      const counted = (text: string): readonly number[] => [text.length, ...Buffer.from(text, "latin1")];
      const login = [...counted(role.user), ...counted(role.password)];
      this.#send(pppProtocols.pap, codes.request, Buffer.from(login));
    } else {
      const asked = role.kind === "provider" ? role.ownAddress : this.#askedAddress;
      this.#send(pppProtocols.ipcp, codes.request, addressOption(asked));
    }
  }

  #hearLink({ code, id, data }: ControlPacket): void {
    if (code === codes.echo && isAgreed(this.#link)) {
      this.#send(pppProtocols.lcp, codes.echoed, Buffer.concat([this.#magic(), data.subarray(4)]), id);
    } else if (code === codes.echoed) {
      this.#echoesMissed = 0;
    } else if (code === codes.termination) {
      this.#send(pppProtocols.lcp, codes.terminated, Buffer.alloc(0), id);
      this.#isEnded = true;
    } else {
      this.#agree(pppProtocols.lcp, this.#link, { code, id, data });
    }
  }

  #hearLogin({ code, id }: ControlPacket): void {
    if (!isAgreed(this.#link)) return;
    const { role, letsIn } = this.#options;
    const isProvider = role.kind === "provider";
    if (isProvider && code === codes.request && !letsIn()) {
      this.#send(pppProtocols.pap, codes.refusal, Buffer.from([0]), id);
      return;
    }
    if (!isProvider && code === codes.refusal) this.#isEnded = true;
    if (code !== (isProvider ? codes.request : codes.acknowledgement)) return;
    if (isProvider) this.#send(pppProtocols.pap, codes.acknowledgement, Buffer.from([0]), id);
    if (this.#isLoggedIn) return;
    this.#isLoggedIn = true;
    this.#ask();
  }

  #hearAddress(packet: ControlPacket): void {
    if (!this.#isLoggedIn) return;
    const { role } = this.#options;
    if (packet.code === codes.refusal) {
      this.#askedAddress = [...packet.data.subarray(2, 6)].join(".");
      this.#ask();
    } else if (role.kind === "provider" && packet.code === codes.request) {
      const given = addressOption(role.givenAddress);
      if (given.equals(packet.data)) this.#agree(pppProtocols.ipcp, this.#address, packet);
      else this.#send(pppProtocols.ipcp, codes.refusal, given, packet.id);
    } else {
      this.#agree(pppProtocols.ipcp, this.#address, packet);
    }
  }

  #agree(protocol: number, agreement: Agreement, { code, id, data }: ControlPacket): void {
    const before = isAgreed(agreement);
    if (code === codes.request) {
      this.#send(protocol, codes.acknowledgement, Buffer.from(data), id);
      agreement.hasAcknowledged = true;
    } else if (code === codes.acknowledgement) {
      agreement.isAcknowledged = true;
    }
    if (!before && isAgreed(agreement) && !this.isUp) this.#ask();
  }

  #magic(): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(this.#options.magic);
    return bytes;
  }

  /** `id`: of the question that this answers; absent where it asks itself. */
  #send(protocol: number, code: number, data: Buffer, id?: number): void {
    if (id === undefined) this.#id = (this.#id + 1) & 0xff;
    this.#options.send(protocol, encodeControl({ code, id: id ?? this.#id, data }));
  }
}

function isAgreed({ isAcknowledged, hasAcknowledged }: Agreement): boolean {
  return isAcknowledged && hasAcknowledged;
}

function uint16(value: number): readonly number[] {
  return [value >> 8, value & 0xff];
}

function option(type: number, value: readonly number[]): readonly number[] {
  return [type, value.length + 2, ...value];
}

function addressOption(address: string): Buffer {
  return Buffer.from(option(options.address, address.split(".").map(Number)));
}
