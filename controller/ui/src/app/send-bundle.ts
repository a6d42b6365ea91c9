import type { RolloutApi } from "../api/rollout-api.ts";

const partBytes = 2 * 1024 * 1024;
const tries = 6;

/** Sends a file part by part; goes on where a line that broke left it. Gives the release's id. */
export async function sendBundle(
  api: Pick<RolloutApi, "announce" | "part" | "releases">,
  file: Blob,
  onProgress: (percent: number) => void,
): Promise<string> {
  const { id } = await api.announce(file.size);
  let failures = 0;
  for (let at = 0; at < file.size;) {
    onProgress(Math.floor((100 * at) / file.size));
    try {
      at = await api.part(id, at, file.slice(at, at + partBytes));
      failures = 0;
    } catch (error) {
      failures += 1;
      if (failures >= tries) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** failures));
      at = (await api.releases()).find((release) => release.id === id)?.receivedBytes ?? at;
    }
  }
  return id;
}
