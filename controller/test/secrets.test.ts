/** No secret stands in a log: of a run that uses every kind, and in which much goes wrong. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { mkdirSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { systemAmbient, type Log } from "../src/ambient.ts";
import type { Problem } from "../src/api/view.ts";
import { ApiClient, enrol, startTestController } from "./harness.ts";
import { codeAt, invite, password, take } from "./people.ts";
import { scratchDir } from "./scratch.ts";

test(
  "no secret of a run stands in its log, whatever fails",
  { skip: process.env["CORDON_TEST_STORE"] !== undefined },
  async (t) => {
    const [dataDir, remove] = scratchDir();
    const lines: string[] = [];
    const write = (message: string, fields?: unknown): void => void lines.push(JSON.stringify([message, fields]));
    const log: Log = { info: write, warn: write, error: write };
    const uiDir = join(dataDir, "ui");
    mkdirSync(uiDir, { recursive: true });
    writeFileSync(join(uiDir, "index.html"), "<!doctype html><title>Cordon</title>");
    const controller = await startTestController(dataDir, { ambient: systemAmbient(log), uiDir });
    t.after(async () => {
      await controller.close();
      remove();
    });
    const profile = await enrol(dataDir, controller.brokerPort, { sensorId: "box-one" });
    const link = await controller.createLoginLink();
    const owner = new ApiClient(controller.url);
    await owner.signIn(link);
    const { body: invited } = await invite(owner, { name: "Tom", role: "technician" });
    const { api: tom, secret: codeSecret } = await take(controller, invited.token);
    const token = await owner.call<{ secret: string }>("POST", "/api/v1/tokens", {
      ...{ name: "probe", role: "reader", customers: null, sites: null, expiresAt: Date.now() + 3_600_000 },
    });
    const passphrase = "a passphrase of the backup";
    const key = "idempotency-key-of-a-change";
    const code = codeAt(codeSecret, Date.now() + 30_000);
    const calls = (): readonly (readonly [string, string, unknown?, Record<string, string>?])[] => [
      ["POST", "/api/v1/session", { name: "Tom", password, code }],
      ["POST", "/api/v1/session", { token: link.split("#")[1] }],
      ["POST", "/api/v1/invitations/look", { token: invited.token }],
      ["POST", "/api/v1/invitations/take", { token: invited.token, password, code }],
      ["GET", "/api/v1/sites", undefined, { authorization: `Bearer ${token.body.secret}` }],
      ["POST", "/api/v1/account/code", { password, code }],
      ["POST", "/api/v1/customers", { name: "A" }, { "idempotency-key": key }],
      ["POST", "/api/v1/backups", { passphrase }],
    ];
    const call = async (): Promise<number[]> => {
      const statuses: number[] = [];
      for (const [method, path, body, headers] of calls()) {
        statuses.push((await tom.call<Problem>(method, path, body, headers)).status);
        statuses.push((await owner.call<Problem>(method, path, body, headers)).status);
      }
      return statuses;
    };
    await call();
    // The store fails in the middle of each.
    const broken = new DatabaseSync(join(dataDir, "controller.sqlite"));
    broken.exec("pragma foreign_keys = off");
    for (const table of ["login_links", "invitations", "kept_answers", "customers", "people", "api_tokens"]) {
      broken.exec(`alter table ${table} rename to ${table}_gone`);
    }
    broken.close();
    const failed = (await call()).filter((status) => status === 500).length;
    assert.ok(failed >= 8, `${failed} failed`);
    assert.ok(lines.filter((line) => line.includes("a request failed")).length >= 8, lines.join("\n"));

    const cookie = (api: ApiClient): string => api.cookie.split("=")[1] ?? "";
    const secrets: Readonly<Record<string, string>> = {
      ...{
        link: link.split("#")[1] ?? "",
        ownerCookie: cookie(owner),
        tomCookie: cookie(tom),
        invitation: invited.token,
      },
      ...{ password, code, codeSecret, token: token.body.secret, passphrase, key },
      boxKey: profile.credentials.privateKey.split("\n")[1] ?? "",
    };
    for (const [name, secret] of Object.entries(secrets)) {
      assert.ok(secret.length >= 6, name);
      assert.equal(
        lines.find((line) => line.includes(secret)),
        undefined,
        `${name} was logged`,
      );
    }
  },
);
