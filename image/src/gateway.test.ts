import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { GatewayProfile } from "@cordon/contract";

const scripts = fileURLToPath(new URL("../layers/files/initramfs/usr/lib/cordon/", import.meta.url));

/** What the initramfs makes of a profile: the note for the units, and the one for the network service. */
async function notesOf(t: TestContext, gateway: GatewayProfile | undefined, indent: number) {
  const folder = await mkdtemp(join(tmpdir(), "cordon-gateway-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const profile = {
    version: 1,
    site: { name: `"gateway":{"inside":"1.2.3.4/24"` },
    placement: "gateway",
    ports: { bridge: "br0", inside: "inside0", outside: "outside0" },
    ...(gateway === undefined ? {} : { gateway }),
    declared: [],
  };
  await writeFile(join(folder, "profile.json"), JSON.stringify(profile, null, indent));
  execFileSync("sh", [
    "-ec",
    `. ${scripts}gateway; cd ${folder}; read_gateway profile.json; note_gateway units; note_outside outside`,
  ]);
  return {
    units: await readFile(join(folder, "units"), "utf8"),
    outside: await readFile(join(folder, "outside"), "utf8"),
  };
}

for (const indent of [0, 2]) {
  test(`a profile with ${indent} spaces that says nothing of it means the default, and an address by DHCP`, async (t) => {
    const { units, outside } = await notesOf(t, undefined, indent);
    assert.equal(units, 'CORDON_GATEWAY="--address 10.213.77.1/24"\nCORDON_RESOLVERS=""\n');
    assert.match(outside, /^\[Match\]\nName=outside0\n\[Network\]\nDHCP=ipv4\n/);
  });

  test(`a profile with ${indent} spaces that says all of it is taken at its word`, async (t) => {
    const { units, outside } = await notesOf(
      t,
      {
        inside: "10.9.8.1/25",
        outside: { address: "192.0.2.2/24", router: "192.0.2.1" },
        resolvers: ["192.0.2.53", "192.0.2.54"],
      },
      indent,
    );
    assert.equal(
      units,
      'CORDON_GATEWAY="--address 10.9.8.1/25"\nCORDON_RESOLVERS=" --resolver 192.0.2.53 --resolver 192.0.2.54"\n',
    );
    assert.match(outside, /\nAddress=192\.0\.2\.2\/24\nGateway=192\.0\.2\.1\nDNS=192\.0\.2\.53\nDNS=192\.0\.2\.54\n/);
    assert.doesNotMatch(outside, /DHCP/);
  });
}
