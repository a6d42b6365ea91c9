import { createHash } from "node:crypto";
import {
  copyRulesOf,
  handedUpCounter,
  heldBackCounter,
  renderCopyRule,
  renderDispatch,
  renderShortcut,
  sharedLimits,
} from "./selection-nft.ts";
import { renderWrapped, wrappedDispatch } from "./selection-wrapped-nft.ts";
import type { SelectionRule } from "./selection.ts";

/**
 * The ruleset of a box that only receives copies of a line: the same selection as in the line, where frames enter the
 * port. There is no bridge, nothing is stopped but what the box itself would send, and the box's own programs hear
 * nothing of what comes in: it is for others.
 */

/** The table's name in family netdev. */
export const mirrorTable = "cordon";

/** Counts what the box would have sent into the mirrored line. */
export const heldInCounter = "held_in";

/** The counter whose name carries the version. */
const versionPrefix = "skeleton_";

export interface MirrorOptions {
  readonly selection: readonly SelectionRule[];
  /** The log group that the reader opens. */
  readonly logGroup: number;
  /** The port that receives the copies. */
  readonly port: string;
}

export interface MirrorSkeleton {
  /** The table in nft's words; it takes the place of one that is there. */
  readonly text: string;
  /** Changes whenever the text does. */
  readonly version: string;
  /** Name of the counter that carries the version. */
  readonly versionCounter: string;
  /** Whether the kernel itself keeps the box from sending by that port. */
  readonly isMute: boolean;
  /** Names of the counters of copies, by the name they are reported under. */
  readonly handedUp: ReadonlyMap<string, string>;
  readonly heldBack: ReadonlyMap<string, string>;
}

/** Both renderings, the better one first: kernels before 5.16 have no egress hook. */
export function renderMirrors(options: MirrorOptions): readonly [mute: MirrorSkeleton, plain: MirrorSkeleton] {
  return [renderMirror(options, true), renderMirror(options, false)];
}

function renderMirror({ selection, logGroup, port }: MirrorOptions, isMute: boolean): MirrorSkeleton {
  const rules = copyRulesOf(selection);
  // A mirror may well be one of the line beyond the router.
  const parts = [...rules.map((rule) => renderCopyRule(rule, logGroup)), renderWrapped(selection, logGroup)];
  const lines = [
    `counter ${heldInCounter} {`,
    "}",
    ...sharedLimits("mac"),
    ...parts.flatMap((part) => part.declarations),
    ...parts.flatMap((part) => part.chains),
    "chain capture {",
    `\ttype filter hook ingress device "${port}" priority -100; policy accept;`,
    ...renderShortcut(selection).map((line) => `\t${line}`),
    `\t${wrappedDispatch.rule}`,
    ...renderDispatch(rules).map((line) => `\t${line}`),
    "}",
    // Behind the selection: no program of the box takes a copy for something that is said to it.
    "chain deaf {",
    `\ttype filter hook ingress device "${port}" priority 100; policy drop;`,
    "}",
    ...(isMute
      ? [
          "chain mute {",
          `\ttype filter hook egress device "${port}" priority 0; policy accept;`,
          `\tcounter name "${heldInCounter}" drop`,
          "}",
        ]
      : []),
  ];
  const version = createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 12);
  const versionCounter = versionPrefix + version;
  return {
    version,
    versionCounter,
    isMute,
    text: [
      // Added first, so that there is something to delete.
      `add table netdev ${mirrorTable}`,
      `delete table netdev ${mirrorTable}`,
      `table netdev ${mirrorTable} {`,
      `\tcounter ${versionCounter} {`,
      "\t}",
      ...lines.map((line) => `\t${line}`),
      "}",
      "",
    ].join("\n"),
    handedUp: new Map(rules.map((rule) => [rule.name, handedUpCounter(rule)])),
    heldBack: new Map(rules.map((rule) => [rule.name, heldBackCounter(rule)])),
  };
}
