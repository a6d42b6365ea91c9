/** A controller, an enrolled sensor, an open ask of it, and what a sensor sends to answer it by upload. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { Agent, request, type RequestOptions } from "node:https";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import {
  answerTopic,
  contractVersion,
  takesAsks,
  topicOf,
  uploadPath,
  type Hello,
  type KeyedProfile,
} from "@cordon/contract";
import type { AskView } from "../src/api/ask-view.ts";
import type { RefusalView } from "../src/api/view.ts";
import type { ControllerOptions } from "../src/controller.ts";
import { connectAs } from "./fake-sensor.ts";
import { ApiClient, enrol, startTestController } from "./harness.ts";
import { tlsOf } from "./raw-mqtt.ts";
import { scratchDir } from "./scratch.ts";

const bootId = "0123456789abcdef";
const hello: Hello = {
  ...{ version: contractVersion, bootId, at: 1, software: "0", kernel: "test", interfaces: [] },
  ...{ placement: { kind: "lan", reasons: [], blindSpots: [] }, kernelFeatures: {}, canContain: true },
  takes: [takesAsks],
};

/** A controller, an enrolled sensor, and an open ask of it. */
export async function uploadSite(t: TestContext, more: Partial<ControllerOptions> = {}) {
  const [dataDir, remove] = scratchDir();
  const controller = await startTestController(dataDir, more);
  const profile = await enrol(dataDir, controller.brokerPort, { sensorId: "box-one" });
  const api = new ApiClient(controller.url);
  await api.signIn(await controller.createLoginLink());
  const client = connectAs(profile);
  await new Promise((resolve) => client.once("connect", resolve));
  t.after(async () => {
    client.end(true);
    await controller.close();
    remove();
  });
  await client.publishAsync(topicOf(profile.sensor, "hello"), JSON.stringify(hello), { qos: 1 });
  await api.siteWhen(profile.site.id, (site) => site.sensor.software !== null);
  const path = `/api/v1/sites/${profile.site.id}/asks`;
  const ask = async () => (await api.call<AskView>("POST", path, { kind: "self-test" })).body.id;
  const answer = async (askId: string, body: Buffer, contentType = "application/json") => {
    const upload = { sizeBytes: body.length, sha256: createHash("sha256").update(body).digest("hex"), contentType };
    const message = { version: contractVersion, id: askId, bootId, at: 1, status: "done", upload };
    await client.publishAsync(answerTopic(profile.sensor, askId), JSON.stringify(message), { qos: 1 });
    return (await api.call<AskView>("GET", `${path}/${askId}?waitMs=20000`)).body;
  };
  const refusals = async () => {
    const { body } = await api.call<RefusalView[]>("GET", "/api/v1/refusals");
    return Object.fromEntries(body.map((row) => [`${row.sensorId} ${row.reason}`, row.count]));
  };
  const shelf = () => (existsSync(join(dataDir, "answers")) ? readdirSync(join(dataDir, "answers")) : []);
  /** As if nothing had come of what is not whole. */
  const dropParts = async () => {
    for (const name of shelf()) if (name.endsWith(".part")) await rm(join(dataDir, "answers", name));
  };
  return { dropParts, dataDir, controller, profile, client, api, path, ask, answer, refusals, shelf };
}

export interface Reply {
  readonly status: number;
  readonly offset: number | null;
}

export function call(profile: KeyedProfile, options: RequestOptions, body: Buffer = Buffer.alloc(0)): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = { "content-length": String(body.length), ...options.headers };
    const agent = new Agent({ ALPNProtocols: ["http/1.1"] });
    const sent = request({ ...tlsOf(profile), agent, ...options, headers }, (response) => {
      response.resume();
      response.once("end", () => {
        const offset = response.headers["upload-offset"];
        resolve({ status: response.statusCode ?? 0, offset: typeof offset === "string" ? Number(offset) : null });
      });
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

export const digestOf = (body: Buffer) => `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;

/** Sends bytes from an offset; the last part carries the digest. */
export function patch(
  profile: KeyedProfile,
  askId: string,
  whole: Buffer,
  from: number,
  to: number,
  digest = digestOf(whole),
) {
  const headers = {
    "upload-offset": String(from),
    "upload-length": String(whole.length),
    ...(to === whole.length ? { "repr-digest": digest } : {}),
  };
  return call(profile, { method: "PATCH", path: uploadPath(askId), headers }, whole.subarray(from, to));
}

export const head = (profile: KeyedProfile, askId: string) =>
  call(profile, { method: "HEAD", path: uploadPath(askId) });
