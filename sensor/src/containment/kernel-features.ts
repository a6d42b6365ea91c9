import { parserOf } from "@cordon/contract";
import { Type } from "typebox";
import { SensorError } from "../errors.ts";
import { readFileIfPresent, writeFileAtomic } from "../record/atomic-file.ts";
import type { Nft } from "./nft.ts";

/** One thing that a kernel may be able to do with frames, and not every kernel is built to. */
export interface KernelFeature {
  /** Kebab case, stable: controllers know it by this. */
  readonly name: string;
  /** A sentence: what it is good for. */
  readonly what: string;
  readonly family: "bridge" | "netdev";
  /** Type, hook and priority of the chain that the rule is tried in. */
  readonly hook: string;
  readonly rule: string;
  /** Declarations that the rule needs. */
  readonly declarations?: readonly string[];
}

/** By name: whether this kernel has it. */
export type KernelFeatures = Readonly<Record<string, boolean>>;

const prerouting = { family: "bridge", hook: "type filter hook prerouting priority 0" } as const;
const forward = { family: "bridge", hook: "type filter hook forward priority 0" } as const;
const ingress = { family: "netdev", hook: 'type filter hook ingress device "lo" priority 0' } as const;
const egress = { family: "netdev", hook: 'type filter hook egress device "lo" priority 0' } as const;

const dynamicSet = [
  "set trial {",
  "\ttype ether_addr",
  "\tsize 16",
  "\tflags dynamic,timeout",
  "\ttimeout 10s",
  "}",
] as const;

/** The table of features: what the rulesets use, and what they would use if kernels agreed on it. */
export const kernelFeatures: readonly KernelFeature[] = [
  {
    name: "reject-bridge-prerouting",
    what: "Answers TCP of a contained machine with a reset before the bridge decides where a frame goes.",
    ...prerouting,
    rule: "meta l4proto tcp reject with tcp reset",
  },
  {
    name: "reject-bridge-forward",
    what: "Answers with a reset after the bridge has decided where a frame goes.",
    ...forward,
    rule: "meta l4proto tcp reject with tcp reset",
  },
  {
    name: "reject-netdev",
    what: "Answers with a reset where a frame enters a port, before any bridge.",
    ...ingress,
    rule: "meta l4proto tcp reject with tcp reset",
  },
  {
    name: "conntrack-bridge",
    what: "Knows for a bridged packet whether its connection is established.",
    ...forward,
    rule: "ct state established",
  },
  {
    name: "meta-ibrname",
    what: "Tells by which bridge a frame came.",
    ...forward,
    rule: 'meta ibrname "cordon-nobridge"',
  },
  {
    name: "vlan-match",
    what: "Looks at the VLAN of a tagged frame and at the ports behind the tag.",
    ...forward,
    rule: "vlan id 7 tcp dport 25",
  },
  {
    name: "qinq-match",
    what: "Looks at both tags of a double-tagged frame.",
    ...forward,
    rule: "ether type 8021ad vlan id 100 vlan type 8021q",
  },
  {
    name: "pppoe-match",
    what: "Looks at the ports of IPv4 inside a PPPoE session, by offsets.",
    ...forward,
    rule: "ether type 0x8864 @nh,48,16 0x0021 @nh,64,8 0x45 @nh,136,8 6 @nh,240,16 25",
  },
  {
    name: "payload-match",
    what: "Looks at the first bytes behind a TCP header, which tells commands of mail from the mail.",
    ...forward,
    rule: "tcp dport 25 @ih,0,32 0x4d41494c",
  },
  {
    name: "nflog",
    what: "Hands copies of bridged packets to a program.",
    ...forward,
    rule: 'log prefix "cordon:trial " group 65535 snaplen 64 queue-threshold 1',
  },
  {
    name: "element-counters",
    what: "Counts packets for each element of a set.",
    ...forward,
    declarations: ["set trial {", "\ttype ether_addr", "\tcounter", "}"],
    rule: "ether saddr @trial drop",
  },
  {
    name: "set-timeout",
    what: "Lets packets add elements to a set that end by themselves.",
    ...forward,
    declarations: dynamicSet,
    rule: "update @trial { ether saddr timeout 5s }",
  },
  {
    name: "limit-in-element",
    what: "Limits a rate for each element of a set, and counts.",
    ...forward,
    declarations: dynamicSet,
    rule: "update @trial { ether saddr counter limit rate over 5/second burst 5 packets } drop",
  },
  {
    name: "netdev-ingress",
    what: "Filters where a frame enters a port, before any bridge.",
    ...ingress,
    rule: "drop",
  },
  {
    name: "netdev-egress",
    what: "Filters where a frame leaves by a port.",
    ...egress,
    rule: "drop",
  },
  {
    name: "queue",
    what: "Lets a program decide about a bridged packet.",
    ...forward,
    rule: "queue num 65535 bypass",
  },
  {
    name: "flowtable-bridge",
    what: "Carries known connections past the rules, which is faster.",
    ...forward,
    declarations: ["flowtable trial {", "\thook ingress priority 0", "\tdevices = { lo }", "}"],
    rule: "flow add @trial",
  },
];

const tableName = "cordon_trial";
const families = ["bridge", "netdev"] as const;

const parse = parserOf(Type.Record(Type.String({ maxLength: 64 }), Type.Boolean()), { maxBytes: 64 * 1024 });

/** What was left for the judge; null where nothing was, or nothing that can be read and makes sense. */
export async function readKernelFeatures(path: string): Promise<KernelFeatures | null> {
  const text = await readFileIfPresent(path).catch(() => null);
  const parsed = text === null ? null : parse(text);
  return parsed?.ok === true ? parsed.value : null;
}

/** Leaves them for the judge, who is of the folder's group. */
export async function saveKernelFeatures(path: string, features: KernelFeatures): Promise<void> {
  await writeFileAtomic(path, JSON.stringify(features), 0o640);
}

/**
 * Tries each feature by loading a table of our own around one rule and taking the table away again.
 * It belongs into a network namespace of its own, where no frame passes: what is tried switches
 * machinery of the kernel on and off, connection tracking above all, and a line is no place for
 * trials. Each rule asks for a port that no machine has all the same. A table that a killed run has
 * left is taken away first; two runs at once do not disturb one another, since each load replaces the
 * table as a whole. Rejects where nft cannot be used at all.
 */
export async function probeKernelFeatures(nft: Pick<Nft, "load">): Promise<KernelFeatures> {
  const features: Record<string, boolean> = {};
  // Without this one nothing of the rest would mean anything.
  await nft.load(withoutTable("bridge"));
  try {
    for (const feature of kernelFeatures) features[feature.name] = await isAccepted(nft, trialText(feature));
  } finally {
    for (const family of families) await isAccepted(nft, withoutTable(family));
  }
  return features;
}

/** Only nft's own refusal is a no; an nft that is missing or hangs rejects. */
async function isAccepted(nft: Pick<Nft, "load">, text: string): Promise<boolean> {
  try {
    await nft.load(text);
    return true;
  } catch (error) {
    if (error instanceof SensorError && error.code === "nft-failed") return false;
    throw error;
  }
}

function trialText({ family, hook, rule, declarations = [] }: KernelFeature): string {
  return [
    withoutTable(family),
    `table ${family} ${tableName} {\n`,
    ...declarations.map((line) => `\t${line}\n`),
    "\tchain trial {\n",
    `\t\t${hook}; policy accept;\n`,
    `\t\tiifname "cordon-noport" ${rule}\n`,
    "\t}\n",
    "}\n",
  ].join("");
}

/** Takes the table away, whether or not it is there. */
function withoutTable(family: KernelFeature["family"]): string {
  return `table ${family} ${tableName} {\n}\ndelete table ${family} ${tableName}\n`;
}
