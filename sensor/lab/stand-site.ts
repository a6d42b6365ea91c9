import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { conditionOf, lineChangeRules, type LineChange, type LineCondition } from "./line-conditions.ts";
import { markRules, providerRules, routerRules, switchMarks } from "./rules.ts";
import { portalResolver, providerResolver, resolverStarted, routerResolver } from "./resolvers.ts";
import type { InLine } from "./lab.ts";
import { hasSwitch, switchRules, wanPort, type LineForm } from "./line-forms.ts";
import { patchRules } from "./patch-panel.ts";
import type { Site } from "./site.ts";
import { inPlace, run, untilSaid, type ToolOptions } from "./tools.ts";
import { cabling, kernelSettings, places, setUp } from "./topology.ts";

async function startResolver(
  place: string,
  text: string,
  options: ToolOptions & { readonly of?: string },
): Promise<void> {
  const path = `/run/dnsmasq-${options.of ?? place}.conf`;
  await writeFile(path, text);
  // Not as a daemon, which would become another user: only one is mapped here.
  const [command = "", ...argv] = inPlace(place, ["dnsmasq", "--no-daemon", `--conf-file=${path}`]);
  await untilSaid(
    spawn(command, argv, { env: options.env, stdio: ["ignore", "ignore", "pipe"] }),
    resolverStarted,
    `dnsmasq of the ${options.of ?? place}`,
  );
}

/**
 * Builds namespaces, cables, rules and resolvers of a site, in the namespaces of the calling
 * process. Nothing takes it down: it goes with the namespaces.
 */
export async function standSite(site: Site, inLine: InLine, form: LineForm, options: ToolOptions): Promise<void> {
  // `ip netns` keeps its handles below /run, which is not ours outside.
  await run(["mount", "-t", "tmpfs", "lab", "/run"], options);
  await run(["ip", "-batch", "-"], { ...options, input: cabling(site, inLine, form) });
  // Settings that this kernel does not have (bridge netfilter, newer retransmission) need no change either.
  const settings = [...kernelSettings(site)].map(([place, pairs]) => {
    const writes = pairs.map(([path, value]) => `[ ! -e /proc/sys/${path} ] || echo ${value} > /proc/sys/${path}`);
    return `${inPlace(place, ["sh", "-ec", `'${writes.join("; ")}'`]).join(" ")}\n`;
  });
  await run(["sh", "-e"], { ...options, input: settings.join("") });
  await Promise.all(
    [...setUp(site, inLine, form)].map(([place, text]) =>
      run(["ip", "-n", place, "-batch", "-"], { ...options, input: text }),
    ),
  );
  const ofSwitch = switchRules(form);
  // Who translates, or what stands before it, tells the provider whose packet it is.
  const [translator, rules] =
    form !== "gateway"
      ? [places.router, routerRules(site, form)]
      : hasSwitch(inLine, form)
        ? [places.switch, switchMarks(site)]
        : [places.sensor, markRules(site, site.facts.ports.outside)];
  await Promise.all([
    ...(ofSwitch === null ? [] : [run(inPlace(places.switch, ["nft", "-f", "-"]), { ...options, input: ofSwitch })]),
    run(inPlace(translator, ["nft", "-f", "-"]), { ...options, input: rules }),
    run(inPlace(places.provider, ["nft", "-f", "-"]), { ...options, input: providerRules(site, form) }),
    ...(inLine === "machine"
      ? [run(inPlace(places.sensor, ["nft", "-f", "-"]), { ...options, input: patchRules(site) })]
      : []),
  ]);
  await Promise.all([
    startResolver(places.provider, providerResolver(site), options),
    ...(form === "gateway" ? [] : [startResolver(places.router, routerResolver(site), options)]),
  ]);
}

/** The line as the provider's side makes it, and what has befallen it so far. */
export class Line {
  readonly #site: Site;
  readonly #form: LineForm;
  readonly #options: ToolOptions;
  readonly #present = new Set<LineCondition>();
  #hasPortal = false;

  constructor(site: Site, form: LineForm, options: ToolOptions) {
    this.#site = site;
    this.#form = form;
    this.#options = options;
  }

  /** What is the matter from now on; null where nothing changes. */
  async change(change: LineChange): Promise<LineCondition | "restored" | null> {
    const condition = conditionOf(change);
    if (condition === null ? this.#present.size === 0 : this.#present.has(condition)) return null;
    if (condition === "walled" && !this.#hasPortal) {
      this.#hasPortal = true;
      await startResolver(places.provider, portalResolver(this.#site), { ...this.#options, of: "portal" });
    }
    const input = lineChangeRules(change, this.#site, wanPort(this.#form), this.#present);
    await run(inPlace(places.provider, ["nft", "-f", "-"]), { ...this.#options, input });
    if (condition === null) this.#present.clear();
    else this.#present.add(condition);
    return condition ?? "restored";
  }
}
