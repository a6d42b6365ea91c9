import { Type } from "typebox";
import {
  isAutomatic,
  isSweepBlock,
  isWished,
  parserOf,
  ReportedAutomatic,
  ReportedContainment,
  ReportedSweep,
  ReportedThrottle,
  Time,
} from "@cordon/contract";
import { readFileIfPresent, setAside, writeFileAtomic } from "../record/atomic-file.ts";
import type { AgentMemory } from "./agent.ts";

const TimeOrNull = Type.Union([Time, Type.Null()]);

const counted = { passed: Type.Integer(), stopped: Type.Integer() };

const Memory = Type.Object({
  version: Type.Literal(1),
  trustedAt: Type.Optional(Time),
  kernel: Type.Object({
    counters: Type.Record(Type.String(), Type.Integer()),
    containments: Type.Record(
      Type.String(),
      Type.Object({
        inForceSince: TimeOrNull,
        packetsStopped: Type.Integer(),
        hiddenStopped: Type.Optional(Type.Integer()),
        lastStoppedAt: TimeOrNull,
      }),
    ),
  }),
  site: Type.Optional(
    Type.Object({
      counters: Type.Record(Type.String(), Type.Integer()),
      wishes: Type.Record(
        Type.String(),
        Type.Object({ inForceSince: TimeOrNull, ...counted, hidden: Type.Optional(Type.Object(counted)) }),
      ),
    }),
  ),
  /** Absent means none. */
  seenSite: Type.Optional(
    Type.Array(
      Type.Object({
        id: Type.String(),
        scope: Type.Union([Type.Literal("barrier"), Type.Literal("area"), Type.Literal("line")]),
        level: Type.String(),
        inForceSince: TimeOrNull,
        expiresAt: TimeOrNull,
        refusal: Type.Union([Type.String(), Type.Null()]),
        sentence: Type.String(),
        outcome: Type.String(),
      }),
    ),
  ),
  seen: Type.Array(ReportedContainment),
  /** Apart, so that a program that knows no throttles can read the rest. Absent means none. */
  seenThrottles: Type.Optional(Type.Array(ReportedThrottle)),
  /** Apart as well. Absent means none. */
  seenSweeps: Type.Optional(Type.Array(ReportedSweep)),
  seenAutomatic: Type.Optional(Type.Array(ReportedAutomatic)),
});

const parse = parserOf(Memory, { maxBytes: 16 * 1024 * 1024 });

/** Reads the agent's memory; a file that makes no sense is set aside, which costs times and no cut. */
export async function loadAgentMemory(path: string): Promise<AgentMemory | null> {
  const text = await readFileIfPresent(path);
  if (text === null) return null;
  const parsed = parse(text);
  if (parsed.ok) {
    const { seen, seenThrottles = [], seenSweeps = [], seenAutomatic = [], ...rest } = parsed.value;
    return { ...rest, seen: [...seen, ...seenThrottles, ...seenSweeps, ...seenAutomatic] };
  }
  await setAside(path);
  return null;
}

// The time is never saved later than by so much, and a leap of it at once.
const timeStepMs = 600_000;

/** What of it must not wait: while two are alike, the later may be written later, for counts alone have changed. */
export function urgentOf({ seen, seenSite, trustedAt = 0 }: AgentMemory): string {
  const held = seen.map(({ id, level, inForceSince }) => [id, level, inForceSince]);
  return JSON.stringify([Math.floor(trustedAt / timeStepMs), held, seenSite ?? []]);
}

export async function saveAgentMemory(path: string, memory: AgentMemory): Promise<void> {
  const { seen, ...rest } = memory;
  const seenAutomatic = seen.filter(isAutomatic);
  const wished = seen.filter(isWished);
  const seenThrottles = wished.filter((containment) => containment.kind === "throttle");
  const seenSweeps = wished.filter(isSweepBlock);
  const others = wished.filter((containment) => containment.kind !== "throttle" && !isSweepBlock(containment));
  await writeFileAtomic(path, JSON.stringify({ ...rest, seen: others, seenThrottles, seenSweeps, seenAutomatic }));
}
