/**
 * Judges captures that nobody of this project made. The folder is named by CORDON_CAPTURES; it is no
 * part of the project, and nothing of it is named here: its manifest says what is expected.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { SensorError } from "../src/errors.ts";
import { judgeCapture, type CaptureReport } from "../src/replay/judge-capture.ts";

interface Entry {
  readonly file: string;
  readonly label: string;
  readonly expected: string;
  readonly size: number;
  readonly infected?: readonly { readonly ip: string }[];
}

const folder = process.env["CORDON_CAPTURES"] ?? join(import.meta.dirname, "../../../shared/pcaps");
const manifest = join(folder, "manifest.json");
const skip = existsSync(manifest) ? false : `no captures at ${folder}; CORDON_CAPTURES names the folder`;

/** A capture of some megabytes takes well below a second; this allows for a slow and busy machine. */
const limitMs = 30_000;

suite("captures of others", { skip }, () => {
  const entries = skip === false ? (JSON.parse(readFileSync(manifest, "utf8")) as readonly Entry[]) : [];
  const reports = new Map<string, CaptureReport>();

  test("each is judged or refused by name, none takes long", { timeout: 600_000 }, async () => {
    assert.ok(entries.length > 0);
    for (const { file } of entries) {
      const startedAt = performance.now();
      try {
        const report = await judgeCapture(join(folder, file));
        JSON.stringify(report.hosts);
        reports.set(file, report);
      } catch (error) {
        assert.ok(error instanceof SensorError, `${file}: ${error instanceof Error ? error.stack : String(error)}`);
        assert.match(error.code, /^capture-/);
      }
      const tookMs = performance.now() - startedAt;
      assert.ok(tookMs < limitMs, `${file} took ${tookMs} ms`);
    }
    assert.ok(reports.size > entries.length * 0.95, `${reports.size} of ${entries.length} were judged`);
  });

  test("the machines that send spam in earnest are named", () => {
    const wanted = entries.filter(({ label, expected }) => label === "spam" && expected === "detect");
    assert.ok(wanted.length > 0);
    for (const { file, infected } of wanted) {
      for (const { ip } of infected ?? []) {
        const host = reports.get(file)?.hosts.find(({ addresses }) => addresses.includes(ip));
        assert.deepEqual([host?.verdict, host?.class, host?.vector], ["infected", "mass-mailer", "mail"], file);
      }
    }
  });

  test("nobody rises above watched where all is benign", () => {
    const benign = entries.filter(({ label, expected }) => label === "benign" && expected === "no-alert");
    assert.ok(benign.length > 0);
    for (const { file } of benign) {
      for (const host of reports.get(file)?.hosts ?? []) {
        assert.ok(["clear", "watched"].includes(host.verdict), `${file}: a host is ${host.verdict}`);
      }
    }
  });
});
