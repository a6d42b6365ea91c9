import { setTimeout as delay } from "node:timers/promises";
import { ImageError } from "../../errors.ts";
import type { Act } from "../office-scene.ts";
import { hangMs } from "../patience.ts";
import { linesOf, memoryMb } from "./hardening.ts";

const minutes = 10;

// Of each process what is its own and its part of what it shares (Linux, Documentation/filesystems/proc.rst: Pss).
const shares = `for process in /proc/[0-9]*; do
  part=$(awk '/^Pss:/ { print $2 }' $process/smaps_rollup 2>/dev/null)
  test -n "$part" && echo "$part $(tr '\\0' ' ' <$process/cmdline | cut -c-100)"
done | sort -rn | head -n 8`;

// What programs have had written, and what partitions have taken (Documentation/block/stat.rst: sectors of 512 bytes).
const writers = `for process in /proc/[0-9]*; do
  bytes=$(awk '/^write_bytes:/ { print $2 }' $process/io 2>/dev/null)
  test "\${bytes:-0}" -gt 0 && echo "$bytes $(tr '\\0' ' ' <$process/cmdline | cut -c-100)"
done | sort -rn | head -n 5
for part in /sys/block/vda/vda*; do awk -v name="$(cat $part/uevent | sed -n s/^PARTNAME=//p)" '$7 > 0 { print $7 * 512, name }' $part/stat; done`;

const uptime = "cut -d' ' -f1 /proc/uptime";

/** What the box needs once an office, of which some machines are infected, has been at work for ten minutes of the box's own time. */
export function tenMinutesAround(acts: readonly Act[]): readonly Act[] {
  let begunAt = Number.NaN;
  return [
    {
      stories: [],
      async play(setting) {
        begunAt = Number((await linesOf(setting, uptime))[0]);
      },
    },
    ...acts,
    {
      stories: [],
      async play(setting) {
        const endsAt = performance.now() + 2 * hangMs;
        const lasted = async () => Number((await linesOf(setting, uptime))[0]) - begunAt;
        while ((await lasted()) < minutes * 60) {
          if (performance.now() > endsAt) throw new ImageError("agent-silent", "the box's clock does not go on");
          await delay(5000);
        }
        setting.book.memoryMb = await memoryMb(setting);
        for (const line of await linesOf(setting, shares)) setting.book.note(`memory, kB: ${line}`);
        for (const line of await linesOf(setting, writers)) setting.book.note(`written, bytes: ${line}`);
      },
    },
  ];
}
