import assert from "node:assert/strict";
import { test } from "node:test";
import { namespacesAllowed } from "../../lab/index.ts";
import { officeQuiet } from "../../lab/scenarios/office-quiet.ts";
import { quarantinedInKernel, standingOffice } from "./standing-office.ts";
import { slow } from "../slow-tests.ts";

const allowed = namespacesAllowed();
const skip = allowed.ok ? slow : allowed.reason;
const seed = 515;

/** Asks for a neighbour in the name of another address, as its kernel does it: by ARP, with that as the sender. */
const askInItsName = `const [own, target] = process.argv.slice(1);
  const s = require("node:net").connect({ host: target, port: 9, localAddress: own });
  s.on("error", () => process.exit()); setTimeout(() => process.exit(), 1500);`;

test(
  "a machine that claims the gateway's address is told with both cards, and can be cut off",
  { skip, timeout: 120_000 },
  async (t) => {
    const office = await standingOffice(t, seed);
    const { lab, operator } = office;
    const { gateway, hosts } = lab.facts;
    const run = await lab.run(officeQuiet);
    const claimant = hosts.find(({ job }) => job === "workstation");
    assert.ok(claimant !== undefined);
    const { id } = await operator.until("the claimant is known", 30_000, (site) =>
      site.hosts.some(({ host }) => host === claimant.mac),
    );
    const codes = async () => (await operator.site()).sensor.health.map(({ code }) => code);
    assert.ok(!(await codes()).includes("gateway-claimed"));

    const asClaimant = async (...argv: string[]) => {
      const { code, stderr } = await lab.exec(claimant.name, argv);
      assert.equal(code, 0, stderr);
    };
    await asClaimant("ip", "address", "add", `${gateway.address}/32`, "dev", "eth0");
    const nobody = gateway.address.replace(/\d+$/, "251");
    await asClaimant(process.execPath, "-e", askInItsName, gateway.address, nobody);
    await asClaimant("ip", "address", "del", `${gateway.address}/32`, "dev", "eth0");
    const claimed = await operator.until("the claim is said", 20_000, (site) =>
      site.sensor.health.some(({ code }) => code === "gateway-claimed"),
    );
    const words = claimed.sensor.health.find(({ code }) => code === "gateway-claimed")?.text ?? "";
    assert.ok(words.includes(claimant.mac) && words.includes(gateway.mac), words);
    assert.ok(words.indexOf(claimant.mac) < words.indexOf(gateway.mac), "the claimant is named first");

    await operator.cutOff(id, claimant.mac);
    await operator.until("the claimant is cut off", 15_000, (site) =>
      site.hosts.some(({ host, containments }) => host === claimant.mac && containments[0]?.level === "internet-cut"),
    );
    assert.deepEqual(await quarantinedInKernel(office), [claimant.mac]);
    await run.stop();
  },
);
