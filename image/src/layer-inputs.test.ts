import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { boards, layersOf } from "../layers/index.ts";
import { initramfs as initramfsOf } from "../layers/initramfs.ts";
import { centre as centreOf, sensor as sensorOf } from "../layers/programs.ts";
import { root as rootOf } from "../layers/root.ts";
import { bundleSensor } from "../../sensor/build.ts";
import { capPartsOf } from "./builders/sensor.ts";
import { slow } from "../../sensor/test/slow-tests.ts";
import { codeOf, hashOfInputs } from "./layer-inputs.ts";

const checkout = join(import.meta.dirname, "../..");
const [initramfs, sensor, rootLayer] = [initramfsOf(boards.pc), sensorOf(boards.pc), rootOf(boards.pc)];
const [crossSensor, centre] = [sensorOf(boards.pi), centreOf(boards.pc)];
// One of each kind: a kind has one builder.
const all = Object.values(boards).flatMap((board) => layersOf(board));
const layers = [...new Map(all.map((layer) => [layer.kind, layer])).values()];
const root = mkdtempSync(join(tmpdir(), "cordon-inputs-"));
after(() => rmSync(root, { recursive: true }));

// A checkout whose files can be changed: the workspaces and cap copied, all other packages where they are.
for (const path of [
  "image/src",
  "image/layers",
  "sensor/src",
  "sensor/contract",
  "sensor/front",
  "sensor/build.ts",
  "controller/src",
  "controller/build.ts",
  ...["build.ts", "fonts", "icon.svg", "index.html", "languages", "LICENSE-Lucide.txt", "src", "tsconfig.json"].map(
    (name) => `controller/ui/${name}`,
  ),
  "provision/src/site",
  ...capPartsOf(sensor),
  ...capPartsOf(crossSensor),
]) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  // A link stays one within the copy: what is written through it below is not the checkout's.
  cpSync(join(checkout, path), join(root, path), { recursive: true, verbatimSymlinks: true });
}
for (const path of [
  "package.json",
  "package-lock.json",
  "tsconfig.base.json",
  "sensor/package.json",
  "image/package.json",
  "controller/package.json",
]) {
  cpSync(join(checkout, path), join(root, path));
}
for (const name of readdirSync(join(checkout, "node_modules"))) {
  if (name === "@cordon" || name === "cap") continue;
  symlinkSync(join(checkout, "node_modules", name), join(root, "node_modules", name));
}
mkdirSync(join(root, "node_modules/@cordon"));
for (const name of ["contract", "front"]) {
  symlinkSync(`../../sensor/${name}`, join(root, `node_modules/@cordon/${name}`));
}

const hashOf = (layer: (typeof layers)[number]) => hashOfInputs(layer, [], { root, mirror: null, release: "0.1.0" });

/** Files of the checkout that Node itself reads when it imports these, from the root. */
function loadedBy(paths: readonly string[]): readonly string[] {
  const code = `
import { registerHooks } from "node:module";
registerHooks({ load(url, context, next) { console.log(url); return next(url, context); } });
for (const path of ${JSON.stringify(paths)}) await import("${root}/" + path);`;
  const words = execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8", cwd: root });
  const files = words
    .split("\n")
    .flatMap((url) => (url.startsWith("file:") ? [relative(root, fileURLToPath(url))] : []));
  return [...new Set(files)].filter((path) => !path.startsWith("..") && !path.startsWith("node_modules/"));
}

/**
 * Which of these files may change without `hash` or `text` telling. All are changed at once, each by a word of its
 * own that `text` then has to hold: a hash for each file would take minutes.
 */
async function unnoticed(
  paths: readonly string[],
  hash: () => Promise<string>,
  text: () => Promise<string>,
): Promise<string[]> {
  const before = await hash();
  const contents = new Map(paths.map((path) => [path, readFileSync(join(root, path))]));
  for (const path of paths) appendFileSync(join(root, path), `\nglobalThis.changed = ${JSON.stringify(path)};\n`);
  const [after, changed] = [await hash(), await text()];
  for (const [path, content] of contents) writeFileSync(join(root, path), content);
  assert.notEqual(after, before);
  assert.equal(await hash(), before, "the same inputs give the same hash");
  return paths.filter((path) => !changed.includes(JSON.stringify(path)));
}

for (const layer of layers) {
  test(`the code that makes the layer ${layer.name} is an input of it, with all that it imports`, async () => {
    // What sensor/build.ts makes is an input, whatever it is made by.
    const paths = loadedBy([`image/src/builders/${layer.kind}.ts`]);
    assert.ok(paths.includes(`image/src/builders/${layer.kind}.ts`));
    const missed = await unnoticed(
      paths,
      () => hashOf(layer),
      () => codeOf(layer, root),
    );
    assert.deepEqual(missed, []);
    if (layer.kind !== "initramfs") return;
    for (const path of ["containment/encapsulation-nft.ts", "capture/nflog.ts"]) {
      assert.ok(paths.includes(`sensor/src/${path}`), `${path} is not among the rulesets' sources`);
    }
    assert.ok(paths.includes("sensor/contract/src/words.ts"));
  });
}

test("a change of any code in the sensor's bundle makes another layer of it", async () => {
  const main = readFileSync(join(root, "sensor/src/main.ts"), "utf8");
  const parts = [...main.matchAll(/(?:from |import\()"\.\/(.*?)"/g)].map(([, path]) => `sensor/src/${path}`);
  const paths = ["sensor/src/main.ts", ...loadedBy(parts)].filter((path) => path.endsWith(".ts"));
  for (const path of ["judge.ts", "containment/executor.ts", "capture/reader.ts"]) {
    assert.ok(paths.includes(`sensor/src/${path}`));
  }
  const bundle = async () => (await bundleSensor("x.mjs", join(root, "sensor"))).map(({ text }) => text).join("\n");
  // The contract says of itself that loading it does nothing: of a file of it that is not used, nothing is shipped.
  const shipped = await bundle();
  const missed = await unnoticed(paths, () => hashOf(sensor), bundle);
  assert.deepEqual(
    missed.filter((path) => shipped.includes(`\n// ${path}\n`)),
    [],
  );
  assert.ok(shipped.includes("\n// sensor/contract/src/words.ts\n"));
  assert.ok(missed.every((path) => path.startsWith("sensor/contract/")));
});

test(
  "a change of the centre's program or of its user interface makes another layer of it",
  { skip: slow },
  async () => {
    const before = await hashOf(centre);
    for (const path of ["controller/src/account/pin.ts", "controller/ui/src/pages/site-page.ts"]) {
      const content = readFileSync(join(root, path));
      appendFileSync(join(root, path), "\nglobalThis.changed = 1;\n");
      assert.notEqual(await hashOf(centre), before, path);
      writeFileSync(join(root, path), content);
    }
  },
);

test("one byte more in any file that is taken over as it is makes another layer", { skip: slow }, async () => {
  const filesBelow = (path: string) =>
    readdirSync(join(root, path), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)));
  const ofCap = filesBelow("node_modules/cap");
  assert.ok(ofCap.includes("node_modules/cap/build/Release/cap.node"));
  for (const [layer, files] of [
    [sensor, ofCap.filter((path) => capPartsOf(sensor).some((part) => path.startsWith(part)))],
    [crossSensor, ofCap.filter((path) => path.startsWith("node_modules/cap/src/") || path.endsWith("binding.gyp"))],
    [initramfs, initramfs.files.flatMap((folder) => filesBelow(folder).slice(0, 3))],
    [rootLayer, rootLayer.files.flatMap(filesBelow)],
    [centre, filesBelow("controller/ui/languages").concat(filesBelow("controller/ui/fonts").slice(0, 1))],
  ] as const) {
    assert.ok(files.length > 2);
    const before = await hashOf(layer);
    for (const path of files) {
      const content = readFileSync(join(root, path));
      appendFileSync(join(root, path), " ");
      assert.notEqual(await hashOf(layer), before, path);
      writeFileSync(join(root, path), content);
    }
  }
});

test("what a layer needs, and its own declaration, are inputs too", async () => {
  const conditions = { root, mirror: null, release: "0.1.0" } as const;
  const hashes = [
    await hashOfInputs(initramfs, [], conditions),
    await hashOfInputs(initramfs, ["another kernel"], conditions),
    await hashOfInputs({ ...initramfs, outsidePort: "eth7" }, [], conditions),
  ];
  assert.equal(new Set(hashes).size, 3);
});

test("a release of another number has another root, for that says it, and no other program", async () => {
  const hashesOf = (layer: (typeof layers)[number]) =>
    Promise.all(["0.1.0", "0.1.1"].map((release) => hashOfInputs(layer, [], { root, mirror: null, release })));
  assert.equal(new Set(await hashesOf(rootLayer)).size, 2);
  assert.equal(new Set(await hashesOf(sensor)).size, 1);
});
