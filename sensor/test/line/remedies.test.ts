import assert from "node:assert/strict";
import { test } from "node:test";
import { namespacesAllowed } from "../../lab/index.ts";
import { drawSite } from "../../lab/site.ts";
import { clientTls } from "../../lab/tls.ts";
import { quarantinedInKernel, standingOffice, type StandingOffice } from "./standing-office.ts";

const allowed = namespacesAllowed();
const skip = allowed.ok ? false : allowed.reason;
const seed = 2718;
const tlsKey = clientTls.pskCallback().psk.toString();

/** What a program on a machine gets that asks for a name as its system does, and then for a page. */
const program = `
const [server, name, port, key] = process.argv.slice(1);
// As the lab's web servers do it.
const tls = {
  ciphers: "PSK-AES128-GCM-SHA256",
  maxVersion: "TLSv1.2",
  pskCallback: () => ({ identity: "browser", psk: Buffer.from(key) }),
  checkServerIdentity: () => undefined,
};
const resolver = new (require("dns").promises.Resolver)({ timeout: 2000, tries: 2 });
resolver.setServers([server]);
const say = (outcome) => console.log(JSON.stringify(outcome));
const known = require("net").isIP(name) === 0 ? resolver.resolve4(name) : Promise.resolve([name]);
known.then(([host]) => {
  const isSecure = port === "443";
  const request = require(isSecure ? "https" : "http").get({ host, port, headers: { host: name }, timeout: 6000, ...(isSecure ? tls : {}) });
  request.on("response", (response) => {
    let body = "";
    response.setEncoding("utf8").on("data", (part) => (body += part));
    response.on("end", () => say({ address: host, status: response.statusCode, body: body.slice(0, 600) }));
  });
  request.on("timeout", () => request.destroy(Object.assign(new Error(), { code: "SILENT" })));
  request.on("error", (error) => say({ address: host, error: error.code }));
}, (error) => say({ error: error.code }));
`;

interface Outcome {
  readonly address?: string;
  readonly status?: number;
  readonly body?: string;
  readonly error?: string;
}

async function ask(
  office: StandingOffice,
  host: string,
  name: string,
  port = 80,
  server = office.lab.facts.gateway.address,
): Promise<Outcome> {
  const argv = [process.execPath, "-e", program, server, name, String(port), tlsKey];
  const { code, stdout, stderr } = await office.lab.exec(host, argv, { timeoutMs: 20_000 });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Outcome;
}

/** Addresses of the remedies in the kernel's set, read by nft itself. */
async function openInKernel({ lab }: StandingOffice): Promise<readonly string[]> {
  const { code, stdout, stderr } = await lab.exec("sensor", ["nft", "list", "set", "bridge", "cordon", "remedy_4"]);
  assert.equal(code, 0, stderr);
  return [...stdout.matchAll(/ \. ([0-9.]+) \. /g)].map(([, address = ""]) => address);
}

test(
  "a machine that is cut off still asks for names, reaches a remedy, gets the page in answer to its probe, and nothing else",
  { skip, timeout: 240_000 },
  async (t) => {
    const office = await standingOffice(t, seed);
    const { lab, operator } = office;
    const { world } = drawSite(seed);
    const [victim, other] = lab.facts.hosts.filter(({ job }) => job === "workstation");
    const [site = ""] = world.sites;
    assert.ok(victim !== undefined && other !== undefined);
    // By these the router is known as the site's resolver, and the remedy's address as shared.
    for (const host of [victim, other]) assert.equal((await ask(office, host.name, site)).status, 200);
    const neighbourOfRemedy = world.thirdParties[0] ?? "";
    // Both ask somebody on the Internet as well, as two infected machines would: that makes it nobody's resolver.
    for (const host of [victim, other]) {
      assert.equal((await ask(office, host.name, site, 80, world.resolverAddress)).status, 200);
    }
    const shared = await ask(office, other.name, neighbourOfRemedy);
    assert.equal(shared.status, 200);
    await operator.until("the machine is known", 20_000, ({ hosts }) => hosts.some(({ host }) => host === victim.mac));

    const { id } = await operator.site();
    await operator.cutOff(id, victim.mac);
    await operator.until("it is cut off", 15_000, ({ hosts }) =>
      hosts.some(({ host, containments }) => host === victim.mac && containments[0]?.level === "internet-cut"),
    );
    assert.deepEqual(await quarantinedInKernel(office), [victim.mac]);
    const seen = async () => {
      const counts = (await lab.witness()).byHost.get(victim.name);
      assert.ok(counts !== undefined);
      return Object.values(counts).reduce((sum, { packets }) => sum + packets, 0);
    };
    const atCut = await seen();

    const rogue = await ask(office, victim.name, world.remedy, 80, world.resolverAddress);
    assert.equal(rogue.address, undefined, "somebody beyond the site told a machine that is cut off a name");
    assert.deepEqual(await openInKernel(office), []);

    const siteCut = await ask(office, victim.name, site);
    assert.ok(siteCut.address !== undefined, `no name: ${siteCut.error}`);
    assert.match(siteCut.error ?? "", /SILENT|ECONNREFUSED/);
    const page = await ask(office, victim.name, world.probe);
    assert.equal(page.status, 200, page.error);
    assert.match(page.body ?? "", /This computer is cut off from the Internet/);
    assert.match((await ask(office, victim.name, world.probe, 443)).error ?? "", /SILENT|ECONNREFUSED/);
    assert.equal(await seen(), atCut, "something of the machine reached the provider");

    const remedy = await ask(office, victim.name, world.remedy);
    assert.equal(remedy.status, 200, remedy.error);
    assert.doesNotMatch(remedy.body ?? "", /cut off/);
    assert.equal((await ask(office, victim.name, world.remedy, 443)).status, 200);
    // The page of somebody else at the same address is reached as well, and that is said.
    assert.equal((await ask(office, victim.name, remedy.address ?? "", 80)).status, 200);
    const { remedies } = await operator.until(
      "the remedy is reported, with who else is reached by it",
      10_000,
      ({ remedies: reported }) => (reported?.open[0]?.packets ?? 0) > 0,
    );
    assert.deepEqual(remedies?.resolvers, [lab.facts.gateway.address]);
    const [open] = remedies.open;
    assert.deepEqual([open?.host, open?.name, open?.address], [victim.mac, world.remedy, remedy.address]);
    assert.equal(open?.resolver, lab.facts.gateway.address);
    assert.ok((await openInKernel(office)).includes(remedy.address ?? ""));
    assert.ok(open?.alsoServes.includes(neighbourOfRemedy), open?.alsoServes.join(" "));
    assert.ok(remedies.pages >= 1);
    const afterRemedy = await seen();
    assert.ok(afterRemedy > atCut, "the witness saw nothing of the remedy");

    for (const port of [25, 445, 8080]) {
      assert.match((await ask(office, victim.name, remedy.address ?? "", port)).error ?? "", /SILENT|ECONNREFUSED/);
    }
    assert.match((await ask(office, victim.name, site)).error ?? "", /SILENT|ECONNREFUSED/);
    // The other machine's probe is answered by the Internet.
    assert.doesNotMatch((await ask(office, other.name, world.probe)).body ?? "", /cut off/);
    assert.equal(await seen(), afterRemedy, "something else of the machine reached the provider");
  },
);
