import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import type { Containment, Reported } from "@cordon/contract";
import { ExecutorClient } from "../../src/containment/executor-client.ts";
import { KernelAgent } from "./kernel-agent.ts";
import { addresses, macs, patience, TestSite, whyNoNamespaces } from "./test-site.ts";
import type { Outcomes } from "./traffic.ts";
import { sampled, slow } from "../slow-tests.ts";

const clickedMac = "02:00:5e:00:00:32";
// Within five seconds of the first call that goes wrong.
const boundMs = 5000 * patience;
const failures = ["executor-down", "containment-failed", "ruleset-missing"];
// A machine with too much to do is slow by itself.
const troubles = ["executor-slow", ...failures];

/** What a program called nft may do instead, as a shell script; `$nft` is the real one. */
const faults: readonly {
  readonly name: string;
  readonly script: string | null;
  /** False where what was asked for is in force all the same. */
  readonly isNoticed?: boolean;
}[] = [
  { name: "hangs", script: "exec sleep 60" },
  { name: "is not there", script: null },
  { name: "is no program", script: "no program at all" },
  { name: "hangs with each listing", script: `case "$*" in *list* | *-i) exec sleep 60;; *) exec $nft "$@";; esac` },
  { name: "hangs with each text", script: `case "$*" in *list* | *-i) exec $nft "$@";; *) exec sleep 60;; esac` },
  {
    name: "finds no memory",
    script: "echo 'Error: Could not process rule: No buffer space available' >&2; exit 1",
  },
  { name: "prints rubbish", script: `cat > /dev/null; head -c 3000 /dev/urandom` },
  { name: "prints another program's JSON", script: `cat > /dev/null; echo '{"nftables":[null,7,{"set":{"elem":5}}]}'` },
  { name: "says that there is nothing", script: `cat > /dev/null; echo '{"nftables":[]}'` },
  {
    name: "says that there is no table",
    script: `cat > /dev/null; echo 'Error: No such file or directory' >&2; exit 1`,
  },
  {
    name: "dies in the middle of a text",
    script: `case "$*" in *list* | *-i) exec $nft "$@";; *) head -c 20 > /dev/null; kill -9 $$;; esac`,
  },
  {
    name: "loads half of a text",
    script: `case "$*" in *list* | *-i) exec $nft "$@";; *) head -c 30 | $nft -f -;; esac`,
  },
  {
    name: "dies when a text is in force",
    script: `case "$*" in *list* | *-i) exec $nft "$@";; *) $nft "$@"; kill -9 $$;; esac`,
    isNoticed: false,
  },
];

describe("nft that does not work", { skip: whyNoNamespaces(), timeout: 400_000 * patience }, () => {
  let site: TestSite;
  let client: ExecutorClient;
  let agent: KernelAgent;
  let programs: string;
  let nft: string;
  let escaped: () => Promise<number>;
  let isClicked = false;
  const signal = AbortSignal.timeout(400_000 * patience);
  const stop = new AbortController();
  const tried: Outcomes[] = [];
  const worked: Outcomes[] = [];
  let traffic: Promise<unknown>;

  const aCut = (id: string, host: string): Containment => ({
    ...{ id, host, kind: "quarantine", vector: null, startsAt: 0, expiresAt: null },
    ...{ reason: "mails by itself", author: "operator" },
  });
  const held = [
    aCut("infected", macs.infected),
    { ...aCut("neighbour", macs.neighbour), kind: "vector", vector: "smb" } as const,
  ];
  /** Cuts one more machine off, or lets it go. */
  const click = () => {
    isClicked = !isClicked;
    return agent.adopt({ containments: isClicked ? [...held, aCut("clicked", clickedMac)] : held });
  };
  const isWhole =
    (revision: number, without: readonly string[] = failures) =>
    (reported: Reported) =>
      reported.revision === revision &&
      reported.containments.every(({ level }) => level === "internet-cut" || level === "vector-stopped") &&
      reported.containments.length === held.length + (isClicked ? 1 : 0) &&
      !reported.health.some(({ code }) => without.includes(code));
  const breakNft = async (script: string | null) => {
    const path = join(programs, "nft");
    await rm(path, { force: true });
    if (script === null) return;
    // A whole one in the place of the other: what is half written would be a fault of its own.
    await writeFile(`${path}.new`, script === "no program at all" ? script : `#!/bin/sh\nnft=${nft}\n${script}\n`);
    await chmod(`${path}.new`, 0o755);
    await site.run("box", "mv", `${path}.new`, path);
  };
  const mend = () => breakNft(`exec $nft "$@"`);
  /** Has the call of that number fail, and no other. */
  const breakCall = async (failing: number) => {
    const calls = await mkdtemp(join(programs, "calls-"));
    // Who makes the file has the number; by the shell alone, for a program each would be most of the work.
    const count = `set -C; n=1; while ! true 2> /dev/null > ${calls}/$n; do n=$((n + 1)); done; set +C`;
    await breakNft(`${count}; [ $n = ${failing} ] || exec $nft "$@"\necho 'Error: it failed' >&2; exit 1`);
  };
  /** What the kernel holds, asked of nobody who was broken. */
  const quarantined = async () => {
    const text = await site.run("box", "nft", "list", "set", "bridge", "cordon", "quarantine_from");
    return [...text.matchAll(/(?:[0-9a-f]{2}:){5}[0-9a-f]{2}/g)].map(([mac]) => mac).toSorted();
  };

  /** The kernel holds what is wished, or will, and then does for so long. */
  const isInForce = async (forMs: number) => {
    const expected = [macs.infected, ...(isClicked ? [clickedMac] : [])].toSorted();
    let since: number | null = null;
    while (since === null || performance.now() - since < forMs) {
      const isSo = isDeepStrictEqual(await quarantined(), expected);
      assert.ok(isSo || since === null, "what was in force is not any more");
      if (isSo) since ??= performance.now();
      await sleep(200, undefined, { signal });
    }
  };

  before(async () => {
    site = await TestSite.start();
    programs = join(site.folder, "programs");
    await mkdir(programs);
    const search = "for program in nft bridge ip sh cat head sleep; do command -v $program; done";
    const found = (await site.run("box", "sh", "-c", search)).trim().split("\n");
    nft = found.find((path) => path.endsWith("/nft")) ?? "";
    for (const path of found) {
      if (path !== nft) await symlink(path, join(programs, path.split("/").at(-1) ?? ""));
    }
    await mend();
    site.executor(undefined, undefined, programs);
    // As the judge asks it.
    client = new ExecutorClient({ socketPath: site.executorSocket, connectTimeoutMs: 10_000 * patience });
    await client.observe(signal);
    agent = new KernelAgent({ executor: client, placement: "lan", signal });
    agent.start();
    const whole = agent.reportedWhen(isWhole(1));
    agent.adopt({ containments: held });
    await whole;
    await site.traffic("provider", "serve", [80, 445], 9000);
    escaped = await site.arrivals(`ip saddr ${addresses.infected} tcp flags & (syn | ack) == syn`);
    const keep = async (place: "infected" | "neighbour", outcomes: Outcomes[], waitMs: number) => {
      while (!stop.signal.aborted) {
        outcomes.push(await site.traffic<Outcomes>(place, "connect", addresses.provider, 80, 1, waitMs));
        // Faster, it would come to the end of its ports.
        await sleep(50);
      }
    };
    traffic = Promise.all([keep("infected", tried, 200), keep("neighbour", worked, 5000 * patience)]);
  });
  after(async () => {
    stop.abort();
    await traffic;
    await agent.close();
    client.close();
    await site.close();
  });

  for (const { name, script, isNoticed = true } of sampled(faults)) {
    test(`is said within five seconds and forgotten when it works again, where it ${name}`, async (t) => {
      await breakNft(script);
      const brokenAt = performance.now();
      const isTold = ({ health }: Reported) => health.some(({ code }) => troubles.includes(code));
      const reported = isNoticed ? agent.reportedWhen(isTold) : null;
      const revision = click();
      if (reported === null) await agent.reportedWhen(isWhole(revision));
      else {
        const { health } = await reported;
        const tookMs = Math.round(performance.now() - brokenAt);
        const told = health.filter(({ code }) => troubles.includes(code));
        t.diagnostic(`${told.map(({ code, text }) => `${code}: ${text}`).join(" ")} after ${tookMs} ms`);
        assert.ok(tookMs < boundMs, `${tookMs} ms`);
      }
      assert.ok((await quarantined()).includes(macs.infected));
      const whole = agent.reportedWhen(isWhole(revision, troubles));
      await mend();
      const mendedAt = performance.now();
      await whole;
      t.diagnostic(`whole again after ${Math.round(performance.now() - mendedAt)} ms`);
      assert.deepEqual(await quarantined(), [macs.infected, ...(isClicked ? [clickedMac] : [])].toSorted());
    });
  }

  test("a click gets through whichever single call of nft fails", async () => {
    const calls = slow === false ? [1, 2, 3, 4, 5, 10, 15, 20, 25, 30, 35, 40] : [1, 2, 3, 5, 20];
    for (const failing of calls) {
      await breakCall(failing);
      const revision = click();
      await agent.reportedWhen(isWhole(revision));
      await isInForce(0);
    }
    await mend();
  });

  test("let nobody go and kept nobody waiting in all that time", async () => {
    stop.abort();
    await traffic;
    const sum = (outcomes: readonly Outcomes[], which: keyof Outcomes) =>
      outcomes.reduce((total, each) => total + each[which], 0);
    assert.ok(tried.length > 0 && worked.length > 0);
    assert.equal(sum(tried, "connected"), 0);
    assert.equal(await escaped(), 0);
    assert.deepEqual(
      (["refused", "silent", "other"] as const).map((which) => sum(worked, which)),
      [0, 0, 0],
    );
  });

  for (const [name, text] of [
    ["tables that a hand has deleted", "delete table bridge cordon\n"],
    ["elements that a hand has deleted", "flush set bridge cordon quarantine_from\n"],
  ] as const) {
    test(`${name} are put back whichever single call of nft fails`, async () => {
      for (const failing of slow === false ? [1, 2, 3, 21] : [1, 3]) {
        await site.load(text);
        await breakCall(failing);
        const revision = click();
        await agent.reportedWhen(isWhole(revision));
        // That report may go by what was seen before the hand.
        await isInForce(0);
      }
      await mend();
      await isInForce(3500);
    });
  }
});
