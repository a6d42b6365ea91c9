import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Containment, Reported } from "@cordon/contract";
import { pino } from "pino";
import type { AgentMemory } from "../../src/agent/agent.ts";
import { loadAgentMemory, saveAgentMemory } from "../../src/agent/agent-memory.ts";
import { ClockWatch } from "../../src/agent/clock-watch.ts";
import { HealthBoard } from "../../src/agent/health-board.ts";
import { TrustedTime } from "../../src/agent/trusted-time.ts";
import type { ExecutorClient } from "../../src/containment/executor-client.ts";
import { KernelAgent } from "./kernel-agent.ts";
import { endInside, macs, patience, TestSite, whyNoNamespaces } from "./test-site.ts";

const hourMs = 3_600_000;
const yearMs = 365 * 24 * hourMs;
const true0 = 1_800_000_000_000;

/**
 * A box whose clocks a test moves. Its executor is a process with a real kernel, which takes no time from anybody: what
 * it holds it holds until it is told otherwise.
 */
class Box {
  /** What time it really is. */
  realMs = true0;
  /** How wrong its clock is. */
  offMs = 0;
  #uptimeMs = 0;
  readonly #site: TestSite;
  readonly #signal: AbortSignal;
  readonly #memoryPath: string;
  #executor: ChildProcess | null = null;
  #client: ExecutorClient | null = null;
  #agent: KernelAgent | null = null;
  #time: TrustedTime | null = null;

  constructor(site: TestSite, memoryPath: string, signal: AbortSignal) {
    this.#site = site;
    this.#memoryPath = memoryPath;
    this.#signal = signal;
  }

  get agent(): KernelAgent {
    assert.ok(this.#agent !== null);
    return this.#agent;
  }

  get time(): TrustedTime {
    assert.ok(this.#time !== null);
    return this.#time;
  }

  now(): number {
    return this.realMs + this.offMs;
  }

  async start(): Promise<void> {
    this.#executor = this.#site.executor();
    const client = this.#site.client();
    this.#client = client;
    await client.observe(this.#signal);
    const memory = await loadAgentMemory(this.#memoryPath);
    const [now, monotonic] = [() => this.now(), () => this.#uptimeMs];
    const time = new TrustedTime({ now, monotonic, savedAt: memory?.trustedAt ?? null });
    this.#time = time;
    this.#agent = new KernelAgent({
      executor: client,
      placement: "lan",
      signal: this.#signal,
      times: { now, monotonic, trustedNow: () => time.now() },
      memory,
    });
    this.#agent.start();
  }

  /** Time passes, for the box too. */
  run(forMs: number): void {
    this.realMs += forMs;
    this.#uptimeMs += forMs;
  }

  /** Goes away, with its processes; comes back later with a clock that is so wrong. */
  async reboot(awayMs: number, offMs: number): Promise<void> {
    const memory: AgentMemory | null = this.agent.memory;
    assert.ok(memory !== null);
    await saveAgentMemory(this.#memoryPath, memory);
    await this.close();
    this.realMs += awayMs;
    this.offMs = offMs;
    this.#uptimeMs = 0;
    await this.#site.run("box", "nft", "delete", "table", "bridge", "cordon");
    await this.start();
  }

  async close(): Promise<void> {
    await this.#agent?.close();
    this.#client?.close();
    if (this.#executor !== null) await endInside(this.#executor, "SIGKILL");
    this.#executor = null;
  }

  /** What its health says of the clock. */
  async trouble(): Promise<string | undefined> {
    const health = new HealthBoard(() => this.now());
    const log = pino({ level: "silent" });
    await new ClockWatch({ time: this.time, isOwn: true, health, log }).look();
    return health.list().find(({ code }) => code === "clock-wrong")?.text;
  }
}

describe("a clock that is years wrong", { skip: whyNoNamespaces(), timeout: 120_000 * patience }, () => {
  let site: TestSite;
  let folder: string;
  const signal = AbortSignal.timeout(110_000 * patience);

  const aWish = (): Containment[] => [
    {
      ...{ id: "hour", host: macs.infected, kind: "quarantine", vector: null },
      ...{ reason: "mails by itself", author: "operator", startsAt: true0, expiresAt: true0 + hourMs },
    },
  ];
  const isHeld = ({ containments: [cut] }: Reported) => cut?.level === "internet-cut";
  const isOver = ({ containments: [cut] }: Reported) => cut?.level === "none" && cut.refusal === "its time is over";
  const inKernel = async () =>
    (await site.run("box", "nft", "list", "set", "bridge", "cordon", "quarantine_from")).includes(macs.infected);
  /** Two rounds later it is as it is. */
  const settled = async (box: Box, holds: (reported: Reported) => boolean) => {
    await box.agent.reportedWhen(holds);
    assert.ok(holds(await box.agent.reportedWhen(() => true)));
  };

  before(async () => {
    site = await TestSite.start();
    folder = await mkdtemp(join(tmpdir(), "cordon-clock-"));
  });
  after(async () => {
    await site.close();
    await rm(folder, { recursive: true });
  });

  const jumps = [
    ["ahead", 10 * yearMs],
    ["back", -20 * yearMs],
  ] as const;
  // With every change the way in which an hour would end too soon.
  for (const [way, jumpMs] of process.env["CORDON_SLOW_TESTS"] === "1" ? jumps : jumps.slice(0, 1)) {
    test(`years ${way}: while a machine is cut off for an hour, it is cut off for that hour and no longer`, async (t) => {
      const box = new Box(site, join(folder, `running-${way}`), signal);
      t.after(() => box.close());
      await box.start();
      // The document came just now, so the clock was right when it was adopted.
      box.time.signed(true0, true);
      box.agent.adopt({ issuedAt: true0, containments: aWish() });
      await settled(box, isHeld);
      assert.equal(await box.trouble(), undefined);

      box.offMs = jumpMs;
      assert.match((await box.trouble()) ?? "", /^The box's clock is wrong: /);
      box.run(hourMs - 60_000);
      await settled(box, isHeld);
      assert.ok(await inKernel());
      // And back, and there again.
      box.offMs = 0;
      await settled(box, isHeld);
      assert.equal(await box.trouble(), undefined);
      box.offMs = jumpMs;
      await settled(box, isHeld);
      box.run(60_000);
      await settled(box, isOver);
      assert.ok(!(await inKernel()));
    });

    test(`years ${way} after a reboot: an hour goes on where it was, and takes no longer than the box was away`, async (t) => {
      const box = new Box(site, join(folder, `reboot-${way}`), signal);
      t.after(() => box.close());
      await box.start();
      box.time.signed(true0, true);
      box.agent.adopt({ issuedAt: true0, containments: aWish() });
      await settled(box, isHeld);
      box.run(20 * 60_000);
      await settled(box, isHeld);

      await box.reboot(10 * 60_000, jumpMs);
      // In force before anybody wishes anything, by what the executor has kept.
      assert.ok(await inKernel());
      box.time.signed(true0, false);
      box.agent.adopt({ issuedAt: true0, containments: aWish() });
      await settled(box, isHeld);
      assert.match((await box.trouble()) ?? "", /^The box's clock is (wrong|not confirmed): /);
      // The thirty minutes that have really passed, and ten more than are left, are not over by what the box can know.
      box.run(39 * 60_000);
      await settled(box, isHeld);
      box.run(60_000);
      await settled(box, isOver);
      assert.ok(!(await inKernel()));
    });
  }

  test("set right by the controller's word, an hour that is over ends at once", async (t) => {
    const box = new Box(site, join(folder, "right"), signal);
    t.after(() => box.close());
    box.offMs = -30 * yearMs;
    await box.start();
    box.time.signed(true0, true);
    box.agent.adopt({ issuedAt: true0, containments: aWish() });
    await settled(box, isHeld);
    // The document lay there while the box was away, and the next one comes now.
    await box.reboot(5 * hourMs, -30 * yearMs);
    box.time.signed(true0, false);
    box.agent.adopt({ issuedAt: true0, containments: aWish() });
    await settled(box, isHeld);
    box.time.signed(box.realMs, true);
    await settled(box, isOver);
    assert.ok(!(await inKernel()));
  });
});
