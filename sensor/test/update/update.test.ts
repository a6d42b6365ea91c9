// A release on its way from a real controller into the folder of a real judging process; whoever installs it is a script.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseUpdateRequest, updateStatusName, type UpdateRequest, type UpdateStatus } from "@cordon/contract";
import { enrolSensor, startController } from "../../start/controller-process.ts";
import { aScan } from "../link/a-scan.ts";
import { slow } from "../slow-tests.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const compatible = "cordon-pc-amd64";

interface Rollout {
  readonly id: string;
  readonly state: string;
  readonly boxes: readonly { readonly phase: string; readonly words: string }[];
}

/** The API, signed in, wherever the controller is now. */
class Owner {
  #url = "";
  #cookie = "";

  async signIn(link: string): Promise<void> {
    this.#url = new URL(link).origin;
    const token = link.slice(link.indexOf("#") + 1);
    const answer = await this.#send("POST", "/api/v1/session", JSON.stringify({ token }));
    this.#cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  }

  async call<T>(method: string, path: string, body: unknown = null): Promise<T> {
    const isBytes = Buffer.isBuffer(body);
    const answer = await this.#send(method, path, isBytes || body === null ? body : JSON.stringify(body), isBytes);
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return (text === "" ? null : JSON.parse(text)) as T;
  }

  #send(method: string, path: string, body: Buffer | string | null, isBytes = false): Promise<Response> {
    const type = isBytes ? "application/octet-stream" : "application/json";
    const headers = { cookie: this.#cookie, ...(body === null ? {} : { "content-type": type }) };
    return fetch(this.#url + path, { method, headers, ...(body === null ? {} : { body: Buffer.from(body) }) });
  }

  async release(bundle: Buffer, version: string): Promise<string> {
    const { id } = await this.call<{ id: string }>("POST", "/api/v1/releases", { sizeBytes: bundle.length });
    const partBytes = 2 * 1024 * 1024;
    for (let at = 0; at < bundle.length; at += partBytes)
      await this.call("PUT", `/api/v1/releases/${id}/parts/${at}`, bundle.subarray(at, at + partBytes));
    await this.call("POST", `/api/v1/releases/${id}/whole`, { version, compatible });
    return id;
  }

  async roll(releaseId: string, firstBox: string): Promise<void> {
    const window = { from: "00:00", to: "00:00", timeZone: "UTC" };
    await this.call("POST", "/api/v1/rollouts", { releaseId, firstBox, window, patienceHours: 1 });
  }

  /** The newest rollout, once that holds of it. */
  async until(holds: (rollout: Rollout) => boolean): Promise<Rollout> {
    for (;;) {
      const [newest] = await this.call<readonly Rollout[]>("GET", "/api/v1/rollouts");
      if (newest !== undefined && holds(newest)) return newest;
      await wait(30);
    }
  }
}

async function standUp(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "cordon-update-"));
  const at = (...names: readonly string[]) => join(folder, ...names);
  const dataDir = at("data");
  let controller = await startController({ dataDir, httpPort: 0, brokerPort: 0 });
  const { brokerPort } = controller;
  t.after(() => controller.kill());
  const owner = new Owner();
  await owner.signIn(controller.loginLink);
  await enrolSensor({
    ...{ dataDir, siteName: "Office", placement: "lan", localNets: [], profilePath: at("profile.json") },
    ports: { bridge: "br0", inside: "in0", outside: "out0" },
    ...{ controllerHost: "127.0.0.1", controllerPort: brokerPort },
  });
  const { sensor } = JSON.parse(await readFile(at("profile.json"), "utf8")) as { sensor: string };
  await writeFile(at("scan.pcap"), aScan());
  await mkdir(at("status"));
  const child = spawn(
    process.execPath,
    [
      ...[main, "judge", "--profile", at("profile.json"), "--exit-with-parent"],
      ...["--state", at("state"), "--run", at("run"), "--update-status", at("status")],
      ...["--capture", at("scan.pcap"), "--loop"],
    ],
    { stdio: ["pipe", "ignore", "inherit"] },
  );
  t.after(async () => {
    const ended = once(child, "exit");
    if (child.kill("SIGKILL")) await ended;
    // Nobody writes there any more.
    await rm(folder, { recursive: true, force: true });
  });
  /** What whoever installs says. */
  const tell = async (status: UpdateStatus) => {
    await writeFile(at("status", "new"), JSON.stringify(status));
    await rename(at("status", "new"), at("status", updateStatusName));
  };
  await tell({
    id: null,
    phase: "good",
    words: "",
    at: Date.now(),
    running: { version: "0.1.0", slot: "a", compatible },
  });
  for (;;) {
    const [box] = await owner.call<readonly { state: string; running: unknown }[]>("GET", "/api/v1/boxes");
    if (box?.state === "online" && box.running !== null) break;
    await wait(50);
  }
  const restart = async () => {
    await controller.kill();
    await wait(300);
    controller = await startController({ dataDir, httpPort: 0, brokerPort });
    await owner.signIn(controller.loginLink);
  };
  return { at, owner, sensor, tell, restart };
}

const sizeOf = (path: string) =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

test(
  "a bundle comes whole over a controller that dies, is asked for, and what comes of it is told; another one is refused",
  { timeout: 120_000, skip: slow },
  async (t) => {
    const { at, owner, sensor, tell, restart } = await standUp(t);
    const bundle = randomBytes(16 * 1024 * 1024);
    const sha256 = createHash("sha256").update(bundle).digest("hex");
    await owner.roll(await owner.release(bundle, "0.2.0"), sensor);
    const part = at("state", "update", `${sha256}.part`);
    let sizeBytes = 0;
    for (; sizeBytes < 1024 * 1024; sizeBytes = await sizeOf(part)) await wait(2);
    await restart();
    const kept = await sizeOf(part);
    assert.ok(kept >= sizeBytes && kept < bundle.length, `${kept} bytes are kept of it`);

    let request: UpdateRequest | null = null;
    while (request === null) {
      const parsed = parseUpdateRequest(await readFile(at("state", "update", "request.json")).catch(() => ""));
      if (parsed.ok) request = parsed.value;
      else {
        const now = await sizeOf(part);
        assert.ok(now === 0 || now >= kept, "it does not begin anew");
        await wait(10);
      }
    }
    assert.deepEqual([request.version, request.sha256, request.size], ["0.2.0", sha256, bundle.length]);
    assert.deepEqual(await readFile(at("state", "update", "bundle.raucb")), bundle);
    const { id } = request;
    const running = { version: "0.2.0", slot: "b", compatible } as const;
    await tell({ id, phase: "installed", words: "It waits for 02:00.", at: Date.now() });
    await owner.until(({ boxes: [box] }) => box?.phase === "installed" && box.words === "It waits for 02:00.");
    await tell({ id, phase: "good", words: "All of it works.", at: Date.now(), running });
    await owner.until(({ state }) => state === "done");
    while ((await readdir(at("state")).catch((): string[] => [])).includes("update")) await wait(30);

    // The controller's file is another than it says.
    const damaged = await owner.release(randomBytes(300_000), "0.3.0");
    await writeFile(at("data", "releases", `${damaged}.raucb`), randomBytes(300_000));
    await owner.roll(damaged, sensor);
    const halted = await owner.until(({ state }) => state === "halted");
    assert.match(halted.boxes[0]?.words ?? "", /not what was ordered: its digest is another/);
    assert.equal(await sizeOf(at("state", "update", "request.json")), 0);
  },
);
