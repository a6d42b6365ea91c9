import type { HostClass } from "@cordon/contract";
import type { SeenSite } from "./site-session.ts";

type SeenHost = SeenSite["hosts"][number];

const classWords: Readonly<Record<HostClass, string>> = { "mass-mailer": "mass mailer", scanner: "scanning worm" };

/**
 * What a person wants to hear between two readings of a site, a line each: hosts that became infected,
 * containments that came into force or ended, the line, the sensor. Nothing for what merely grew.
 */
export function narrate(before: SeenSite | null, now: SeenSite, siteUpAt: number): string[] {
  return [
    ...narrateSensor(before, now),
    ...narrateLine(before, now),
    ...now.hosts.flatMap((host) =>
      narrateHost(
        before?.hosts.find((each) => each.host === host.host),
        host,
        siteUpAt,
      ),
    ),
  ];
}

function narrateSensor(before: SeenSite | null, now: SeenSite): string[] {
  if (before?.sensor.state === now.sensor.state) return [];
  if (now.sensor.state === "online") return ["The sensor is online."];
  return now.sensor.state === "silent" ? ["The sensor is silent."] : [];
}

function narrateLine(before: SeenSite | null, now: SeenSite): string[] {
  if (now.line === null || now.line.state === "unknown" || before?.line?.state === now.line.state) return [];
  // A healthy line is no news unless it was not.
  const wasWell = before?.line === null || before?.line === undefined || before.line.state === "unknown";
  return wasWell && now.line.state === "healthy" ? [] : [`The line is ${now.line.state}: ${now.line.text}`];
}

function narrateHost(before: SeenHost | undefined, now: SeenHost, siteUpAt: number): string[] {
  const lines: string[] = [];
  if (now.verdict === "infected" && before?.verdict !== "infected") {
    const after = Math.max(0, ((now.infectedAt ?? siteUpAt) - siteUpAt) / 1000);
    const what = now.class === null ? "infected" : `infected: ${classWords[now.class]}`;
    lines.push(`${nameOf(now)} is ${what} (found ${after.toFixed(0)} s after the site was up).`);
  }
  for (const containment of now.containments) {
    const earlier = before?.containments.find((each) => each.id === containment.id);
    if (containment.inForceSince !== null && (earlier?.inForceSince ?? null) === null) {
      lines.push(`${nameOf(now)}: ${containment.levelText}`);
    }
  }
  for (const gone of before?.containments ?? []) {
    if (gone.inForceSince !== null && !now.containments.some((each) => each.id === gone.id)) {
      const isHeld = now.containments.some(({ inForceSince }) => inForceSince !== null);
      lines.push(
        isHeld ? `${nameOf(now)}: one thing that held it is released, another stays.` : `${nameOf(now)} is released.`,
      );
    }
  }
  return lines;
}

/** Its name and the address it has now, as far as they are known. */
function nameOf(host: SeenHost): string {
  const address = host.addresses[0];
  if (host.name === null) return address ?? host.host;
  return address === undefined ? host.name : `${host.name} (${address})`;
}
