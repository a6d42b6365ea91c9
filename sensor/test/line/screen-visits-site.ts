/** The screens of a site: its line, its machines, what can be done to them, its walk and its time line. */
import type { HostFacts } from "../../lab/index.ts";
import { hostOf } from "./operator.ts";
import { ask, goto, hostPath, press, sitePath, type Stage, type Visit } from "./screen-stage.ts";

const siteSheet = (sheet: string, button: string | RegExp, says: Visit["says"], more: Partial<Visit> = {}): Visit => ({
  ...{ page: "site", sheet, name: `site: ${sheet}`, says },
  show: async (window, stage) => {
    await goto(window, stage, sitePath(stage));
    await press(window.page, button);
  },
  ...more,
});

const hostSheet = (
  sheet: string,
  of: (stage: Stage) => HostFacts,
  button: string | RegExp,
  says: (host: HostFacts, stage: Stage) => readonly (string | RegExp)[],
): Visit => ({
  ...{ page: "host", sheet, name: `host: ${sheet}` },
  show: async (window, stage) => {
    await goto(window, stage, hostPath(stage, of(stage)));
    await press(window.page, button);
  },
  says: (stage) => says(of(stage), stage),
});

/** Pulls or puts back a machine's cable at the lab's switch. */
async function cable({ office: { lab } }: Stage, { mac }: HostFacts, state: "up" | "down"): Promise<void> {
  const index = lab.facts.hosts.findIndex((host) => host.mac === mac);
  const { code, stderr } = await lab.exec("switch", ["ip", "link", "set", `port${index}`, state]);
  if (code !== 0) throw new TypeError(stderr);
}

const areaName = "Front room";
// A connection stands in the log a minute after it began.
const loggedAfterMs = 70_000;

export const siteVisits: readonly Visit[] = [
  {
    ...{ page: "site", name: "site" },
    show: (window, stage) => goto(window, stage, sitePath(stage)),
    says: ({ office, worm, mailer }) => {
      const { length } = office.lab.facts.hosts;
      return [
        new RegExp(`2 of ${length} infected, ${length - 2} not\\.`),
        ...[worm, mailer].map(({ name }) => new RegExp(`Infected ${name}`)),
        // The drawn line's router, by the address that the lab drew.
        office.lab.facts.gateway.address,
        "What machines on this switch send each other",
        "Cut off",
      ];
    },
  },
  {
    ...{ page: "site", name: "a site without a box" },
    show: (window, stage) => goto(window, stage, `/sites/${stage.annexId}`),
    says: () => ["its box has not called yet", "Put it in the line", "Wait for its call"],
  },
  {
    ...{ page: "host", name: "host" },
    show: (window, stage) => goto(window, stage, hostPath(stage, stage.worm)),
    says: ({ worm }) => [`${worm.name} is infected`, worm.mac, worm.address, "445", "The case against", "next step"],
  },
  {
    ...{ page: "host", name: "host, cut off" },
    show: (window, stage) => goto(window, stage, hostPath(stage, stage.mailer)),
    says: ({ mailer }) => [
      `${mailer.name} is infected`,
      /[1-9][\d,]* packets stopped/,
      "0 have come past the rules to the outside port.",
      "its neighbours on the switch can still reach it",
      "in force",
    ],
  },
  hostSheet(
    "cut",
    ({ worm }) => worm,
    /^Cut off .*…$/,
    ({ name }) => [`Cut off ${name}?`, /Ends:|No live connection ends:/, "Still works:", name, "By hand:"],
  ),
  hostSheet(
    "release",
    ({ mailer }) => mailer,
    /^Release .*…$/,
    ({ name }) => [`Release ${name}?`],
  ),
  hostSheet(
    "particulars",
    ({ worm }) => worm,
    "Say whose it is…",
    ({ name }) => [`Whose is ${name}?`],
  ),
  {
    ...hostSheet(
      "flows",
      ({ worm }) => worm,
      /^Flows behind:/,
      ({ name }) => [`Connections of ${name}`, /tcp 445 to /],
    ),
    // What it did first is in the box's log by then.
    before: ({ office: { operator }, worm }) =>
      operator.until("the worm was named a while ago", 120_000, (site) => {
        const { infectedAt } = hostOf(site, worm.mac);
        return infectedAt !== null && Date.now() - infectedAt > loggedAfterMs;
      }),
  },
  hostSheet(
    "duty",
    ({ desk }) => desk,
    "Say what it is for…",
    ({ name }) => [`What is ${name} for?`],
  ),
  hostSheet(
    "packets",
    ({ mailer }) => mailer,
    "Packets for Wireshark…",
    ({ name, mac }) => [`Packets of ${name}`, `eth.addr == ${mac}`],
  ),
  siteSheet("reflex", "Stop what goes beyond…", () => ["Stop what goes beyond the budget?"]),
  siteSheet("policy", /^Choose the policy/, () => [/Choose /]),
  siteSheet("barrier", /: Dry run…$/, () => [/Count .* first\?/]),
  siteSheet("area", "Name an area…", ({ desk }) => ["Name an area", desk.name]),
  siteSheet("area-cut", `Cut off ${areaName}…`, ({ desk }) => [`Cut off ${areaName}?`, desk.name], {
    before: async (stage, [window]) => {
      if (window === undefined) return;
      const area = { name: areaName, hosts: [stage.desk.mac], reason: "They sit together" };
      await ask(window, stage, `/sites/${stage.siteId}/areas`, area);
    },
  }),
  siteSheet("area-end", `Forget ${areaName}…`, () => [`Forget ${areaName}?`]),
  siteSheet("line", "Cut the line…", ({ office }) => [
    "Cut the line?",
    // For everybody: the printer's and the mail server's as well.
    new RegExp(`${office.lab.facts.hosts.length} machines`),
  ]),
  siteSheet("remedies", "Change what it reaches…", () => ["What a cut-off machine reaches"]),
  siteSheet("recording", "Allow recording…", () => ["Allow that packets are recorded"]),
  siteSheet("delegation", "Let it do nothing by itself …", () => ["Let the box do nothing by itself?"]),
  {
    ...{ page: "timeline", name: "time line" },
    show: (window, stage) => goto(window, stage, `${sitePath(stage)}/timeline`),
    says: ({ mailer, worm }) => [
      "From first sign to first cut:",
      new RegExp(`Began (\\w+ )?[\\d:]+ at (${mailer.name}|${worm.name})\\. 2 machines infected, none new since`),
    ],
  },
  {
    ...{ page: "walk", name: "walk" },
    show: async (window, stage) => {
      await goto(window, stage, `${sitePath(stage)}/walk`);
      const { page } = window;
      const begin = page.getByRole("button", { name: "Start listening" });
      await begin.or(page.getByText("Armed.")).first().waitFor();
      // One walk at a time: the second window joins the first one's.
      if (await begin.isVisible()) await begin.click();
    },
    says: ({ office, mailer, worm }) => [
      `Armed. ${office.lab.facts.hosts.length} wired machines answer.`,
      "Pull a cable and I tell you whose it was.",
      mailer.name,
      worm.name,
    ],
  },
  {
    ...{ page: "walk", name: "walk: the right one" },
    before: (stage) => cable(stage, stage.worm, "down"),
    show: ({ page }) => page.getByText("Right one.").waitFor(),
    says: ({ worm }) => [worm.name, "Infected", "Right one. Leave it unplugged.", "Next: 1 left to find"],
  },
  {
    ...{ page: "walk", name: "walk: the wrong one" },
    before: (stage) => cable(stage, stage.printer, "down"),
    show: ({ page }) => page.getByText("Wrong one.").waitFor(),
    says: ({ printer }) => [printer.name, "Clear", "Wrong one. Plug it back in."],
  },
  {
    ...{ page: "walk", name: "walk: over" },
    before: async (stage) => {
      for (const host of [stage.worm, stage.printer]) await cable(stage, host, "up");
    },
    show: async (window, stage) => {
      await goto(window, stage, `${sitePath(stage)}/walk`);
      const { page } = window;
      const again = page.getByRole("button", { name: "Listen again" });
      const stop = page.getByRole("button", { name: "Stop listening" });
      await again
        .or(stop)
        .or(page.getByRole("button", { name: /^(Next|Done|Go on)/ }))
        .first()
        .waitFor();
      const { walk } = await stage.office.operator.walk(stage.siteId);
      if (walk !== null && walk.over === null) await stage.office.operator.walk(stage.siteId, "DELETE", walk.id);
      await again.waitFor();
    },
    says: () => ["Not listening."],
  },
];
