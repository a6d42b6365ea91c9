import { spawnSync } from "node:child_process";

/** Whether a lab can stand here, and by which right. */
export type NamespacesAllowed =
  | { readonly ok: true; readonly by: "user-namespace" | "root" }
  | { readonly ok: false; readonly reason: string };

/** Debian keeps the tools in sbin, which is not on a plain user's path. */
export function labPath(path: string | undefined): string {
  return `${path ?? "/usr/bin:/bin"}:/usr/local/sbin:/usr/sbin:/sbin`;
}

/** Arguments of `unshare` for either right. A SIGKILL of `unshare` ends everything inside. */
export function unshareArguments(by: "user-namespace" | "root"): readonly string[] {
  return [by === "root" ? "-nmp" : "-Urnmp", "--fork", "--kill-child", "--mount-proc"];
}

const probe = [
  'for tool in ip nft dnsmasq tcpdump nsenter; do command -v $tool >/dev/null || { echo "$tool is not installed" >&2; exit 3; }; done',
  "mount -t tmpfs lab /run",
  "ip netns add probe",
  "ip -n probe link add probe0 type bridge",
  "ip netns exec probe nft add table bridge probe",
].join(" && ");

/**
 * Tries what the lab needs in a namespace that is gone afterwards: as a plain user by a user
 * namespace, else as root.
 */
export function namespacesAllowed(): NamespacesAllowed {
  const isRoot = process.getuid?.() === 0;
  const reasons: string[] = [];
  for (const by of isRoot ? (["user-namespace", "root"] as const) : (["user-namespace"] as const)) {
    const tried = spawnSync("unshare", [...unshareArguments(by), "sh", "-c", probe], {
      encoding: "utf8",
      timeout: 10_000,
      env: { ...process.env, PATH: labPath(process.env["PATH"]) },
    });
    if (tried.status === 0) return { ok: true, by };
    reasons.push(tried.error?.message ?? (tried.stderr.trim().split("\n").at(-1) || `unshare exited ${tried.status}`));
  }
  return { ok: false, reason: `network namespaces are not allowed here: ${reasons.join("; ")}` };
}
