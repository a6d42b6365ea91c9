import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { ProvisionError } from "../errors.ts";
import { parseSite, readSite } from "./read-site.ts";
import { siteText } from "./site-text.ts";

const now = Date.parse("2026-11-30T12:00:00Z");

/** The faults that are told, without the first line. */
function faultsOf(text: string): string[] {
  try {
    parseSite("site.yaml", text, now);
  } catch (error) {
    assert.ok(error instanceof ProvisionError);
    const [first, ...rest] = error.message.split("\n");
    assert.equal(first, "cannot use the site file site.yaml:");
    return rest.map((line) => line.trim());
  }
  return [];
}

const good = `version: 1
name: Harbour Office
placement: lan
controller:
  host: cordon.example.net
`;

const whole = `version: 1
name: Müller & Söhne
placement: lan
policy: guard
controller: { host: cordon.example.net, port: 8883, url: "https://cordon.example.net" }
networks: [192.168.1.0/24, "2001:db8::/64"]
ports: { inside: 02-00-5E-10-00-0A, outside: "02:00:5e:10:00:0b" }
line: { pppoe: true, vlan: 7 }
management: { address: 192.168.1.5/24, router: 192.168.1.1, resolvers: [192.168.1.1] }
resolvers: [192.168.1.1]
machines: [{ mac: "02:00:5e:10:00:01", is: mail-server }]
areas: [{ name: Front desk, machines: ["02:00:5e:10:00:02"] }]
contacts: [{ name: Anna, phone: "+49 30 1234", for: the line is dead }]
recording: { by: Anna, role: manager, date: 2026-11-29, until: 2026-12-31 }
`;

test("a site file says what it says, and what is written of it says the same", () => {
  const plan = parseSite("site.yaml", whole, now);
  assert.equal(plan.name, "Müller & Söhne");
  assert.deepEqual(plan.line, { pppoe: true, vlan: 7 });
  const text = siteText(plan);
  assert.deepEqual(parseSite("again.yaml", text, now), plan);
  assert.match(text, /^# Where the box stands: lan, wan, gateway, mirror, or auto\.\nplacement: lan$/m);
  assert.deepEqual(parseSite("site.json", JSON.stringify(plan), now), plan, "JSON is YAML");
});

suite("a site file with a mistake is refused by line, field and what is allowed:", () => {
  for (const { name, text, faults } of [
    {
      name: "several at once, in the order of the lines",
      text: `version: 1\nnmae: Harbour\nplacement: mirrorr\ncontroller:\n  host: a b\n  port: "8883"\nports:\n  inside: eth0\n  outside: 02:00:5e:10:00:01\n`,
      faults: [
        /^line 2, nmae: there is no such field; did you mean name\?$/,
        /^line 3, placement: "mirrorr" cannot be it; did you mean mirror\? allowed: lan .*auto/,
        /^line 5, controller\.host: "a b" cannot be it; a host is a name/,
        /^line 6, controller\.port: "8883" is read as text; write a number without quotes; allowed: a port from 1 to 65535$/,
        /^line 8, ports\.inside: "eth0" cannot be it; allowed: six bytes in hex, such as/,
      ],
    },
    {
      name: "what is missing",
      text: "version: 1\nplacement: lan\ncontroller: {}\n",
      faults: [
        /^line 1, name: is missing; allowed: 1 to 200/,
        /^line 3, controller\.host: is missing; allowed: a name such as/,
      ],
    },
    {
      name: "sense beside shape",
      text: `${good}networks: [all]\npolicy: gard\n`,
      faults: [
        /^line 6, networks\[1\]: "all" cannot be it; a network is an address/,
        /^line 7, policy: "gard" cannot be it; did you mean guard\?/,
      ],
    },
    {
      name: "a bracket that is left open",
      text: "name: [",
      faults: [/^line 1, name: a bracket was opened here or above, and is not closed/],
    },
    { name: "no site", text: "- a\n", faults: [/^line 1, the whole file: here stand more fields/] },
    {
      name: "a key twice",
      text: `${good}name: Again\n`,
      faults: [/^line 6, name: stands here a second time, and first on line 2;/],
    },
    {
      name: "a colon in a name",
      text: good.replace("Harbour Office", "Müller: Zahnärzte"),
      faults: [/^line 2, name: there is a second colon in it; write the value in quotes, name: "…", or/],
    },
    {
      name: "a field below one that has a value",
      text: "name: Harbour\n  placement: lan\n",
      faults: [/^line 1, name: the line below stands further in, and this field has a value already;/],
    },
    {
      name: "two documents",
      text: `${good}---\n${good}`,
      faults: [/^line 6: a second document begins here \(---\), and a file is one site's; make a file of each$/],
    },
    { name: "a tab", text: `${good}\tport: 1\n`, faults: [/^line 6, port: it begins with a tab; write spaces$/] },
    {
      name: "no space behind a colon",
      text: `version:1\n${good.slice(11)}`,
      faults: [/^line 1: here is no field with a colon and a space behind its name; write field: value$/],
    },
    {
      name: "a letter that begins something else",
      text: good.replace("Harbour Office", "@home"),
      faults: [/^line 2, name: a value without quotes cannot begin with @; write name: "…"$/],
    },
    {
      name: "a quote within quotes",
      text: good.replace("Harbour Office", "'Anna's'"),
      faults: [
        /^line 2, name: something stands behind the closing quote; put all of it between two quotes, name: "…"$/,
      ],
    },
    {
      name: "a quote that is left open",
      text: good.replace("Harbour Office", "'Anna"),
      faults: [/^line 2, name: a quote is opened here, and closed nowhere; close it, or/],
    },
    {
      name: "a field that is not below its neighbours",
      text: `${good} port: 1\n`,
      faults: [/^line 6, port: it does not begin below its neighbours; begin all fields of one group/],
    },
    { name: "another format", text: good.replace("1", "2"), faults: [/^line 1, version: 2 cannot be it; allowed: 1$/] },
    {
      name: "a number where quotes are needed",
      text: `${good}contacts:\n  - name: Anna\n    phone: 110\n`,
      faults: [/^line 8, contacts\[1\]\.phone: 110 is read as a number; write it in quotes/],
    },
    {
      name: "Wi-Fi, which no box has yet",
      text: `${good}wifi: { name: Guests, password: "hunter22hunter" }\n`,
      faults: [/^line 6, wifi: this release has no radio; use a third port/],
    },
    {
      name: "dialling in",
      text: `${good}line:\n  pppoe: true\n  user: u\n  password: "hunter22hunter"\n`,
      faults: [
        /^line 8, line\.user: the router dials in/,
        /^line 9, line\.password: the router dials in and keeps this/,
      ],
    },
    {
      name: "tags where a gateway takes none",
      text: `${good.replace("lan", "gateway")}line: { vlan: 7 }\nmanagement: { vlan: 3 }\n`,
      faults: [
        /^line 6, line\.vlan: a gateway of this release/,
        /^line 7, management: a gateway goes home by its outside/,
        /^line 7, management\.vlan: this release takes no tags/,
      ],
    },
    {
      name: "a gateway's part of another box",
      text: `${good}gateway: { inside: 10.9.8.1/24 }\n`,
      faults: [/^line 6, gateway: only a box with placement gateway has it, not lan$/],
    },
    {
      name: "machines that cannot be told apart",
      text: `${good.replace("lan", "wan")}machines: [{ mac: 02:00:5e:10:00:01, is: server }]\n`,
      faults: [/^line 6, machines: outside the router no machine is told by its hardware address/],
    },
    {
      name: "one machine twice",
      text: `${good}machines:\n  - { mac: 02:00:5e:10:00:01, is: server }\n  - { mac: 02-00-5E-10-00-01, is: backup }\n`,
      faults: [/^line 8, machines\[2\]\.mac: 02:00:5e:10:00:01 was named before/],
    },
    {
      name: "one port twice",
      text: `${good}ports: { inside: 02:00:5e:10:00:01, outside: 02:00:5e:10:00:01 }\n`,
      faults: [/^line 6, ports\.outside: 02:00:5e:10:00:01 is inside already$/],
    },
    {
      name: "an authorisation that is over",
      text: `${good}recording: { by: A, role: B, date: 2026-01-01, until: 2026-02-01 }\n`,
      faults: [/^line 6, recording\.until: 2026-02-01 is over; allowed: a day to come$/],
    },
    {
      name: "half an address",
      text: `${good}management: { address: 192.168.1.5/24 }\n`,
      faults: [/^line 6, management\.router: is missing; address and router go together$/],
    },
    {
      name: "one port for both ways to the controller",
      text: `${good}  port: 443\n  fallbackPort: 443\n`,
      faults: [/^line 7, controller\.fallbackPort: 443 is its port already; name another, or leave it out$/],
    },
    {
      name: "the box's own port among the machines",
      text: `${good}ports: { inside: "02:00:5e:10:00:01", outside: "02:00:5e:10:00:02" }
machines: [{ mac: "02-00-5E-10-00-01", is: server }]
areas: [{ name: Front desk, machines: ["02:00:5e:10:00:02"] }]\n`,
      faults: [
        /^line 7, machines\[1\]\.mac: 02:00:5e:10:00:01 is the box's own port \(ports\.inside\)/,
        /^line 8, areas\[1\]\.machines: 02:00:5e:10:00:02 is the box's own port \(ports\.outside\)/,
      ],
    },
    {
      name: "what cannot be seen, and it is told written out",
      text: `${good}  url: "https://a\\0b"
contacts: [{ name: Anna, email: "a\\x1b@b" }]
recording: { by: "A\\nB", role: B, date: 2026-11-01, until: 2027-02-01 }
"a\\e[2Jb": 1\n`,
      faults: [
        /^line 6, controller\.url: .* cannot be it; there is a character in it that cannot be seen$/,
        /^line 7, contacts\[1\]\.email: "a\\u001b@b" cannot be it; there is a character/,
        /^line 8, recording\.by: "A\\nB" cannot be it; a name has/,
        /^line 9, a\\u001b\[2Jb: there is no such field; /,
      ],
    },
    {
      name: "a place that refers to another",
      text: `${good}networks: &all [192.168.1.0/24]\nresolvers: *all\n`,
      faults: [/^line 7: \*all stands for something else; write out what is meant$/],
    },
    {
      name: "names that turn the letters around, or end the line",
      text: `${good}areas: [{ name: "Front\\ndesk", machines: ["02:00:5e:10:00:01"] }]\ncontacts: [{ name: "\\u202eAnna", phone: "110", for: " " }]\n`,
      faults: [
        /^line 6, areas\[1\]\.name: "Front\\ndesk" cannot be it; a name has/,
        /^line 7, contacts\[1\]\.name: "\\u202eAnna" cannot be it; there is a character in it that cannot be seen and turns/,
        /^line 7, contacts\[1\]\.for: " " cannot be it/,
      ],
    },
    {
      name: "name servers that are no machine's address",
      text: `${good}resolvers: ["::", 127.0.0.1, 300.1.1.1, 9.9.9.9]\n`,
      faults: [/^line 6, resolvers\[1\]: /, /^line 6, resolvers\[2\]: /, /^line 6, resolvers\[3\]: /],
    },
    {
      name: "a fixed address that nobody can have, by a router that is not there",
      text: `${good}management: { address: 192.168.1.0/24, router: 192.168.2.1, resolvers: [192.168.2.1] }\n`,
      faults: [
        /^line 6, management\.address: 192\.168\.1\.0\/24 is the network's own/,
        /^line 6, management\.router: 192\.168\.2\.1 is no other machine's in 192\.168\.1\.0\/24$/,
      ],
    },
    {
      name: "a fixed address without a name server, where the controller has a name",
      text: `${good}management: { address: 192.168.1.5/24, router: 192.168.1.1 }\n`,
      faults: [/^line 6, management\.resolvers: is missing; by a fixed address the box finds cordon\.example\.net by/],
    },
    {
      name: "one network on both sides of a gateway",
      text: `${good.replace("lan", "gateway")}gateway: { outside: { address: 10.213.77.9/24, router: 10.213.77.254 } }\n`,
      faults: [/^line 6, gateway\.outside\.address: is in the repair network; take another/],
    },
    {
      name: "a group's address for a machine",
      text: `${good}machines: [{ mac: "01:00:5e:10:00:01", is: server }]\n`,
      faults: [/^line 6, machines\[1\]\.mac: 01:00:5e:10:00:01 is no machine's; allowed: six bytes in hex/],
    },
    {
      name: "addresses that no network card has",
      text: `${good}machines:
  - { mac: "ff:ff:ff:ff:ff:ff", is: server }
  - { mac: "00:00:00:00:00:00", is: server }
areas:
  - { name: Front desk, machines: ["33:33:00:00:00:01"] }
  - { name: Back room, machines: [] }
recording: { by: A, role: B, date: 2026-11-01, until: 2027-02-01, machine: "01:00:5e:00:00:fb" }\n`,
      faults: [
        /^line 7, machines\[1\]\.mac: ff:ff:ff:ff:ff:ff is no machine's; allowed: six bytes in hex/,
        /^line 8, machines\[2\]\.mac: 00:00:00:00:00:00 is no machine's/,
        /^line 10, areas\[1\]\.machines: 33:33:00:00:00:01 is no machine's/,
        /^line 11, areas\[2\]\.machines: is empty; name the machines by their hardware addresses, or leave/,
        /^line 12, recording\.machine: 01:00:5e:00:00:fb is no machine's/,
      ],
    },
    {
      name: "a policy that a mirror cannot follow",
      text: `${good.replace("lan", "mirror")}policy: contain\n`,
      faults: [/^line 6, policy: a box on a mirrored port can stop nothing, so it cannot contain; allowed: observe$/],
    },
    {
      name: "a port for management where a gateway has none",
      text: `${good.replace("lan", "gateway")}ports:
  inside: 02:00:5e:10:00:01
  outside: 02:00:5e:10:00:02
  management: 02:00:5e:10:00:03\n`,
      faults: [/^line 9, ports\.management: a gateway goes home by its outside port, .* Leave it out$/],
    },
    {
      name: "the box itself for its controller",
      text: `${good.replace("cordon.example.net", "192.168.1.5")}management: { address: 192.168.1.5/24, router: 192.168.1.1 }\n`,
      faults: [/^line 5, controller\.host: 192\.168\.1\.5 is the box's own address; allowed: that of the machine/],
    },
    ...(["255.255.255.255", "239.1.2.3", "'ff02::1'"] as const).map((host) => ({
      name: `a group for its controller: ${host}`,
      text: good.replace("cordon.example.net", host),
      faults: [/^line 5, controller\.host: ".*" cannot be it; this is the address of a group, and no machine's$/],
    })),
    {
      name: "an address that is known on one cable alone",
      text: good.replace("cordon.example.net", "'fe80::1'"),
      faults: [/^line 5, controller\.host: "fe80::1" cannot be it; an address that begins so is known on one cable/],
    },
    {
      name: "networks that are nobody's, or named twice",
      text: `${good}networks:
  - 127.0.0.0/8
  - 224.0.0.0/4
  - 192.168.1.0/24
  - 192.168.1.7/24
  - "2001:db8::/64"
  - "2001:DB8:0::/64"\n`,
      faults: [
        /^line 7, networks\[1\]: "127\.0\.0\.0\/8" cannot be it; no machine of a site has an address there/,
        /^line 8, networks\[2\]: "224\.0\.0\.0\/4" cannot be it; no machine/,
        /^line 10, networks\[4\]: 192\.168\.1\.7\/24 is 192\.168\.1\.0\/24, which is named before$/,
        /^line 12, networks\[6\]: 2001:DB8:0::\/64 is 2001:db8::\/64, which is named before$/,
      ],
    },
    {
      name: "a password in the code of the label",
      text: `${good}  url: https://anna:hunter22@cordon.example.net\n`,
      faults: [/^line 6, controller\.url: there is a name or a password in it, (?!.*hunter22)/],
    },
    {
      name: "pages that go by plain HTTP, and a password there",
      text: `${good}  url: http://anna:hunter22@cordon.example.net\n`,
      faults: [/^line 6, controller\.url: "http:\/\/…@cordon\.example\.net" cannot be it; allowed: .* https:\/\//],
    },
    {
      name: "a word that is near one that no box takes, which is not offered",
      text: `${good}line: { pasword: a, vlan: seven }\nmanagement: { vlann: 7 }\nwify: {}\n`,
      faults: [
        /^line 6, line\.pasword: there is no such field; allowed here: pppoe, vlan$/,
        /^line 6, line\.vlan: "seven" cannot be it; allowed: a VLAN/,
        /^line 7, management\.vlann: there is no such field; allowed here: address, router, resolvers$/,
        /^line 8, wify: there is no such field; allowed here: version, (?!.*wifi)/,
      ],
    },
    {
      name: "form and sense of one field",
      text: `${good.replace("cordon.example.net", "a_b")}  port: 0
management:
  address: 192.168.1.300/24
  router: 192.168.1.1
  vlan: 3
areas:
  - { name: "A", machines: [02:00:5e:10:00:01, nobody] }
  - { name: "A", machines: [02:00:5e:10:00:01] }
contacts: [{ name: Anna, phone: 110 }, { name: Otto }]\n`,
      faults: [
        /^line 5, controller\.host: "a_b" cannot be it; a host is a name/,
        /^line 6, controller\.port: 0 cannot be it; allowed: a port/,
        /^line 8, management\.address: "192\.168\.1\.300\/24" cannot be it/,
        /^line 10, management\.vlan: this release takes no tags/,
        /^line 12, areas\[1\]\.machines\[2\]: "nobody" cannot be it/,
        /^line 13, areas\[2\]\.name: there is another area "A"$/,
        /^line 13, areas\[2\]\.machines: 02:00:5e:10:00:01 is in an area already$/,
        /^line 14, contacts\[1\]\.phone: 110 is read as a number; write it in quotes/,
        /^line 14, contacts\[2\]: is reached by nothing/,
      ],
    },
    {
      name: "the rest, where no place is said that depends on none",
      text: `version: 1
name: Harbour Office
controller: { host: a_b }
networks: [0.0.0.0/0]
gateway: { inside: 10.9.8.1/24 }\n`,
      faults: [
        /^line 1, placement: is missing; allowed: lan/,
        /^line 3, controller\.host: "a_b" cannot be it/,
        /^line 4, networks\[1\]: "0\.0\.0\.0\/0" cannot be it/,
      ],
    },
    {
      name: "a day that no month has",
      text: `${good}recording: { by: A, role: B, date: 2026-02-30, until: 2027-02-01 }\n`,
      faults: [/^line 6, recording\.date: 2026-02-30 is in no calendar$/],
    },
  ] as const) {
    test(name, () => {
      const told = faultsOf(text);
      assert.equal(told.length, faults.length, told.join("\n"));
      for (const [index, words] of faults.entries()) assert.match(told[index] ?? "", words);
    });
  }

  test("and a file that is not UTF-8, by the line where that begins", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "cordon-site-"));
    t.after(() => rm(folder, { recursive: true }));
    const file = join(folder, "site.yaml");
    const text = good.replace("Harbour", "Müller");
    for (const [bytes, words] of [
      [Buffer.from(text, "latin1"), /line 2: here is a character that is not UTF-8; save the file as UTF-8$/],
      [Buffer.from(`\ufeff${text}`, "utf16le"), /it is UTF-16, or no text at all; save it as UTF-8$/],
    ] as const) {
      await writeFile(file, bytes);
      await assert.rejects(readSite(file, now), { code: "site-invalid", message: words });
    }
    await writeFile(file, `\ufeff${text}`);
    assert.equal((await readSite(file, now)).name, "Müller Office", "a mark of UTF-8 is none");
  });

  test("and no message repeats a password", () => {
    for (const password of ["'hunter22'", "12345678", "[hunter22]", "''", "hunter22: a", "@hunter22", "'hunter22"]) {
      for (const text of [
        `${good}wifi: { name: Guests, password: ${password} }\n`,
        `${good}line: { password: ${password} }\n`,
      ]) {
        const told = faultsOf(text).join("\n");
        assert.notEqual(told, "");
        assert.doesNotMatch(told, /hunter22|12345678/);
      }
    }
  });
});
