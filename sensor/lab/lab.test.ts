import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { after, before, describe, test } from "node:test";
import type { HostFacts, HostJob, Lab } from "./lab.ts";
import type { Activity, Scenario } from "./scenario.ts";
import { drawSite } from "./site.ts";
import { startLab } from "./start-lab.ts";
import { EventLog, labForbidden } from "./test-lab.ts";
import { execute, labEnvironment } from "./tools.ts";

const seed = 4711;

/** Things of office-outbreak, faster, so that a few seconds show them. */
const massMail: Activity = {
  kind: "mass-mail",
  mailsPerSecond: [20, 20],
  parallel: [8, 8],
  domains: [30, 30],
  recipientsPerMail: [1, 1],
};
const scan: Activity = {
  kind: "scan",
  port: 445,
  warmUpPerSecond: [250, 250],
  warmUpMs: [0, 0],
  perSecond: [250, 250],
  timeoutMs: [1000, 1000],
  localShare: [0, 0],
};
const scene: Scenario = {
  name: "test-scene",
  title: "Everything at once, fast.",
  durationMs: 120_000,
  steps: [
    { atMs: [0, 200], who: "everybody", does: { kind: "announce" } },
    {
      atMs: [0, 300],
      who: "people",
      does: { kind: "browse", pageEveryMs: [2000, 2000], namesPerPage: [4, 8], downloadShare: [0.3, 0.3] },
    },
    { atMs: [0, 0], does: { kind: "inbound-mail", mailEveryMs: [500, 500] } },
    {
      atMs: [200, 200],
      who: "mail-server",
      does: {
        kind: "send-mail",
        mailEveryMs: [300, 300],
        newsletterRecipients: [0, 0],
        newsletterAfterMs: [0, 0],
        retryAfterMs: [1000, 1000],
      },
    },
    { atMs: [500, 500], who: "mass-mailer", does: massMail },
    { atMs: [500, 500], who: "worm", does: scan },
  ],
};

describe("a lab that stands", { skip: labForbidden(), timeout: 120_000 }, () => {
  let lab: Lab;
  let log: EventLog;
  let folder: string;

  const hostOf = (job: HostJob): HostFacts => {
    const host = lab.facts.hosts.find((candidate) => candidate.job === job);
    ok(host);
    return host;
  };
  const workstations = (): readonly string[] =>
    lab.facts.hosts.filter((host) => host.job === "workstation").map((host) => host.name);

  before(async () => {
    folder = await mkdtemp(`${tmpdir()}/cordon-lab-test-`);
    lab = await startLab({ seed });
    log = new EventLog(lab);
  });
  after(async () => {
    await lab.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("the sensor's bridge joins two ports, has its address, and passes what a cable passes", async () => {
    const { stdout } = await lab.exec("sensor", ["ip", "-d", "-j", "address", "show"]);
    const links = JSON.parse(stdout) as readonly {
      ifname: string;
      address: string;
      master?: string;
      operstate: string;
      linkinfo?: {
        info_data?: { stp_state?: number; mcast_snooping?: number; group_fwd_mask?: string };
        info_slave_data?: { group_fwd_mask?: string };
      };
      addr_info: readonly { local: string }[];
    }[];
    const { bridge, inside, outside } = lab.profilePorts;
    const br = links.find((link) => link.ifname === bridge);
    equal(br?.address, lab.facts.sensor.mac);
    deepEqual(
      br?.addr_info.map((info) => info.local),
      [lab.facts.sensor.address],
    );
    equal(br?.linkinfo?.info_data?.stp_state, 0);
    equal(br?.linkinfo?.info_data?.mcast_snooping, 0);
    equal(Number(br?.linkinfo?.info_data?.group_fwd_mask), 0xfff8);
    for (const port of [inside, outside]) {
      const link = links.find((candidate) => candidate.ifname === port);
      equal(link?.master, bridge);
      equal(link?.operstate, "UP");
      equal(Number(link?.linkinfo?.info_slave_data?.group_fwd_mask), 0xfffd);
    }
  });

  test("a host's file comes through the line byte by byte", async () => {
    const report = await lab.downloads({ hosts: workstations().slice(0, 2), count: 2, bytes: 300_000 });
    deepEqual({ ok: report.ok, failed: report.failed, reasons: report.reasons }, { ok: 4, failed: 0, reasons: [] });
  });

  test("the sensor's namespace reaches the controller's port on this machine through the relay", async (t) => {
    const server = createServer((socket: Socket) => socket.end("the controller"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => server.close());
    lab.relayTo((server.address() as AddressInfo).port);
    const { controllerAddress, controllerPort } = lab.facts;
    const dial = `require("net").connect(${controllerPort},"${controllerAddress}").on("data",(d)=>process.stdout.write(d))`;
    const answer = await lab.exec("sensor", [process.execPath, "-e", dial]);
    equal(answer.stdout, "the controller");
    lab.relayTo(null);
    equal((await lab.exec("sensor", [process.execPath, "-e", dial])).stdout, "");
  });

  test("a call on something the lab does not have fails by name", async () => {
    await rejects(lab.exec("nowhere", ["true"]), { code: "lab-unknown-place" });
    await rejects(lab.downloads({ hosts: ["nobody"], count: 1, bytes: 1 }), { code: "lab-unknown-place" });
    await rejects(lab.stopRecording(), { code: "not-recording" });
  });

  describe("with everything going on", () => {
    const capture = (): string => `${folder}/scene.pcap`;

    before(async () => {
      await lab.record(capture());
      await lab.run(scene);
      await log.until("a worm's 900th target, 60 mails of the mailer, 8 pages, 8 office mails", (seen) => {
        const tried = seen.of("scan").at(-1)?.started ?? 0;
        const mails = seen.of("mail-sent");
        const mailer = mails.filter((mail) => mail.host === hostOf("mass-mailer").name).length;
        const server = mails.filter((mail) => mail.host === hostOf("mail-server").name).length;
        return tried >= 900 && mailer >= 60 && server >= 8 && seen.of("page").length >= 8;
      });
      await lab.stopRecording();
    });

    test("a second scenario is refused while one runs", async () => {
      await rejects(lab.run(scene), { code: "scenario-running" });
    });

    test("every host announced itself and was acknowledged", () => {
      const acknowledged = log.of("announced").filter((event) => event.acknowledged);
      deepEqual(acknowledged.map((event) => event.host).sort(), lab.facts.hosts.map((host) => host.name).sort());
    });

    test("pages of several names come whole", () => {
      const pages = log.of("page");
      equal(
        pages.reduce((sum, page) => sum + page.failed, 0),
        0,
      );
      ok(pages.every((page) => page.names >= 4));
    });

    test("the mailer's servers see many names, the mail server's one", () => {
      const sent = log.of("mail-sent").filter((mail) => mail.outcome === "accepted");
      const received = log.of("mail-received");
      const own = lab.facts.mail.serverName;
      const mailer = received.filter((mail) => mail.helo.toLowerCase() !== own);
      ok(new Set(mailer.map((mail) => mail.helo)).size > mailer.length / 2);
      ok(new Set(mailer.map((mail) => mail.from)).size > mailer.length / 2);
      ok(new Set(mailer.map((mail) => mail.server)).size >= 8);
      const legitimate = received.filter((mail) => mail.helo.toLowerCase() === own);
      ok(legitimate.length >= 4);
      ok(legitimate.every((mail) => mail.from.endsWith(`@${lab.facts.mail.domain}`)));
      const helos = sent.filter((mail) => mail.host === hostOf("mail-server").name).map((mail) => mail.helo);
      deepEqual([...new Set(helos)], [own]);
    });

    test("strangers' mail reaches the office's server through the port forward", () => {
      ok(log.of("office-mail-received").every((mail) => mail.host === hostOf("mail-server").name));
      ok(log.of("office-mail-received").length >= 2);
    });

    test("the dark Internet answers as its law says", () => {
      const last = log.of("scan").at(-1);
      ok(last);
      ok(last.started >= 900);
      // Targets still under way belong to no outcome yet; those are nearly all silent ones.
      const share = (outcome: "answered" | "refused" | "unreachable"): number => last[outcome] / last.started;
      const counts = JSON.stringify(last);
      ok(share("refused") > 0.02 && share("refused") < 0.06, counts);
      ok(share("unreachable") > 0.01 && share("unreachable") < 0.045, counts);
      ok(share("answered") > 0 && share("answered") < 0.015, counts);
      const ended = last.answered + last.refused + last.unreachable + last.silent;
      ok(last.silent / ended > 0.88 && last.silent / ended < 0.97, counts);
    });

    test("the witness tells hosts apart behind the router", async () => {
      const { byHost } = await lab.witness();
      for (const { name, job } of lab.facts.hosts) {
        const counts = byHost.get(name);
        ok(counts, name);
        equal(counts.mail.packets > 0, job === "mass-mailer" || job === "mail-server", `${name} ${job} mail`);
        equal(counts.smb.packets > 0, job === "worm", `${name} ${job} smb`);
        if (job === "workstation") ok(counts.web.packets > 0, name);
      }
      ok((byHost.get(hostOf("worm").name)?.smb.packets ?? 0) >= 300);
    });

    test("the recording holds hosts' frames with their own addresses", async () => {
      ok((await stat(capture())).size > 50_000);
      const env = labEnvironment(process.env);
      const { stdout } = await execute(
        ["tcpdump", "-Z", "root", "-r", capture(), "-ennq", "tcp port 25 or tcp port 445"],
        { env },
      );
      for (const job of ["mass-mailer", "worm"] as const) match(stdout, new RegExp(hostOf(job).mac));
      ok(!stdout.includes(lab.facts.publicAddress));
    });

    test("a cut line is silent while links stay up, and comes back", async () => {
      await lab.cutLine();
      const atCut = await lab.witness();
      for (const place of ["router", "provider"]) {
        const { stdout } = await lab.exec(place, ["ip", "-j", "link", "show", "wan0"]);
        equal((JSON.parse(stdout) as readonly { operstate: string }[])[0]?.operstate, "UP");
      }
      const scansAtCut = log.of("scan").length;
      await log.until("the worm goes on", (seen) => seen.of("scan").length >= scansAtCut + 2);
      deepEqual(await lab.witness(), atCut);
      const host = workstations().slice(0, 1);
      equal((await lab.downloads({ hosts: host, count: 1, bytes: 1000, stallMs: 1000 })).failed, 1);
      await lab.restoreLine();
      equal((await lab.downloads({ hosts: host, count: 1, bytes: 1000 })).ok, 1);
      ok((await lab.witness()).others.dns.packets >= atCut.others.dns.packets);
    });
  });

  test("the facts are those of the seed", () => deepEqual(lab.facts, drawSite(seed).facts));
});
