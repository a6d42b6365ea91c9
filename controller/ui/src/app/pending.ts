import type { ContainmentView, HostView, SiteView } from "../../../src/api/view.ts";
import { besides, standingOf, stoppedWord } from "../words/containment.ts";
import { capital, hostName, vectorWords } from "../words/host.ts";
import { msg } from "../language/message.ts";

/** Something a person asked for here and the box has not answered yet. */
export interface Pending {
  readonly wish: "hold" | "release";
  readonly siteId: string;
  readonly host: string;
  readonly containmentId: string;
}

/** What may be said of a wish once the box reported on it. */
export interface Answer {
  readonly pending: Pending;
  readonly text: string;
  /** Whether it can be taken back. */
  readonly canUndo: boolean;
}

/** Parts the wishes that the box has answered from those it has not. A refusal is shown in its place, not here. */
export function answered(
  pending: readonly Pending[],
  site: SiteView,
): { readonly answers: readonly Answer[]; readonly open: readonly Pending[] } {
  const answers: Answer[] = [];
  const open: Pending[] = [];
  for (const wish of pending) {
    const host = wish.siteId === site.id ? site.hosts.find((h) => h.host === wish.host) : undefined;
    if (host === undefined) {
      open.push(wish);
      continue;
    }
    const result = answerOf(wish, host, site);
    if (result === "open") open.push(wish);
    else if (result !== "gone") answers.push(result);
  }
  return { answers, open };
}

function answerOf(pending: Pending, host: HostView, site: SiteView): Answer | "open" | "gone" {
  const containment = host.containments.find((c) => c.id === pending.containmentId);
  const name = hostName(host);
  if (pending.wish === "release") {
    if (containment !== undefined) return "open";
    const isHeld = besides(host, pending.containmentId).length > 0;
    const text = isHeld ? msg`That is released. ${name} stays held by something else.` : msg`${name} is released.`;
    return { pending, text, canUndo: false };
  }
  if (containment === undefined) return "gone";
  switch (standingOf(containment, site.sensor)) {
    case "in-force":
      return { pending, text: heldText(containment, name), canUndo: true };
    case "simulated":
      return { pending, text: msg`${name}: simulated, nothing is stopped.`, canUndo: true };
    case "refused":
    case "not-stopped":
    case "releasing":
      return "gone";
    case "asked":
    case "stale":
      return "open";
  }
}

function heldText({ kind, vector }: ContainmentView, name: string): string {
  if (kind === "quarantine") return msg`${name} is cut off.`;
  if (vector === null) return kind === "throttle" ? msg`${name} is slowed down.` : msg`${name} is stopped.`;
  const what = capital(vectorWords[vector]);
  if (kind === "throttle") return msg`${what} of ${name} is slowed down.`;
  if (stoppedWord(vector) === "limited") return msg`${what} of ${name} is limited.`;
  return msg`${what} of ${name} is stopped.`;
}
