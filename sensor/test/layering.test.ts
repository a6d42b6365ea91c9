// Holds the direction of dependencies over import lines, for every workspace of the project. It reads the
// other packages' files as text and imports none of them.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { suite, test } from "node:test";

const root = resolve(import.meta.dirname, "../..");

interface ImportLine {
  /** From the root of the project. */
  readonly file: string;
  /** A file from the root of the project, or a package by its bare name (`node:fs`, `mqtt`). */
  readonly target: string;
  readonly isTypeOnly: boolean;
}

const isTest = (file: string): boolean => file.endsWith(".test.ts") || /(^|\/)test\//.test(file);
const isPackage = (target: string): boolean => !target.includes("/") || /^(node:|@)/.test(target);

/** The pure part of the sensor: bytes and packet time in, values out. */
const core = /^sensor\/src\/((packet|connection|host|evidence|verdict|remedy|walk)\/|judge(-[a-z-]+)?\.ts$)/;

/** What boots the image and plays the lab's scenes with it; the image itself never needs it. */
const bootTest = /^image\/src\/(boot-test\/|main\.ts$)/;

/** Values that lie in a folder of the shell because it owns them, and import nothing of it. */
const sharedValues = new Set([
  "sensor/src/capture/frame.ts",
  "sensor/src/capture/selection.ts",
  "sensor/src/containment/protocol.ts",
  "sensor/src/containment/remedy-protocol.ts",
  "sensor/src/errors.ts",
]);

/** How a file of a language is read, the same for pages and for mails. */
const readInBrowsers = new Set(["controller/src/language/language-file.ts", "controller/src/language/sentences.ts"]);

/** Libraries without input and output that the core may use. */
const pureLibraries = new Set(["@cordon/contract", "dns-packet", "tldts", "node:buffer"]);

/**
 * Rules over one import line: `where` says whose lines it is about, `allows` what they may name.
 */
const rules: readonly {
  readonly name: string;
  readonly where: (file: string) => boolean;
  readonly allows: (line: ImportLine) => boolean;
}[] = [
  {
    name: "the contract imports its schema library and itself, nothing else",
    where: (file) => file.startsWith("sensor/contract/src/") && !isTest(file),
    allows: ({ target }) => target === "typebox" || target.startsWith("sensor/contract/src/"),
  },
  {
    name: "the front imports nothing but the machine",
    where: (file) => file.startsWith("sensor/front/") && !isTest(file),
    allows: ({ target }) => isBuiltin(target) || target.startsWith("sensor/front/"),
  },
  {
    name: "the core imports the core, the contract and pure libraries",
    where: (file) => core.test(file) && !isTest(file),
    allows: ({ target }) => core.test(target) || sharedValues.has(target) || pureLibraries.has(target),
  },
  {
    name: "the values that core and shell share import nothing of the shell",
    where: (file) => sharedValues.has(file),
    allows: ({ target }) =>
      core.test(target) || sharedValues.has(target) || ["@cordon/contract", "typebox"].includes(target),
  },
  {
    name: "nothing of the sensor imports the controller, tests included",
    where: (file) => file.startsWith("sensor/"),
    allows: ({ target }) => !target.startsWith("controller/") && target !== "@cordon/controller",
  },
  {
    name: "nothing of the controller imports the sensor, tests included; contract and front by their names only",
    where: (file) => file.startsWith("controller/"),
    allows: ({ target }) => !target.startsWith("sensor/") && target !== "@cordon/sensor",
  },
  {
    name: "the sensor imports contract and front by their names only",
    where: (file) => file.startsWith("sensor/") && !/^sensor\/(contract|front)\//.test(file),
    allows: ({ target }) => !/^sensor\/(contract|front)\//.test(target),
  },
  {
    name: "the firmware imports neither lab, start, bench, score, fuzz, chaos nor tests",
    where: (file) => file.startsWith("sensor/src/") && !isTest(file),
    allows: ({ target }) => isPackage(target) || (target.startsWith("sensor/src/") && !target.endsWith(".test.ts")),
  },
  {
    name: "the lab is imported by itself, by start, by bench, by the boot test and by tests only",
    where: (file) => !/^sensor\/(lab|start|bench)\//.test(file) && !bootTest.test(file) && !isTest(file),
    allows: ({ target }) => !target.startsWith("sensor/lab/"),
  },
  {
    name: "the UI imports itself, libraries of the browser, how a language is read, and types of the API",
    where: (file) => file.startsWith("controller/ui/src/") && !isTest(file),
    allows: ({ target, isTypeOnly }) =>
      target.startsWith("controller/ui/src/") ||
      readInBrowsers.has(target) ||
      (isPackage(target) && !isBuiltin(target)) ||
      (isTypeOnly && target.startsWith("controller/src/api/")),
  },
  {
    name: "the controller imports of provision how a site is planned and a box is made, and nothing that asks or prints",
    where: (file) => file.startsWith("controller/") && !isTest(file),
    allows: ({ target }) =>
      !/^(provision|image)\//.test(target) || /^provision\/src\/(site|label|box|output)\//.test(target),
  },
  {
    name: "what the UI imports of the back end imports nothing",
    where: (file) => readInBrowsers.has(file),
    allows: () => false,
  },
  {
    name: "the controller's back end does not import its UI",
    where: (file) => file.startsWith("controller/src/"),
    allows: ({ target }) => !target.startsWith("controller/ui/"),
  },
  {
    name: "the image is made from itself, the contract, the bundles of sensor and centre, and the ruleset it loads",
    where: (file) => file.startsWith("image/") && !bootTest.test(file) && !isTest(file),
    allows: ({ target }) =>
      !/^(sensor|controller|provision)\//.test(target) ||
      ["sensor/build.ts", "controller/build.ts", "controller/ui/build.ts"].includes(target) ||
      /^sensor\/src\/(capture\/selection|containment\/(skeleton|routing-nft))\.ts$/.test(target),
  },
  {
    name: "what boots the image imports nothing of controller and provision but through processes",
    where: (file) => bootTest.test(file) || (file.startsWith("image/") && isTest(file)),
    allows: ({ target }) => !/^(controller|provision)\//.test(target),
  },
  {
    name: "provision imports the contract, itself, how a language is read, and of the image how its boot partition is written",
    where: (file) => file.startsWith("provision/") && !isTest(file),
    allows: ({ target }) =>
      target === "image/src/boot-partition.ts" ||
      target.startsWith("controller/src/language/") ||
      !/^(sensor|controller|image)\//.test(target),
  },
  {
    name: "how a language is read imports nothing else of the controller",
    where: (file) => file.startsWith("controller/src/language/") && !isTest(file),
    allows: ({ target }) => isBuiltin(target) || target.startsWith("controller/src/language/"),
  },
];

suite("layering", () => {
  const files = ["sensor", "controller", "image", "provision"].flatMap((folder) => sourcesIn(folder));
  const lines = files.flatMap((file) => importsOf(file));

  test("finds the sources of every workspace", () => {
    const found = (prefix: string): number => files.filter((file) => file.startsWith(prefix)).length;
    for (const prefix of [
      "sensor/contract/src/",
      "sensor/front/src/",
      "sensor/src/",
      "controller/src/",
      "controller/ui/src/",
      "image/src/",
      "provision/src/",
    ]) {
      assert.ok(found(prefix) > 0, `no source found in ${prefix}`);
    }
    assert.ok(lines.length > files.length, "fewer import lines than files: they are not being read");
  });

  for (const rule of rules) {
    test(rule.name, () => {
      assert.ok(files.some(rule.where), "the rule is about no file");
      const broken = lines.filter((line) => rule.where(line.file) && !rule.allows(line));
      assert.deepEqual(
        broken.map((line) => `${line.file} imports ${line.target}`),
        [],
      );
    });
  }
});

suite("reading import lines", () => {
  for (const { name, text, targets } of [
    { name: "a plain import", text: `import { a } from "./a.ts";`, targets: ["sensor/src/a.ts"] },
    { name: "several lines", text: `import {\n  a,\n  type B,\n} from "node:fs";`, targets: ["node:fs"] },
    { name: "a side effect", text: `import "mqtt";`, targets: ["mqtt"] },
    { name: "a re-export", text: `export * from "../lab/x.ts";`, targets: ["sensor/lab/x.ts"] },
    { name: "an import when needed", text: `const a = await import("./b.ts");`, targets: ["sensor/src/b.ts"] },
    { name: "a require", text: `const cap = require("cap");`, targets: ["cap"] },
    { name: "a part of a package", text: `import x from "@a/b/c.js";`, targets: ["@a/b"] },
    { name: "a builtin without its prefix", text: `import x from "fs";`, targets: ["node:fs"] },
  ]) {
    test(`sees ${name}`, () => {
      assert.deepEqual(
        importsIn("sensor/src/x.ts", text).map((line) => line.target),
        targets,
      );
    });
  }

  test("tells imports of types alone", () => {
    const text = `import type { A } from "./a.ts";\nimport { b } from "./b.ts";\nexport type { C } from "./c.ts";`;
    assert.deepEqual(
      importsIn("sensor/src/x.ts", text).map((line) => line.isTypeOnly),
      [true, false, true],
    );
  });
});

function sourcesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return ["node_modules", "dist"].includes(entry.name) ? [] : sourcesIn(path);
    return /\.[cm]?[jt]s$/.test(entry.name) ? [path] : [];
  });
}

function importsOf(file: string): ImportLine[] {
  return importsIn(file, readFileSync(join(root, file), "utf8"));
}

function importsIn(file: string, text: string): ImportLine[] {
  const patterns = [
    /^[ \t]*(?:import|export)(?<type>\s+type)?\b[^;"'`]*?\bfrom\s*["'](?<name>[^"']+)["']/gm,
    /^[ \t]*import\s*["'](?<name>[^"']+)["']/gm,
    /\b(?:import|require)\(\s*["'](?<name>[^"']+)["']/g,
  ];
  return patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => ({
      file,
      target: targetOf(file, match.groups?.["name"] ?? ""),
      isTypeOnly: match.groups?.["type"] !== undefined,
    })),
  );
}

/** A file from the root of the project, or a package without the path inside it. */
function targetOf(file: string, name: string): string {
  if (name.startsWith(".")) return relative(root, resolve(root, dirname(file), name));
  if (isBuiltin(name)) return name.startsWith("node:") ? name : `node:${name}`;
  return name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");
}
