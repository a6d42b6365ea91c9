import { loadText } from "./containment-elements.ts";
import type { Elements } from "./element-sets.ts";
import type { KernelTable } from "./kernel-table.ts";
import { isRefusal, type Nft } from "./nft.ts";
import type { Skeleton } from "./skeleton.ts";

/** Renderings of one ruleset, the best first. */
export type Renderings = readonly [Skeleton, ...Skeleton[]];

// Of some hundred elements each.
const commandsAtOnce = 5;

/**
 * Loads the rendering that the kernel holds already, else the first that it accepts, with the elements; says which.
 * `table` is what the kernel holds.
 */
export async function loadSkeleton(
  nft: Nft,
  skeletons: Renderings,
  elements: Elements,
  table: KernelTable | null,
): Promise<Skeleton> {
  // In place nothing is taken away: what a hand has added to the table would stay, and take frames from us.
  const held = skeletons.filter((skeleton) => skeleton.version === table?.version && !hasForeignParts(table, skeleton));
  const attempts = [
    ...held.map((skeleton) => ({ skeleton, manner: "in-place" as const })),
    // The version may fit and the definitions not: then somebody has changed a set or a chain.
    ...[...new Set([...held, ...skeletons])].map((skeleton) => ({ skeleton, manner: "anew" as const })),
  ];
  let refusal: unknown;
  for (const { skeleton, manner } of attempts) {
    try {
      await loadWhole(nft, loadText(skeleton, elements, table, manner), skeleton);
      await nft.load(skeleton.more);
      return skeleton;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

/**
 * One transaction where it fits into the socket: in a user namespace, whose buffers nft may not enlarge, a thousand
 * elements do not fit with the ruleset. Then the elements follow it, and those contained are open for so long: where the
 * table was away they were open already.
 */
async function loadWhole(nft: Nft, text: string, skeleton: Skeleton): Promise<void> {
  try {
    return await nft.load(text);
  } catch (error) {
    if (!isRefusal(error) || !error.message.includes("Message too long")) throw error;
  }
  const end = text.indexOf(skeleton.text) + skeleton.text.length;
  await nft.load(text.slice(0, end));
  const commands = text.slice(end).split("\n");
  for (let at = 0; at < commands.length; at += commandsAtOnce) {
    await nft.load(`${commands.slice(at, at + commandsAtOnce).join("\n")}\n`);
  }
}

/** Whether the table has a part that the rendering does not make. */
function hasForeignParts(table: KernelTable, { text, more }: Skeleton): boolean {
  const ours = new Set(
    [...`${text}${more}`.matchAll(/^\t([a-z]+) (\S+) \{$/gm)].map(([, kind, name]) => `${kind} ${name}`),
  );
  return [...table.parts].some((part) => !ours.has(part));
}
