import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { LookUpQuestion } from "@cordon/contract";
import { places } from "../../lab/topology.ts";
import { namespacesAllowed, type HostFacts } from "../../lab/index.ts";
import { repairNetwork } from "../../lab/scenarios/repair-network.ts";
import { drawSite } from "../../lab/site.ts";
import { hostOf } from "./operator.ts";
import { Walker } from "./walker.ts";
import { machine, quarantinedInKernel, standingOffice, type StandingOffice } from "./standing-office.ts";
import { slow } from "../slow-tests.ts";

const allowed = namespacesAllowed();
const skip = allowed.ok ? false : allowed.reason;
const seed = 4242;
const { world, wan } = drawSite(seed);
const dhcpClient = fileURLToPath(new URL("../../lab/dhcp-client.ts", import.meta.url));

async function run(office: StandingOffice, place: string, ...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await office.lab.exec(place, argv);
  assert.equal(code, 0, `${argv.join(" ")} at ${place}: ${stderr}`);
  return stdout.trim();
}

/** How a TCP connection attempt from a place ends: `open <own port>`, the error's code, or `silent`. */
function attempt(office: StandingOffice, place: string, address: string, port: number, timeoutMs = 5000) {
  const script = `const s = require("node:net").connect({ host: "${address}", port: ${port} });
    const end = (said) => { console.log(said); process.exit(); };
    s.on("connect", () => end("open " + s.localPort)).on("error", (error) => end(error.code));
    setTimeout(() => end("silent"), ${timeoutMs});`;
  return run(office, place, process.execPath, "-e", script);
}

/** The text of a page, or the error's code. */
function pageAt(office: StandingOffice, place: string, url: string): Promise<string> {
  const script = `const request = require("node:http").get("${url}", { timeout: 8000 }, (answer) => {
      let text = ""; answer.setEncoding("utf8").on("data", (part) => (text += part)).on("end", () => console.log(text));
    });
    request.on("timeout", () => request.destroy(Object.assign(new Error(), { code: "silent" })));
    request.on("error", (error) => console.log(error.code));`;
  return run(office, place, process.execPath, "-e", script);
}

/** The first address that the box gives for a name; null where it gives none. */
async function resolved(office: StandingOffice, place: string, name: string): Promise<string | null> {
  const script = `const { Resolver } = require("node:dns/promises"); const r = new Resolver({ timeout: 2000, tries: 2 });
    r.setServers(["${office.lab.facts.gateway.address}"]);
    r.resolve4("${name}").then((all) => console.log(all[0]), () => console.log(""));`;
  return (await run(office, place, process.execPath, "-e", script)) || null;
}

/** The same, asked again until there is an answer: the service is being started. */
async function resolvedAtLast(office: StandingOffice, place: string, name: string): Promise<string | null> {
  for (let tries = 0; tries < 10; tries += 1) {
    const address = await resolved(office, place, name);
    if (address !== null) return address;
  }
  return null;
}

async function arrived({ lab }: StandingOffice, host: HostFacts): Promise<number> {
  const counts = (await lab.witness()).byHost.get(host.name);
  return Object.values(counts ?? {}).reduce((sum, { packets }) => sum + packets, 0);
}

interface LogRow {
  readonly host: string | null;
  readonly inside_address: string;
  readonly inside_port: number;
  readonly outside_address: string;
}

/** What the controller's log says of an outside port, once it says anything. */
async function logged(office: StandingOffice, port: number): Promise<readonly LogRow[]> {
  const store = new DatabaseSync(join(office.folder, "controller/controller.sqlite"), { readOnly: true });
  try {
    for (let tries = 0; tries < 150; tries += 1) {
      const rows = store.prepare("select * from nat_log where outside_port = ? and remote_port = 9555").all(port);
      if (rows.length > 0) return rows as unknown as LogRow[];
      await delay(200);
    }
    return [];
  } finally {
    store.close();
  }
}

/** A machine that has lost its address gets one from the box, and what it needs beside it. */
async function plugIn(office: StandingOffice, host: HostFacts): Promise<string> {
  const { gateway } = office.lab.facts;
  await run(office, host.name, "ip", "address", "flush", "dev", "eth0");
  await run(office, host.name, "ip", "route", "add", "255.255.255.255", "dev", "eth0");
  const given = JSON.parse(
    await run(office, host.name, process.execPath, "--no-warnings", dhcpClient, host.mac, host.name),
  ) as {
    readonly address: string;
    readonly router: string;
    readonly names: string;
    readonly portal: string;
  };
  assert.deepEqual(
    [given.router, given.names, given.portal],
    [gateway.address, gateway.address, `http://${gateway.address}/`],
  );
  await run(office, host.name, "ip", "address", "add", `${given.address}/24`, "brd", "+", "dev", "eth0");
  await run(office, host.name, "ip", "route", "replace", "default", "via", given.router);
  return given.address;
}

test(
  "in a repair network the box gives addresses and names, translates, lets nothing in, and keeps machines apart",
  { skip, timeout: 180_000 },
  async (t) => {
    const office = await standingOffice(t, seed, "gateway");
    const { lab } = office;
    const [first, second] = lab.facts.hosts.filter(({ job }) => job === "workstation");
    assert.ok(first && second);
    const address = await plugIn(office, first);
    const downloads = await lab.downloads({ hosts: [first.name, second.name], count: 3, bytes: 500_000 });
    assert.deepEqual(downloads.reasons, []);

    // From outside there is nobody: neither the box nor, though routed to it, the network behind it.
    const { publicAddress, gateway, localNets } = lab.facts;
    const printer = machine(office, "printer");
    await run(office, "provider", "ip", "route", "add", localNets[0] ?? "", "via", publicAddress);
    for (const [target, port] of [
      [publicAddress, 53],
      [publicAddress, 80],
      [publicAddress, 22],
      [gateway.address, 53],
      [gateway.address, 80],
      [printer.address, 9100],
      [address, 445],
    ] as const) {
      assert.equal(await attempt(office, "provider", target, port, 800), "silent", `${target} port ${port}`);
    }
    // To the machines the box is names and addresses; the page is for those that are cut off.
    assert.match(await attempt(office, second.name, gateway.address, 53), /^open/);
    assert.equal(await attempt(office, second.name, gateway.address, 80), "ECONNREFUSED");
    assert.equal(await attempt(office, second.name, gateway.address, 22, 800), "silent");
    // It is printed by nobody: there is no way from port to port.
    assert.notEqual((await attempt(office, second.name, printer.address, 9100, 4000)).slice(0, 4), "open");
    assert.match(await run(office, "sensor", "bridge", "-d", "link", "show", "dev", "inside0"), /isolated on/);
    await natLogNames(t, office, second);

    // Whoever is killed is started again and goes on; what is translated needs neither.
    for (const role of ["names", "tracker", "executor"] as const) assert.ok((await lab.kill(role)).length > 0);
    const meanwhile = await lab.downloads({ hosts: [second.name], count: 3, bytes: 500_000 });
    assert.deepEqual(meanwhile.reasons, []);
    assert.ok(await resolvedAtLast(office, first.name, world.files.name), "nobody gives out names any more");
  },
);

/** Asks the log as somebody does who got a complaint: this outside port, whose was it? */
async function natLogNames(t: TestContext, office: StandingOffice, host: HostFacts): Promise<void> {
  const { lab } = office;
  const seen = Promise.withResolvers<number>();
  const listening = Promise.withResolvers<void>();
  lab.onEvent((event) => {
    if (event.kind !== "log" || event.from !== "complainer") return;
    if (event.text === "listening") listening.resolve();
    const port = /^peer (\d+)$/.exec(event.text)?.[1];
    if (port !== undefined) seen.resolve(Number(port));
  });
  const script = `require("node:net").createServer((s) => { console.log("peer " + s.remotePort); s.on("error", () => {}); s.end(); })
    .listen(9555, () => console.log("listening"));`;
  await lab.startProgram("complainer", "provider", [process.execPath, "-e", script]);
  await listening.promise;
  const own = await attempt(office, host.name, wan.providerAddress, 9555);
  assert.match(own, /^open/);
  const port = await seen.promise;
  const rows = await logged(office, port);
  assert.deepEqual(
    rows.map((row) => [row.host, row.inside_address, `open ${row.inside_port}`, row.outside_address]),
    [[host.mac, host.address, own, lab.facts.publicAddress]],
  );
  // Else the kernel tells of its end minutes later.
  await run(office, places.sensor, "conntrack", "-D", "-p", "tcp", "--orig-port-dst", "9555");
  await flowLogNames(office, host, { ourPort: port, remoteAddress: wan.providerAddress, remotePort: 9555 });
  t.diagnostic(`outside port ${port} was ${host.name}'s port ${own.slice(5)}`);
}

/** Asks the box itself the same, until it has been told of the connection's end. */
async function flowLogNames(
  { operator, lab }: StandingOffice,
  host: HostFacts,
  known: Pick<LookUpQuestion, "ourPort" | "remoteAddress" | "remotePort">,
): Promise<void> {
  const { id } = await operator.site();
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await operator.lookUp(id, { at: Date.now(), errorMs: 120_000, ...known });
    const [flow] = answer.flows;
    if (flow !== undefined) {
      assert.equal(answer.flows.length, 1);
      assert.deepEqual([flow.host, flow.insideAddress, flow.outcome], [host.mac, host.address, "established"]);
      assert.deepEqual([flow.outsideAddress, flow.outsidePort], [lab.facts.publicAddress, known.ourPort]);
      // SYN, ACK and FIN at least, headers of IP included.
      assert.ok((flow.bytesOut ?? 0) > 100 && (flow.bytesIn ?? 0) > 100, `${flow.bytesOut} and ${flow.bytesIn} bytes`);
      assert.ok(answer.isPortDecisive && answer.since !== null);
      return;
    }
    assert.ok(Date.now() < deadline, `not in the log: ${JSON.stringify(answer)}`);
    await delay(500);
  }
}

test(
  "a machine that scans in a repair network is named and cut off from all but remedies, and the others go on",
  { skip: allowed.ok ? slow : allowed.reason, timeout: 240_000 },
  async (t) => {
    const office = await standingOffice(t, seed, "gateway");
    const { lab, operator } = office;
    const worm = machine(office, "worm");
    const mailer = machine(office, "mass-mailer");
    const people = lab.facts.hosts.filter(({ job }) => job === "workstation").map(({ name }) => name);
    const scene = await lab.run(repairNetwork);
    const named = await operator.until("both are named", 90_000, (site) =>
      [worm.mac, mailer.mac].every((mac) => site.hosts.find(({ host }) => host === mac)?.verdict === "infected"),
    );
    t.diagnostic(`named ${((Date.now() - office.startedAt) / 1000).toFixed(1)} s after the sensor was started`);
    assert.equal(hostOf(named, mailer.mac).name, mailer.name);
    for (const host of named.hosts.filter(({ host }) => host !== worm.mac && host !== mailer.mac)) {
      assert.ok(["clear", "watched"].includes(host.verdict), `${host.name} is ${host.verdict}`);
    }

    // A connection that stands when the cut comes.
    const { name: files, port } = world.files;
    const filesAddress = await resolved(office, mailer.name, files);
    assert.ok(filesAddress);
    const cut = await operator.cutOff(named.id, mailer.mac);
    const held = await operator.until("the cut is in force", 10_000, (site) =>
      hostOf(site, mailer.mac).containments.some(({ id, level }) => id === cut.id && level === "gateway-cut"),
    );
    assert.deepEqual(await quarantinedInKernel(office), [mailer.mac]);
    assert.match(hostOf(held, mailer.mac).containments[0]?.levelText ?? "", /^Cut from everything beyond the switch/);

    const before = await arrived(office, mailer);
    const downloads = await lab.downloads({ hosts: people, count: 4, bytes: 1_000_000 });
    assert.deepEqual(downloads.reasons, []);
    await operator.until(
      "the kernel's count shows stopped packets",
      20_000,
      (site) => (hostOf(site, mailer.mac).containments[0]?.packetsStopped ?? 0) > 20,
    );
    // Whose cable is pulled is told here too, of who is cut off as of anybody.
    const walker = await Walker.arm(lab, operator, named.id, [mailer.mac, worm.mac]);
    t.after(() => walker.leave());
    const pull = await walker.pull(mailer.mac);
    assert.deepEqual([pull.kind, pull.hosts], ["gone", [mailer.mac]]);
    t.diagnostic(`a pulled cable was told after ${pull.toldMs} ms`);
    await walker.putBack(mailer.mac);
    await walker.stop();
    // Whoever is killed, the cut holds and the others go on.
    for (const role of ["names", "tracker", "reader", "judge", "executor"] as const)
      assert.ok((await lab.kill(role)).length > 0, role);
    const meanwhile = await lab.downloads({ hosts: people, count: 4, bytes: 1_000_000 });
    assert.deepEqual(meanwhile.reasons, []);
    assert.deepEqual(await quarantinedInKernel(office), [mailer.mac]);
    await operator.until("the cut is reported again", 30_000, (site) =>
      hostOf(site, mailer.mac).containments.some(({ id, level }) => id === cut.id && level === "gateway-cut"),
    );
    assert.equal(
      (await arrived(office, mailer)) - before,
      0,
      "packets of the machine that was cut off reached the provider",
    );
    assert.doesNotMatch(await attempt(office, mailer.name, filesAddress, port, 1500), /^open/);

    // It is told names, and reaches what they mean where they are remedies.
    const remedy = await resolved(office, mailer.name, world.remedy);
    assert.ok(remedy, "a machine that is cut off is told no names");
    assert.match(await attempt(office, mailer.name, remedy, 80), /^open/);
    assert.doesNotMatch(await attempt(office, mailer.name, remedy, 25, 1500), /^open/);
    const withRemedy = await arrived(office, mailer);
    assert.ok(withRemedy > before);

    // Where the address service points to, and what its system asks by itself, is answered by the page.
    const probe = await resolved(office, mailer.name, world.probe);
    assert.ok(probe);
    for (const address of [lab.facts.gateway.address, probe]) {
      assert.match(await pageAt(office, mailer.name, `http://${address}/`), /cut off from the Internet/);
    }
    assert.doesNotMatch(await attempt(office, mailer.name, probe, 443, 1500), /^open/);
    assert.equal(await arrived(office, mailer), withRemedy, "what is for the page left by the outside port");
    const { remedies } = await operator.until(
      "the remedy and the pages are reported",
      10_000,
      (site) => (site.remedies?.pages ?? 0) >= 2 && (site.remedies?.open[0]?.packets ?? 0) > 0,
    );
    assert.deepEqual(remedies?.resolvers, [lab.facts.gateway.address]);
    assert.deepEqual(
      remedies.open.map(({ host, name, address }) => [host, name, address]),
      [[mailer.mac, world.remedy, remedy]],
    );

    await operator.release(named.id, cut.id);
    await operator.until("it is released", 10_000, (site) => hostOf(site, mailer.mac).containments.length === 0);
    assert.deepEqual(await quarantinedInKernel(office), []);
    assert.match(await attempt(office, mailer.name, filesAddress, port), /^open/);

    const last = await operator.site();
    assert.equal(last.sensor.placement, "gateway");
    assert.match(last.sensor.placementReasons.join(" "), /are kept apart/);
    assert.match(last.sensor.placementReasons.join(" "), /it is their router, and translates for them/);
    const troubles = last.sensor.health.filter(({ code }) => code !== "reflex-over-budget");
    assert.deepEqual(troubles, []);
    await scene.stop();
  },
);
