// A reporter of node:test: a line for each test, `pass`, `fail` or `skip` before its name, and why it failed.
// oxlint-disable-next-line import/no-default-export -- node:test takes a reporter by its default export
export default async function* words(events) {
  for await (const { type, data } of events) {
    if (type !== "test:pass" && type !== "test:fail") continue;
    if (data.details?.type === "suite" && type === "test:pass") continue;
    if (data.skip !== undefined && data.skip !== false) yield `skip ${data.name}\n`;
    else yield `${type.slice(5)} ${data.name}\n`;
    const cause = data.details?.error?.cause;
    if (type === "test:fail")
      yield* String(cause?.stack ?? data.details?.error)
        .split("\n")
        .slice(0, 12)
        .map((line) => `| ${line}\n`);
  }
}
