import assert from "node:assert/strict";
import { verdicts } from "@cordon/contract";
import { SensorError } from "../src/errors.ts";
import { judgeStream, type CaptureReport } from "../src/replay/judge-capture.ts";
import { reportJson } from "../src/replay/report-json.ts";
import { inPieces } from "./capture-parts.ts";

/** A capture of a megabyte is judged in well below a second; this allows for a slow and busy machine. */
const mostMsPerByte = 0.02;
const leastMs = 5000;

/**
 * Judges bytes whatever they are, and holds what has to hold of the report. Null where they were refused by name: nothing
 * else may be thrown, and nothing may take for ever.
 */
export async function judgeBytes(bytes: Uint8Array): Promise<CaptureReport | null> {
  const startedAt = performance.now();
  const report = await judgeStream("fuzz", inPieces(bytes, 4096)).catch((error: unknown) => {
    assert.ok(error instanceof SensorError, error instanceof Error ? error.stack : String(error));
    assert.match(error.code, /^capture-/);
    return null;
  });
  const tookMs = performance.now() - startedAt;
  assert.ok(tookMs < leastMs + bytes.length * mostMsPerByte, `it took ${tookMs} ms`);
  if (report === null) return null;
  assert.doesNotMatch(reportJson(report), /NaN|Infinity|undefined/);
  for (const host of report.hosts) {
    assert.ok(Number.isFinite(host.score) && host.score >= 0);
    assert.ok(verdicts.includes(host.verdict));
  }
  return report;
}
