import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

// What a kernel can do is asked of it once, by the box itself.
const leftOut: ReadonlySet<string> = new Set(["features.test.ts", "bundle.ts", "test-site.ts"]);

/**
 * Bundles the kernel tests, and the programs that they start, into a folder, each under its own name: for a
 * machine that has Node and `cap` and nothing else of the checkout. Gives the names of the tests.
 */
export async function bundleKernelTests(folder: string): Promise<readonly string[]> {
  const files = (await readdir(import.meta.dirname)).filter((file) => file.endsWith(".ts") && !leftOut.has(file));
  await build({
    entryPoints: files.map((file) => join(import.meta.dirname, file)),
    outdir: folder,
    // They start one another by these names.
    outExtension: { ".js": ".ts" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    logLevel: "silent",
    legalComments: "none",
    external: ["cap"],
    banner: {
      js: 'import { createRequire as cordonRequire } from "node:module";\nconst require = cordonRequire(import.meta.url);',
    },
  });
  return files.filter((file) => file.endsWith(".test.ts")).toSorted();
}
