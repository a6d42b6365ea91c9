/** The machines of Brandt Tax Advisers, an office that is nobody's: three mass mailers among twenty-four. */
import type { Evidence, HostSnapshot } from "@cordon/contract";
import { aHost, aLine } from "../sample-hosts.ts";

const minuteMs = 60_000;

/** A documentation MAC (RFC 9542). */
export const macOf = (last: number): string => `00:00:5e:00:53:${last.toString(16).padStart(2, "0")}`;

interface Machine {
  readonly last: number;
  readonly name: string | null;
  readonly more?: Partial<HostSnapshot>;
}

const workstation = { name: "workstation", reason: "It browses and asks for names." };
const server = { name: "server", reason: "Others come to it." };
const printer = { name: "printer", reason: "It offers to print.", guessed: true };

/** Twenty-four machines as of `now`; the infection began some fourteen minutes before. */
export function brandtHosts(now: number): HostSnapshot[] {
  const ago = (minutes: number): number => now - minutes * minuteMs;
  const line = (
    text: string,
    weight: number,
    count: number,
    since: number,
    { last = 0.1, kind = weight > 0 ? "mail-fan-out" : "answered-contacts" } = {},
  ): Evidence =>
    aLine({ ...{ kind, for: weight > 0, weight, count, text }, ...{ firstAt: ago(since), lastAt: ago(last) } });
  const mailer = (servers: number, since: number, score: number): Partial<HostSnapshot> => ({
    ...{ verdict: "infected", class: "mass-mailer", vector: "mail", risk: "high", score },
    ...{ suspectAt: ago(since - 0.3), infectedAt: ago(since - 0.6), contactsBeforeSuspect: 6, contacts: servers + 31 },
    evidence: [
      line(`It has tried ${servers} mail servers that it had never spoken to.`, 4.2, servers, since),
      line(`It looked up the mail servers of ${servers - 16} domains by itself.`, 2.6, servers - 16, since, {
        kind: "mail-lookups",
      }),
      line(
        "Nearly all of its first contacts failed, on one port, while those of other machines were answered.",
        // What is left of the balance.
        Math.round((score - 5.2) * 10) / 10,
        servers - 41,
        since,
        { kind: "failed-contacts" },
      ),
      line(
        `${Math.round(servers / 5)} servers answered and took mail; the list of a worm is usually worse.`,
        -0.9,
        Math.round(servers / 5),
        since,
      ),
      line("It browses like a person: 6 sites that most machines here use.", -0.5, 6, 300, {
        kind: "common-destinations",
      }),
      line("It never touched the file sharing or remote desktop of others.", -0.2, 1, 320, {
        kind: "no-lateral-contacts",
      }),
    ],
  });
  const clear = (text: string, score: number): Partial<HostSnapshot> => ({
    score,
    evidence: [line(text, score, 60, 300)],
  });
  const machines: readonly Machine[] = [
    { last: 0x17, name: "DESK-07", more: mailer(212, 14.2, 8.2) },
    { last: 0x21, name: "LAPTOP-K3", more: mailer(143, 12.6, 7.9) },
    { last: 0x2a, name: "RECEPTION-2", more: mailer(88, 11.4, 7.6) },
    {
      last: 0x31,
      name: "SCAN-STATION",
      more: {
        ...{ verdict: "suspect", class: "scanner", vector: "smb", risk: "medium", score: 3.9, suspectAt: ago(6) },
        contactsBeforeSuspect: 8,
        evidence: [
          line("It has tried port 445 at 14 addresses that nobody uses, then stopped.", 4.4, 14, 7, { last: 6 }),
          line("It hands scans to three machines here, every working day.", -0.5, 37, 320),
        ],
      },
    },
    {
      last: 0x0b,
      name: "DESK-11",
      more: {
        ...{ verdict: "watched", class: "scanner", vector: "other", risk: "low", score: 1.7 },
        evidence: [
          line("It retries one update server again and again.", 2.6, 171, 90),
          line("Not a worm, because the target never changes.", -0.9, 171, 90),
        ],
      },
    },
    {
      last: 0x44,
      name: "TELEPHONE-GW",
      more: {
        ...{ verdict: "watched", class: "scanner", vector: "other", risk: "low", score: 1.1, firstSeenAt: ago(260) },
        role: { name: "voice", reason: "It speaks the protocol of telephones.", guessed: true },
        evidence: [line("New today, with 9 targets on high ports; most of them answer.", 1.1, 9, 200)],
      },
    },
    {
      last: 0x02,
      name: "MAIL-01",
      more: {
        ...{ role: { name: "mail-server", reason: "Declared by a person.", declared: true }, score: -4, contacts: 380 },
        evidence: [
          line("It is the declared mail server, and receives mail too.", -5.4, 60, 320),
          line("It has spoken to 38 mail servers; all answered.", 1.4, 38, 320),
        ],
      },
    },
    {
      last: 0x0c,
      name: "PRINTER-2F",
      more: { ...clear("It talks to 2 machines here and to nobody outside.", -0.4), role: printer },
    },
    {
      last: 0x0d,
      name: "SRV-FILES",
      more: { ...clear("Others come to it; it calls one backup service.", -1.6), role: server },
    },
    ...[
      "DESK-01",
      "DESK-02",
      "DESK-03",
      "DESK-04",
      "DESK-05",
      "DESK-06",
      "DESK-08",
      "DESK-09",
      "DESK-10",
      "DESK-12",
    ].map((name, i): Machine => ({
      last: 0x60 + i,
      name,
      more: clear(`${58 + i} of ${60 + i} of its first contacts were answered.`, -1 - i / 10),
    })),
    { last: 0x71, name: "LAPTOP-AR", more: clear("All of its targets had been looked up by name.", -0.9) },
    { last: 0x72, name: "LAPTOP-MK", more: clear("All of its targets had been looked up by name.", -0.8) },
    {
      last: 0x73,
      name: "BOARDROOM-TV",
      more: {
        ...clear("It speaks to one video service.", -0.3),
        role: { name: "entertainment", reason: "It streams.", guessed: true },
      },
    },
    {
      last: 0x74,
      name: "DOOR-BELL",
      more: {
        ...clear("It speaks to its maker alone.", -0.3),
        role: { name: "entertainment", reason: "It streams.", guessed: true },
      },
    },
    {
      last: 0x75,
      name: null,
      more: {
        score: 0,
        evidence: [],
        contacts: 0,
        role: { name: "unknown", reason: "It has said nothing beyond its address." },
      },
    },
  ];
  return machines.map(({ last, name, more }) =>
    aHost({
      ...{ host: macOf(last), mac: macOf(last), name, addresses: [`10.20.30.${last}`], role: workstation },
      ...{ firstSeenAt: ago(324), lastSeenAt: ago(0.05), contacts: 30 + last },
      ...more,
    }),
  );
}

/** Who works at which of them. */
export const brandtPeople = [
  { host: macOf(0x17), owner: "Maria Keller, Accounts", phone: "ext. 214", place: "2nd floor, window row", note: "" },
  {
    host: macOf(0x21),
    owner: "James Okafor, Payroll",
    phone: "ext. 219",
    place: "2nd floor",
    note: "Takes it home on Fridays.",
  },
  { host: macOf(0x2a), owner: "", phone: "ext. 200", place: "Front desk", note: "" },
  { host: macOf(0x31), owner: "", phone: "", place: "Copy room", note: "" },
  { host: macOf(0x0b), owner: "Ana Ruiz, Accounts", phone: "ext. 211", place: "2nd floor", note: "" },
  { host: macOf(0x44), owner: "", phone: "", place: "Hall cupboard", note: "" },
  { host: macOf(0x02), owner: "", phone: "", place: "Server shelf", note: "" },
  { host: macOf(0x0c), owner: "", phone: "", place: "2nd floor", note: "" },
] as const;
