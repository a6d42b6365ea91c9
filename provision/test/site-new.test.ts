import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { parseSite } from "../src/site/read-site.ts";

const main = join(import.meta.dirname, "../src/main.ts");

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "cordon-site-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function site(folder: string, args: readonly string[], input = "") {
  return spawnSync(process.execPath, [main, "site", ...args], { cwd: folder, input, encoding: "utf8" });
}

test("site new asks, asks again where an answer cannot be used, and writes what it was told", (t) => {
  const folder = scratch(t);
  const answers = [
    ...[
      "Bäckerei Möller",
      "mirrorr",
      "lan",
      "a b",
      "cordon.example.net",
      "ninety",
      "",
      "",
      "https://cordon.example.net",
    ],
    ...["192.168.1.0/24", "02-00-5E-10-00-0A", "02:00:5e:10:00:0b", "", "y", "7", "192.168.1.5/24", "192.168.1.1", ""],
    ...["192.168.1.1", "02:00:5e:10:00:01 mailserver", "02:00:5e:10:00:01 mail-server", ""],
    ...[
      "Front desk: 02:00:5e:10:00:02, 02:00:5e:10:00:03",
      "",
      "guard",
      "Anna Brandt, +49 30 1234, when the line is dead",
      "",
    ],
    ...["Anna", "manager", "2099-01-01", "2026-01-02", "2099-12-31"],
    // What does not go together, at the end.
    "192.168.1.1",
  ];
  const asked = site(folder, ["new"], `${answers.join("\n")}\n`);
  assert.equal(asked.status, 0, asked.stderr);
  assert.match(asked.stdout, /placement: "mirrorr" cannot be it; did you mean mirror\?/);
  assert.match(asked.stdout, /controller\.host: "a b" cannot be it; a host is a name/);
  assert.match(
    asked.stdout,
    /controller\.port: "ninety" cannot be it; allowed: a port from 1 to 65535\n/,
    "of no quotes",
  );
  assert.match(asked.stdout, /machines\[1\]\.is: "mailserver" cannot be it; did you mean mail-server\?/);
  assert.match(asked.stdout, /management\.resolvers: is missing; by a fixed address/);
  assert.match(asked.stdout, /recording\.date: 2099-01-01 is still to come/);
  assert.deepEqual(readdirSync(folder), ["backerei-moller.site.yaml"]);
  const file = join(folder, "backerei-moller.site.yaml");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(parseSite(file, readFileSync(file, "utf8"), Date.now()), {
    ...{ version: 1, name: "Bäckerei Möller", placement: "lan", policy: "guard" },
    controller: { host: "cordon.example.net", url: "https://cordon.example.net" },
    networks: ["192.168.1.0/24"],
    ports: { inside: "02-00-5E-10-00-0A", outside: "02:00:5e:10:00:0b" },
    line: { pppoe: true, vlan: 7 },
    management: { address: "192.168.1.5/24", router: "192.168.1.1", resolvers: ["192.168.1.1"] },
    resolvers: ["192.168.1.1"],
    machines: [{ mac: "02:00:5e:10:00:01", is: "mail-server" }],
    areas: [{ name: "Front desk", machines: ["02:00:5e:10:00:02", "02:00:5e:10:00:03"] }],
    contacts: [{ name: "Anna Brandt", phone: "+49 30 1234", for: "when the line is dead" }],
    recording: { by: "Anna", role: "manager", date: "2026-01-02", until: "2099-12-31" },
  });
  const second = site(folder, ["new"], `${answers.join("\n")}\n`);
  assert.match(second.stdout, /Wrote .*backerei-moller-2\.site\.yaml/, "nothing that was answered is lost");
  const taken = site(folder, ["new", "--out", file], "");
  assert.match(taken.stderr, /cannot write the site file .* is there already; --force/, "before anything is asked");
  const again = site(folder, ["new", "--from", file]);
  assert.equal(again.status, 1);
  assert.match(again.stderr, /is there already; --force writes over it\n$/);
  assert.equal(site(folder, ["check", "--site", file]).status, 0);
});

test("site new takes answers from a file, and writes nothing where they cannot be used or end too soon", (t) => {
  const folder = scratch(t);
  writeFileSync(
    join(folder, "answers.yaml"),
    "version: 1\nname: Office\nplacement: wan\ncontroller: { host: 192.0.2.9 }\n",
  );
  const made = site(folder, ["new", "--from", "answers.yaml", "--out", "office.yaml"]);
  assert.equal(made.stderr, "");
  assert.match(readFileSync(join(folder, "office.yaml"), "utf8"), /^placement: wan$/m);
  writeFileSync(
    join(folder, "answers.yaml"),
    "version: 1\nname: Office\nplacment: wan\ncontroller: { host: 192.0.2.9 }\n",
  );
  const refused = site(folder, ["new", "--from", "answers.yaml", "--out", "other.yaml"]);
  assert.equal(refused.status, 1);
  assert.match(
    refused.stderr,
    /answers\.yaml:\n {2}line 3, placment: there is no such field; did you mean placement\?\n$/,
  );
  const ended = site(folder, ["new", "--out", "other.yaml"], "Office\nlan\n");
  assert.equal(ended.status, 1);
  assert.match(ended.stderr, /the answers ended before the questions; nothing was written/);
  assert.deepEqual(readdirSync(folder).toSorted(), ["answers.yaml", "office.yaml"]);
});
