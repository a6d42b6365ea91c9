import assert from "node:assert/strict";
import { test } from "node:test";
import type { PresetOutcome, PresetPlan } from "../src/api/preset-view.ts";
import type { Problem, SiteView } from "../src/api/view.ts";
import { enrol, type ApiClient } from "./harness.ts";
import { invite, take } from "./people.ts";
import { sampleHosts } from "./sample-hosts.ts";
import { standingSite } from "./standing-site.ts";
import { openStore } from "./store.ts";

const mailer = "02:00:5e:10:00:07";
const quiet = "02:00:5e:10:00:01";

test("a preset says what it would change, is put on as a whole, and is in the box's document", async (t) => {
  const { dataDir, controller, siteId, path, sensor, api } = await standingSite(t);
  await sensor.sendHosts(sampleHosts(Date.now()));
  sensor.tried.set("mail", new Map([[mailer, 212]]));
  await sensor.report({ policy: "observe" });
  const planOf = async (preset: string): Promise<PresetPlan> => {
    const { status, body } = await api.call<readonly PresetPlan[]>("GET", `/api/v1/presets/${preset}?site=${siteId}`);
    assert.equal(status, 200);
    const [plan] = body;
    assert.ok(plan !== undefined);
    return plan;
  };
  const put = async (preset: string, basis: string, reason = "Nobody is there at night") => {
    const wish = { sites: [{ siteId, basis }], reason };
    return (await api.call<readonly PresetOutcome[]>("PUT", `/api/v1/presets/${preset}`, wish)).body;
  };
  assert.equal((await api.call("GET", `/api/v1/presets/contain?site=${siteId}`)).status, 401);
  await api.signIn(await controller.createLoginLink());
  await api.siteWhen(siteId, (site) => site.counts.hosts === 10 && site.sensor.reportedAt !== null);
  const exceptions = [quiet];
  await api.call("PUT", `${path}/barriers/mail`, { mode: "dry", exceptions, reason: "Try it", expiresAt: null });
  await sensor.until(() => sensor.adopted.at(-1)?.barriers?.length === 1);
  await sensor.report({ policy: "observe" });
  await api.siteWhen(siteId, (site) => site.barriers[0]?.passed === 212);

  const plan = await planOf("contain");
  assert.deepEqual([plan.policy?.from, plan.policy?.to], ["observe", "contain"]);
  assert.deepEqual(
    plan.policy?.effect?.holds.filter(({ kind }) => kind === "quarantine").map(({ name }) => name),
    ["DESK-07", "FRONTDESK"],
  );
  assert.deepEqual(plan.reflex?.to, { mode: "enforce", budget: "usual" });
  const mail = plan.barriers.find(({ way }) => way === "mail");
  assert.deepEqual([mail?.from, mail?.to, mail?.exceptions], ["dry", "enforce", exceptions]);
  assert.deepEqual(mail?.met, { packets: 212, hosts: 1 });

  // Somebody sets it otherwise meanwhile: what was read is not what would happen.
  await api.call("PUT", `${path}/policy`, { policy: "guard", reason: "For now" });
  const stale = await put("contain", plan.basis);
  assert.deepEqual([stale[0]?.outcome, stale[0]?.code], ["refused", "settings-changed"]);
  assert.equal((await api.site(siteId)).policy, "guard");

  const again = await planOf("contain");
  assert.deepEqual(
    (await put("contain", again.basis)).map(({ outcome }) => outcome),
    ["set"],
  );
  await sensor.until(() => sensor.adopted.at(-1)?.policy === "contain");
  const document = sensor.adopted.at(-1);
  assert.deepEqual(document?.reflex, { mode: "enforce", budget: "usual", hosts: [] });
  assert.deepEqual(document?.barriers?.map(({ way, mode }) => `${way} ${mode}`).toSorted(), [
    ...["irc dry", "mail enforce", "smb enforce", "spoofed dry", "sql enforce", "telnet dry"],
  ]);
  assert.deepEqual(document?.barriers?.find(({ way }) => way === "mail")?.exceptions, exceptions);
  const after = await planOf("contain");
  assert.deepEqual([after.policy, after.reflex, after.barriers], [null, null, []]);
  assert.deepEqual(
    (await put("contain", after.basis)).map(({ outcome }) => outcome),
    ["already"],
  );

  const store = await openStore(dataDir);
  const lines = await store
    .selectFrom("audit_log")
    .select(["subject", "author", "detail"])
    .where("action", "=", "preset-set")
    .execute();
  await store.destroy();
  assert.deepEqual(
    lines.map(({ subject }) => subject),
    ["contain"],
  );
  assert.match(lines[0]?.detail ?? "", /"way":"mail","to":"enforce".*Nobody is there at night/);
});

test("an exception that is infected by now is none any more, and shutting the way is not refused for it", async (t) => {
  const { controller, siteId, path, sensor, api } = await standingSite(t);
  await sensor.sendHosts(sampleHosts(Date.now()).map((host) => ({ ...host, verdict: "clear" as const })));
  await api.signIn(await controller.createLoginLink());
  await api.siteWhen(siteId, (site) => site.counts.hosts === 10);
  const exceptions = [mailer, quiet];
  const set = { mode: "dry", exceptions, reason: "Try it", expiresAt: null };
  assert.equal((await api.call("PUT", `${path}/barriers/mail`, set)).status, 200);
  await sensor.sendHosts(sampleHosts(Date.now()));
  await api.siteWhen(siteId, (site) => site.hosts.some((h) => h.host === mailer && h.verdict === "infected"));
  const plans = await api.call<readonly PresetPlan[]>("GET", `/api/v1/presets/mailers?site=${siteId}`);
  const sites = [{ siteId, basis: plans.body[0]?.basis }];
  const { body } = await api.call<readonly PresetOutcome[]>("PUT", "/api/v1/presets/mailers", { sites, reason: "Now" });
  assert.equal(body[0]?.outcome, "set");
  const { barriers } = (await api.call<SiteView>("GET", path)).body;
  assert.deepEqual(barriers.find(({ way, releasing }) => way === "mail" && !releasing)?.exceptions, [quiet]);
});

test("of a customer's sites a preset sets each that its sender sees, and tells of no other", async (t) => {
  const { dataDir, controller, siteId, api } = await standingSite(t);
  await enrol(dataDir, controller.brokerPort, { sensorId: "box-two", siteName: "Second office" });
  await api.signIn(await controller.createLoginLink());
  const customer = (await api.call<{ id: string }>("POST", "/api/v1/customers", { name: "Brandt" })).body.id;
  const ids = (await api.call<readonly { id: string }[]>("GET", "/api/v1/sites")).body.map(({ id }) => id);
  const [other = ""] = ids.filter((id) => id !== siteId);
  const plansOf = async (as: ApiClient) =>
    (await as.call<readonly PresetPlan[]>("GET", `/api/v1/presets/ask?customer=${customer}`)).body;
  assert.deepEqual(await plansOf(api), []);
  for (const id of ids) await api.call("PUT", `/api/v1/sites/${id}/customer`, { customer });
  const plans = await plansOf(api);
  assert.deepEqual(plans.map((plan) => plan.siteId).toSorted(), ids.toSorted());

  const invited = await invite(api, { name: "Tom", role: "technician", sites: [siteId] });
  const tom = (await take(controller, invited.body.token)).api;
  assert.deepEqual(
    (await plansOf(tom)).map((plan) => plan.siteId),
    [siteId],
  );
  const unseen = await tom.call<Problem>("GET", `/api/v1/presets/ask?site=${other}`);
  assert.deepEqual([unseen.status, unseen.body.code], [404, "unknown-site"]);
  const sites = plans.map((plan) => ({ siteId: plan.siteId, basis: plan.basis }));
  const put = await tom.call<readonly PresetOutcome[]>("PUT", "/api/v1/presets/ask", { sites, reason: "We agreed" });
  const outcomes = new Map(put.body.map((each) => [each.siteId, each.code ?? each.outcome]));
  assert.equal(outcomes.get(siteId), "set");
  assert.equal(outcomes.get(other), "unknown-site");
  assert.equal((await api.call<Problem>("GET", "/api/v1/presets/ask")).status, 400);
});
