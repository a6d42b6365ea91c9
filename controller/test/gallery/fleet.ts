/** The other sites of the gallery: one of each state and each placement. */
import type { HostSnapshot, LineState, Placement } from "@cordon/contract";
import { aHost, aLine } from "../sample-hosts.ts";

const minuteMs = 60_000;

/** One office of the gallery. */
export interface Office {
  readonly id: string;
  readonly name: string;
  readonly placement: Placement;
  /** Machines that are clear. */
  readonly clear: number;
  readonly strange?: (now: number) => readonly HostSnapshot[];
  readonly line?: (now: number) => LineState;
  readonly isSilent?: boolean;
  readonly software?: string;
  /** Cuts the first strange machine off. */
  readonly isCut?: boolean;
}

const mac = (last: number): string => `00:00:5e:00:53:${last.toString(16).padStart(2, "0")}`;

function strange(last: number, name: string, why: string, more: Partial<HostSnapshot>, now: number): HostSnapshot {
  const evidence = aLine({
    ...{ kind: "address-scan", weight: Math.max(1.2, more.score ?? 1.2), count: 14, text: why },
    ...{ firstAt: now - 40 * minuteMs, lastAt: now - minuteMs },
  });
  const at = { firstSeenAt: now - 400 * minuteMs, lastSeenAt: now - minuteMs };
  return aHost({
    host: mac(last),
    mac: mac(last),
    name,
    addresses: [`10.20.40.${last}`],
    ...at,
    evidence: [evidence],
    ...more,
  });
}

const watched = { verdict: "watched", class: "scanner", vector: "other", risk: "low", score: 1.4 } as const;

/** Every office but Brandt Tax Advisers. */
export const offices: readonly Office[] = [
  {
    ...{ id: "CDN-0311", name: "Mill Lane Pharmacy", placement: "lan", clear: 10 },
    strange: (now) => [
      strange(
        9,
        "TILL-2",
        "It has tried port 445 at 14 addresses that nobody uses.",
        {
          ...{ verdict: "suspect", class: "scanner", vector: "smb", risk: "medium", score: 3.7 },
          suspectAt: now - 3 * minuteMs,
        },
        now,
      ),
    ],
  },
  {
    ...{ id: "CDN-0102", name: "Ibis Travel", placement: "lan", clear: 9 },
    line: (now) => ({
      ...{ state: "dead", since: now - 190 * minuteMs },
      text: "The line is dead beyond the router: 0 of 9 machines get answers, the router itself answers.",
    }),
  },
  {
    ...{
      id: "CDN-0207",
      name: "North Quay Logistics",
      placement: "lan",
      clear: 30,
      isSilent: true,
      isCut: true,
      software: "1.4.1",
    },
    strange: (now) => [
      strange(
        5,
        "DISPATCH-1",
        "It has tried 61 mail servers that it had never spoken to.",
        {
          ...{ verdict: "infected", class: "mass-mailer", vector: "mail", risk: "high", score: 7.1 },
          ...{ suspectAt: now - 300 * minuteMs, infectedAt: now - 298 * minuteMs },
        },
        now,
      ),
    ],
  },
  {
    ...{ id: "CDN-0118", name: "Hartmann Joinery", placement: "lan", clear: 8 },
    strange: (now) => [strange(3, "CAD-1", "It retries one update server; not a worm so far.", watched, now)],
  },
  {
    ...{ id: "CDN-0402", name: "Juniper Care Home", placement: "gateway", clear: 27 },
    strange: (now) => [strange(4, "WARD-3", "It is back after repair, and asks for many names.", watched, now)],
  },
  {
    ...{ id: "CDN-0330", name: "Dune Architects", placement: "mirror", clear: 18 },
    strange: (now) => [
      strange(
        6,
        "PLOTTER-A",
        "It has tried 903 addresses on port 445; 2 answered.",
        {
          ...{ verdict: "infected", class: "scanner", vector: "smb", risk: "high", score: 8.4 },
          ...{ suspectAt: now - 19 * minuteMs, infectedAt: now - 18 * minuteMs },
        },
        now,
      ),
    ],
  },
  { id: "CDN-0121", name: "Grange Primary School", placement: "wan", clear: 1 },
  { id: "CDN-0133", name: "Alder Street Dental", placement: "lan", clear: 14 },
  { id: "CDN-0140", name: "Kestrel Surveyors", placement: "lan", clear: 12 },
  { id: "CDN-0152", name: "Fenwick Freight", placement: "lan", clear: 22 },
];

/** Its machines as of `now`. */
export function hostsOf(office: Office, now: number): HostSnapshot[] {
  const clear = Array.from({ length: office.clear }, (_, i) => {
    const last = 0x20 + i;
    const isRouter = office.placement === "wan";
    return aHost({
      host: isRouter ? "203.0.113.24" : mac(last),
      mac: isRouter ? null : mac(last),
      name: isRouter ? null : `PC-${String(i + 1).padStart(2, "0")}`,
      addresses: [isRouter ? "203.0.113.24" : `10.20.40.${last}`],
      firstSeenAt: now - 400 * minuteMs,
      lastSeenAt: now - 3000,
      score: -1,
      evidence: [
        aLine({
          ...{
            kind: "answered-contacts",
            for: false,
            weight: -1,
            count: 60,
            text: "59 of 60 of its first contacts were answered.",
          },
          ...{ firstAt: now - 400 * minuteMs, lastAt: now - minuteMs },
        }),
      ],
    });
  });
  return [...(office.strange?.(now) ?? []), ...clear];
}
