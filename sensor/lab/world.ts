import { drawDomain, drawMailbox } from "./names.ts";
import { chance, pick, shuffled, wholeBetween, type Random } from "./random.ts";

/** A host that takes mail for one or more domains. */
export interface MailServer {
  readonly name: string;
  readonly addresses: readonly string[];
}

export interface MailDomain {
  readonly name: string;
  /** Names of its mail servers with their preference (RFC 5321 5.1). */
  readonly servers: readonly { readonly name: string; readonly preference: number }[];
  /** Mailboxes that exist. */
  readonly mailboxes: readonly string[];
}

/** Everything on the far side of the line. All addresses are documentation addresses. */
export interface World {
  readonly serverNets: readonly string[];
  readonly resolverAddress: string;
  /** Others that know every name: whoever resolves for himself asks these, as he would ask each domain's own. */
  readonly nameServers: readonly string[];
  readonly relayAddress: string;
  /** Web sites and what their pages are made of: name and its addresses. */
  readonly sites: readonly string[];
  readonly thirdParties: readonly string[];
  readonly files: { readonly name: string; readonly port: number };
  readonly firmware: string;
  /** Where a program of the office asks for news, and no browser does. */
  readonly feeds: readonly string[];
  readonly addressesByName: ReadonlyMap<string, readonly string[]>;
  readonly mailServers: readonly MailServer[];
  /** Servers that were given up: nothing answers there. */
  readonly deadMailServers: readonly MailServer[];
  readonly domains: readonly MailDomain[];
  /** Whom the office knows: addresses it writes to. */
  readonly partners: readonly string[];
  readonly office: { readonly domain: string; readonly serverName: string };
  /**
   * A name that a quarantined machine keeps, at an address where others have names too, and one by which browsers
   * look for a portal. They are real, as the shipped ones are.
   */
  readonly remedy: string;
  readonly probe: string;
  /** Chooses which addresses of the dark Internet answer how. */
  readonly darkSeed: number;
}

/** Where most of the Internet is: nothing answers in 10/8 but by `darkLaw`. */
export const darkNet = "10.0.0.0/8";

/** Per mille, in this order; the rest answers. As measured for ports that are mostly filtered outside. */
export const darkLaw = { silent: 930, refused: 40, unreachable: 25 } as const;

/** Draws the world around the office from two networks of 254 addresses each. */
export function drawWorld(random: Random, serverNets: readonly string[], officeAddress: string): World {
  const free = shuffled(
    random,
    serverNets.flatMap((net) => Array.from({ length: 254 }, (_, index) => `${net}.${index + 1}`)),
  );
  const address = (): string => free.pop() as string;
  const addresses = (count: number): readonly string[] => Array.from({ length: count }, address);
  const used = new Set<string>();
  const addressesByName = new Map<string, readonly string[]>();
  const named = (name: string, own: readonly string[]): string => {
    addressesByName.set(name, own);
    return name;
  };

  const sites = Array.from({ length: wholeBetween(random, [40, 55]) }, () =>
    named(`${pick(random, ["www", "www", "portal", "shop", "my"])}.${drawDomain(random, used)}`, addresses(1)),
  );
  // Many names of third parties share an address, as behind a content network.
  const edges = addresses(wholeBetween(random, [14, 20]));
  const thirdParties = Array.from({ length: wholeBetween(random, [40, 60]) }, () =>
    named(`${pick(random, ["cdn", "static", "img", "fonts", "api", "ads", "tags"])}.${drawDomain(random, used)}`, [
      pick(random, edges),
    ]),
  );
  const files = {
    name: named(`${pick(random, ["files", "dl", "download"])}.${drawDomain(random, used)}`, addresses(2)),
    port: pick(random, [80, 8000, 8008, 8080, 8088]),
  };
  const firmware = named(`${pick(random, ["firmware", "update"])}.${drawDomain(random, used)}`, addresses(1));

  const mailServers: MailServer[] = [];
  const operators = Array.from({ length: wholeBetween(random, [22, 30]) }, (_, rank) => {
    const domain = drawDomain(random, used);
    const word = pick(random, ["mx", "mail", "in", "mta"]);
    const own = Array.from({ length: rank < 5 ? 3 : wholeBetween(random, [1, 2]) }, (_unused, index): MailServer => {
      const name = `${word}${index + 1}.${domain}`;
      return { name: named(name, addresses(rank < 5 ? 2 : 1)), addresses: addressesByName.get(name) ?? [] };
    });
    mailServers.push(...own);
    return own;
  });
  const deadMailServers: MailServer[] = [];
  const domains = Array.from({ length: wholeBetween(random, [90, 120]) }, (): MailDomain => {
    const name = drawDomain(random, used);
    const mailboxes = Array.from({ length: 6 }, () => drawMailbox(random));
    if (chance(random, 0.3)) {
      // Kept in house; a few of these were given up long ago.
      const server: MailServer = {
        name: named(`mail.${name}`, addresses(1)),
        addresses: addressesByName.get(`mail.${name}`) ?? [],
      };
      (chance(random, 0.1) ? deadMailServers : mailServers).push(server);
      return { name, servers: [{ name: server.name, preference: 10 }], mailboxes };
    }
    // Few providers take most of the domains.
    const operator = operators[Math.floor(operators.length * random.next() ** 2.2)] ?? [];
    return {
      name,
      servers: operator.map((server, index) => ({ name: server.name, preference: 10 * (index + 1) })),
      mailboxes,
    };
  });

  const dead = new Set(deadMailServers.map((server) => server.name));
  const partners = shuffled(
    random,
    domains.filter((domain) => !domain.servers.some((server) => dead.has(server.name))),
  )
    .slice(0, wholeBetween(random, [14, 20]))
    .flatMap((domain) => domain.mailboxes.map((mailbox) => `${mailbox}@${domain.name}`));

  const officeDomain = drawDomain(random, used);
  const serverName = named(`${pick(random, ["mail", "mx", "post"])}.${officeDomain}`, [officeAddress]);
  const [resolverAddress, relayAddress] = [address(), address()];
  // Last of all, so that what a seed gave before there were any it still gives.
  const remedy = named("security.debian.org", addressesByName.get(thirdParties[0] ?? "") ?? []);
  const probe = named("www.msftconnecttest.com", addresses(1));
  const feedDomains = random.fork("feeds");
  const feeds = ["news", "rates", "stock"].map((word) =>
    named(`${word}.${drawDomain(feedDomains, used)}`, addresses(1)),
  );
  // Beside what else these serve, which moves no draw.
  const nameServers = operators.flat().flatMap((server) => server.addresses);
  return {
    serverNets,
    resolverAddress,
    nameServers,
    relayAddress,
    sites,
    thirdParties,
    files,
    firmware,
    feeds,
    addressesByName,
    mailServers,
    deadMailServers,
    domains,
    partners,
    office: { domain: officeDomain, serverName },
    remedy,
    probe,
    darkSeed: wholeBetween(random, [1, 0x7fffffff]),
  };
}
