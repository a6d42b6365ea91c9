import { createHash } from "node:crypto";
import { cpSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { SiteProfile } from "@cordon/contract";
import { enrolSensor, startController, type ControllerProcess } from "../start/controller-process.ts";
import { numbersIn } from "./box-protocol.ts";
import type { BreakableLine } from "./breakable-line.ts";
import type { SmallDisk } from "./small-disk.ts";
import type { Wish } from "./wishes.ts";
import type { StoredAll } from "./truth.ts";

/** An ask as the store has it. */
export interface StoredAsk {
  readonly id: string;
  readonly status: string;
  readonly body: string | null;
  readonly upload: string | null;
}

/** A site of the controller, and its box. */
export interface Place {
  readonly siteId: string;
  readonly sensorId: string;
  readonly profilePath: string;
}

/** The controller: a real process on a real folder, killed, copied and put back. */
export class Centre {
  readonly disk: SmallDisk;
  readonly #folder: string;
  readonly #line: BreakableLine;
  #process: ControllerProcess | null = null;
  #cookie = "";
  #backups = 0;
  restores = 0;
  starts = 0;

  /** @param disk where it keeps its data; copies of it, and the profile, lie beside in `folder` */
  constructor(folder: string, disk: SmallDisk, line: BreakableLine) {
    this.#folder = folder;
    this.disk = disk;
    this.#line = line;
  }

  get #data(): string {
    return join(this.disk.folder, "data");
  }

  async start(): Promise<void> {
    this.#process = await startController({ dataDir: this.#data, httpPort: 0, brokerPort: 0 });
    this.starts += 1;
    this.#line.leadTo(this.#process.brokerPort);
    const token = this.#process.loginLink.slice(this.#process.loginLink.indexOf("#") + 1);
    const answer = await this.#fetch("POST", "/api/v1/session", { token });
    this.#cookie = (answer?.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  }

  /** Makes a site; a controller that runs learns of it at its next start. */
  async enrol(siteName: string): Promise<Place> {
    const profilePath = join(this.#folder, `${siteName}.json`);
    await enrolSensor({
      ...{ isByToken: true, dataDir: this.#data, siteName, placement: "lan", localNets: [], profilePath },
      ports: { bridge: "br0", inside: "in0", outside: "out0" },
      ...{ controllerHost: "127.0.0.1", controllerPort: this.#line.port },
    });
    const { sensor, site } = JSON.parse(readFileSync(profilePath, "utf8")) as SiteProfile;
    return { siteId: site.id, sensorId: sensor, profilePath };
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
    this.#process = null;
  }

  /** Ends it in order. */
  async close(): Promise<void> {
    await this.#process?.close();
    this.#process = null;
  }

  /** Copies its folder; only while it is dead. */
  backUp(): void {
    this.#backups += 1;
    cpSync(this.#data, join(this.#folder, `backup-${this.#backups}`), { recursive: true });
    rmSync(join(this.#folder, `backup-${this.#backups - 3}`), { recursive: true, force: true });
  }

  /** Puts a backup of some time ago in its place; only while it is dead. False where there is none. */
  restore(ago: number): boolean {
    const backup = join(this.#folder, `backup-${this.#backups - ago}`);
    if (!existsSync(backup)) return false;
    rmSync(this.#data, { recursive: true });
    cpSync(backup, this.#data, { recursive: true });
    this.restores += 1;
    return true;
  }

  /** Wishes; `refused` where there was nothing to take back, null where nobody knows what became of it. */
  async wish({ siteId }: Place, wish: Wish): Promise<"taken" | "refused" | null> {
    const reason = "chaos";
    const [path, body] =
      wish.kind === "policy"
        ? ["policy", { policy: wish.policy, reason }]
        : [`barriers/${wish.way}`, { mode: wish.mode, exceptions: [], expiresAt: null, reason }];
    const answer = await this.#fetch("PUT", `/api/v1/sites/${siteId}/${path}`, body);
    if (answer?.ok === true) return "taken";
    return answer?.status === 409 && wish.kind === "barrier" && wish.mode === "off" ? "refused" : null;
  }

  /** Asks the box; the ask's id, or null where that was not taken. */
  async ask({ siteId }: Place, patienceMs: number): Promise<string | null> {
    const body = { kind: "self-test", patienceMs };
    const answer = await this.#fetch("POST", `/api/v1/sites/${siteId}/asks`, body);
    return answer?.ok === true ? ((await answer.json()) as { id: string }).id : null;
  }

  /** What it has of a box. */
  stored({ sensorId }: Place): StoredAll {
    return this.#read((store) => ({
      notices: store
        .prepare("select boot_id, sequence, kind, body from notices where sensor_id = ? order by boot_id, sequence")
        .all(sensorId)
        .map((row) => ({
          bootId: String(row["boot_id"]),
          sequence: Number(row["sequence"]),
          number: row["kind"] === "nat" ? null : (numbersIn(String(row["body"]))[0] ?? 0),
        })),
      spools: store
        .prepare("select boot_id, contiguous, lost from spools where sensor_id = ?")
        .all(sensorId)
        .map((row) => ({
          ...{ bootId: String(row["boot_id"]), contiguous: Number(row["contiguous"]), lost: Number(row["lost"]) },
        })),
      translated: store
        .prepare("select id from nat_log where sensor_id = ?")
        .all(sensorId)
        .map((row) => Number(String(row["id"]).slice(1))),
    }));
  }

  /** The document that is wished for, and what the box last reported. */
  desired({ sensorId }: Place): {
    readonly document: string;
    readonly wished: string;
    readonly reported: string;
  } {
    return this.#read((store) => {
      const wish = store
        .prepare("select document, epoch || '.' || revision as wished from desired_documents where sensor_id = ?")
        .get(sensorId);
      const report = store.prepare("select body from reported where sensor_id = ?").get(sensorId);
      const { epoch, revision } = JSON.parse(String(report?.["body"] ?? "{}")) as { epoch: number; revision: number };
      const document = String(wish?.["document"]);
      const wished = String(wish?.["wished"]);
      return { document, wished, reported: `${epoch}.${revision}` };
    });
  }

  /** A box's newest certificate, as far as the store knows. */
  certificate({ sensorId }: Place): string {
    const read = (store: DatabaseSync) =>
      store.prepare("select certificate_fingerprint as it from sensors where id = ?").get(sensorId);
    return String(this.#read(read)?.["it"]);
  }

  asks(): StoredAsk[] {
    return this.#read((store) => store.prepare("select id, status, body, upload from asks").all() as never);
  }

  /** What is wrong with an answer; null where nothing is. */
  faultIn({ id, status, body, upload }: StoredAsk): string | null {
    if (status === "open") return `ask ${id} is open`;
    if (status !== "done") return null;
    let text = body;
    if (upload !== null) {
      const { sha256 } = JSON.parse(upload) as { sha256: string };
      text = readFileSync(join(this.#data, "answers", `${id}-${sha256}.answer`), "utf8");
      if (createHash("sha256").update(text).digest("hex") !== sha256)
        return `the upload of ${id} is not what its receipt says`;
    }
    const { size, text: filling } = JSON.parse(text ?? "{}") as { size: number; text?: string };
    return filling?.length === size ? null : `the answer to ${id} is not whole`;
  }

  #read<T>(take: (store: DatabaseSync) => T): T {
    const store = new DatabaseSync(join(this.#data, "controller.sqlite"));
    try {
      store.exec("pragma busy_timeout = 5000");
      return take(store);
    } finally {
      store.close();
    }
  }

  /** Null where nobody answers: it is being killed all the time. */
  async #fetch(method: string, path: string, body?: unknown): Promise<Response | null> {
    try {
      return await fetch(`${this.#process?.url ?? ""}${path}`, {
        method,
        headers: { cookie: this.#cookie, ...(body === undefined ? {} : { "content-type": "application/json" }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(10_000),
      });
    } catch {
      return null;
    }
  }
}
