/** What happened at Brandt Tax Advisers in the last half hour, as its box and its people told it. */
import type { BarrierWay, HostSnapshot } from "@cordon/contract";
import type { FakeSensor, SentNotice } from "../fake-sensor.ts";
import type { ApiClient } from "../harness.ts";
import { brandtHosts, brandtPeople } from "./brandt-hosts.ts";
import type { PastClock } from "./past-clock.ts";

export interface Stage {
  readonly sensor: FakeSensor;
  readonly api: ApiClient;
  readonly siteId: string;
  readonly clock: PastClock;
}

interface Deed {
  readonly minutesAgo: number;
  readonly do: () => Promise<unknown>;
}

const minuteMs = 60_000;
const cutWords = "Cut from the Internet but for remedies; its neighbours on the switch can still reach it.";

/** Tells it, from half an hour ago until now. */
export async function tellStory(stage: Stage): Promise<void> {
  const { sensor, api, siteId, clock } = stage;
  const now = Date.now();
  const machines = brandtHosts(now);
  const [first, second, third, scanner] = machines;
  const count = async (way: BarrierWay, ...met: readonly (readonly [HostSnapshot | undefined, number])[]) => {
    sensor.tried.set(way, new Map(met.map(([machine, packets]) => [machine?.host ?? "", packets])));
    const wish = { mode: "dry", area: null, exceptions: [], reason: "A dry run before it is stopped" };
    const expiresAt = clock.now() + 24 * 60 * minuteMs;
    await api.call("PUT", `/api/v1/sites/${siteId}/barriers/${way}`, { ...wish, expiresAt });
    await sensor.until(() => sensor.adopted.at(-1)?.barriers?.some((each) => each.way === way) === true);
    await sensor.report();
  };
  let told = 0;
  const tell = async (...notices: readonly SentNotice[]): Promise<void> => {
    told += notices.length;
    await sensor.send(...notices);
    await sensor.until(() => (sensor.stored.at(-1)?.sequence ?? 0) >= told);
  };
  const show = (...hosts: readonly HostSnapshot[]) => tell(...hosts.map((host) => ({ kind: "host", host }) as const));
  const cut = async (machine: HostSnapshot | undefined, wish: object, text: string): Promise<void> => {
    const host = machine?.host ?? "";
    const before = held(sensor).length;
    const more = { reason: "Mass mailer", expiresAt: clock.now() + 24 * 60 * minuteMs };
    await api.call("POST", `/api/v1/sites/${siteId}/containments`, { host, ...more, ...wish });
    await sensor.until(() => held(sensor).length > before);
    const containmentId = held(sensor).find((each) => each.host === host)?.id ?? "";
    await sensor.report();
    await tell({ kind: "containment", containmentId, host, change: "in-force", text });
  };

  const deeds: Deed[] = [
    { minutesAgo: 29, do: () => show(...machines.map((machine) => asItWas(machine, clock.now()))) },
    ...brandtPeople.map(({ host, ...particulars }, i) => ({
      minutesAgo: 28 - i / 3,
      do: () => api.call("PUT", `/api/v1/sites/${siteId}/hosts/${encodeURIComponent(host)}/particulars`, particulars),
    })),
    ...machines.flatMap((machine) => {
      const whole = { do: () => show(machine) };
      switch (machine.verdict) {
        case "infected":
          return [
            { minutesAgo: minutesAgo(machine.suspectAt, now), do: () => show(atFirst(machine)) },
            { minutesAgo: minutesAgo(machine.infectedAt, now), ...whole },
          ];
        case "suspect":
          return [{ minutesAgo: minutesAgo(machine.suspectAt, now), ...whole }];
        case "watched":
          return [{ minutesAgo: machine.score > 1.5 ? 20 : 17, ...whole }];
        default:
          return [];
      }
    }),
    {
      minutesAgo: 8.5,
      do: () => cut(first, { kind: "vector", vector: "mail" }, "Its mail to the Internet is stopped."),
    },
    { minutesAgo: 8.1, do: () => cut(second, { kind: "quarantine" }, cutWords) },
    { minutesAgo: 7.7, do: () => cut(third, { kind: "quarantine" }, cutWords) },
    {
      minutesAgo: 5.2,
      do: () =>
        cut(
          scanner,
          { kind: "throttle", reason: "Port 445 at addresses that nobody uses" },
          "Its new contacts beyond the switch are limited.",
        ),
    },
    { minutesAgo: 9.4, do: () => count("mail", [first, 96], [second, 74], [third, 41]) },
    { minutesAgo: 6.6, do: () => count("smb", [scanner, 14]) },
    { minutesAgo: 0, do: () => show(...machines) },
  ];
  for (const deed of deeds.toSorted((a, b) => b.minutesAgo - a.minutesAgo)) {
    clock.goTo(deed.minutesAgo);
    await deed.do();
  }
}

function held({ adopted }: FakeSensor): readonly { readonly id: string; readonly host: string }[] {
  const { containments = [], throttles = [] } = adopted.at(-1) ?? {};
  return [...containments, ...throttles];
}

const minutesAgo = (at: number | null, now: number): number => (now - (at ?? now)) / minuteMs;

/** Before anything was known against it. */
function asItWas(machine: HostSnapshot, now: number): HostSnapshot {
  const isClear = machine.verdict === "clear";
  const { firstSeenAt } = machine;
  return {
    ...machine,
    ...(isClear ? {} : { verdict: "clear", class: null, vector: null, risk: null, score: 0, evidence: [] }),
    ...{ suspectAt: null, infectedAt: null, lastSeenAt: now, firstSeenAt: Math.min(firstSeenAt, now) },
  };
}

/** When the first line of its case was written. */
function atFirst(machine: HostSnapshot): HostSnapshot {
  const evidence = machine.evidence
    .slice(0, 1)
    .map((line) => ({ ...line, weight: 3.4, count: 6, lastAt: line.firstAt }));
  return { ...machine, verdict: "suspect", risk: "medium", score: 3.4, infectedAt: null, evidence };
}
