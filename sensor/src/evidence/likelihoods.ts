import type { Contact, Outcome } from "../connection/contact.ts";
import { isPropagationClass } from "../connection/port-class.ts";

/**
 * The figures that judging rests on, all in one place, each with its source. Weights are decimal
 * logarithms of likelihood ratios: how much likelier a fact is from an infected host than from an
 * innocent one. A sum of 1 is watched, 3 suspect, 6 infected: a million to one is what naming one
 * machine among the many that never did anything asks for.
 */

/** What first contacts of one row weigh. */
export interface ContactRow {
  /** Added by a contact that fails. */
  readonly miss: number;
  /** Added by a contact that is answered; negative. */
  readonly answer: number;
  /** Whether a miss counts from the first packet on, until an answer credits it. */
  readonly countsPending: boolean;
  /** Whether a dead line's silence still counts as an attempt. */
  readonly countsOnDeadLine: boolean;
}

/**
 * Jung, Paxson, Berger and Balakrishnan (2004) take 0.8 as the share of an innocent host's first
 * contacts that succeed and 0.2 as a scanner's: 4:1 either way, log10 4 = 0.602. Five misses reach
 * suspect, ten infected; the worst innocent host measured had five unanswered strangers on one port,
 * and that port was 443.
 */
const classic: ContactRow = { miss: 0.602, answer: -0.602, countsPending: true, countsOnDeadLine: true };

export const contactRows = {
  /**
   * Ports of worms, a target outside that nobody had looked up. Nobody resolves 445, 23 or 3389 outside, so unknown is no
   * excuse. Of strangers that a worm draws by chance hardly one in a hundred answers today, for the ports are shut on the
   * way: an answer says twice as much as a miss.
   */
  propagationStranger: { ...classic, answer: 2 * classic.answer },
  /** The same where many answer a scanner as well: secure shell, whose servers are in lists, and machines of the site. */
  propagationListed: classic,
  /**
   * What people keep lists of, towards the site's other private ranges while names cannot be seen: a
   * roaming laptop asks the domain controllers of other branches, up to ten of them silent.
   */
  propagationBranch: { miss: 0.28, answer: -0.602, countsPending: true, countsOnDeadLine: false },
  /**
   * A neighbour on the own subnet while names cannot be seen. A nightly backup or an inventory finds
   * 10 to 40 % of its list switched off and the rest answer within milliseconds: only what stays
   * silent counts.
   */
  propagationNeighbour: { miss: 0.602, answer: -0.602, countsPending: false, countsOnDeadLine: true },
  /** A name was looked up: a program knew whom it wanted. Worms look nobody up. */
  propagationResolved: { miss: 0.05, answer: -0.602, countsPending: false, countsOnDeadLine: false },
  /** Other ports, a target that was surely not looked up: peer to peer and built-in lists do it daily (up to 38 % silent). */
  otherUnresolved: { miss: 0.3, answer: -0.3, countsPending: false, countsOnDeadLine: false },
  /** Other ports where names cannot be seen: next to nothing, and capped. */
  otherUnknown: { miss: 0.1, answer: -0.3, countsPending: false, countsOnDeadLine: false },
  /** Other ports, resolved: a web site that is down says nothing of who visits it. */
  otherResolved: { miss: 0, answer: -0.1, countsPending: false, countsOnDeadLine: false },
} as const satisfies Record<string, ContactRow>;

/** On a dead line a person's list reconnects in vain as well; a worm has far more targets. */
const deadLineShare = 0.4;

/**
 * A neighbour that refuses is a machine that is there: a network inspector knocks at each of the
 * dozen it heard, a scan meets mostly nobody.
 */
const refusedByNeighbour = 0.2;

/** What people keep lists of by address or by an internal name; nobody has a list of telnet or of cameras. */
const branchClasses: ReadonlySet<string> = new Set(["smb", "ssh", "rdp", "sql"]);

export function contactRowOf(contact: Contact): ContactRow {
  if (!isPropagationClass(contact.portClass)) {
    if (contact.resolution === "resolved") return contactRows.otherResolved;
    return contact.resolution === "unknown" ? contactRows.otherUnknown : contactRows.otherUnresolved;
  }
  if (contact.resolution === "resolved") return contactRows.propagationResolved;
  const mayBeNamed = contact.resolution === "unknown" && (contact.portClass === "smb" || contact.portClass === "ssh");
  if (contact.place === "neighbour" && mayBeNamed) return contactRows.propagationNeighbour;
  if (contact.place === "inside" && contact.resolution === "unknown" && branchClasses.has(contact.portClass)) {
    return contactRows.propagationBranch;
  }
  const isListed = contact.portClass === "ssh" || contact.place !== "outside";
  return isListed ? contactRows.propagationListed : contactRows.propagationStranger;
}

/** What a contact adds to its walk, given what became of it. */
export function contactWeight(contact: Contact, outcome: Outcome): number {
  const row = contactRowOf(contact);
  switch (outcome) {
    case "pending":
      return row.countsPending ? row.miss : 0;
    case "refused":
      return contact.place === "neighbour" ? Math.min(row.miss, refusedByNeighbour) : row.miss;
    case "silent":
    case "unreachable":
      return row.miss;
    case "established":
      return row.answer;
    case "line-down":
      return row.countsOnDeadLine ? row.miss * deadLineShare : 0;
    // What we or the gateway refuse is no outcome; the attempts are counted apart.
    case "refused-by-us":
    case "refused-by-gateway":
      return 0;
  }
}

export const thresholds = { watched: 1, suspect: 3, infected: 6 } as const;

/** A decision that was reached stands for a day: a sequential test stops at its boundary. */
export const decisionLifeMs = 24 * 3_600_000;

export const addressScan = {
  /**
   * How far answers may carry a walk below zero: fourteen answering machines of a backup's list pay
   * for the six that are off, and no host can save up more than five misses' worth.
   */
  floor: -3,
  /** Beyond this a ledger line says nothing new. */
  ceiling: 12,
  /** A miss is forgotten in this time: a person's wrong host name now and then must not add up over weeks. */
  forgetOneMissMs: 1_800_000,
  /** Off the worms' ports the walk alone stays below suspect: a second kind of evidence is needed. */
  otherCap: 2.9,
  /** Where names cannot be seen it stays below watched. */
  unknownCap: 0.9,
  /**
   * Targets on one propagation vector within a minute, whether they answer or not. GoldBrute's list
   * phase tries two new ones a second and nearly all answer; the busiest innocent host measured
   * reached 38 targets in a minute over all ports, and none on these.
   */
  fanOut: { windowMs: 60_000, suspect: 25, infected: 60 },
} as const;

export const networkSweep = {
  /**
   * Targets on one class of ports within one /24 and a minute, at most a fifth of them answering.
   * Sweeps have 254 in 2 to 60 s; the busiest page load spreads its 53 over dozens of networks.
   */
  windowMs: 60_000,
  targets: 64,
  answeredShare: 0.2,
  /** Nearly all addresses of it: no list has those of machines that are not there, so more may answer. */
  whole: { targets: 200, answeredShare: 0.75 },
  /** A strange network: nobody but a scanner walks through it. */
  strange: 6,
  /** The own subnet: a technician's tool or a printer's installer walks through it as well; a person decides. */
  own: 3,
} as const;

export const arpSweep = {
  /** Measured: a person's machine asks for 1 to 5 addresses in 10 s, a router for 10, a scan for 255 in one. */
  fast: { windowMs: 10_000, targets: 128, weight: 3 },
  /** Installers of printers and network inspectors take 5 to 60 s: worth a look. */
  wide: { windowMs: 60_000, targets: 64, weight: 2 },
  /** The same where those that were there were then called for what worms spread by: no installer does that. */
  calls: { machines: 8, weight: 3 },
} as const;

export const mailFanOut = {
  /**
   * Providers (registered domains of the servers' names) within the window. A captured spambot
   * reached four in 0.1 s, a person's mail program has one to three servers in all, and a printer or
   * an account wizard has many addresses of one.
   */
  burst: { windowMs: 2000, operators: 3 },
  /** On submission ports alone: three accounts of one person may be asked at once. */
  submissionBurst: { windowMs: 2000, operators: 4 },
  slow: { windowMs: 600_000, operators: 5 },
  /** On submission ports within the slow window: stolen accounts; a person has one to three. */
  accounts: { operators: 5, weight: 3 },
  /** Many addresses of few providers: worth a look, no more; of a single one, named, not even that. */
  addresses: { windowMs: 600_000, count: 5, weight: 1 },
  decided: 6,
} as const;

export const mxLookups = {
  /** Domains whose mail exchangers a host asks for itself; programs of people ask for none. */
  windowMs: 600_000,
  few: { domains: 3, weight: 1 },
  many: { domains: 10, weight: 2 },
} as const;

export const envelopeVariety = {
  /** A machine has one name; three are a mailer's invention. */
  greetings: { count: 3, weight: 2 },
  /** Sender domains: a person writes from one to three. */
  senders: { count: 5, weight: 1.5 },
} as const;

export const portScan = {
  /**
   * Ports of one machine that do not answer, at most a fifth of all that were tried: a mail program's
   * wizard tries seven, a printer's driver ten one after the other, a scan ten in 0.1 s. Transfers by
   * FTP have a hundred ports, and all answer.
   */
  fast: { windowMs: 2000, ports: 10 },
  /** Discovery of devices knocks at about 25 ports of each machine it heard, within minutes. */
  slow: { windowMs: 600_000, ports: 40 },
  answeredShare: 0.2,
  few: 3,
  /** Nothing but a scanner wants a hundred; alone it stays below infected, for scanners have owners. */
  many: { ports: 100, weight: 4.5 },
} as const;

export const protocolScan = {
  /** Protocols of one machine beside those that offices have: a scan has all of 256, a tunnel one. */
  windowMs: 600_000,
  protocols: 10,
  weight: 4.5,
} as const;

export const oddFlags = {
  /**
   * Segments without ACK that open nothing, or with SYN and FIN (RFC 9293 3.10.7): no stack sends them to whom it has no
   * connection with; a broken card may once.
   */
  targets: 3,
  /** Different sets of such flags: who tells systems apart sends three or four, and few packets. A fault repeats its own. */
  sets: 3,
  weight: 3,
} as const;

export const handMade = {
  /** A SYN whose sequence number is its target's address, as one family of bots sends them: chance 2^-32 each. */
  selfAddressed: 2,
  /**
   * SYNs of one sequence number in different connections, beyond the first: stacks draw 32 bits anew
   * for each (RFC 6528). Load generators of laboratories do it as well, and all of theirs are answered.
   */
  repeatedSequence: 5,
  answeredShare: 0.6,
  weight: 6,
} as const;

export const pingSweep = {
  windowMs: 60_000,
  /** Strangers that do not answer: games ping a dozen regions, all looked up by name. */
  unanswered: { targets: 10, share: 0.7, weight: 3 },
  many: { targets: 40, weight: 4.5 },
  /** Faster than a person; monitoring programs do it too, so it is watched. */
  fast: { windowMs: 2000, targets: 16, weight: 2 },
  /** Among them the network's own and its broadcast address, which a list of machines never has. */
  wholeNetwork: 1,
} as const;

export const udpSpray = {
  windowMs: 60_000,
  /**
   * Peers by UDP and the share that answers. Measured innocents: 31 peers of which 13 % answered, 34
   * within a second; lists of game servers have hundreds and three quarters answer; the start of
   * Storm and Conficker C has 1 to 5 %.
   */
  peers: 64,
  answeredShare: 0.05,
  weight: 3,
  many: { peers: 256, weight: 4.5 },
  /** Within a second, before anybody could answer: only what fills the line is as fast. */
  lineSpeed: { windowMs: 1000, peers: 150, weight: 6 },
  /**
   * ZeroAccess and Sality call one in a second or two for hours, 1 to 5 % answer. Nobody at all answers where datagrams are
   * stopped on the way, and then whoever shares files looks the same: somebody has to.
   */
  slow: { windowMs: 600_000, peers: 200, weight: 3 },
} as const;

export const webSpray = {
  windowMs: 60_000,
  /** Of what is younger nobody knows yet whether the line is there. */
  afterMs: 20_000,
  /**
   * Nameless web servers that fail, where others answer. Measured: the busiest page load calls 53 in a minute, all by name;
   * one that checks pools of servers 82 in a second, and 95 % answer. Code Red called 840 in a minute, 1 % there.
   */
  targets: 128,
  answeredShare: 0.025,
  weight: 3,
  many: { targets: 512, weight: 6 },
  /** Before anybody knows whether they answer: a browser that opens all its tabs again has 30 in a second. */
  fast: { windowMs: 5000, targets: 256, weight: 6 },
  /**
   * Of a machine that calls as many in a second, copies of answers are held back with those of calls, and its silence
   * says nothing; so many in the short window are worth a question.
   */
  busy: { perSecond: 150, targets: 600, weight: 2 },
} as const;

export const serviceSearch = {
  windowMs: 600_000,
  /**
   * Strangers without a name that surely failed, on ports called so often each, of which hardly any answers. Mirai's kin
   * call one in a second and faster, and of addresses drawn by chance one in a hundred answers; the worst innocents are
   * wallets and directories with fifteen, and half of theirs answer.
   */
  targets: 100,
  perPort: 10,
  answeredShare: 0.025,
  weight: 3,
  many: { targets: 400, weight: 4.5 },
  /** On one port, before anybody knows whether they answer; programs that share files open 30 in a second, on as many ports. */
  fast: { windowMs: 5000, targets: 150, weight: 4.5 },
} as const;

export const ackSweep = {
  windowMs: 60_000,
  /** From one port of its own to the same port of others; a system has one port for each connection. */
  machines: 5,
  weight: 3,
} as const;

export const generatedNames = {
  windowMs: 600_000,
  /** Registered domains that do not exist. Measured: innocents up to 4 forward, a bot 55 in 80 s. */
  few: { domains: 10, weight: 1 },
  many: { domains: 20, weight: 3 },
  storm: { domains: 50, weight: 4.5 },
  /**
   * Whatever is answered, be it nothing or always the same: domains whose labels look drawn by chance, and their share of
   * all that were asked for. Of what people named 3 to 8 % look so, of random letters three in four.
   */
  madeUp: { domains: 20, share: 0.25, weight: 3 },
  /** Share of the domains asked for: filters of advertisement deny many, beside pages that load. */
  missingShare: 0.6,
  /** Of those missing, this many last ones have to lie before something was found: a dead or walled line finds nothing. */
  answeredWithin: 0.5,
} as const;

export const missingNames = {
  windowMs: 600_000,
  /**
   * Names right below one domain of which none exists. Measured: innocents none; a computer that is away from its office
   * asks for a dozen of its servers, and finds some name of that domain.
   */
  names: 20,
  weight: 3,
} as const;

export const beacon = {
  /** New connections to one target at one interval, which differs by at most this share or this time. */
  jitterShare: 0.002,
  jitterMs: 20,
  shortestMs: 5000,
  /**
   * A stranger without a name, on a port of no known service. Measured: a remote control came back
   * after 10.00 s each time, no innocent host thrice. Programs that watch servers do, so a person decides.
   */
  unnamed: { rounds: 3, weight: 3 },
  /** Web sites and named services are polled by many a device (measured: 39 rounds of 2.06 s at its set-up). */
  named: { rounds: 60, weight: 1 },
  /** So many that answer, each at an even interval: whoever watches servers goes its rounds, and pings them as well. */
  round: { targets: 4, weight: 0.9 },
} as const;

export const telnetRelay = {
  /** Measured: a bot of telnet calls its master by telnet at once, ten seconds after somebody has logged in to its machine. */
  weight: 3,
} as const;

export const deadServers = {
  windowMs: 3_600_000,
  /**
   * Servers without a name that were called so often each and never answered. Captured bots have one to five, called every
   * 21 s or by the hour; wallets, directories of anonymity networks and vendors that are gone look the same: watched.
   */
  servers: 3,
  attempts: 3,
  /** Of all strangers by address: whoever watches servers, or shares files, is answered by more. */
  answeredShare: 0.2,
  weight: 1,
} as const;

export const bruteForce = {
  windowMs: 300_000,
  /**
   * New connections to one port that asks for passwords: measured 30 in 59 s; a person gives up after
   * five. Of one target and port the judge gets five at once and then six a minute.
   */
  oneTarget: { attempts: 8, weight: 2 },
  /**
   * Five minutes without a pause: no person is left to have tried. Programs that log in do so by secure shell and at
   * databases, and know the name of where.
   */
  relentless: { attempts: 30, weight: 3 },
  /** Of terminals and screens: a person has one open, and reads what it says before the next try. */
  attended: { windowMs: 120_000, attempts: 12, weight: 3 },
  /** The same at several targets. */
  manyTargets: { targets: 3, attempts: 5, weight: 3 },
  /** Shared files at several machines: inventories open a connection or two at each, a stale password belongs to one. */
  manyShares: { targets: 3, attempts: 8, weight: 3 },
} as const;

export const outboundFlood = {
  /** As long as this a flood may pause and be the same; samples come every five seconds. */
  pauseMs: 30_000,
  /** It has to last, for a burst is over before anybody could answer. */
  leastMs: 5000,
  /** Nobody answers: a worm's flood of an update site had 50 SYNs a second. */
  unanswered: 3,
  /** Connections that are answered, or a burst: a load test has hundreds a second (measured: 741 in 6 s, all answered). */
  answered: 1,
} as const;

export const spoofedSources = {
  windowMs: 60_000,
  /** A hub that leaks a telephone shows one or two; a flood has a new one with each packet. */
  addresses: 16,
  weight: 6,
} as const;

/** What scans of the own network weigh together: a person may be looking for something, so they never convict. */
export const ownNetworkCap = 5.9;

export const defences = {
  /** Machines of the site that call the same address; leaves a rhythm worth a look. */
  commonDestination: { users: 3, strength: 2 },
  /**
   * Attempts at the same unanswered target from which they are a storm of repeats. Of one that answers: connections within
   * the time; browsers keep theirs open, and what polls by the minute has five.
   */
  retryStorm: { attempts: 5, strength: 3, answered: { calls: 20, withinMs: 300_000 } },
  /** First contacts and the share answered from which success speaks for a host. */
  answered: { contacts: 10, share: 0.8, strength: 1 },
  /**
   * High ports and the share that answers: the worst innocent client measured had 13 %, the start of
   * Conficker C and Storm 1 to 5 %.
   */
  peerToPeer: { targets: 10, ports: 5, share: 0.1, strength: 2.9 },
  /**
   * Servers greeted by the same full name, with so many senders' domains at most. A newsletter tool
   * looks like a mass mailer in all else: it stays suspect, and a person decides.
   */
  constantEnvelope: { servers: 3, senders: 2, strength: 3 },
} as const;
