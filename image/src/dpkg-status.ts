/** The packages that dpkg's status file says are installed, and their versions. */
export function installedPackages(status: string): Readonly<Record<string, string>> {
  const packages: Record<string, string> = {};
  for (const paragraph of status.split("\n\n")) {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(paragraph)?.[1];
    const name = field("Package");
    const version = field("Version");
    if (name !== undefined && version !== undefined) packages[name] = version;
  }
  return packages;
}
