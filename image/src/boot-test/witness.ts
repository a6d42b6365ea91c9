import { ethernet, ipv4, text } from "../../../sensor/src/packet/frame-builder.ts";
import type { Cable } from "./cable.ts";

/** One kind of frame that is sent through the line again and again. */
interface Probe {
  readonly name: string;
  readonly from: "inside" | "outside";
  readonly frame: Uint8Array;
}

/** The machines that the witness plays. The address of the contained one is in the stored set. */
export const players = {
  free: 0x0200_0000_0a01,
  contained: 0x0200_0000_0a02,
  gateway: 0x0200_0000_0a03,
} as const;

/** A MAC as nft writes it. */
export function macText(mac: number): string {
  return (mac.toString(16).padStart(12, "0").match(/../g) ?? []).join(":");
}

const mark = "cordon witness ";
const groups = { dot1x: 0x0180_c200_0003, lldp: 0x0180_c200_000e } as const;

// IPv4 and UDP without a checksum, from and to ports that nobody serves.
function datagram(name: string, source: number, destination: number): Uint8Array {
  const words = text(`${mark}${name}`);
  const header = [0xc0, 0x01, 0xc0, 0x02, 0, 8 + words.length, 0, 0];
  return ethernet(0x0800, ipv4(17, [...header, ...words]), source, destination);
}

const { free, contained, gateway } = players;
const probes: readonly Probe[] = [
  { name: "free-out", from: "inside", frame: datagram("free-out", free, gateway) },
  { name: "free-in", from: "outside", frame: datagram("free-in", gateway, free) },
  { name: "contained-out", from: "inside", frame: datagram("contained-out", contained, gateway) },
  { name: "contained-in", from: "outside", frame: datagram("contained-in", gateway, contained) },
  { name: "dot1x", from: "inside", frame: ethernet(0x888e, text(`${mark}dot1x`), free, groups.dot1x) },
  { name: "lldp", from: "outside", frame: ethernet(0x88cc, text(`${mark}lldp`), gateway, groups.lldp) },
  {
    name: "tagged",
    from: "inside",
    frame: ethernet(0x8100, [0, 7, 0x88, 0xb5, ...text(`${mark}tagged`)], free, gateway),
  },
];

/** What came out at the far end of the line. */
export interface Seen {
  readonly count: number;
  /** Monotonic milliseconds. */
  readonly firstAt: number;
}

// Often enough to fall between any two steps of the boot.
const sendEveryMs = 20;

/** Sends through the line from power-on and notes what comes out, and what comes out unasked. */
export class Witness {
  readonly seen = new Map<string, Seen>();
  /** Frames on the line that nobody but the box can have sent, in hex, the first few. */
  readonly strange: string[] = [];
  readonly #cables: { readonly inside: Cable; readonly outside: Cable };
  readonly #monotonic: () => number;
  #timer: NodeJS.Timeout | null = null;

  constructor(cables: { readonly inside: Cable; readonly outside: Cable }, monotonic: () => number) {
    this.#cables = cables;
    this.#monotonic = monotonic;
  }

  async start(): Promise<void> {
    await this.#cables.inside.open((frame) => this.#note(frame, "outside"));
    await this.#cables.outside.open((frame) => this.#note(frame, "inside"));
    this.#timer = setInterval(() => {
      for (const { from, frame } of probes) this.#cables[from].send(frame);
    }, sendEveryMs);
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await Promise.all([this.#cables.inside.close(), this.#cables.outside.close()]);
  }

  countOf(name: string): number {
    return this.seen.get(name)?.count ?? 0;
  }

  /** When the first frame of all came through; null while none has. */
  firstAt(): number | null {
    return [...this.seen.values()].reduce<number | null>(
      (first, { firstAt }) => (first === null ? firstAt : Math.min(first, firstAt)),
      null,
    );
  }

  #note(frame: Buffer, from: "inside" | "outside"): void {
    const probe = probes.find((each) => each.from === from && frame.indexOf(`${mark}${each.name}`, 0, "latin1") >= 0);
    if (probe === undefined) {
      if (this.strange.length < 20) this.strange.push(frame.toString("hex", 0, 64));
      return;
    }
    const before = this.seen.get(probe.name);
    this.seen.set(probe.name, {
      count: (before?.count ?? 0) + 1,
      firstAt: before?.firstAt ?? this.#monotonic(),
    });
  }
}

/** The kinds of frames that a cable would pass and the kernel's bridge does not by itself. */
export const likeACable = ["dot1x", "lldp", "tagged"] as const;
