import assert from "node:assert/strict";
import { test } from "node:test";
import { packagesOfBundle, renderBill, validateBill } from "./bill-of-materials.ts";
import { packagesIn } from "./dpkg-status.ts";

const status = `Package: nftables
Status: install ok installed
Architecture: arm64
Version: 1.1.3-1+b1

Package: libpcap0.8t64
Version: 1:1.10.5-2
Architecture: arm64
`;
const sum = Buffer.alloc(64, 7);
const materials = {
  image: { name: "cordon-arm64-pi", version: "0.1.1" },
  software: "0.1.0",
  debian: packagesIn(status),
  licences: new Map([["nftables", ["Beerware-like", "Expat", "GPL-2+", "GPL-2.0+"]]]),
  npm: [
    { name: "@sinclair/typebox", version: "0.34.0", licence: "MIT", integrity: `sha512-${sum.toString("base64")}` },
  ],
};

interface Bill {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly components: readonly {
    readonly purl: string;
    readonly version: string;
    readonly hashes?: readonly unknown[];
    readonly licenses?: readonly unknown[];
  }[];
}

test("each package stands in the bill once, with its version, by its package URL", () => {
  const bill = JSON.parse(renderBill({ ...materials, debian: [...materials.debian, ...materials.debian] })) as Bill;
  assert.deepEqual([bill.bomFormat, bill.specVersion], ["CycloneDX", "1.6"]);
  assert.deepEqual(bill.components.map(({ purl }) => purl).toSorted(), [
    "pkg:deb/debian/libpcap0.8t64@1:1.10.5-2?arch=arm64&distro=trixie",
    "pkg:deb/debian/nftables@1.1.3-1%2Bb1?arch=arm64&distro=trixie",
    "pkg:npm/%40sinclair/typebox@0.34.0",
  ]);
  const npm = bill.components.find(({ purl }) => purl.startsWith("pkg:npm/"));
  assert.deepEqual(npm?.hashes, [{ alg: "SHA-512", content: sum.toString("hex") }]);
});

test("licences are SPDX's where they have an identifier there, else in Debian's words; a package that says none has none", () => {
  const { components } = JSON.parse(renderBill(materials)) as Bill;
  const licencesOf = (name: string) => components.find(({ purl }) => purl.includes(name))?.licenses;
  assert.deepEqual(licencesOf("nftables"), [
    { license: { name: "Beerware-like" } },
    { license: { id: "GPL-2.0-or-later" } },
    { license: { id: "MIT" } },
  ]);
  assert.equal(licencesOf("libpcap"), undefined);
  assert.deepEqual(licencesOf("typebox"), [{ expression: "MIT" }]);
});

test("a bill keeps to the schema of CycloneDX, and one that does not is refused", async () => {
  const bill = renderBill(materials);
  await validateBill(bill);
  const spoiled = bill.replace('"type": "firmware"', '"type": "box"');
  assert.notEqual(spoiled, bill);
  await assert.rejects(validateBill(spoiled), { code: "bill-invalid" });
});

test("the same materials in another order give the same bytes", () => {
  assert.equal(renderBill({ ...materials, debian: materials.debian.toReversed() }), renderBill(materials));
});

test("a bundle's own comments say whose code is in it, one below another too", () => {
  const text = [
    "// ../node_modules/mqtt-packet/constants.js",
    "// ../node_modules/@sinclair/typebox/build/esm/index.mjs",
    "// ../node_modules/mqtt-packet/parser.js",
    "// ../node_modules/bl/node_modules/readable-stream/index.js",
    "// src/main.ts",
    'say("// node_modules/none/of/it.js");',
  ].join("\n");
  assert.deepEqual(packagesOfBundle(text), [
    "node_modules/@sinclair/typebox",
    "node_modules/bl/node_modules/readable-stream",
    "node_modules/mqtt-packet",
  ]);
});
