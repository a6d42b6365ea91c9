import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { createServer } from "node:tls";
import { Dialer } from "../../src/link/dialer.ts";
import { anAuthority, type Authority, type Identity } from "../link/certificates.ts";

const serverName = "cordon-controller";
const dayMs = 86_400_000;
const authority = await anAuthority();
const current = await authority.issue(serverName, [serverName], { usage: "server" });

async function listening(t: TestContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A server that shows its certificate with its authority's. */
function aServer(t: TestContext, { certificate, privateKey }: Identity, of: Authority = authority): Promise<number> {
  const server = createServer({ cert: `${certificate}\n${of.certificate}`, key: privateKey, ALPNProtocols: ["mqtt"] });
  return listening(t, server);
}

function dial(port: number, { trustedNow = Date.now(), fallbackPort = port, timeoutMs = 5_000 } = {}) {
  const controller = { host: "127.0.0.1", port, fallbackPort, serverName };
  const dialer = new Dialer({ controller, trustedNow: () => trustedNow });
  const call = { authority: authority.certificate, credentials: null, protocol: "mqtt", timeoutMs };
  return { dialer, call, dialled: dialer.dial(call) };
}

const year = 365;
for (const { name, days, trustedNow, refusal } of [
  // The certificate lies as far in the clock's future as the clock is behind.
  { name: "a clock that is years behind", days: [year, 2 * year], trustedNow: 0, refusal: null },
  { name: "a clock that is years ahead", days: [-3 * year, -year], trustedNow: -2 * year, refusal: null },
  {
    name: "a clock that is ahead and no time that is known",
    days: [-3 * year, -year],
    trustedNow: null,
    refusal: null,
  },
  { name: "a certificate that is over", days: [-3 * year, -year], trustedNow: 0, refusal: /over since \d{4}-/ },
] as const) {
  test(`${name}: ${refusal === null ? "the controller is known by all but the clock" : "it is refused"}`, async (t) => {
    const [fromDays, untilDays] = days;
    const identity = await authority.issue(serverName, [serverName], { fromDays, untilDays, usage: "server" });
    const known = trustedNow === null ? 0 : Date.now() + trustedNow * dayMs;
    const { dialled } = dial(await aServer(t, identity), { trustedNow: known });
    if (refusal === null) (await dialled).destroy();
    else await assert.rejects(dialled, { code: "controller-unreachable", message: refusal });
  });
}

test("whatever the clock says, nobody else is taken for the controller", async (t) => {
  const times = [{}, { fromDays: year, untilDays: 2 * year }, { fromDays: -3 * year, untilDays: -year }];
  const other = await anAuthority("another");
  // Of the same name: what counts is whose key it is.
  const namesake = await anAuthority();
  const impostors: (readonly [Identity, RegExp, Authority?])[] = [];
  for (const time of times) {
    impostors.push([
      await other.issue(serverName, [serverName], { ...time, usage: "server" }),
      /certificate is/,
      other,
    ]);
    impostors.push([
      await namesake.issue(serverName, [serverName], { ...time, usage: "server" }),
      /certificate is/,
      namesake,
    ]);
    impostors.push([await authority.issue("box-2", ["box-2"], { ...time, usage: "server" }), /certificate is/]);
    impostors.push([await authority.issue(serverName, [serverName], { ...time, usage: "client" }), /certificate is/]);
  }
  for (const [identity, message, of] of impostors) {
    const { dialled } = dial(await aServer(t, identity, of), { trustedNow: 0 });
    await assert.rejects(dialled, { code: "controller-unreachable", message });
  }
});

test("a port that refuses gives way to the other, which is tried first from then on", async (t) => {
  const closed = createTcpServer();
  const port = await listening(t, closed);
  closed.close();
  const fallbackPort = await aServer(t, current);
  const { dialer, call, dialled } = dial(port, { fallbackPort });
  assert.deepEqual(dialer.ports, [port, fallbackPort]);
  assert.equal((await dialled).remotePort, fallbackPort);
  assert.deepEqual(dialer.ports, [fallbackPort, port]);
  (await dialer.dial(call)).destroy();
});

test("a port that swallows everything gives way when its time is over", async (t) => {
  const port = await listening(t, createTcpServer());
  const fallbackPort = await aServer(t, current);
  const { dialled } = dial(port, { fallbackPort, timeoutMs: 300 });
  assert.equal((await dialled).remotePort, fallbackPort);
});

test("where no port helps, it is said of each why", async (t) => {
  const impostor = await (await anAuthority("another")).issue(serverName, [serverName]);
  const [port, fallbackPort] = [1, await aServer(t, impostor)];
  const { dialled } = dial(port, { fallbackPort });
  const message = new RegExp(`^port 1: .*ECONNREFUSED.*; port ${fallbackPort}: its certificate is `);
  await assert.rejects(dialled, { code: "controller-unreachable", message });
});

test("without a fallback in the profile it is 443, and a call that nobody wants any more ends", async (t) => {
  const port = await listening(t, createTcpServer());
  const dialer = new Dialer({ controller: { host: "127.0.0.1", port, serverName }, trustedNow: () => 0 });
  assert.deepEqual(dialer.ports, [port, 443]);
  const abort = new AbortController();
  const call = { authority: authority.certificate, credentials: null, protocol: "mqtt", timeoutMs: 60_000 };
  const dialled = dialer.dial({ ...call, signal: abort.signal });
  abort.abort();
  await assert.rejects(dialled, { name: "AbortError" });
});

test("an authority is known by its fingerprint alone, whatever else the server shows", async (t) => {
  const controller = { host: "127.0.0.1", port: await aServer(t, current), serverName };
  const dialer = new Dialer({ controller: { ...controller, fallbackPort: controller.port }, trustedNow: () => 0 });
  const call = { protocol: "mqtt", timeoutMs: 5_000 };
  const { fingerprint256 } = new X509Certificate(authority.certificate);
  const fetched = await dialer.fetchAuthority(fingerprint256, call);
  assert.equal(new X509Certificate(fetched).fingerprint256, fingerprint256);
  const wrong = `${fingerprint256.slice(0, -2)}${fingerprint256.endsWith("00") ? "01" : "00"}`;
  // The server's own certificate is no authority, though it is there with its fingerprint.
  for (const other of [wrong, new X509Certificate(current.certificate).fingerprint256]) {
    await assert.rejects(dialer.fetchAuthority(other, call), {
      code: "controller-distrusted",
      message: /another authority/,
    });
  }
});
