import { join } from "node:path";
import { runCommand } from "../command.ts";

/** By name: whether a kernel has it. */
export type Features = ReadonlyMap<string, boolean>;

/** What this machine's kernel can do; null where it allows no namespaces to try it in. */
export async function ownFeatures(root: string): Promise<Features | null> {
  const program = join(root, "sensor/src/main.ts");
  const words = await runCommand("unshare", ["-Urn", process.execPath, program, "features", "--json"]).catch(
    () => null,
  );
  return words === null ? null : new Map(Object.entries(JSON.parse(words) as Record<string, boolean>));
}

/** What the box has said of its own. */
export function featuresIn(words: readonly { readonly text: string }[]): Features {
  return new Map(
    words.flatMap(({ text }) => {
      const [, name, answer] = /^quick feature (\S+) (yes|no)$/.exec(text) ?? [];
      return name === undefined ? [] : [[name, answer === "yes"] as const];
    }),
  );
}

/** Both in two columns. */
export function featureTable(own: Features | null, box: Features): string[] {
  const answer = (features: Features | null, name: string) =>
    features?.has(name) === true ? (features.get(name) === true ? "yes" : "no") : "?";
  return [
    `${"what the kernel can do".padEnd(28)}${"this machine's".padEnd(16)}the box's`,
    ...[...box.keys()].map((name) => `  ${name.padEnd(26)}${answer(own, name).padEnd(16)}${answer(box, name)}`),
  ];
}
