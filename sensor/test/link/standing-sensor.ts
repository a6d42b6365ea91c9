import { spawn, type ChildProcess } from "node:child_process";
import { sign } from "node:crypto";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import {
  parseNotices,
  parseReported,
  topicOf,
  type Containment,
  type DesiredDocument,
  type Reported,
  type Stored,
} from "@cordon/contract";
import { keyIdOf } from "../../src/link/desired.ts";
import { TestSite } from "../kernel/test-site.ts";
import { aProfile } from "./a-profile.ts";
import { anAuthority, type aSigner } from "./certificates.ts";
import type { RelayArguments } from "./relay.ts";
import { TestBroker } from "./test-broker.ts";

const port = 18_883;

/** A whole sensor in a namespace, its broker outside, and what it logs. */
export class StandingSensor {
  readonly site: TestSite;
  readonly broker: TestBroker;
  readonly lines: Readonly<Record<string, unknown>>[] = [];
  readonly child: ChildProcess;
  readonly #signer: ReturnType<typeof aSigner>;
  readonly #watchers = new Set<() => void>();
  #revision = 0;

  private constructor(site: TestSite, broker: TestBroker, child: ChildProcess, signer: ReturnType<typeof aSigner>) {
    this.site = site;
    this.broker = broker;
    this.child = child;
    this.#signer = signer;
    // Stands for a controller whose store has committed.
    broker.onPublish(({ topic, payload }) => {
      const parsed = topic === topicOf("box-1", "notices") ? parseNotices(payload) : null;
      const last = parsed?.ok === true ? parsed.value.notices.at(-1) : undefined;
      if (parsed?.ok !== true || last === undefined) return;
      const stored: Stored = { version: 1, bootId: parsed.value.bootId, sequence: last.sequence };
      void broker.send(topicOf("box-1", "stored"), JSON.stringify(stored));
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface(stream).on("line", (line) => {
        try {
          this.lines.push(JSON.parse(line) as Record<string, unknown>);
        } catch {
          this.lines.push({ msg: line });
        }
        for (const watcher of this.#watchers) watcher();
      });
    }
  }

  static async start(t: TestContext): Promise<StandingSensor> {
    const site = await TestSite.start();
    t.after(() => site.close());
    const authority = await anAuthority();
    const identity = await authority.issue("cordon-controller", ["cordon-controller"]);
    const socket = join(site.folder, "broker.sock");
    const broker = await TestBroker.start(identity, authority, socket);
    t.after(() => broker.close());

    const ends: RelayArguments = [String(port), socket];
    const [relayProgram, relayArgs] = site.at("box", [process.execPath, file("relay.ts"), ...ends]);
    const relay = spawn(relayProgram, relayArgs, { stdio: ["pipe", "pipe", "inherit"] });
    t.after(() => relay.stdin.end());
    await once(createInterface(relay.stdout), "line");

    const { profile, signer } = await aProfile(authority, {
      controller: { host: "127.0.0.1", port },
      ports: { bridge: "br0", inside: "in0", outside: "out0" },
      localNets: ["10.77.0.0/16"],
    });
    const profilePath = join(site.folder, "profile.json");
    await writeFile(profilePath, JSON.stringify(profile), { mode: 0o600 });
    await mkdir(join(site.folder, "state"));
    const [program, args] = site.at("box", [
      process.execPath,
      file("../../src/main.ts"),
      ...["run", "--profile", profilePath, "--exit-with-parent"],
      ...["--state", join(site.folder, "state"), "--run", join(site.folder, "run")],
    ]);
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    t.after(() => child.stdin.end());
    return new StandingSensor(site, broker, child, signer);
  }

  /** The newest report; null before the first. */
  get reported(): Reported | null {
    const parsed = parseReported(this.broker.on("reported").at(-1) ?? "");
    return parsed.ok ? parsed.value : null;
  }

  /** The process id, inside, of the newest process of a role. */
  pidOf(role: string): number {
    return Number(this.lines.findLast((line) => line["msg"] === "started" && line["role"] === role)?.["pid"]);
  }

  /** Resolves with the number of lines once the condition holds. */
  async untilLogged(holds: (lines: StandingSensor["lines"]) => boolean, timeoutMs = 30_000): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const done = (end: () => void) => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        end();
      };
      const look = () => {
        if (holds(this.lines)) done(resolve);
      };
      const timer = setTimeout(
        () =>
          done(() =>
            reject(
              new Error(`not within ${timeoutMs} ms:\n${this.lines.map((line) => JSON.stringify(line)).join("\n")}`),
            ),
          ),
        timeoutMs,
      );
      this.#watchers.add(look);
      look();
    });
  }

  /** Sends the next revision of the wish, signed; returns what was sent. */
  async wish(containments: readonly Containment[], changes: Partial<DesiredDocument> = {}): Promise<void> {
    const document: DesiredDocument = {
      version: 1,
      sensor: "box-1",
      site: "office",
      epoch: 1,
      revision: ++this.#revision,
      issuedAt: Date.now(),
      notAfter: Date.now() + 60_000,
      policy: "observe",
      containments: [...containments],
      ...changes,
    };
    const text = JSON.stringify(document);
    await this.send({
      document: text,
      signature: sign(null, Buffer.from(text), this.#signer.privateKey).toString("base64"),
      keyId: keyIdOf(this.#signer.publicKey),
    });
  }

  async send(desired: unknown): Promise<void> {
    await this.broker.send(
      topicOf("box-1", "desired"),
      typeof desired === "string" ? desired : JSON.stringify(desired),
    );
  }
}

/** A quarantine of one host, from now on. */
export function aQuarantine(host: string, changes: Partial<Containment> = {}): Containment {
  return {
    id: "c1",
    kind: "quarantine",
    host,
    vector: null,
    reason: "spreads by itself",
    author: "operator",
    startsAt: Date.now() - 1000,
    expiresAt: null,
    ...changes,
  };
}

function file(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
