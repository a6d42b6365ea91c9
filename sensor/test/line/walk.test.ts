import assert from "node:assert/strict";
import { test } from "node:test";
import { namespacesAllowed } from "../../lab/index.ts";
import { officeQuiet } from "../../lab/scenarios/office-quiet.ts";
import { hostOf } from "./operator.ts";
import { slow } from "../slow-tests.ts";
import { standingOffice } from "./standing-office.ts";
import { Walker } from "./walker.ts";

const allowed = namespacesAllowed();
const skip = allowed.ok ? slow : allowed.reason;

test("a pulled cable is told with its machine's name, by a box in the line", { skip, timeout: 240_000 }, async (t) => {
  const office = await standingOffice(t, 41);
  const { lab, operator } = office;
  const run = await lab.run(officeQuiet);
  t.after(() => run.stop().catch(() => undefined));
  const macs = lab.facts.hosts.map(({ mac }) => mac);
  const { id } = await operator.until("everybody was heard", 60_000, ({ hosts }) =>
    macs.every((mac) => hosts.some(({ host }) => host === mac)),
  );
  const [first = "", second = "", quarantined = ""] = macs;
  await operator.cutOff(id, quarantined);
  await operator.until("it is cut off", 20_000, (site) =>
    hostOf(site, quarantined).containments.some(({ inForceSince }) => inForceSince !== null),
  );

  const walker = await Walker.arm(lab, operator, id, macs);
  t.after(() => walker.leave());
  const pulls = [];
  // The one that is cut off answers as all others do.
  for (const mac of [first, quarantined, second]) {
    const pull = await walker.pull(mac);
    assert.deepEqual([pull.kind, pull.hosts], ["gone", [mac]]);
    pulls.push(pull);
    const backMs = await walker.putBack(mac);
    assert.ok(backMs <= 5000, `back was told after ${backMs} ms`);
  }
  const told = pulls.map(({ toldMs }) => toldMs).toSorted((a, b) => a - b);
  t.diagnostic(`told after ${told.join(", ")} ms`);
  assert.ok((told[1] ?? Infinity) <= 3000, `median ${told[1]} ms`);

  // A switch of its own under a desk, as it were.
  const together = await walker.pull(first, second);
  assert.deepEqual([together.kind, together.hosts.toSorted()], ["together", [first, second].toSorted()]);
  await walker.putBack(first, second);

  // The box's own cable: the far end goes dark, and nobody is named.
  const cut = async (state: "up" | "down") => lab.exec("switch", ["ip", "link", "set", "up0", state]);
  const namedBefore = (await operator.walk(id)).walk?.findings.length ?? 0;
  await cut("down");
  const dark = await walker.until("the own cable is told", ({ findings }) => findings.at(-1)?.kind === "own-link");
  assert.equal(dark.findings.length, namedBefore + 1);
  await cut("up");
  await walker.until(
    "all answer again",
    ({ isArmed, machines }) =>
      isArmed && macs.every((mac) => machines.some(({ host, state }) => host === mac && state === "answering")),
  );
  const after = await operator.walk(id);
  assert.deepEqual(
    after.walk?.findings.slice(namedBefore).map(({ kind }) => kind),
    ["own-link", "own-link-back"],
  );

  // The switch without power would be the same; what is between, with the link up, is everybody's silence.
  await lab.exec("switch", ["sh", "-c", macs.map((_, index) => `ip link set port${index} down`).join(" && ")]);
  const silent = await walker.until("that all are silent", ({ findings }) => findings.at(-1)?.kind === "everything");
  assert.equal(silent.findings.filter(({ kind }) => kind === "gone").length, pulls.length);

  // While it goes on machines are asked by probes that say nothing of who asks; after it, no more.
  const rule = "arp operation request arp saddr ip 0.0.0.0 counter";
  const table = `table bridge probes {\nchain asked {\ntype filter hook prerouting priority 0\n${rule}\n}\n}`;
  assert.equal((await lab.exec("switch", ["nft", table])).code, 0);
  const probes = async () => {
    const { stdout } = await lab.exec("switch", ["nft", "list", "table", "bridge", "probes"]);
    return Number(/packets (\d+)/.exec(stdout)?.[1]);
  };
  await lab.exec("switch", ["sh", "-c", macs.map((_, index) => `ip link set port${index} up`).join(" && ")]);
  await walker.until("all answer", ({ machines }) => machines.every(({ state }) => state === "answering"));
  while ((await probes()) < 5) await lab.exec("switch", ["true"]);
  await walker.stop();
  await operator.walkUntil(id, "it is over", 10_000, ({ over }) => over?.why === "stopped");
  await lab.exec("switch", ["sleep", "0.5"]);
  const atEnd = await probes();
  await lab.exec("switch", ["sleep", "1.5"]);
  assert.equal(await probes(), atEnd);
});
