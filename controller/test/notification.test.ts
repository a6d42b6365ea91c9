/** Notifications from what a box tells to what a receiver gets, with real receivers and a real store. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { cpSync, mkdirSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { systemAmbient, type Log } from "../src/ambient.ts";
import type { ChannelView, DeliveryView, TestOutcome } from "../src/api/notification-view.ts";
import type { Problem } from "../src/api/view.ts";
import type { ControllerOptions } from "../src/controller.ts";
import type { NotifyLimits } from "../src/notify/notifier.ts";
import type { Message } from "../src/notify/message.ts";
import { openStore } from "./store.ts";
import { FakeSensor } from "./fake-sensor.ts";
import { ApiClient, enrol, startTestController } from "./harness.ts";
import { loopbackCredentials } from "./credentials.ts";
import { MailReceiver, WebReceiver } from "./notification-receivers.ts";
import { aHost, aLine, sampleHosts } from "./sample-hosts.ts";
import { scratchDir } from "./scratch.ts";

const quick: Partial<NotifyLimits> = {
  ...{ roundMs: 15, pauseMs: 60, longestMs: 2_000, commitMs: 40, timeoutMs: 5_000 },
  ...{ boxSilentMs: 80, troubleHoldMs: 40, troubleCalmMs: 40 },
  retry: { firstMs: 30, longestMs: 60, patienceMs: 600_000, refusedTries: 3 },
};

const common = { leastSeverity: "info", quietHours: null, sites: null, isEnabled: true } as const;
const signingSecret = "whsec_c2VjcmV0LW9mLXRoZS1ob29rLTAx";
const publicUrl = "https://cordon.example";

interface Setting {
  readonly options?: Partial<ControllerOptions>;
  readonly limits?: Partial<NotifyLimits>;
  readonly allow?: readonly string[];
}

async function setUp(t: TestContext, { options = {}, limits = {}, allow = ["127.0.0.1"] }: Setting = {}) {
  const [dataDir, remove] = scratchDir();
  const lines: string[] = [];
  const noted = (level: string) => (message: string, fields?: object) =>
    void lines.push(JSON.stringify({ level, message, ...fields }));
  const log: Log = { info: noted("info"), warn: noted("warn"), error: noted("error") };
  const start = () =>
    startTestController(dataDir, {
      ...{ ambient: systemAmbient(log), publicUrl: `${publicUrl}/`, notifyAllow: allow },
      notifyLimits: { ...quick, ...limits },
      ...options,
    });
  let controller = await start();
  const profile = await enrol(dataDir, controller.brokerPort, { sensorId: "box-one" });
  const sensors: FakeSensor[] = [];
  const box = async (): Promise<FakeSensor> => {
    const sensor = await FakeSensor.start({
      profile: { ...profile, controller: { ...profile.controller, port: controller.brokerPort } },
    });
    sensors.push(sensor);
    await sensor.until(() => sensor.adopted.length > 0);
    return sensor;
  };
  const signIn = async (): Promise<ApiClient> => {
    const api = new ApiClient(controller.url);
    await api.signIn(await controller.createLoginLink());
    return api;
  };
  t.after(async () => {
    for (const sensor of sensors) await sensor.close();
    await controller.close();
    remove();
  });
  return {
    ...{ dataDir, siteId: profile.site.id, lines, box, signIn },
    restart: async (): Promise<void> => {
      await controller.close();
      controller = await start();
    },
    stop: () => controller.close(),
  };
}

async function aWebReceiver(t: TestContext, ...credentials: ConstructorParameters<typeof WebReceiver>) {
  const receiver = new WebReceiver(...credentials);
  await receiver.up();
  t.after(() => receiver.down());
  return receiver;
}

async function aWebhook(api: ApiClient, port: number, more: object = {}): Promise<ChannelView> {
  const { status, body } = await api.call<ChannelView>("POST", "/api/v1/notification-channels", {
    ...{ ...common, kind: "webhook", name: "Hook", settings: {} },
    secrets: { url: `http://127.0.0.1:${port}/in?key=in-the-address`, signingSecret },
    ...more,
  });
  assert.equal(status, 201);
  return body;
}

const deliveriesOf = async (api: ApiClient) =>
  (await api.call<DeliveryView[]>("GET", "/api/v1/notification-deliveries")).body;

/** Asks until the deliveries are as they should be. */
async function deliveriesWhen(api: ApiClient, condition: (deliveries: DeliveryView[]) => boolean) {
  for (;;) {
    const deliveries = await deliveriesOf(api);
    if (condition(deliveries)) return deliveries;
    await new Promise<void>((resolve) => setTimeout(resolve, 20));
  }
}

const messages = (receiver: WebReceiver): Message[] => receiver.posts.map(({ body }) => JSON.parse(body) as Message);
const verdicts = (receiver: WebReceiver): string[] =>
  messages(receiver).flatMap(({ findings }) => findings.map(({ verdict }) => verdict));

const infectedHosts = () => sampleHosts(Date.now()).filter(({ verdict }) => verdict === "infected");
const infected = () => aHost({ ...infectedHosts()[0], name: "DESK-07" });

test("a webhook gets one signed message for one finding: verdict, cause, next step and link", async (t) => {
  const receiver = await aWebReceiver(t);
  const { siteId, box, signIn } = await setUp(t);
  const api = await signIn();
  await aWebhook(api, receiver.port);
  const sensor = await box();
  const host = infected();
  await sensor.report();
  await sensor.sendHosts([host]);
  await receiver.until(() => receiver.posts.length > 0);
  const [post] = receiver.posts;
  assert.ok(post !== undefined);
  const message = JSON.parse(post.body) as Message;
  const link = `${publicUrl}/sites/${siteId}/hosts/${encodeURIComponent(host.host)}`;
  assert.equal(message.title, "DESK-07 is infected: a mass mailer (Brandt Tax Advisers)");
  assert.equal(
    message.text,
    `DESK-07 is infected: a mass mailer.\n${host.evidence[0]?.text}\nIt is not cut off. Next: cut it off.\n${link}`,
  );
  assert.equal(message.link, link);
  assert.equal(post.headers["webhook-id"], message.id);
  const timestamp = Number(post.headers["webhook-timestamp"]);
  assert.ok(Math.abs(timestamp - Date.now() / 1000) < 60);
  const key = Buffer.from(signingSecret.slice(6), "base64");
  const mac = createHmac("sha256", key).update(`${message.id}.${timestamp}.${post.body}`).digest("base64");
  assert.equal(post.headers["webhook-signature"], `v1,${mac}`);
  const [delivery] = await deliveriesWhen(api, ([first]) => first?.state === "delivered");
  assert.deepEqual([delivery?.id, delivery?.tries, delivery?.answer], [message.id, 1, "The receiver took it (200)."]);

  // However its verdict flaps, it was told.
  for (const verdict of ["suspect", "clear", "infected", "watched", "infected"] as const) {
    await sensor.sendHosts([{ ...host, verdict }]);
  }
  await sensor.sendHosts([
    aHost({ host: "02:00:5e:10:00:55", name: "DESK-55", verdict: "suspect", evidence: [aLine()] }),
  ]);
  await receiver.until(() => receiver.posts.length > 1);
  assert.deepEqual(verdicts(receiver), ["DESK-07 is infected: a mass mailer.", "DESK-55 is suspect."]);
});

test("a machine that a box names by what is no text keeps nobody from being told", async (t) => {
  const receiver = await aWebReceiver(t);
  const { dataDir, box, signIn } = await setUp(t);
  const api = await signIn();
  await aWebhook(api, receiver.port);
  const sensor = await box();
  // Half of a character.
  const notice = { kind: "containment", containmentId: "c-1", host: "\ud800", change: "in-force", text: "" } as const;
  await sensor.send(notice);
  const refused = async () => (await api.call<{ reason: string }[]>("GET", "/api/v1/refusals")).body;
  await t.waitFor(async () => assert.equal((await refused())[0]?.reason, "malformed-notices"), { timeout: 20_000 });
  // As a release of before has taken it.
  const store = await openStore(dataDir);
  const at = Date.now();
  await store
    .insertInto("notices")
    .values({
      ...{ sensor_id: "box-one", boot_id: sensor.bootId, sequence: 1, kind: "containment", at, received_at: at },
      body: JSON.stringify({ ...notice, sequence: 1, at }),
    })
    .execute();
  await store.destroy();
  await receiver.until(() => receiver.posts.length > 0);
  await sensor.sendHosts([infected()]);
  await receiver.until(() => messages(receiver).some(({ title }) => title.startsWith("DESK-07 is infected")));
});

test("a channel is told in its language, once that is there, and in English until then", async (t) => {
  const receiver = await aWebReceiver(t);
  const { dataDir, box, signIn } = await setUp(t);
  const api = await signIn();
  const { id } = await aWebhook(api, receiver.port, { language: "de" });
  const test = () => api.call("POST", `/api/v1/notification-channels/${id}/test`);
  await test();
  mkdirSync(join(dataDir, "languages"));
  cpSync(new URL("../ui/languages/de.json", import.meta.url), join(dataDir, "languages", "de.json"));
  await test();
  await (await box()).sendHosts([infected()]);
  await receiver.until(() => receiver.posts.length === 3);
  assert.deepEqual(
    messages(receiver).map(({ title }) => title),
    [...["A test from Cordon", "Ein Test von Cordon"], "DESK-07 ist infiziert: ein Massenmailer (Brandt Tax Advisers)"],
  );
  assert.match(
    messages(receiver).at(-1)?.text ?? "",
    /\nEs ist nicht abgetrennt\. Nächster Schritt: abtrennen\.\nhttps:/,
  );
});

test("a receiver that is down gets what waited once it is back, once, also after a restart of the controller", async (t) => {
  const receiver = await aWebReceiver(t);
  const { box, signIn, restart } = await setUp(t, { limits: { boxSilentMs: 600_000 } });
  const first = await signIn();
  await aWebhook(first, receiver.port);
  await receiver.down();
  const sensor = await box();
  await sensor.sendHosts([infected()]);
  await deliveriesWhen(first, ([one]) => (one?.tries ?? 0) >= 2);
  // While it is down what comes gathers behind the message that waits.
  for (let index = 0; index < 40; index += 1) {
    const key = `02:00:5e:10:01:${index.toString(16).padStart(2, "0")}`;
    await sensor.sendHosts([aHost({ ...infected(), host: key, mac: key, name: `ROOM-${index}` })]);
  }
  for (;;) {
    const [channel] = (await first.call<ChannelView[]>("GET", "/api/v1/notification-channels")).body;
    if (channel?.waiting === 40) break;
    await new Promise<void>((resolve) => setTimeout(resolve, 20));
  }
  const [waiting, ...others] = await deliveriesOf(first);
  assert.equal(others.length, 0);
  assert.match(waiting?.answer ?? "", /nobody listens there/);
  await restart();
  const api = await signIn();
  await receiver.up();
  await receiver.until(() => receiver.posts.length >= 2);
  await deliveriesWhen(api, (all) => all.length === 2 && all.every(({ state }) => state === "delivered"));
  const [alone, many] = messages(receiver);
  assert.equal(receiver.posts.length, 2);
  assert.equal(alone?.id, waiting?.id);
  assert.equal(many?.findings.length, 40);
  assert.match(many?.title ?? "", /^40 infected \(ROOM-0, ROOM-1, ROOM-2 and 37 more\): Brandt Tax Advisers$/);
});

test("a receiver that takes a message and never answers holds nothing up, and gets it again with the same id", async (t) => {
  const receiver = await aWebReceiver(t);
  receiver.isMute = true;
  const { siteId, box, signIn, restart } = await setUp(t, { limits: { boxSilentMs: 600_000, timeoutMs: 600_000 } });
  const api = await signIn();
  await aWebhook(api, receiver.port);
  const sensor = await box();
  const host = infected();
  await sensor.sendHosts([host]);
  await receiver.until(() => receiver.posts.length === 1);
  // What the box tells is stored, and what a person clicks reaches the box.
  await sensor.sendHosts([{ ...host, verdict: "clear" }]);
  await sensor.until(() => sensor.stored.at(-1)?.sequence === 2);
  const wish = { kind: "quarantine", host: host.host, reason: "Infected", expiresAt: null };
  assert.equal((await api.call("POST", `/api/v1/sites/${siteId}/containments`, wish)).status, 201);
  await sensor.until(() => sensor.adopted.at(-1)?.containments.length === 1);
  assert.equal((await deliveriesOf(api))[0]?.state, "waiting");
  // Nobody knows whether it arrived: whoever gets it twice tells by its id.
  await restart();
  receiver.isMute = false;
  await receiver.until(() => receiver.posts.length === 2);
  const [first, second] = receiver.posts;
  assert.equal(first?.headers["webhook-id"], second?.headers["webhook-id"]);
  assert.equal(first?.body, second?.body);
});

test("mail goes out by TLS with a sign-in, in text and HTML, and waits while the server is down", async (t) => {
  const credentials = await loopbackCredentials();
  for (const security of ["tls", "starttls"] as const) {
    const password = `mail-password-${security}`;
    const receiver = new MailReceiver({ credentials, security, user: "cordon", password });
    await receiver.up();
    t.after(() => receiver.down());
    const { box, signIn } = await setUp(t, { options: { notifyAuthorities: [credentials.cert] } });
    const api = await signIn();
    const channel = {
      ...{ ...common, kind: "email", name: "Desk", secrets: { password } },
      settings: {
        ...{ host: "127.0.0.1", port: receiver.port, security, user: "cordon" },
        ...{ from: "cordon@example.com", to: ["ann@example.com", "bob@example.com"] },
      },
    };
    assert.equal((await api.call("POST", "/api/v1/notification-channels", channel)).status, 201);
    await receiver.down();
    const sensor = await box();
    await sensor.sendHosts([infected()]);
    await deliveriesWhen(api, ([one]) => (one?.tries ?? 0) >= 2);
    await receiver.up();
    await receiver.until(() => receiver.mails.length > 0);
    const [delivery] = await deliveriesWhen(api, ([one]) => one?.state === "delivered");
    const [mail, ...more] = receiver.mails;
    assert.ok(mail !== undefined && more.length === 0);
    assert.deepEqual([mail.user, mail.isEncrypted], ["cordon", true]);
    assert.deepEqual(mail.to, ["ann@example.com", "bob@example.com"]);
    assert.match(mail.raw, new RegExp(`^Message-ID: <${delivery?.id}@example.com>\r$`, "m"));
    assert.match(mail.raw, /^Subject: DESK-07 is infected: a mass mailer \(Brandt Tax Advisers\)\r$/m);
    assert.match(mail.raw, /^Content-Type: text\/plain/m);
    assert.match(mail.raw, /^Content-Type: text\/html/m);
    assert.match(mail.raw, /Next: cut it off\./);
    assert.equal(receiver.strangers, 0);
  }
});

test("a message that is itself refused gives way to those behind it", async (t) => {
  const receiver = await aWebReceiver(t);
  const { box, signIn } = await setUp(t);
  const api = await signIn();
  await aWebhook(api, receiver.port);
  receiver.answer = { status: 422 };
  const sensor = await box();
  await sensor.sendHosts([infected()]);
  const [given] = await deliveriesWhen(api, ([one]) => one?.state === "given-up");
  assert.deepEqual([given?.tries, given?.answer], [3, "The receiver refused it (422)."]);
  receiver.answer = { status: 204 };
  await sensor.sendHosts([aHost({ ...infected(), host: "02:00:5e:10:00:56", name: "DESK-56" })]);
  await receiver.until(() => verdicts(receiver).includes("DESK-56 is infected: a mass mailer."));
});

test("a mail server that says nothing is given up on in time, and a controller that stops does not wait for it", async (t) => {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const { signIn } = await setUp(t, { limits: { timeoutMs: 300 } });
  const api = await signIn();
  const settings = { host: "127.0.0.1", port, security: "none", from: "cordon@example.com", to: ["ann@example.com"] };
  const wish = { ...common, kind: "email", name: "Desk", secrets: {}, settings };
  const { body } = await api.call<ChannelView>("POST", "/api/v1/notification-channels", wish);
  const { body: outcome } = await api.call<TestOutcome>("POST", `/api/v1/notification-channels/${body.id}/test`);
  assert.deepEqual(outcome, { isDelivered: false, answer: "Not delivered: no answer within 1 s." });

  const patient = await setUp(t, { limits: { timeoutMs: 600_000 } });
  const other = await patient.signIn();
  assert.equal((await other.call("POST", "/api/v1/notification-channels", wish)).status, 201);
  const sensor = await patient.box();
  const isCalled = once(server, "connection");
  await sensor.sendHosts([infected()]);
  await isCalled;
  await patient.stop();
});

test("mail is not sent to a server whose certificate is of nobody who is trusted", async (t) => {
  const credentials = await loopbackCredentials();
  const receiver = new MailReceiver({ credentials, security: "starttls", user: "cordon", password: "mail-password" });
  await receiver.up();
  t.after(() => receiver.down());
  const { signIn } = await setUp(t);
  const api = await signIn();
  const settings = { host: "127.0.0.1", port: receiver.port, security: "starttls", user: "cordon" };
  const { body } = await api.call<ChannelView>("POST", "/api/v1/notification-channels", {
    ...{ ...common, kind: "email", name: "Desk", secrets: { password: "mail-password" } },
    settings: { ...settings, from: "cordon@example.com", to: ["ann@example.com"] },
  });
  const { body: outcome } = await api.call<TestOutcome>("POST", `/api/v1/notification-channels/${body.id}/test`);
  assert.deepEqual(outcome, { isDelivered: false, answer: "Not delivered: self-signed certificate." });
  assert.equal(receiver.mails.length, 0);
});

test("ntfy gets title, text, priority, tags, link and a token, and what it refuses is told in its words", async (t) => {
  const credentials = await loopbackCredentials();
  const receiver = await aWebReceiver(t, credentials);
  const { siteId, box, signIn } = await setUp(t, { options: { notifyAuthorities: [credentials.cert] } });
  const api = await signIn();
  const token = "tk_of_the_phone";
  const { body: channel } = await api.call<ChannelView>("POST", "/api/v1/notification-channels", {
    ...{ ...common, kind: "ntfy", name: "Phone", secrets: { token } },
    settings: { server: `https://127.0.0.1:${receiver.port}`, topic: "office" },
  });
  assert.equal(channel.target, `https://127.0.0.1:${receiver.port}/office`);
  receiver.answer = { status: 403, body: JSON.stringify({ code: 40301, http: 403, error: `forbidden: ${token}` }) };
  const path = `/api/v1/notification-channels/${channel.id}/test`;
  const { body: refused } = await api.call<TestOutcome>("POST", path);
  assert.deepEqual(refused, {
    isDelivered: false,
    answer: "The receiver does not let it in (403: forbidden: •••).",
  });
  await receiver.down();
  const sensor = await box();
  await sensor.sendHosts([infected()]);
  await deliveriesWhen(api, ([one]) => one?.isTest === false && one.tries >= 2);
  receiver.answer = { status: 200 };
  const before = receiver.posts.length;
  await receiver.up();
  await receiver.until(() => receiver.posts.length > before);
  const post = receiver.posts.at(-1);
  assert.equal(post?.headers.authorization, `Bearer ${token}`);
  const { message, sequence_id, ...rest } = JSON.parse(post?.body ?? "") as Record<string, unknown>;
  const link = `${publicUrl}/sites/${siteId}/hosts/${encodeURIComponent(infected().host)}`;
  assert.deepEqual(rest, {
    ...{ topic: "office", title: "DESK-07 is infected: a mass mailer (Brandt Tax Advisers)", priority: 5 },
    ...{ tags: ["rotating_light", "cordon"], click: link },
  });
  assert.match(String(message), /It is not cut off\. Next: cut it off\./);
  assert.equal(sequence_id, (await deliveriesWhen(api, ([one]) => one?.state === "delivered"))[0]?.id);
});

test("what comes into force, what the box refuses, its silence, its troubles and its line are told, and what ends", async (t) => {
  const receiver = await aWebReceiver(t);
  const { box, signIn } = await setUp(t);
  const api = await signIn();
  await aWebhook(api, receiver.port);
  const sensor = await box();
  const host = infected();
  await sensor.sendHosts([host]);
  const tells = (verdict: string) => receiver.until(() => verdicts(receiver).includes(verdict));
  await tells("DESK-07 is infected: a mass mailer.");
  const change = { kind: "containment", containmentId: "c1", host: host.host } as const;
  await sensor.send({ ...change, change: "refused", text: "The kernel has no such rule." });
  await tells("The box did not contain DESK-07.");
  await sensor.send({ ...change, change: "in-force", text: "Cut from the Internet." });
  await tells("DESK-07: Cut from the Internet.");
  const since = Date.now();
  await sensor.report({ health: [{ code: "capture-down", severity: "error", since, text: "Nothing is captured." }] });
  await tells("The box of Brandt Tax Advisers is in trouble.");
  sensor.line = { state: "dead", since, text: "0 of 9 machines get answers." };
  await sensor.report();
  await tells("The line of Brandt Tax Advisers is dead.");
  sensor.line = { state: "healthy", since, text: "9 of 9 machines get answers." };
  await sensor.report();
  await tells("The line of Brandt Tax Advisers carries again.");
  const walled = { kind: "walled", since, host: null, text: "A portal answers in everybody’s name." };
  sensor.line = { state: "healthy", since, text: "9 of 9 machines get answers.", trouble: walled };
  await sensor.report();
  await tells("The line of Brandt Tax Advisers is walled: a portal answers everything.");
  await sensor.cutPower();
  await tells("The box of Brandt Tax Advisers is silent.");
  const again = await box();
  await tells("The box of Brandt Tax Advisers is back.");
  // What the controller itself finds of who a box is.
  await again.publish("presence", { version: 3, state: "online", bootId: sensor.bootId, at: Date.now() });
  await receiver.until(() => messages(receiver).some(({ text }) => text.includes("Two boxes speak with the key")));
  // One finding is one, also where the same is said again.
  await again.send({ ...change, change: "in-force", text: "Cut from the Internet." });
  await again.send({ ...change, containmentId: "c2", change: "refused", text: "No." });
  await receiver.until(() => verdicts(receiver).filter((each) => each.includes("did not contain")).length === 2);
  const all = verdicts(receiver);
  assert.equal(all.length, 9 + 2, all.join("\n"));
  const causes = messages(receiver).flatMap(({ findings }) => findings.map(({ cause }) => cause));
  assert.ok(causes.includes("Nothing is captured.") && causes.includes("0 of 9 machines get answers."));
});

test("a channel gets what is bad enough, of its sites, and in quiet hours what nothing holds", async (t) => {
  const receiver = await aWebReceiver(t);
  const { siteId, box, signIn } = await setUp(t);
  const api = await signIn();
  const hour = new Date().getUTCHours();
  const two = (number: number) => `${String((number + 24) % 24).padStart(2, "0")}:00`;
  const quietHours = { from: two(hour - 2), to: two(hour + 2), timeZone: "UTC" };
  const channel = await aWebhook(api, receiver.port, { leastSeverity: "warning", quietHours, sites: [siteId] });
  assert.equal(channel.isQuiet, true);
  const refused = await api.call<Problem>("POST", "/api/v1/notification-channels", {
    ...{ ...common, kind: "webhook", name: "Hook", settings: {}, sites: ["elsewhere"] },
    secrets: { url: "https://hook.example/" },
  });
  assert.equal(refused.body.code, "unknown-site");
  const sensor = await box();
  await sensor.send({ kind: "containment", containmentId: "c1", host: "h", change: "in-force", text: "Cut." });
  await sensor.sendHosts(sampleHosts(Date.now()));
  await receiver.until(() => receiver.posts.length > 0);
  assert.deepEqual(
    messages(receiver)[0]
      ?.findings.map(({ verdict }) => verdict.split(" is ")[1])
      .sort(),
    ["infected: a mass mailer.", "infected: a scanner."],
  );
  const held = async () => (await api.call<ChannelView[]>("GET", "/api/v1/notification-channels")).body[0]?.waiting;
  assert.equal(await held(), 1, "who is suspect can wait until the morning");
  const wish = { ...common, kind: "webhook", name: "Hook", settings: {}, secrets: {}, sites: [siteId] };
  assert.equal((await api.call("PUT", `/api/v1/notification-channels/${channel.id}`, wish)).status, 200);
  await receiver.until(() => receiver.posts.length > 1);
  assert.deepEqual(
    messages(receiver)[1]?.findings.map(({ verdict }) => verdict),
    ["LAPTOP-ANNA is suspect."],
  );
});

test("what waited for a receiver when quiet hours began waits on, and lets pass what nothing holds", async (t) => {
  const receiver = await aWebReceiver(t);
  const { box, signIn } = await setUp(t);
  const api = await signIn();
  const channel = await aWebhook(api, receiver.port);
  await receiver.down();
  const sensor = await box();
  await sensor.sendHosts([aHost({ name: "DESK-55", verdict: "suspect", evidence: [aLine()] })]);
  await deliveriesWhen(api, ([one]) => (one?.tries ?? 0) >= 1);
  const hour = new Date().getUTCHours();
  const two = (number: number) => `${String((number + 24) % 24).padStart(2, "0")}:00`;
  const change = async (quietHours: object | null) => {
    const wish = { ...common, kind: "webhook", name: "Hook", settings: {}, secrets: {}, quietHours };
    assert.equal((await api.call("PUT", `/api/v1/notification-channels/${channel.id}`, wish)).status, 200);
  };
  await change({ from: two(hour - 2), to: two(hour + 2), timeZone: "UTC" });
  await receiver.up();
  await sensor.sendHosts([infected()]);
  await receiver.until(() => receiver.posts.length > 0);
  await change(null);
  await receiver.until(() => receiver.posts.length > 1);
  assert.deepEqual(verdicts(receiver), ["DESK-07 is infected: a mass mailer.", "DESK-55 is suspect."]);
});

test("no secret is given out, logged, written to the audit log or kept in an answer", async (t) => {
  const credentials = await loopbackCredentials();
  const password = "smtp-password-7f3a";
  const token = "tk_3f9b7c_token";
  const key = "in-the-address";
  const secrets = [password, token, key, signingSecret, Buffer.from(password).toString("base64")];
  const web = await aWebReceiver(t, credentials);
  const mail = new MailReceiver({ credentials, security: "tls", user: "cordon", password: "another" });
  await mail.up();
  t.after(() => mail.down());
  const { dataDir, lines, box, signIn, stop } = await setUp(t, {
    options: { notifyAuthorities: [credentials.cert] },
    limits: { retry: { firstMs: 10, longestMs: 20, patienceMs: 1000, refusedTries: 3 } },
  });
  const api = await signIn();
  web.answer = { status: 500, body: JSON.stringify({ error: `I do not know ${token}` }) };
  const at = `https://127.0.0.1:${web.port}`;
  const wishes = [
    { ...common, kind: "webhook", name: "Hook", settings: {}, secrets: { url: `${at}/in?key=${key}`, signingSecret } },
    { ...common, kind: "ntfy", name: "Phone", settings: { server: at, topic: "office" }, secrets: { token } },
    {
      ...{ ...common, kind: "email", name: "Desk", secrets: { password } },
      settings: {
        ...{ host: "127.0.0.1", port: mail.port, security: "tls", user: "cordon" },
        ...{ from: "cordon@example.com", to: ["ann@example.com"] },
      },
    },
  ];
  const said: string[] = [];
  for (const wish of wishes) {
    const { body } = await api.call<ChannelView>("POST", "/api/v1/notification-channels", wish);
    assert.deepEqual(body.secretsSet, Object.keys(wish.secrets).sort());
    said.push(JSON.stringify(body));
    said.push(JSON.stringify((await api.call("POST", `/api/v1/notification-channels/${body.id}/test`)).body));
    said.push(JSON.stringify((await api.call("PUT", `/api/v1/notification-channels/${body.id}`, wish)).body));
  }
  const sensor = await box();
  await sensor.sendHosts([infected()]);
  const over = await deliveriesWhen(
    api,
    (all) => all.filter(({ state, isTest }) => state === "given-up" && !isTest).length === 3,
  );
  said.push(JSON.stringify(over));
  said.push(JSON.stringify((await api.call("GET", "/api/v1/notification-channels")).body));
  said.push(JSON.stringify((await api.call("GET", "/api/v1/openapi.json")).body));
  await stop();
  const store = await openStore(dataDir);
  said.push(JSON.stringify(await store.selectFrom("audit_log").selectAll().execute()));
  said.push(JSON.stringify(await store.selectFrom("notification_deliveries").selectAll().execute()));
  await store.destroy();
  assert.ok(mail.strangers > 0 && web.posts.length > 4);
  assert.ok(
    lines.some((line) => line.includes("a message was given up")),
    lines.join("\n"),
  );
  for (const secret of secrets) {
    assert.equal(
      said.find((text) => text.includes(secret)),
      undefined,
      `${secret} was given out`,
    );
    assert.equal(
      lines.find((line) => line.includes(secret)),
      undefined,
      `${secret} was logged`,
    );
  }
});

test("webhooks into private networks are refused unless allowed, by address, by name and by redirection", async (t) => {
  const receiver = await aWebReceiver(t);
  const { signIn } = await setUp(t, { allow: [] });
  const api = await signIn();
  const create = (url: string) =>
    api.call<ChannelView & Problem>("POST", "/api/v1/notification-channels", {
      ...{ ...common, kind: "webhook", name: "Hook", settings: {}, secrets: { url } },
    });
  for (const host of [
    "127.0.0.1",
    "2130706433",
    "0x7f.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "10.0.0.1",
    "169.254.169.254",
  ]) {
    assert.equal((await create(`http://${host}:${receiver.port}/`)).body.code, "address-refused", host);
  }
  assert.equal((await create("http://[fd00:ec2::254]/")).body.code, "address-refused");
  for (const url of ["ftp://hook.example/", "https://ann:secret@hook.example/", "nonsense"]) {
    const { status, body } = await create(url);
    assert.deepEqual([status, body.code], [422, "channel-refused"]);
    assert.ok(!body.detail.includes("secret"));
  }
  const { body: named } = await create(`http://localhost:${receiver.port}/`);
  const tried = await api.call<TestOutcome>("POST", `/api/v1/notification-channels/${named.id}/test`);
  assert.equal(tried.body.isDelivered, false);
  assert.match(tried.body.answer, /^Not delivered: localhost \(.+\) is not on the public Internet and was not allowed/);
  assert.equal(receiver.posts.length, 0);

  const inner = await aWebReceiver(t);
  const { signIn: signInAllowed } = await setUp(t, { allow: ["localhost"] });
  const allowed = await signInAllowed();
  const { body: hook } = await allowed.call<ChannelView>("POST", "/api/v1/notification-channels", {
    ...{ ...common, kind: "webhook", name: "Hook", settings: {} },
    secrets: { url: `http://localhost:${receiver.port}/` },
  });
  receiver.answer = { status: 302, headers: { location: `http://127.0.0.1:${inner.port}/` } };
  const sentOn = await allowed.call<TestOutcome>("POST", `/api/v1/notification-channels/${hook.id}/test`);
  assert.deepEqual(sentOn.body, {
    isDelivered: false,
    answer: "The receiver sent it elsewhere (302), which is not followed.",
  });
  assert.deepEqual([receiver.posts.length, inner.posts.length], [1, 0]);
});

test("a channel is for who is signed in, keeps its secrets where it stays, and asks for them where it leads elsewhere", async (t) => {
  const { dataDir, signIn } = await setUp(t);
  const api = await signIn();
  const settings = { server: "https://ntfy.example", topic: "office" };
  const wish = { ...common, kind: "ntfy", name: "Phone", settings, secrets: { token: "tk_1" } };
  const path = "/api/v1/notification-channels";
  const { cookie } = api;
  api.cookie = "";
  for (const [method, at] of [
    ["GET", path],
    ["POST", path],
    ["GET", "/api/v1/notification-deliveries"],
  ] as const) {
    assert.equal((await api.call(method, at, method === "POST" ? wish : undefined)).status, 401);
  }
  api.cookie = cookie;
  const { body: channel } = await api.call<ChannelView>("POST", path, wish);
  const change = (more: object) =>
    api.call<ChannelView & Problem>("PUT", `${path}/${channel.id}`, { ...wish, ...more });
  assert.deepEqual((await change({ name: "Mobile", secrets: {} })).body.secretsSet, ["token"]);
  const elsewhere = { settings: { ...settings, server: "https://evil.example" } };
  assert.equal((await change({ ...elsewhere, secrets: {} })).body.code, "secret-needed");
  assert.deepEqual((await change({ ...elsewhere, secrets: { token: null } })).body.secretsSet, []);
  assert.equal((await change({ kind: "webhook", settings: {}, secrets: { url: "https://a.example/" } })).status, 422);
  const never = { from: "22:00", to: "22:00", timeZone: "UTC" };
  assert.equal((await change({ quietHours: never })).body.code, "channel-refused");
  const zone = { from: "22:00", to: "07:00", timeZone: "Middle/Earth" };
  assert.equal((await change({ quietHours: zone })).body.code, "channel-refused");
  assert.equal((await change({ name: "" })).status, 400);
  const plain = { settings: { ...settings, server: "http://ntfy.example" }, secrets: { token: "tk_1" } };
  assert.match((await change(plain)).body.detail, /not sent without TLS/);
  assert.equal((await api.call("DELETE", `${path}/${channel.id}`)).status, 204);
  assert.equal((await api.call("DELETE", `${path}/${channel.id}`)).status, 404);
  assert.equal((await api.call("POST", `${path}/${channel.id}/test`)).status, 404);
  const store = await openStore(dataDir);
  const audit = await store.selectFrom("audit_log").select(["action", "author", "subject"]).execute();
  await store.destroy();
  assert.deepEqual(
    audit.filter(({ subject }) => subject === channel.id).map(({ action, author }) => [action, author]),
    ["created", "changed", "changed", "deleted"].map((deed) => [`notification-channel-${deed}`, "operator"]),
  );
});
