/** A site as a person planned it, in the words of enrolment: what goes into the box's profile, and what is wished for from the start. */
import type { RecordingAuthorisation } from "@cordon/contract";
import { contactLine, profileParts } from "../../../provision/src/site/profile-parts.ts";
import { canonicalMac } from "../../../provision/src/site/hardware-address.ts";
import { endOfDay } from "../../../provision/src/site/sense-faults.ts";
import type { SitePlan } from "../../../provision/src/site/site-plan.ts";
import type { Ambient } from "../ambient.ts";
import type { Rows } from "../store/schema.ts";
import { writeArea, writeRecording, writeSiteSettings } from "../store/site-wishes.ts";
import type { BrokerPorts } from "./box-shelf.ts";
import type { EnrolmentWish } from "./enrol.ts";

/** What the image calls the ports of a box. */
const imagePorts = { bridge: "br0", inside: "inside0", outside: "outside0" } as const;
const usualPorts: BrokerPorts = { port: 8883, fallbackPort: null };

/** What to enrol for a plan that was checked. @param ports taken where the plan names none */
export function plannedSite(
  plan: SitePlan,
  ambient: Ambient,
  author: string,
  ports: BrokerPorts = usualPorts,
): EnrolmentWish {
  const { controller, placement } = plan;
  const { gateway, ...parts } = profileParts(plan);
  const fallbackPort = controller.fallbackPort ?? ports.fallbackPort;
  return {
    siteName: plan.name,
    ...(placement === "auto" ? { placement: "lan", isPlacementFound: true } : { placement }),
    ...imagePorts,
    localNets: plan.networks ?? [],
    ...(gateway === undefined ? {} : { gateway }),
    policy: plan.policy ?? "observe",
    parts,
    controllerHost: controller.host,
    controllerPort: controller.port ?? ports.port,
    ...(controller.url === undefined ? {} : { controllerUrl: controller.url }),
    ...(fallbackPort === null ? {} : { fallbackPort }),
    author,
    wishes: (rows, siteId) => writeWishes(rows, siteId, plan, ambient),
  };
}

async function writeWishes(rows: Rows, siteId: string, plan: SitePlan, ambient: Ambient): Promise<void> {
  const newId = (prefix: string): string => `${prefix}${ambient.random(8).toString("hex")}`;
  for (const { name, machines } of plan.areas ?? []) {
    await writeArea(rows, siteId, { id: newId("r-"), name, hosts: machines.map(canonicalMac) });
  }
  const [contact] = plan.contacts ?? [];
  // A gateway's own are in its profile: it asks them itself.
  const resolvers = plan.placement === "gateway" ? [] : (plan.resolvers ?? []);
  await writeSiteSettings(rows, siteId, {
    ...(contact === undefined ? {} : { portal: { isOn: true, contact: contactLine(contact).slice(0, 160) } }),
    ...(resolvers.length === 0 ? {} : { resolvers }),
  });
  const authorisation = authorisationOf(plan, newId(""));
  if (authorisation !== null) await writeRecording(rows, siteId, { authorisations: [authorisation] });
}

function authorisationOf({ recording }: SitePlan, id: string): RecordingAuthorisation | null {
  if (recording === undefined) return null;
  const { by, role, date, until, machine } = recording;
  const scope =
    machine === undefined ? ({ kind: "site" } as const) : ({ kind: "host", host: canonicalMac(machine) } as const);
  return { id, by, role, date: Date.parse(date), scope, until: endOfDay(until) };
}
