import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { remediesInForce } from "@cordon/contract";
import { nameServiceConfig, rangeOf, type NameServiceOptions } from "./name-service-config.ts";
import { openableNames } from "./openable-names.ts";

const options: NameServiceOptions = {
  bridge: "br0",
  address: "10.213.77.1/24",
  resolvers: ["192.0.2.53"],
  names: ["a.example", "b.example", "c.example", "d.example"],
  leasesPath: "/run/leases",
};

test("the configuration gives out the network's addresses, says where the page is, and fills the kernel's sets", () => {
  const lines = nameServiceConfig(options).split("\n");
  assert.ok(lines.includes("dhcp-range=10.213.77.1,10.213.77.254,255.255.255.0,1h"));
  assert.ok(lines.includes("dhcp-option=114,http://10.213.77.1/"));
  assert.ok(lines.includes("server=192.0.2.53"));
  assert.deepEqual(
    lines.filter((line) => line.startsWith("nftset=")),
    [
      "nftset=/a.example/b.example/c.example/4#bridge#cordon#named_4,6#bridge#cordon#named_6",
      "nftset=/d.example/4#bridge#cordon#named_4,6#bridge#cordon#named_6",
    ],
  );
});

test("without name servers of its own it asks those that the system has found", () => {
  const config = nameServiceConfig({ ...options, resolvers: null });
  assert.match(config, /^resolv-file=\/run\/systemd\/resolve\/resolv\.conf$/m);
  assert.doesNotMatch(config, /^(server|no-resolv)/m);
});

test("the range is the whole network but its first and last address", () => {
  assert.deepEqual(rangeOf("192.168.9.130/25"), {
    own: "192.168.9.130",
    first: "192.168.9.129",
    last: "192.168.9.254",
    mask: "255.255.255.128",
  });
  assert.equal(rangeOf("10.20.30.40/16").last, "10.20.255.254");
});

const isThere = spawnSync("dnsmasq", ["--version"]).status === 0;

test("dnsmasq takes it, with all the names that are shipped", { skip: isThere ? false : "no dnsmasq here" }, () => {
  const input = nameServiceConfig({ ...options, names: openableNames(remediesInForce().names) });
  const { status, stderr } = spawnSync("dnsmasq", ["--test", "--conf-file=-"], { input, encoding: "utf8" });
  assert.equal(status, 0, stderr);
});
