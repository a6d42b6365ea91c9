/**
 * The processes and what each may do. A process gets its command line from here, so that no
 * start of one can forget to give privileges up.
 */

/** The processes of the sensor; the last two run where the box is the gateway of a repair network. */
export type Role = "reader" | "judge" | "executor" | "names" | "tracker";

// Binding an nflog group and changing nf_tables both ask for CAP_NET_ADMIN and for nothing else; sending a frame of
// one's own asks for CAP_NET_RAW.
const capabilities: Readonly<Record<Role, readonly string[]>> = {
  reader: ["net_admin", "net_raw"],
  judge: [],
  executor: ["net_admin"],
  // Filling the kernel's sets, sending to machines without an address, and listening on ports 53 and 67.
  names: ["net_admin", "net_raw", "net_bind_service"],
  // Hearing of the kernel's connections, and reading a counter of nf_tables.
  tracker: ["net_admin"],
};

/**
 * The command line that runs `command` with the capabilities of a role and no way to more. The
 * bounding set decides: a process of user 0, real or of a user namespace, gets exactly what is left
 * in it when it executes a file, its children included. Without CAP_DAC_OVERRIDE the files it needs
 * must belong to its user.
 */
export function withPrivilegesOf(role: Role, command: readonly string[]): string[] {
  const bounding = ["-all", ...capabilities[role].map((name) => `+${name}`)].join(",");
  return [
    "setpriv",
    `--bounding-set=${bounding}`,
    "--inh-caps=-all",
    "--ambient-caps=-all",
    "--no-new-privs",
    "--",
    ...command,
  ];
}
