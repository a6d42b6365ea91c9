import { Type } from "typebox";
import { parserOf, ReportedContainment, Time } from "@cordon/contract";
import { readFileIfPresent, setAside, writeFileAtomic } from "../record/atomic-file.ts";
import type { AgentMemory } from "./agent.ts";

const TimeOrNull = Type.Union([Time, Type.Null()]);

const Memory = Type.Object({
  version: Type.Literal(1),
  trustedAt: Type.Optional(Time),
  kernel: Type.Object({
    counters: Type.Record(Type.String(), Type.Integer()),
    containments: Type.Record(
      Type.String(),
      Type.Object({ inForceSince: TimeOrNull, packetsStopped: Type.Integer(), lastStoppedAt: TimeOrNull }),
    ),
  }),
  seen: Type.Array(ReportedContainment),
});

const parse = parserOf(Memory, { maxBytes: 16 * 1024 * 1024 });

/** Reads the agent's memory; a file that makes no sense is set aside, which costs times and no cut. */
export async function loadAgentMemory(path: string): Promise<AgentMemory | null> {
  const text = await readFileIfPresent(path);
  if (text === null) return null;
  const parsed = parse(text);
  if (parsed.ok) return parsed.value;
  await setAside(path);
  return null;
}

export async function saveAgentMemory(path: string, memory: AgentMemory): Promise<void> {
  await writeFileAtomic(path, JSON.stringify(memory));
}
