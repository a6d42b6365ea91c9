import type { LineCheck } from "@cordon/contract";
import type { SiteView } from "../../../src/api/view.ts";
import { msg, plural } from "../language/message.ts";
import { said } from "../language/said.ts";
import { checkName, checkWords } from "./line-check.ts";
import type { TimeWords } from "./time.ts";

/** What to read to the provider while the line is dead; empty while it is not. */
export function providerWords(
  { name, line, counts, lineChecks }: Pick<SiteView, "name" | "line" | "counts" | "lineChecks">,
  time: TimeWords,
  now: number,
): readonly string[] {
  if (line?.state !== "dead") return [];
  const held = plural(
    counts.infected,
    "{n} machine here is known to be infected, of which cut off or kept from spreading: {0}.",
    "{n} machines here are known to be infected, of which cut off or kept from spreading: {0}.",
    counts.contained,
  );
  return [
    msg`The line of ${name} has been dead since ${time.moment(line.since, now)}.`,
    said(line.text),
    ...foundWords(lineChecks, time, now),
    counts.infected === 0 ? msg`No machine here is known to be infected.` : held,
    msg`Is the line cut on purpose? By whom, since when, and what is asked for before it is put back?`,
  ];
}

/** What was seen on the way, as one would read it out: what answers first. */
function foundWords(checks: readonly LineCheck[], time: TimeWords, now: number): readonly string[] {
  const known = checks.filter(({ state }) => state !== "unseen");
  const said = known
    .toSorted((a, b) => Number(a.state === "silent") - Number(b.state === "silent"))
    .flatMap((check) => {
      const name = checkName(check);
      return name === null ? [] : [msg`${name}: ${checkWords(check, time, now)}`];
    });
  return said.length === 0 ? [] : [msg`Seen from the box: ${said.join("; ")}.`];
}
