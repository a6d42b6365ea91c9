import { ImageError } from "../../errors.ts";
import type { Act, OfficeSetting } from "../office-scene.ts";

interface Count {
  /** Of the box's own clock. */
  readonly seconds: number;
  readonly bytes: number;
}

// Linux, Documentation/block/stat.rst: the seventh figure, in sectors of 512 bytes.
const question = "cut -d' ' -f1 /proc/uptime; awk '{print $7 * 512}' /sys/block/vda/stat";

async function countOf({ box }: OfficeSetting): Promise<Count> {
  const { output } = await box.agent.run(question);
  const [seconds = Number.NaN, bytes = Number.NaN] = output.trim().split("\n").map(Number);
  if (Number.isNaN(seconds + bytes))
    throw new ImageError("agent-silent", `the box does not count its writes: ${output}`);
  return { seconds, bytes };
}

/**
 * What the box writes to its disk while the acts between these two are played: from its enrolment to a quarantine, with more
 * going on than in most hours of an office.
 */
export function diskWritesAround(acts: readonly Act[]): readonly Act[] {
  let before: Count | null = null;
  return [
    {
      stories: [],
      async play(setting) {
        before = await countOf(setting);
      },
    },
    ...acts,
    {
      stories: [],
      async play(setting) {
        const after = await countOf(setting);
        const seconds = after.seconds - (before?.seconds ?? 0);
        const bytes = after.bytes - (before?.bytes ?? 0);
        const perHour = Math.round((bytes * 3600) / seconds);
        setting.book.bytesWrittenPerHour = perHour;
        const minutes = (seconds / 60).toFixed(1);
        setting.book.note(
          `written to the disk: ${bytes} bytes in ${minutes} minutes of the box's time, ${perHour} an hour`,
        );
      },
    },
  ];
}
