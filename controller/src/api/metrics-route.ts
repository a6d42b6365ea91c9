import { sql } from "kysely";
import { isEverything } from "../account/rights.ts";
import type { Api, ApiParts } from "./parts.ts";
import type { ProblemCode } from "./problem-codes.ts";
import { ProblemError } from "./problem.ts";
import { requireSession } from "./session-routes.ts";

interface Metric {
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly values: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** Refusals of who wants to sign in, since this process began. */
export type FailedSignIns = Map<ProblemCode, number>;

const signInCodes: ReadonlySet<ProblemCode> = new Set([
  ...(["bad-sign-in", "account-locked", "bad-passkey", "bad-login-link", "bad-invitation", "too-many-tries"] as const),
  ...(["bad-pin", "pin-locked", "pin-busy"] as const),
]);

/** Counts a refusal, if it is one of those. */
export function countFailedSignIn(failed: FailedSignIns, code: ProblemCode): void {
  if (signInCodes.has(code)) failed.set(code, (failed.get(code) ?? 0) + 1);
}

/** What is worth an alarm or a curve, for Prometheus: text format 0.0.4. */
export function metricsRoute(
  app: Api,
  { store, refusals, software }: ApiParts,
  failedSignIns: Readonly<FailedSignIns>,
): void {
  app.get(
    "/metrics",
    {
      config: { needs: "look", answers: "text/plain" },
      schema: { summary: "Figures of the whole controller, for Prometheus" },
    },
    async (request, reply) => {
      // They are of all sites together.
      if (!isEverything(requireSession(request))) throw new ProblemError("not-allowed", "you do not see all sites");
      await refusals.flush();
      const count = sql<number>`count(*)`.as("count");
      const [sensors, hosts, containments, refused] = await Promise.all([
        store.selectFrom("sensors").select(["state", count]).where("retired_at", "is", null).groupBy("state").execute(),
        store.selectFrom("hosts").select(["verdict", count]).groupBy("verdict").execute(),
        store
          .selectFrom("containments")
          .select(["kind", count])
          .where("ended_at", "is", null)
          .groupBy("kind")
          .execute(),
        store
          .selectFrom("refusals")
          .select(["reason", sql<number>`sum(count)`.as("count")])
          .groupBy("reason")
          .execute(),
      ]);
      const metrics: readonly Metric[] = [
        {
          ...{ name: "cordon_build_info", type: "gauge", help: "Always 1; the label says which version runs." },
          values: [{ labels: { version: software }, value: 1 }],
        },
        {
          ...{ name: "cordon_sensors", type: "gauge", help: "Boxes that are not retired." },
          values: sensors.map(({ state, count: value }) => ({ labels: { state }, value })),
        },
        {
          ...{ name: "cordon_hosts", type: "gauge", help: "Machines that are known, by what they are held for." },
          values: hosts.map(({ verdict, count: value }) => ({ labels: { verdict }, value })),
        },
        {
          ...{ name: "cordon_containments", type: "gauge", help: "Containments that have not ended." },
          values: containments.map(({ kind, count: value }) => ({ labels: { kind }, value })),
        },
        {
          ...{ name: "cordon_refusals_total", type: "counter", help: "Messages and connections that were not let in." },
          values: refused.map(({ reason, count: value }) => ({ labels: { reason }, value })),
        },
        {
          ...{ name: "cordon_failed_sign_ins_total", type: "counter", help: "Tries to sign in that were refused." },
          values: [...failedSignIns].map(([reason, value]) => ({ labels: { reason }, value })),
        },
        {
          ...{ name: "process_resident_memory_bytes", type: "gauge", help: "Memory of the controller's process." },
          values: [{ labels: {}, value: process.memoryUsage.rss() }],
        },
      ];
      return reply.type("text/plain; version=0.0.4; charset=utf-8").send(metrics.map(textOf).join("") as never);
    },
  );
}

function textOf({ name, type, help, values }: Metric): string {
  const lines = values.map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${Number(value)}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
