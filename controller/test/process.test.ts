import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { isKeyed, parseSiteProfile, type KeyedProfile } from "@cordon/contract";
import type { ReadyMessage } from "../src/commands/serve.ts";
import { main, runCommand, type Ended } from "./command.ts";
import { loopbackCredentials } from "./credentials.ts";
import { FakeSensor } from "./fake-sensor.ts";
import { ApiClient } from "./harness.ts";
import { aHost } from "./sample-hosts.ts";
import { scratchDir } from "./scratch.ts";
import { slow } from "./slow-tests.ts";
import { environmentOf, openStore } from "./store.ts";

async function serve(t: TestContext, dataDir: string, ...args: readonly string[]) {
  const child: ChildProcess = fork(
    main,
    ["serve", "--data", dataDir, "--broker-host", "127.0.0.1", "--broker-port", "0", "--http-port", "0", ...args],
    { silent: true, env: await environmentOf(["--data", dataDir]) },
  );
  t.after(() => child.kill("SIGKILL"));
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [ready] = (await once(child, "message")) as [ReadyMessage];
  return { child, ready, output: () => output };
}

const enrolment = (dataDir: string, output: string, port: number, ...more: readonly string[]) => [
  "sensor",
  "create",
  "--data",
  dataDir,
  "--site-name",
  "Brandt Tax Advisers",
  "--placement",
  "lan",
  "--bridge",
  "br0",
  "--inside",
  "inside0",
  "--outside",
  "outside0",
  "--local-net",
  "192.168.10.0/24",
  "fd00::/8",
  "--controller-host",
  "127.0.0.1",
  "--controller-port",
  String(port),
  "--output",
  output,
  ...more,
];

function readProfile(file: string): KeyedProfile {
  const parsed = parseSiteProfile(readFileSync(file));
  assert.ok(parsed.ok && isKeyed(parsed.value));
  return parsed.value;
}

test("a sensor enrolled by a second process connects to the first and is cut off by a third's login link", async (t) => {
  const [directory, remove] = scratchDir();
  t.after(remove);
  const dataDir = join(directory, "data");
  const { ready } = await serve(t, dataDir);
  assert.equal(ready.kind, "ready");
  assert.equal(ready.url, `http://127.0.0.1:${ready.httpPort}`);
  const file = join(directory, "profile.json");
  const enrolled = await runCommand(...enrolment(dataDir, file, ready.brokerPort, "--sensor-id", "box-one"));
  assert.deepEqual([enrolled.code, enrolled.stderr], [0, ""]);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const profile = readProfile(file);
  assert.deepEqual([profile.sensor, profile.site.localNets], ["box-one", ["192.168.10.0/24", "fd00::/8"]]);

  const sensor = await FakeSensor.start({ profile });
  t.after(() => sensor.close());
  await sensor.sendHosts([aHost()]);
  await sensor.until(() => sensor.stored.at(-1)?.sequence === 1);
  const link = await runCommand("login-link", "create", "--data", dataDir, "--url", ready.url);
  const api = new ApiClient(ready.url);
  assert.equal((await api.signIn(link.stdout.trim())).status, 201);
  assert.equal((await new ApiClient(ready.url).signIn(ready.loginLink)).status, 201);
  const wish = { kind: "quarantine", host: aHost().host, reason: "Infected", expiresAt: null };
  assert.equal((await api.call("POST", `/api/v1/sites/${profile.site.id}/containments`, wish)).status, 201);
  await sensor.until(() => sensor.adopted.at(-1)?.containments.length === 1);
});

test("secrets on disk are for their owner alone", async (t) => {
  const [directory, remove] = scratchDir();
  t.after(remove);
  await runCommand(...enrolment(join(directory, "data"), join(directory, "p.json"), 8883));
  for (const name of ["data/keys/authority.pem", "data/keys/signer.pem", "data/controller.sqlite", "p.json"]) {
    assert.equal(statSync(join(directory, name)).mode & 0o077, 0, name);
  }
});

test(
  "an authority is made once, for its owner alone, inside the data or outside of them, and is then the one in use",
  { skip: slow },
  async (t) => {
    const [directory, remove] = scratchDir();
    t.after(remove);
    for (const { name, outside } of [
      { name: "inside", outside: null },
      { name: "outside", outside: join(directory, "safe", "cordon.pem") },
    ]) {
      const data = join(directory, name);
      const create = ["authority", "create", "--data", data, ...(outside === null ? [] : ["--file", outside])];
      const made = await runCommand(...create);
      assert.deepEqual([made.code, made.stderr], [0, ""], name);
      const fingerprint = /^SHA-256 fingerprint ((?:[0-9A-F]{2}:){31}[0-9A-F]{2})$/m.exec(made.stdout)?.[1];
      const file = outside ?? join(data, "keys/authority.pem");
      const text = readFileSync(file, "utf8");
      assert.equal(statSync(file).mode & 0o777, 0o600);
      assert.equal(new X509Certificate(text).fingerprint256, fingerprint);

      const again = await runCommand(...create);
      assert.equal(again.code, 1);
      assert.match(again.stderr, /^there is already an authority, which is left as it is: .*\n$/);
      assert.equal(readFileSync(file, "utf8"), text);

      const output = join(directory, `${name}.json`);
      assert.equal((await runCommand(...enrolment(data, output, 8883))).code, 0);
      assert.equal(new X509Certificate(readProfile(output).controller.authority).fingerprint256, fingerprint);
    }
    rmSync(join(directory, "safe"), { recursive: true });
    const bereft = await runCommand(...enrolment(join(directory, "outside"), join(directory, "p.json"), 8883));
    assert.equal(bereft.code, 1, "an authority that was carried away is not made anew");
    assert.match(bereft.stderr, /^cannot read .*authority\.pem: /);
  },
);

test("a token is made, made anew and taken back by the command line", async (t) => {
  const [directory, remove] = scratchDir();
  t.after(remove);
  const data = join(directory, "data");
  const [first, second] = [join(directory, "first.json"), join(directory, "second.json")];
  const wish = ["--sensor-id", "box-one", "--token", "--fallback-port", "8443"];
  const made = await runCommand(...enrolment(data, first, 8883, ...wish));
  assert.deepEqual([made.code, made.stderr], [0, ""]);
  const parse = (file: string) => {
    const parsed = parseSiteProfile(readFileSync(file));
    assert.ok(parsed.ok && !isKeyed(parsed.value));
    return parsed.value;
  };
  assert.equal(statSync(first).mode & 0o777, 0o600);
  const known = ["--data", data, "--sensor-id", "box-one"];
  const anew = await runCommand("token", "create", ...known, "--output", second);
  assert.deepEqual([anew.code, anew.stderr], [0, ""]);
  const [one, other] = [parse(first), parse(second)];
  assert.notEqual(one.enrolment?.token, other.enrolment?.token);
  assert.deepEqual([one.controller, one.site], [other.controller, other.site]);
  assert.equal(other.controller.fallbackPort, 8443);
  assert.match(
    (await runCommand("sensor", "revoke", ...known, "--reason", "stolen")).stdout,
    /^Sensor box-one is revoked/,
  );
  assert.equal(
    (await runCommand("sensor", "revoke", ...known, "--reason", "x")).stderr,
    "sensor box-one is revoked already\n",
  );
  assert.equal((await runCommand("sensor", "retire", ...known, "--reason", "scrapped")).code, 0);
  const late = await runCommand("token", "create", ...known, "--output", second);
  assert.equal(late.stderr, "sensor box-one was taken out of service; create another one\n");
  assert.deepEqual(parse(second), other, "the profile before is still there");
});

test("processes that enrol at the same time share one authority and one signer", async (t) => {
  const [directory, remove] = scratchDir();
  t.after(remove);
  const files = ["a", "b", "c"].map((name) => join(directory, `${name}.json`));
  const ended = await Promise.all(files.map((file) => runCommand(...enrolment(join(directory, "data"), file, 8883))));
  assert.deepEqual(
    ended.map((each) => each.stderr),
    ["", "", ""],
  );
  const profiles = files.map(readProfile);
  assert.equal(new Set(profiles.map((profile) => profile.controller.authority)).size, 1);
  assert.equal(new Set(profiles.map((profile) => profile.controller.signers[0])).size, 1);
  assert.equal(new Set(profiles.map((profile) => profile.sensor)).size, 3);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`${signal} closes cleanly, open streams included`, async (t) => {
    const [directory, remove] = scratchDir();
    t.after(remove);
    const { child, ready } = await serve(t, directory);
    const api = new ApiClient(ready.url);
    await api.signIn(ready.loginLink);
    const stream = await fetch(`${ready.url}/api/v1/events`, { headers: { cookie: api.cookie } });
    child.kill(signal);
    assert.deepEqual(await once(child, "exit"), [0, null]);
    await stream.body?.cancel().catch(() => undefined);
  });
}

test("it ends when the process that forked it is gone", async (t) => {
  const [directory, remove] = scratchDir();
  t.after(remove);
  const { child } = await serve(t, directory);
  child.disconnect();
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

test("a SIGHUP has certificate and key read again, and half of something is refused", async (t) => {
  const [directory, remove] = scratchDir();
  t.after(remove);
  const files = ["--tls-cert", join(directory, "tls.pem"), "--tls-key", join(directory, "tls.key")];
  const put = async (): Promise<string> => {
    const { cert, key } = await loopbackCredentials();
    writeFileSync(files[1] ?? "", cert);
    writeFileSync(files[3] ?? "", key);
    return cert;
  };
  const answers = (port: number, ca: string) =>
    new Promise<boolean>((resolve) => {
      get({ host: "127.0.0.1", port, path: "/health", ca, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      }).on("error", () => resolve(false));
    });
  const half = await runCommand("serve", "--data", directory, ...files.slice(0, 2));
  assert.deepEqual([half.code, half.stderr], [1, "--tls-cert and --tls-key belong together\n"]);
  const first = await put();
  const { child, ready } = await serve(t, directory, ...files);
  assert.equal(ready.url, `https://localhost:${ready.httpPort}`);
  assert.equal(await answers(ready.httpPort, first), true);
  const second = await put();
  child.kill("SIGHUP");
  while (!(await answers(ready.httpPort, second))) assert.equal(child.exitCode, null);
});

test("a data directory is served by one process; when that is killed the next may", async (t) => {
  const [directory, remove] = scratchDir();
  t.after(remove);
  const { child } = await serve(t, directory);
  const second = await runCommand("serve", "--data", directory, "--broker-port", "0", "--http-port", "0");
  assert.deepEqual([second.code, second.stderr], [1, `another controller already serves ${directory}\n`]);
  child.kill("SIGKILL");
  await once(child, "exit");
  await serve(t, directory);
});

test("a taken HTTP port gives way to the next and says so; a taken broker port is an error", async (t) => {
  const [directory, remove] = scratchDir();
  t.after(remove);
  const taken = createServer().listen(0, "127.0.0.1");
  t.after(() => taken.close());
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  const { ready, output } = await serve(t, directory, "--http-port", String(port));
  assert.notEqual(ready.httpPort, port);
  assert.match(output(), new RegExp(`^Port ${port} is taken; using ${ready.httpPort}\\.`));
  const other = await runCommand(
    "serve",
    "--data",
    join(directory, "other"),
    "--broker-host",
    "127.0.0.1",
    "--broker-port",
    String(port),
    "--http-port",
    "0",
  );
  assert.equal(other.code, 1);
  assert.match(other.stderr, new RegExp(`^cannot listen for sensors on 127\\.0\\.0\\.1:${port}: .*EADDRINUSE.*\\n$`));
});

test("wrong wishes end with one line and 1", { skip: slow }, async (t) => {
  const [directory, remove] = scratchDir();
  t.after(remove);
  const output = join(directory, "p.json");
  const create = (...more: readonly string[]) => runCommand(...enrolment(directory, output, 8883, ...more));
  assert.equal((await create("--sensor-id", "box-one")).code, 0);
  const cases: readonly [Promise<Ended>, RegExp][] = [
    [create("--sensor-id", "box-one"), /^there is already a sensor box-one\n$/],
    [create("--sensor-id", "Box One"), /^Box One is no sensor identifier/],
    [create("--local-net", "192.168.10.0/33"), /^"192\.168\.10\.0\/33" cannot be a local net: a network is .*\n$/],
    [create("--site-name", ""), /^"" cannot be the site's name: a name has 1 to 200/],
    [create("--site-name", "two\nlines"), /^"two\\nlines" cannot be the site's name/],
    [create("--controller-host", "bad host/;"), /^"bad host\/;" cannot be the controller's host: a host is/],
    [create("--controller-port", "0"), /^such a sensor cannot be enrolled: \/controller\/port must be >= 1\n$/],
    [create("--inside", "a name far too long"), /^such a sensor cannot be enrolled: \/ports\/inside /],
    [create("--output", join(output, "deeper", "p.json")), /^cannot write .*deeper.p\.json: ENOTDIR/],
    [create("--placement", "roof"), /^error: .*roof/],
    [
      runCommand("serve", "--data", join(output, "no-directory"), "--broker-port", "0", "--http-port", "0"),
      /^cannot .*no-directory/,
    ],
  ];
  for (const [ended, line] of cases) {
    const { code, stderr } = await ended;
    assert.equal(code, 1);
    assert.match(stderr, line);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
  }
  const store = await openStore(directory);
  t.after(() => store.destroy());
  const sensors = await store.selectFrom("sensors").select("id").execute();
  assert.deepEqual(
    sensors.map(({ id }) => id),
    ["box-one"],
  );
  assert.equal((await store.selectFrom("sites").select("id").execute()).length, 1, "what was refused left no site");
});
