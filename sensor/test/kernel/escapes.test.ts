import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { throttleLimit } from "@cordon/contract";
import type { ExecutorClient } from "../../src/containment/executor-client.ts";
import type { Step } from "../../src/containment/protocol.ts";
import { ethernet } from "../../src/packet/frame-builder.ts";
import {
  inwardLifelines,
  lifelines,
  otherEscapes,
  overlapEscapes,
  portEscapes,
  tunnelEscapes,
  type Escape,
  type Target,
} from "./escape-frames.ts";
import { TestSite, macs, patience, whyNoNamespaces } from "./test-site.ts";

const port = 445;

/** A way out together with the hardware address of the machine that tries it: each has one of its own, by which it is counted. */
interface Attempt {
  readonly escape: Escape;
  readonly mac: string;
  readonly targets: readonly Target[];
}

/** What is done about a machine, and how many targets each attempt has. */
interface Rung {
  readonly number: number;
  readonly escapes: readonly Escape[];
  readonly targets: number;
  readonly steps: (mac: string) => readonly Step[];
}

const shut: Rung = {
  number: 1,
  escapes: [...portEscapes, ...overlapEscapes, ...tunnelEscapes, ...otherEscapes],
  targets: 1,
  steps: (mac) => [{ kind: "quarantine-add", mac }],
};
const left: Rung = { ...shut, number: 2, escapes: lifelines };
const blocked: Rung = {
  number: 3,
  escapes: portEscapes,
  targets: 1,
  steps: (mac) => [{ kind: "vector-add", mac, ports: [port] }],
};
const scanned = 40;
const anyTarget: Target = { ip4: "198.18.0.1", ip6: "2001:db8::1" };
const throttled: Rung = {
  number: 4,
  escapes: [...portEscapes, ...overlapEscapes, ...tunnelEscapes],
  targets: scanned,
  steps: (mac) => [{ kind: "throttle-add", mac, ports: null }],
};
const throttledPort: Rung = {
  ...throttled,
  number: 5,
  escapes: portEscapes,
  steps: (mac) => [{ kind: "throttle-add", mac, ports: [port] }],
};
const free: Rung = { ...shut, number: 6, escapes: [...shut.escapes, ...lifelines], steps: () => [] };
const inward: Rung = {
  ...shut,
  number: 7,
  escapes: [
    ...portEscapes,
    ...tunnelEscapes,
    ...otherEscapes.filter(({ isAnswer }) => isAnswer !== true),
    ...inwardLifelines,
  ],
};

function attemptsOn({ number, escapes, targets }: Rung): readonly Attempt[] {
  return escapes.map((escape, index) => ({
    escape,
    mac: `02:00:5e:${hex(number)}:${hex(index >> 8)}:${hex(index & 0xff)}`,
    // Nobody there answers.
    targets: Array.from({ length: targets }, (_, at) => ({
      ip4: `198.18.${number}.${at + 1}`,
      ip6: `2001:db8::${number}:${at + 1}`,
    })),
  }));
}

/** Counts, where it cannot be mistaken, what each hardware address was heard to send. */
const witness = (key: "saddr" | "daddr") => `table netdev far {
	set seen {
		type ether_addr
		size 65536
		flags dynamic
	}
	chain arrived {
		type filter hook ingress device "eth0" priority -300; policy accept;
		update @seen { ether ${key} counter }
	}
}
`;

describe("ways out of a containment", { skip: whyNoNamespaces(), timeout: 120_000 * patience }, () => {
  let site: TestSite;
  let client: ExecutorClient;
  let barriers = 0;
  const signal = AbortSignal.timeout(120_000 * patience);

  before(async () => {
    site = await TestSite.start();
    site.executor();
    client = site.client();
    await site.loadAt("provider", witness("saddr"));
    await site.loadAt("infected", witness("daddr"));
  });
  after(async () => {
    client.close();
    await site.close();
  });

  const arrivals = async (place: "provider" | "infected"): Promise<ReadonlyMap<string, number>> => {
    const listing = JSON.parse(await site.run(place, "nft", "-j", "list", "set", "netdev", "far", "seen")) as {
      nftables: { set?: { elem?: { elem: { val: string; counter: { packets: number } } }[] } }[];
    };
    const elements = listing.nftables.flatMap(({ set }) => set?.elem ?? []);
    return new Map(elements.map(({ elem }) => [elem.val, elem.counter.packets]));
  };

  /** Sends frames and waits until one that nothing stops, sent behind them, has come through. */
  const send = async (from: "infected" | "provider", frames: readonly Uint8Array[]) => {
    const [to, mark] = from === "infected" ? (["provider", "source"] as const) : (["infected", "destination"] as const);
    const barrier = `02:00:5e:ff:00:${hex(++barriers)}`;
    const last =
      mark === "source"
        ? frameOf([0x88b5, [0]], barrier, macs.provider)
        : frameOf([0x88b5, [0]], macs.provider, barrier);
    const all = [...frames, last];
    for (let at = 0; at < all.length; at += 500) {
      const some = all.slice(at, at + 500).map((frame) => Buffer.from(frame).toString("hex"));
      await site.traffic(from, "frames", some);
    }
    for (;;) {
      const seen = await arrivals(to);
      if (seen.has(barrier)) return seen;
      await sleep(20, undefined, { signal });
    }
  };

  /** How many frames each machine of a rung got through, against what it sent. */
  const tryAll = async (rung: Rung) => {
    const attempts = attemptsOn(rung);
    const { refused } = await client.apply(
      attempts.flatMap(({ mac }) => rung.steps(mac)),
      signal,
    );
    assert.deepEqual(refused, []);
    const sent = attempts.map(({ escape, mac, targets }) => ({
      mac,
      frames: targets.flatMap((target) => escape.frames(target)).map((frame) => frameOf(frame, mac, macs.provider)),
    }));
    const startedAt = performance.now();
    const seen = await send(
      "infected",
      sent.flatMap(({ frames }) => frames),
    );
    return {
      tookMs: performance.now() - startedAt,
      outcomes: attempts.map(({ escape, mac }, index) => ({
        escape,
        sent: sent[index]?.frames.length ?? 0,
        arrived: seen.get(mac) ?? 0,
      })),
    };
  };

  test("are all open to a machine that is not contained", async () => {
    const { outcomes } = await tryAll(free);
    for (const { escape, sent, arrived } of outcomes) assert.equal(arrived, sent, escape.name);
  });

  test("are all shut to a machine in quarantine", async (t) => {
    const { outcomes } = await tryAll(shut);
    for (const { escape, arrived } of outcomes) {
      await t.test(escape.name, () => assert.equal(arrived, 0));
    }
  });

  test("are not what a quarantine leaves", async () => {
    const { outcomes } = await tryAll(left);
    for (const { escape, sent, arrived } of outcomes) assert.equal(arrived, sent, escape.name);
  });

  test("are shut where they lead to the port of a vector block", async (t) => {
    const { outcomes } = await tryAll(blocked);
    for (const { escape, arrived } of outcomes) {
      await t.test(escape.name, () => assert.ok(arrived <= (escape.harmless ?? 0), `${arrived} frames arrived`));
    }
  });

  for (const [title, rung] of [
    ["a throttle", throttled],
    ["a throttle of one port", throttledPort],
  ] as const) {
    test(`lead to no more new targets than ${title} allows`, async (t) => {
      const { outcomes, tookMs } = await tryAll(rung);
      const most = throttleLimit.burst + Math.ceil((tookMs / 1000) * throttleLimit.perSecond);
      for (const { escape, arrived } of outcomes) {
        const bound = most * escape.frames(anyTarget).length + scanned * (escape.harmless ?? 0);
        await t.test(escape.name, () => assert.ok(arrived <= bound, `${arrived} frames arrived, of ${bound}`));
      }
    });
  }

  test("are shut as ways in, too, but for answers", async (t) => {
    const attempts = attemptsOn(inward);
    const frames = (mac: string, { escape, targets }: Attempt) =>
      targets.flatMap((target) => escape.frames(target)).map((frame) => frameOf(frame, macs.provider, mac));
    // The bridge knows where they are once they have spoken.
    await send(
      "infected",
      attempts.map(({ mac }) => frameOf([0x88b5, [0]], mac, macs.provider)),
    );
    const open = await send(
      "provider",
      attempts.flatMap((attempt) => frames(attempt.mac, attempt)),
    );
    await client.apply(
      attempts.map(({ mac }) => ({ kind: "quarantine-add", mac })),
      signal,
    );
    const shutNow = await send(
      "provider",
      attempts.flatMap((attempt) => frames(attempt.mac, attempt)),
    );
    for (const attempt of attempts) {
      const sent = frames(attempt.mac, attempt).length;
      const before = open.get(attempt.mac) ?? 0;
      const arrived = (shutNow.get(attempt.mac) ?? 0) - before;
      const isLeft = inwardLifelines.includes(attempt.escape);
      await t.test(attempt.escape.name, () => assert.deepEqual([before, arrived], [sent, isLeft ? sent : 0]));
    }
  });
});

function frameOf([etherType, payload]: readonly [number, readonly number[]], from: string, to: string): Uint8Array {
  return ethernet(etherType, payload, numberOf(from), numberOf(to));
}

function hex(value: number): string {
  return value.toString(16).padStart(2, "0");
}

function numberOf(mac: string): number {
  return Number.parseInt(mac.replaceAll(":", ""), 16);
}
