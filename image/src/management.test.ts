import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { ManagementProfile } from "@cordon/contract";

const scripts = fileURLToPath(new URL("../layers/files/initramfs/usr/lib/cordon/", import.meta.url));

test("the management port has the fixed address of the profile, however it is written, and asks by DHCP without one", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "cordon-management-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const noteOf = async (management: ManagementProfile | undefined, indent: number) => {
    const profile = {
      // A name is no field: its quotation marks are written with a backslash.
      site: { name: `"management":{"address":"1.2.3.4/24","router":"1.2.3.1"}` },
      gateway: { inside: "10.9.8.1/24", resolvers: ["192.0.2.99"] },
      ...(management === undefined ? {} : { management }),
      contacts: [{ name: "Anna", phone: "+49 30 1234" }],
      controller: { host: "192.0.2.9" },
    };
    await rm(join(folder, "note"), { force: true });
    await writeFile(join(folder, "profile.json"), JSON.stringify(profile, null, indent));
    execFileSync("sh", [
      "-ec",
      `. ${scripts}management; cd ${folder}; read_management profile.json; note_management note`,
    ]);
    return readFile(join(folder, "note"), "utf8").catch(() => null);
  };
  for (const indent of [0, 2]) {
    assert.equal(await noteOf(undefined, indent), null);
    const fixed = { address: "192.0.2.5/24", router: "192.0.2.1" };
    const off = "DHCP=no\nLinkLocalAddressing=no\nIPv6AcceptRA=no\nLLMNR=no\nMulticastDNS=no\nLLDP=no\nEmitLLDP=no\n";
    const head = "[Match]\nName=mgmt0\n[Network]\nAddress=192.0.2.5/24\nGateway=192.0.2.1\n";
    assert.equal(await noteOf(fixed, indent), `${head}${off}`);
    const named = { ...fixed, resolvers: ["192.0.2.53", "192.0.2.54"] };
    assert.equal(await noteOf(named, indent), `${head}DNS=192.0.2.53\nDNS=192.0.2.54\n${off}`);
  }
});
