import type { SiteView } from "../../../src/api/view.ts";
import { msg, plural } from "../language/message.ts";
import { said } from "../language/said.ts";
import type { TimeWords } from "./time.ts";

/** What to read to the provider while the line is dead; empty while it is not. */
export function providerWords(
  { name, line, counts }: Pick<SiteView, "name" | "line" | "counts">,
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
    counts.infected === 0 ? msg`No machine here is known to be infected.` : held,
    msg`Is the line cut on purpose? By whom, since when, and what is asked for before it is put back?`,
  ];
}
