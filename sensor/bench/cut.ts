import { mkdtemp, readFile, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Lab } from "../lab/lab.ts";
import { namespacesAllowed } from "../lab/namespaces.ts";
import { officeQuiet } from "../lab/scenarios/office-quiet.ts";
import { SensorError } from "../src/errors.ts";
import { bringUpOffice, type Office } from "../start/office.ts";
import { Operator, type SiteSeen } from "../test/line/operator.ts";
import type { BenchOptions, BenchResult } from "./bench.ts";
import { clickMany, clickOnce, ElementWatch } from "./cut-clicks.ts";
import { cutFigures, escapesOf, type Escape, type Knock } from "./cut-figures.ts";
import {
  attachScript,
  darkRules,
  drawScanners,
  scanKinds,
  scannersPlace,
  witnessGroup,
  witnessRules,
  type Scanner,
} from "./cut-scanners.ts";
import { loadRemark, watchLoad } from "./load.ts";
import { SeededRandom } from "./random.ts";
import { quantile } from "./statistics.ts";

const officeSeed = 20;
const drawSeed = 1;
const agents = import.meta.dirname;

/** How much is measured; times in milliseconds. */
interface Plan {
  readonly scanners: number;
  /** How long the scanners are left alone. */
  readonly aloneMs: number;
  /** Before anybody scans, and again while all do. */
  readonly clicks: number;
  /** How long they go on after each of them was clicked. */
  readonly afterMs: number;
  /** How long the office may take until the line is judged. */
  readonly settleMs: number;
}

const fullPlan: Plan = { scanners: 20, aloneMs: 45_000, clicks: 150, afterMs: 8_000, settleMs: 60_000 };
const quickPlan: Plan = { scanners: 3, aloneMs: 4_000, clicks: 3, afterMs: 6_000, settleMs: 0 };

const witnesses = [
  { name: "offered", place: "switch" },
  { name: "left", place: "router" },
] as const;

/**
 * Scanning machines in the lab's office, with the reflex enforced: what leaves by the sensor's outside port before the product stops
 * them by itself, and how long a person's click takes to the kernel, through the controller's API, the link,
 * the agent and the executor, before they scan and while all of them do. At the end each is clicked, too: that shows
 * that the witnesses see a cut.
 */
export async function benchCut(options: BenchOptions): Promise<BenchResult> {
  const allowed = namespacesAllowed();
  if (!allowed.ok) throw new SensorError("namespaces-forbidden", allowed.reason);
  const plan = options.isQuick ? quickPlan : fullPlan;
  const folder = await mkdtemp(join(tmpdir(), "cordon-bench-"));
  let office: Office | null = null;
  try {
    const order = { seed: officeSeed, folder, siteName: "Bench", httpPort: 0, brokerPort: 0 };
    office = await bringUpOffice({ ...order, onProgress: options.progress });
    return await measure(office, plan, options.progress);
  } finally {
    await office?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(
  { lab, controller }: Office,
  plan: Plan,
  progress: (line: string) => void,
): Promise<BenchResult> {
  const random = new SeededRandom(drawSeed);
  const operator = await Operator.signIn(controller.url, controller.loginLink);
  const online = await operator.until("the sensor is online", 30_000, ({ sensor }) => sensor.state === "online");
  await operator.enforceReflex(online.id, 30_000);
  const scenario = await lab.run(officeQuiet);
  const scanners = drawScanners(lab.facts, plan.scanners, random);
  await attach(lab, scanners);
  progress("people work until the line is judged");
  await operator
    .until("the line is judged", plan.settleMs, ({ line }) => line !== null && line.state !== "unknown")
    // The figures say how it was.
    .catch(() => undefined);
  const parts = { operator, siteId: online.id, elements: await ElementWatch.start(lab) };
  const loadBefore = loadavg()[0] ?? 0;
  const load = await watchLoad();
  const clicks = async (): Promise<readonly number[]> => {
    const known = new Set((await operator.site()).hosts.map(({ host }) => host));
    const innocents = lab.facts.hosts.filter(({ job, mac }) => job === "workstation" && known.has(mac));
    const macs = innocents.map(({ mac }) => mac);
    if (macs.length === 0)
      throw new SensorError("bench-failed", "the controller knows no workstation that could be clicked");
    return clickMany(parts, macs, plan.clicks, random);
  };
  progress(`${plan.clicks} clicks while nobody scans`);
  const quietClickMs = await clicks();
  progress(`${scanners.length} machines begin to scan`);
  const scan = ["nsenter", `--net=/run/netns/${scannersPlace}`, process.execPath, "--no-warnings"];
  await lab.startProgram("scanners", "switch", [...scan, `${agents}/scanner-agent.ts`, JSON.stringify(scanners)]);
  await delay(plan.aloneMs);
  const aloneUntil = Date.now();
  const during = await operator.site();

  progress(`${plan.clicks} clicks on machines that do not scan`);
  const clickMs = await clicks();
  progress("a click on each that scans and is known");
  const known = new Set(during.hosts.map(({ host }) => host));
  const clickedAt = new Map<string, number>();
  const contained = (site: SiteSeen, mac: string): boolean =>
    site.hosts.some(({ host, containments }) => host === mac && containments.length > 0);
  for (const { mac, address } of scanners) {
    if (!known.has(mac) || contained(during, mac)) continue;
    clickedAt.set(address, (await clickOnce(parts, mac)).clickedAt);
  }
  await delay(plan.afterMs);
  const loaded = await load();

  await lab.endProgram("scanners", "SIGTERM");
  const [offered, left] = await testimony(lab);
  await parts.elements.close();
  await scenario.stop();

  const inTime = (knocks: readonly Knock[]): Knock[] => knocks.filter(({ at }) => at <= aloneUntil);
  const escapes = escapesOf(inTime(offered), inTime(left));
  const figures = cutFigures(escapes, scanners.length);
  const afterClick = [...clickedAt].flatMap(([address, at]) => {
    const since = (knocks: readonly Knock[]): Knock[] =>
      knocks.filter((knock) => knock.host === address && knock.at > at);
    return escapesOf(since(offered), since(left));
  });
  const mostAfterClick = Math.max(0, ...afterClick.map(({ escapedTargets }) => escapedTargets));
  const stoppedAfterClick = afterClick.filter(({ stoppedMs }) => stoppedMs !== null).length;
  const named = namedMs(during, scanners, escapes);
  const policy = (during as SiteSeen & { readonly policy?: string }).policy ?? "unknown";
  const reason =
    figures.stoppedHosts === scanners.length
      ? null
      : `${figures.stoppedHosts} of ${scanners.length} scanning machines were stopped without a person within ` +
        `${plan.aloneMs / 1000} s (policy "${policy}"); a figure over the others would say nothing`;
  return {
    table: [
      ["scanning", "machines", "targets/s each", "escaped, median", "escaped, most", "stopped", "named infected"],
      ...Object.entries(scanKinds).map(([kind, { perSecond }]) => {
        const own = new Set(scanners.filter((scanner) => scanner.kind === kind).map(({ address }) => address));
        const ofKind = escapes.filter(({ host }) => own.has(host));
        const escaped = ofKind.map(({ escapedTargets }) => escapedTargets);
        return [
          kind,
          String(own.size),
          String(perSecond),
          String(quantile(escaped, 0.5)),
          String(Math.max(...escaped)),
          String(ofKind.filter(({ stoppedMs }) => stoppedMs !== null).length),
          String([...named.keys()].filter((address) => own.has(address)).length),
        ];
      }),
    ],
    remarks: [
      ...(reason === null ? [] : [`No figures of the reflex: ${reason}.`]),
      `Left alone for ${plan.aloneMs / 1000} s. The line was judged "${during.line?.state ?? "unknown"}".`,
      `From a click to the element in the kernel, ${plan.clicks} clicks: while nobody scanned ${clickWords(quietClickMs)}; while all did ${clickWords(clickMs)}.`,
      `Of ${clickedAt.size} scanning machines that were clicked, ${stoppedAfterClick} were stopped; at most ${mostAfterClick} more targets were reached.`,
      loadRemark(loadBefore, loaded),
    ],
    figures: {
      ...figures,
      ...(reason === null ? {} : { reason }),
      namedHosts: named.size,
      namedMsMedian: named.size === 0 ? null : Math.round(quantile([...named.values()], 0.5)),
      clicks: clickMs.length,
      clickMsMedian: quantile(clickMs, 0.5),
      clickP99Ms: quantile(clickMs, 0.99),
      clickMaxMs: Math.max(...clickMs),
      clickMsMedianQuiet: quantile(quietClickMs, 0.5),
      clickP99MsQuiet: quantile(quietClickMs, 0.99),
      clickedScanners: clickedAt.size,
      stoppedAfterClickHosts: stoppedAfterClick,
      escapedAfterClickMax: mostAfterClick,
      lineState: during.line?.state ?? "unknown",
      loadAverageBefore: loadBefore,
      loadAverageAfter: loaded.loadAverage,
      stolenShare: Math.round(loaded.stolenShare * 10_000) / 10_000,
    },
  };
}

function clickWords(clickMs: readonly number[]): string {
  return `median ${quantile(clickMs, 0.5)} ms, 99 of 100 within ${quantile(clickMs, 0.99)} ms, longest ${Math.max(...clickMs)} ms`;
}

/** Puts the machines on the switch, and the witnesses before and behind the sensor. */
async function attach(lab: Lab, scanners: readonly Scanner[]): Promise<void> {
  await must(lab, "switch", ["sh", "-ec", attachScript(scanners, lab.facts)]);
  await must(lab, "provider", ["nft", darkRules]);
  const devices = { offered: scanners.map((_, index) => `scan${index}`), left: ["lan0"] };
  for (const { name, place } of witnesses) {
    const listening = Promise.withResolvers<void>();
    const forget = lab.onEvent((event) => {
      if (event.kind === "log" && event.from === name && event.text === "listening") listening.resolve();
      if (event.kind === "program-ended" && event.name === name) {
        listening.reject(
          new SensorError("bench-failed", `the witness "${name}" ended: ${lab.logs().slice(-3).join("; ")}`),
        );
      }
    });
    const program = [process.execPath, "--no-warnings", `${agents}/witness-agent.ts`];
    await lab.startProgram(name, place, [...program, String(witnessGroup), testimonyPath(lab, name)]);
    await listening.promise;
    forget();
    await must(lab, place, ["nft", witnessRules(scanners, name, devices[name])]);
  }
}

/** What both witnesses saw; fails where one has missed a packet that its kernel counted. */
async function testimony(lab: Lab): Promise<readonly [offered: readonly Knock[], left: readonly Knock[]]> {
  const read = async ({ name, place }: (typeof witnesses)[number]): Promise<readonly Knock[]> => {
    const counter = await must(lab, place, ["nft", "list", "counter", "netdev", "witness", "seen"]);
    await lab.endProgram(name, "SIGTERM");
    const knocks = JSON.parse(await readFile(testimonyPath(lab, name), "utf8")) as readonly Knock[];
    const counted = Number(/packets (\d+)/.exec(counter)?.[1]);
    if (knocks.length !== counted) {
      throw new SensorError("bench-failed", `the witness "${name}" saw ${knocks.length} of ${counted} packets`);
    }
    return knocks;
  };
  return [await read(witnesses[0]), await read(witnesses[1])];
}

function testimonyPath(lab: Lab, name: string): string {
  return join(lab.workDir, `${name}.json`);
}

async function must(lab: Lab, place: string, argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await lab.exec(place, argv);
  if (code !== 0) throw new SensorError("bench-failed", `${argv[0]} in ${place}: ${stderr.trim()}`);
  return stdout;
}

/** For each scanning machine that is called infected, by address: after how long, from its first hostile packet. */
function namedMs(
  site: SiteSeen,
  scanners: readonly Scanner[],
  escapes: readonly Escape[],
): ReadonlyMap<string, number> {
  return new Map(
    scanners.flatMap(({ mac, address }): (readonly [string, number])[] => {
      const infectedAt = site.hosts.find(({ host }) => host === mac)?.infectedAt ?? null;
      const firstAt = escapes.find(({ host }) => host === address)?.firstAt;
      return infectedAt === null || firstAt === undefined ? [] : [[address, infectedAt - firstAt]];
    }),
  );
}
