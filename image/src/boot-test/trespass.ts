import { users, type Role } from "../users.ts";

export const roles = ["reader", "executor", "judge"] as const satisfies readonly Role[];

interface Possession {
  /** A folder ends in `/`. */
  readonly path: string;
  readonly belongsTo: Role;
  /** Who else may come in. */
  readonly isOpenTo?: Role;
}

const possessions: readonly Possession[] = [
  { path: "/run/cordon/provision/profile.json", belongsTo: "judge" },
  { path: "/var/lib/cordon/judge/", belongsTo: "judge" },
  { path: "/var/lib/cordon/held/", belongsTo: "executor" },
  { path: "/run/cordon/sensor/executor/executor.sock", belongsTo: "executor", isOpenTo: "judge" },
  { path: "/run/cordon/sensor/judge/capture.sock", belongsTo: "judge", isOpenTo: "reader" },
];

/**
 * Tries, as each of the three users and with its capabilities, to get at what belongs to the others: by
 * its path and through each other process's own view of the files; from within its unit's sandbox, and
 * without one, where only the user stands between. Gives a line for each that should not have been let
 * in, or was kept from what it needs. `linesOf` runs a command in the box.
 */
export async function trespassesOf(linesOf: (command: string) => Promise<readonly string[]>): Promise<string[]> {
  const faults: string[] = [];
  const pids = new Map<string, string>();
  for (const role of roles) {
    pids.set(role, (await linesOf(`systemctl show --value -p MainPID cordon-${role}`))[0] ?? "");
  }
  for (const role of roles) {
    const mine = possessions.filter(({ belongsTo, isOpenTo }) => belongsTo === role || isOpenTo === role);
    const theirs = possessions.filter((each) => !mine.includes(each)).map(({ path }) => path);
    const around = roles
      .filter((other) => other !== role)
      .flatMap((other) => possessions.map(({ path }) => `/proc/${pids.get(other)}/root${path}`));
    const allowed = mine.map(({ path }) => (path.endsWith(".sock") ? `?${path}` : path));
    const refused = [...theirs, ...around];
    const caps = { judge: "", executor: ",+net_admin", reader: ",+net_admin,+net_raw" }[role];
    const asUser = `setpriv --reuid ${users[role].name} --regid ${users[role].name} --clear-groups --bounding-set -all${caps} --inh-caps -all${caps} --ambient-caps -all${caps} --no-new-privs -- /usr/lib/cordon/node /usr/lib/cordon-quick/trespass`;
    for (const [where, within] of [
      ["in its sandbox", `nsenter -t ${pids.get(role)} -m -- `],
      ["without its sandbox", ""],
    ] as const) {
      const answers = new Map(
        (await linesOf(`${within}${asUser} '${[...allowed, ...refused].join("' '")}'`)).map((line) => {
          const [answer = "", path = ""] = line.split(" ");
          return [path, answer];
        }),
      );
      for (const path of allowed) {
        if (answers.get(path) !== "in") faults.push(`${role} ${where} has no ${path}: ${answers.get(path)}`);
      }
      for (const path of refused) {
        // Whatever is hidden altogether is not there; without the sandbox everything is, and has to be refused.
        const answer = answers.get(path) ?? "unanswered";
        const isRefused = answer === "EACCES" || answer === "EPERM" || (answer === "ENOENT" && within !== "");
        if (!isRefused) faults.push(`${role} ${where} tried ${path}: ${answer}`);
      }
    }
  }
  return faults;
}
