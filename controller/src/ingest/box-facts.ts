/** What the time line tells of a site's line and box, and of what became of what was asked of it. */
import type { Health, Hello, LineState, Notice } from "@cordon/contract";
import type { TimelineFact } from "../store/timeline-rows.ts";

type ContainmentNotice = Extract<Notice, { kind: "containment" }>;

/** A containment came into force, ended or was refused. */
export function containmentFact(id: string, notice: ContainmentNotice): TimelineFact {
  const { at, host, scope = "host", change, text, containmentId } = notice;
  return {
    ...{ id, at, kind: "action", what: `containment-${change}` },
    host: scope === "host" ? host : null,
    detail: { containmentId, scope, text },
  };
}

/** The line is in another state, or something else is the matter with it; null where it is as it was. */
export function lineFact(id: string, at: number, line: LineState, before: LineState | null): TimelineFact | null {
  const trouble = line.trouble?.kind ?? null;
  if (before?.state === line.state && (before.trouble?.kind ?? null) === trouble) return null;
  const lastedMs = before === null || before.state === line.state ? null : Math.max(0, at - before.since);
  return {
    ...{ id, at, kind: "line", what: `line-${line.state}`, host: line.trouble?.host ?? null },
    detail: {
      ...{ state: line.state, before: before?.state ?? null, lastedMs, trouble },
      text: line.trouble?.text ?? line.text,
    },
  };
}

/** The box is heard, or is not. */
export function presenceFact(state: "online" | "silent", at: number, since: number | null): TimelineFact {
  const lastedMs = since === null ? null : Math.max(0, at - since);
  return { id: `box-${state}-${at}`, at, kind: "box", what: `box-${state}`, detail: { lastedMs } };
}

/** What a box says of itself and did not say before. */
export function helloFacts(hello: Hello, before: Hello | null, at: number): TimelineFact[] {
  const facts: TimelineFact[] = [];
  const add = (what: string, to: string, from: string | null): void => {
    if (to !== from) facts.push({ id: `${what}-${at}`, at, kind: "box", what, detail: { to, from } });
  };
  add("box-software", hello.software, before?.software ?? null);
  add("box-placement", hello.placement.kind, before?.placement.kind ?? null);
  return facts;
}

/** Troubles of the box that have begun or ended between two reports. */
export function healthFacts(health: readonly Health[], before: readonly Health[], at: number): TimelineFact[] {
  const told = (what: string, { code, severity, text }: Health): TimelineFact => ({
    ...{ id: `${what}-${code}-${at}`, at, kind: "box", what, detail: { code, severity, text } },
  });
  const has = (all: readonly Health[], code: string): boolean => all.some((one) => one.code === code);
  return [
    ...health.filter(({ code }) => !has(before, code)).map((one) => told("trouble-began", one)),
    ...before.filter(({ code }) => !has(health, code)).map((one) => told("trouble-ended", one)),
  ];
}
