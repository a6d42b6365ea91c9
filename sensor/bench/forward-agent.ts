/**
 * The first process inside the namespaces of `bench forward`: stands the topology, loads the rulesets,
 * measures round by round, and writes what it measured as a line of JSON each. The kernel ends
 * everything with it.
 */
import { startAgent } from "../lab/agent.ts";
import { execute, inPlace, labEnvironment, run, type ToolOptions } from "../lab/tools.ts";
import { defaultLogGroup, selection } from "../src/capture/selection.ts";
import { renderSkeletons } from "../src/containment/skeleton.ts";
import { SensorError } from "../src/errors.ts";
import { containedTexts } from "./contained.ts";
import {
  bulkKinds,
  smallKinds,
  type BulkKind,
  type ForwardEvent,
  type ForwardOrder,
  type ReceiverCalls,
  type SenderCalls,
  type WayMeasured,
} from "./forward-protocol.ts";
import { boxPorts, cabling, joining, learned, places, setUp, sinkRules, wayOf, type Way } from "./forward-topology.ts";
import { SeededRandom } from "./random.ts";
import { shuffled } from "./statistics.ts";

type Sender = Awaited<ReturnType<typeof startAgent<SenderCalls>>>["channel"];

/** The bare bridge and its control come before the sizes. */
const bareWays = 2;
const orderSeed = 1;
const warmUpMegabytes = 16;
/** As many frames of the wire as the kernel joins by default (GSO_MAX_SEGS), or none. */
const framesAtOnce: Readonly<Record<BulkKind, number>> = { joined: 65_535, single: 1 };

function tell(event: ForwardEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

const progress = (text: string): void => tell({ kind: "progress", text });

/** Of each namespace, before its cables come up. */
const settings = [
  "for file in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 > $file; done",
  'for file in /proc/sys/net/bridge/bridge-nf-call-*; do [ ! -e "$file" ] || echo 0 > "$file"; done',
  // Every kernel has it, and it sends as fast as it can: some machines have BBR, which paces by the clock.
  "echo reno > /proc/sys/net/ipv4/tcp_congestion_control",
  // A window that fits into a device's queue of 1,000 packets: nothing is lost on the way, and nothing waits for a repeat.
  'echo "4096 262144 524288" > /proc/sys/net/ipv4/tcp_rmem',
].join("; ");

async function stand(ways: readonly Way[], options: ToolOptions): Promise<void> {
  // `ip netns` keeps its handles below /run, which is not ours outside.
  await run(["mount", "-t", "tmpfs", "bench", "/run"], options);
  await run(["ip", "-batch", "-"], { ...options, input: cabling(ways) });
  for (const [place, text] of setUp(ways)) {
    await run(inPlace(place, ["sh", "-c", settings]), options);
    await run(["ip", "-n", place, "-batch", "-"], { ...options, input: text });
  }
  for (const way of ways) await run(["bridge", "-n", way.box, "-batch", "-"], { ...options, input: learned(way) });
  await run(inPlace(places.outside, ["nft", "-f", "-"]), { ...options, input: sinkRules(ways) });
}

/** Loads the first rendering that this kernel takes, as the executor does, and fills its sets. */
async function contain(box: string, count: number, options: ToolOptions): Promise<string> {
  const skeletons = renderSkeletons({ selection, logGroup: defaultLogGroup, outsidePort: boxPorts.outside });
  const refusals: string[] = [];
  for (const skeleton of skeletons) {
    const loaded = await execute(inPlace(box, ["nft", "-f", "-"]), { ...options, input: skeleton.text });
    if (loaded.code === 0) {
      await run(inPlace(box, ["nft", "-f", "-"]), { ...options, input: skeleton.more });
      for (const input of containedTexts(count)) await run(inPlace(box, ["nft", "-f", "-"]), { ...options, input });
      return skeleton.refusal;
    }
    refusals.push(loaded.stderr);
  }
  throw new SensorError("bench-failed", `this kernel takes no ruleset: ${refusals.join("; ")}`);
}

async function arrived(options: ToolOptions): Promise<number> {
  const text = await run(inPlace(places.outside, ["nft", "list", "counter", "netdev", "sink", "arrived"]), options);
  return Number(/packets (\d+)/.exec(text)?.[1]);
}

/** What the rounds are made with. */
interface Bench {
  readonly order: ForwardOrder;
  readonly ways: readonly Way[];
  readonly sender: Sender;
  /** The receiver's. */
  readonly port: number;
  readonly options: ToolOptions;
}

/** From here on, bulk goes over the bridges like this. */
async function join({ ways, options }: Bench, kind: BulkKind): Promise<void> {
  await run(["ip", "-n", places.inside, "-batch", "-"], { ...options, input: joining(ways, framesAtOnce[kind]) });
}

async function measureRound(
  bench: Bench,
  megabytes: Readonly<Record<BulkKind, number>>,
  random: SeededRandom,
): Promise<readonly WayMeasured[]> {
  const { order, sender, port } = bench;
  const numbers = bench.ways.map((_, way) => way);
  const results = numbers.map(() => ({
    megabytesPerSecond: { joined: 0, single: 0 },
    microsecondsPerPacket: { data: Infinity, contact: Infinity },
  }));
  // Each time in another order: whatever drifts, drifts for all.
  const eachWay = async (
    measureOne: (way: number, result: (typeof results)[number]) => Promise<void>,
  ): Promise<void> => {
    for (const way of shuffled(numbers, random)) {
      const result = results[way];
      if (result !== undefined) await measureOne(way, result);
    }
  };
  for (let repeat = 0; repeat < order.repeats; repeat += 1) {
    for (const kind of bulkKinds) {
      await join(bench, kind);
      await eachWay(async (way, { megabytesPerSecond }) => {
        const { seconds } = await sender.call("bulk", { way, port, megabytes: megabytes[kind] });
        megabytesPerSecond[kind] = Math.max(megabytesPerSecond[kind], megabytes[kind] / seconds);
      });
    }
    for (const kind of smallKinds) {
      await eachWay(async (way, { microsecondsPerPacket }) => {
        const sent = await sender.call("burst", { way, kind, packets: order.packetsPerBurst });
        microsecondsPerPacket[kind] = Math.min(microsecondsPerPacket[kind], sent.microsecondsPerPacket);
      });
    }
  }
  return results;
}

/** Uses every way once before anything counts; how many megabytes take as long as is wished. */
async function warmUp(bench: Bench, kind: BulkKind): Promise<number> {
  const { ways, sender, port, order } = bench;
  let seconds = 0;
  await join(bench, kind);
  for (const [way] of ways.entries()) {
    await sender.call("bulk", { way, port, megabytes: warmUpMegabytes });
    seconds += (await sender.call("bulk", { way, port, megabytes: warmUpMegabytes })).seconds;
  }
  return Math.max(1, Math.round((warmUpMegabytes * ways.length * order.bulkSeconds) / seconds));
}

async function measure(order: ForwardOrder): Promise<void> {
  const options: ToolOptions = { env: labEnvironment(process.env) };
  const ways = Array.from({ length: bareWays + order.sizes.length }, (_, index) => wayOf(index));
  progress(`building ${ways.length} bridges between a sender and a receiver`);
  await stand(ways, options);
  for (const [index, size] of order.sizes.entries()) {
    progress(`loading the ruleset with ${size} contained addresses`);
    tell({ kind: "loaded", refusal: await contain(wayOf(bareWays + index).box, size, options) });
  }
  const agent = (name: string): string[] => [`${import.meta.dirname}/${name}-agent.ts`];
  const say = (event: { readonly kind: string; readonly text?: string }): void => {
    if (event.text !== undefined) progress(event.text);
  };
  const receiver = await startAgent<ReceiverCalls>(places.outside, "receiver", agent("receiver"), options.env, say);
  const sender = await startAgent<SenderCalls>(places.inside, "sender", agent("sender"), options.env, say);
  const { port } = await receiver.channel.call("listen", null);
  const bench: Bench = { order, ways, sender: sender.channel, port, options };
  const megabytes = { joined: await warmUp(bench, "joined"), single: await warmUp(bench, "single") };
  const before = await arrived(options);
  const random = new SeededRandom(orderSeed);
  for (let pair = 1; pair <= order.pairs; pair += 1) {
    tell({ kind: "round", ways: await measureRound(bench, megabytes, random) });
    if (pair % 10 === 0) progress(`pair ${pair} of ${order.pairs}`);
  }
  // A frame that was lost on the way cost less than one that arrived.
  const sent = order.pairs * order.repeats * order.packetsPerBurst * smallKinds.length * ways.length;
  const came = (await arrived(options)) - before;
  if (came !== sent) throw new SensorError("bench-failed", `${came} of ${sent} small packets arrived`);
}

process.stdin.resume().once("end", () => process.exit());
try {
  await measure(JSON.parse(process.argv[2] ?? "") as ForwardOrder);
  tell({ kind: "done" });
} catch (error) {
  const code = error instanceof SensorError ? error.code : "bench-failed";
  tell({ kind: "failed", code, text: error instanceof Error ? error.message : String(error) });
}
process.exit();
