import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { cutRules, markRules, providerRules, restoreRules, routerRules } from "./rules.ts";
import { providerResolver, resolverStarted, routerResolver } from "./resolvers.ts";
import type { InLine } from "./lab.ts";
import { switchRules, type LineForm } from "./line-forms.ts";
import { patchRules } from "./patch-panel.ts";
import type { Site } from "./site.ts";
import { inPlace, run, untilSaid, type ToolOptions } from "./tools.ts";
import { cabling, kernelSettings, places, setUp } from "./topology.ts";

async function startResolver(place: string, text: string, options: ToolOptions): Promise<void> {
  const path = `/run/dnsmasq-${place}.conf`;
  await writeFile(path, text);
  // Not as a daemon, which would become another user: only one is mapped here.
  const [command = "", ...argv] = inPlace(place, ["dnsmasq", "--no-daemon", `--conf-file=${path}`]);
  await untilSaid(
    spawn(command, argv, { env: options.env, stdio: ["ignore", "ignore", "pipe"] }),
    resolverStarted,
    `dnsmasq of the ${place}`,
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
  await Promise.all([
    ...(ofSwitch === null ? [] : [run(inPlace(places.switch, ["nft", "-f", "-"]), { ...options, input: ofSwitch })]),
    ...(form === "gateway"
      ? [
          run(inPlace(places.sensor, ["nft", "-f", "-"]), {
            ...options,
            input: markRules(site, site.facts.ports.outside),
          }),
        ]
      : [run(inPlace(places.router, ["nft", "-f", "-"]), { ...options, input: routerRules(site) })]),
    run(inPlace(places.provider, ["nft", "-f", "-"]), { ...options, input: providerRules(site) }),
    ...(inLine === "machine"
      ? [run(inPlace(places.sensor, ["nft", "-f", "-"]), { ...options, input: patchRules(site) })]
      : []),
  ]);
  await Promise.all([
    startResolver(places.provider, providerResolver(site), options),
    ...(form === "gateway" ? [] : [startResolver(places.router, routerResolver(site), options)]),
  ]);
}

/** Whether the provider's side drops everything. */
export async function setLine(isCut: boolean, options: ToolOptions): Promise<void> {
  await run(inPlace(places.provider, ["nft", "-f", "-"]), { ...options, input: isCut ? cutRules : restoreRules });
}
