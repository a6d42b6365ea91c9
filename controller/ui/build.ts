/**
 * Bundles the web UI: index.html, scripts, app.css, icon and fonts, all served by the controller
 * itself, for the line may be dead.
 */
import { copyFile, cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import { build, type OutputFile, type Plugin } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

/** Beside this file; they are served as they are. */
export const copied = ["index.html", "icon.svg", "LICENSE-Lucide.txt"] as const;
const fonts = ["plex-sans-latin-wght.woff2", "plex-mono-latin-400.woff2", "LICENSE-IBM-Plex.txt"] as const;

/**
 * The browser checks no payload: it shows what its own controller checked. So the schema library
 * behind the contract (170 kB) stays out, and each schema is an empty object.
 */
const withoutSchemas: Plugin = {
  name: "without-schemas",
  setup(bundle) {
    bundle.onResolve({ filter: /^typebox(\/|$)/ }, () => ({ path: "typebox", namespace: "without-schemas" }));
    bundle.onLoad({ filter: /.*/, namespace: "without-schemas" }, () => ({
      contents: `
        const schema = new Proxy(function () {}, { get: (_, key) => (key === "properties" ? {} : schema), apply: () => schema, construct: () => schema });
        export const Type = schema; export const Compile = schema; export const Value = schema; export default schema;`,
    }));
  },
};

export interface BundledUi {
  readonly files: readonly Pick<OutputFile, "path" | "contents" | "text">[];
  /** What of npm is in them, by its path from the root of the checkout. */
  readonly packages: readonly string[];
}

/** Program and styles from the sources in `home` as they are now, for a folder; nothing is written. */
export async function bundleUi(outDir: string, home: string = here): Promise<BundledUi> {
  const outputs = await Promise.all([
    build({
      entryPoints: { app: join(home, "src/main.ts") },
      outdir: outDir,
      write: false,
      metafile: true,
      bundle: true,
      minify: true,
      format: "esm",
      // What the first page needs (app.js, with chunk.js that both need), and the rest (rest.js), which follows it.
      splitting: true,
      chunkNames: "[name]",
      target: ["es2023"],
      legalComments: "linked",
      tsconfig: join(home, "tsconfig.json"),
      plugins: [withoutSchemas],
      logLevel: "warning",
    }),
    build({
      entryPoints: { app: join(home, "src/styles/app.css") },
      outdir: outDir,
      write: false,
      metafile: true,
      bundle: true,
      minify: true,
      external: ["/fonts/*"],
      logLevel: "warning",
    }),
  ]);
  const files = outputs.flatMap(({ outputFiles }) => outputFiles.map(withoutIndents));
  const inputs = outputs.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  const packages = inputs.flatMap((path) => /node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  return { files, packages: [...new Set(packages)].toSorted() };
}

/**
 * What indents the lines of templates is most of the white space that a minified program still has. In HTML any of it is as
 * good as one blank, which packs better than the end of a line; before the end of a tag there need be none.
 */
function withoutIndents(file: OutputFile): Pick<OutputFile, "path" | "contents" | "text"> {
  if (!file.path.endsWith(".js")) return file;
  const text = file.text.replaceAll(/\n +>/g, ">").replaceAll(/\n +/g, " ");
  return { path: file.path, contents: new TextEncoder().encode(text), text };
}

/** Builds into `outDir`, which is emptied first. */
export async function buildUi(outDir: string): Promise<void> {
  await rm(outDir, { recursive: true, force: true });
  await mkdir(join(outDir, "fonts"), { recursive: true });
  const { files } = await bundleUi(outDir);
  await Promise.all([
    ...files.map(({ path, contents }) => writeFile(path, contents)),
    ...copied.map((name) => copyFile(join(here, name), join(outDir, name))),
    // Read by the controller whenever they are asked for; another may be put beside them.
    cp(join(here, "languages"), join(outDir, "languages"), { recursive: true }),
    ...fonts.map((name) => copyFile(join(here, "fonts", name), join(outDir, "fonts", name))),
  ]);
  await Promise.all(files.filter(({ path }) => /\.(js|css)$/.test(path)).map(({ path }) => packBeside(path)));
}

/** Fonts are packed already, and the rest is small. By gzip as well, for brotli is asked for by TLS and on the own machine alone. */
async function packBeside(file: string): Promise<void> {
  const contents = await readFile(file);
  await writeFile(`${file}.gz`, await promisify(gzip)(contents, { level: 9 }));
  // As dense as it can be, by default.
  await writeFile(`${file}.br`, await promisify(brotliCompress)(contents));
}

if (import.meta.main) await buildUi(resolve(here, "../dist/ui"));
