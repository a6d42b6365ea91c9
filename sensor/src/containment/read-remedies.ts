import type { Nft } from "./nft.ts";
import type { RemedyOutcome } from "./remedy-protocol.ts";
import { remedyCounts } from "./remedy-nft.ts";
import { tableName } from "./skeleton.ts";

/** What went to remedies, as the kernel counted it by machine and address. */
export async function readUsedRemedies(nft: Nft): Promise<RemedyOutcome["used"]> {
  const sets = await Promise.all(
    Object.values(remedyCounts).map((name) => nft.listElements(["set", "bridge", tableName, name])),
  );
  return sets
    .flatMap((objects) => objects ?? [])
    .flatMap(({ set }) => (set as { readonly elem?: readonly unknown[] } | undefined)?.elem ?? [])
    .flatMap((element) => usedBy(element) ?? []);
}

/** nft writes `{ elem: { val: { concat: [mac, address] }, counter: { packets } } }`. */
function usedBy(element: unknown): RemedyOutcome["used"][number] | null {
  const { elem } = element as { readonly elem?: { readonly val?: unknown; readonly counter?: unknown } };
  const { concat } = (elem?.val ?? {}) as { readonly concat?: readonly unknown[] };
  const { packets } = (elem?.counter ?? {}) as { readonly packets?: unknown };
  const [mac, address] = concat ?? [];
  if (typeof mac !== "string" || typeof address !== "string" || typeof packets !== "number") return null;
  return { mac, address, packets };
}
