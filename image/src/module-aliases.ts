/**
 * The modules that drive devices of a device tree, by what those are compatible with: from the kernel's
 * `modules.alias`, whose lines are `alias of:N*T*Cbrcm,bcm2711-genet-v5 genet`.
 */
export function modulesFor(compatibles: ReadonlySet<string>, aliases: string): readonly string[] {
  const modules = new Set<string>();
  for (const [, compatible, name] of aliases.matchAll(/^alias of:N\*T\*C([^*\s]+)(?:C\*)? (\S+)$/gm)) {
    if (compatibles.has(compatible ?? "")) modules.add(name ?? "");
  }
  return [...modules].toSorted();
}
