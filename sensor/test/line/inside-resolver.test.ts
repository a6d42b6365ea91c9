import assert from "node:assert/strict";
import { test } from "node:test";
import { namespacesAllowed } from "../../lab/index.ts";
import { dhcp, address } from "../../src/packet/frame-builder.ts";
import { slow } from "../slow-tests.ts";
import { standingOffice } from "./standing-office.ts";

const allowed = namespacesAllowed();
const skip = allowed.ok ? slow : allowed.reason;
const seed = 616;

/** Gives out an address as a server on the switch does, to all; and looks for a neighbour, which tells by ARP who it is. */
const serveAddresses = `const [message, all, neighbour] = process.argv.slice(1);
  const socket = require("node:dgram").createSocket("udp4");
  socket.bind(67, () => {
    socket.setBroadcast(true);
    socket.send(Buffer.from(message, "hex"), 68, all, () => socket.send("", 9, neighbour, () => setTimeout(() => process.exit(), 500)));
  });`;

test(
  "a resolver on the switch is said to be a blind spot, for remedies by name do not open",
  { skip, timeout: 120_000 },
  async (t) => {
    const office = await standingOffice(t, seed);
    const { lab, operator } = office;
    const server = lab.facts.hosts.find(({ job }) => job === "mail-server") ?? lab.facts.hosts[0];
    assert.ok(server !== undefined);
    const before = await operator.site();
    assert.doesNotMatch(before.sensor.blindSpots.join(" "), /Names cannot be followed/);
    const options = [53, 1, 5, 6, 4, ...address(server.address), 255];
    const message = Buffer.from(dhcp({ operation: 2, options })).toString("hex");
    const [all, neighbour] = [255, 251].map((last) => server.address.replace(/\d+$/, String(last)));
    const argv = [process.execPath, "-e", serveAddresses, message, all ?? "", neighbour ?? ""];
    const { code, stderr } = await lab.exec(server.name, argv);
    assert.equal(code, 0, stderr);
    const said = await operator.until("the blind spot is said", 30_000, (site) =>
      site.sensor.blindSpots.some((sentence) => sentence.startsWith("Names cannot be followed: ")),
    );
    assert.ok(said.sensor.blindSpots.join(" ").includes(`the resolver ${server.address} stands on the switch`));
  },
);
