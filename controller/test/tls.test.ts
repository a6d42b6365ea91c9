/** The user interface by TLS: certificates in files, and got by ACME from a real authority. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { request, type RequestOptions } from "node:https";
import type { TLSSocket } from "node:tls";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { systemAmbient, type Log } from "../src/ambient.ts";
import type { Controller, ControllerOptions } from "../src/controller.ts";
import { loopbackCredentials } from "./credentials.ts";
import { startTestController } from "./harness.ts";
import { findPebble, startPebble } from "./pebble.ts";
import { scratchDir } from "./scratch.ts";

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly certificate: X509Certificate;
}

/** One request over a connection of its own. */
function ask(port: number, options: RequestOptions, body?: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? "" : JSON.stringify(body);
    const sent = request(
      {
        ...{ host: "127.0.0.1", port, agent: false, servername: "localhost", ...options },
        ...(text === "" ? {} : { method: "POST", headers: { "content-type": "application/json" } }),
      },
      (response) => {
        const { raw } = (response.socket as TLSSocket).getPeerCertificate();
        const certificate = new X509Certificate(raw);
        response
          .resume()
          .on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, certificate }));
      },
    );
    sent.on("error", reject).end(text);
  });
}

async function setUp(t: TestContext) {
  const [dataDir, remove] = scratchDir();
  const waiting: { readonly message: string; readonly resolve: () => void }[] = [];
  const said: string[] = [];
  const say = (message: string): void => {
    said.push(message);
    for (const each of waiting) if (message.startsWith(each.message)) each.resolve();
  };
  const log: Log = { info: say, warn: say, error: say };
  /** Resolves when the controller's log says that from now on. */
  const says = (message: string) => new Promise<void>((resolve) => void waiting.push({ message, resolve }));
  let offsetMs = 0;
  const real = systemAmbient(log);
  const ambient = { ...real, clock: { ...real.clock, now: () => real.clock.now() + offsetMs } };
  const running: Controller[] = [];
  t.after(async () => {
    for (const controller of running) await controller.close();
    remove();
  });
  const start = async (more: Partial<ControllerOptions>): Promise<Controller> => {
    const controller = await startTestController(dataDir, { ambient, ...more });
    running.push(controller);
    return controller;
  };
  return { dataDir, start, said, says, wait: (ms: number) => (offsetMs += ms) };
}

test("certificate and key in files: for TLS alone, taken anew when they change, kept where they do not belong together", async (t) => {
  const { dataDir, start, said } = await setUp(t);
  const [first, second] = [await loopbackCredentials(), await loopbackCredentials()];
  const [certFile, keyFile] = [join(dataDir, "tls.pem"), join(dataDir, "tls.key")];
  writeFileSync(certFile, first.cert);
  writeFileSync(keyFile, second.key);
  const tls = { certFile, keyFile };
  await assert.rejects(start({ tls }), { code: "certificate-unusable", message: /the key is another one's/ });
  writeFileSync(keyFile, first.key);
  const controller = await start({ tls });
  assert.equal(controller.url, `https://localhost:${controller.httpPort}`);
  const link = await controller.createLoginLink();
  const answer = await ask(
    controller.httpPort,
    { ca: first.cert, path: "/api/v1/session" },
    { token: link.split("#")[1] },
  );
  assert.equal(answer.status, 201);
  assert.match(String(answer.headers["set-cookie"]), /; Secure/);
  assert.equal(answer.headers["strict-transport-security"], "max-age=31536000");
  // Nobody is served without TLS.
  await assert.rejects(fetch(`http://127.0.0.1:${controller.httpPort}/health`));

  writeFileSync(certFile, second.cert);
  controller.reload();
  assert.deepEqual(said.splice(0), ["the certificate before stays"]);
  assert.equal((await ask(controller.httpPort, { ca: first.cert, path: "/health" })).status, 200);
  writeFileSync(keyFile, second.key);
  controller.reload();
  assert.equal((await ask(controller.httpPort, { ca: second.cert, path: "/health" })).status, 200);
  await assert.rejects(ask(controller.httpPort, { ca: first.cert, path: "/health" }));
});

const pebble = findPebble();

test(
  "a certificate from an ACME authority: asked for by HTTP-01, kept over a restart, renewed in its time",
  { skip: pebble === null ? 'no ACME authority: Debian\'s "pebble" is not installed' : false, timeout: 60_000 },
  async (t) => {
    const { dataDir, start, says, wait, said } = await setUp(t);
    const authority = await startPebble(pebble ?? "", dataDir);
    t.after(() => authority.close());
    const domain = "cordon.example.test";
    const tls = {
      ...{ domain, email: "admin@example.test", directory: authority.directory },
      ...{ challengePort: authority.challengePort, authorities: [authority.authority] },
    };
    const got = says("got a certificate");
    const failed = says("cannot get a certificate").then(() =>
      assert.fail(`${said.join("\n")}\n${authority.output()}`),
    );
    failed.catch(() => undefined);
    const controller = await start({ tls });
    assert.equal(controller.url, `https://${domain}:${controller.httpPort}`);
    await Promise.race([got, failed]);
    const trusted = { ca: await authority.root(), servername: domain, path: "/health" };
    const first = await ask(controller.httpPort, trusted);
    assert.equal(first.status, 200);
    assert.equal(first.certificate.subjectAltName, `DNS:${domain}`);
    for (const name of ["account.pem", "certificate.json"]) {
      assert.equal(statSync(join(dataDir, "acme", name)).mode & 0o777, 0o600, name);
    }
    const stranger = await fetch(`http://127.0.0.1:${authority.challengePort}/sites/x?y=1`, { redirect: "manual" });
    assert.deepEqual([stranger.status, stranger.headers.get("location")], [308, `https://${domain}/sites/x?y=1`]);
    const guess = await fetch(`http://127.0.0.1:${authority.challengePort}/.well-known/acme-challenge/x`);
    assert.equal(guess.status, 404);

    // Not due: nothing is asked for. Then it is, by the same account.
    const orders = () => authority.output().match(/order-plz -> calling/g)?.length ?? 0;
    const before = orders();
    assert.ok(before > 0);
    const account = readFileSync(join(dataDir, "acme", "account.pem"), "utf8");
    controller.reload();
    await controller.close();
    const again = await start({ tls });
    assert.equal((await ask(again.httpPort, trusted)).certificate.serialNumber, first.certificate.serialNumber);
    assert.equal(orders(), before);
    const life = first.certificate.validToDate.getTime() - first.certificate.validFromDate.getTime();
    wait(life * 0.7);
    const renewed = says("got a certificate");
    again.reload();
    await Promise.race([renewed, failed]);
    const next = await ask(again.httpPort, trusted);
    assert.notEqual(next.certificate.serialNumber, first.certificate.serialNumber);
    assert.equal(readFileSync(join(dataDir, "acme", "account.pem"), "utf8"), account);
  },
);

test("where the authority cannot be reached the controller serves all the same, and says so", async (t) => {
  const { dataDir, start, says } = await setUp(t);
  const said = says("cannot get a certificate");
  const tls = { domain: "cordon.example.test", directory: "https://127.0.0.1:1/dir", challengePort: 0 };
  const controller = await start({ tls });
  await said;
  const { status, certificate } = await ask(controller.httpPort, { rejectUnauthorized: false, path: "/health" });
  assert.deepEqual([status, certificate.subject], [200, "CN=cordon.example.test"]);
  assert.equal(existsSync(join(dataDir, "acme", "certificate.json")), false);
});
