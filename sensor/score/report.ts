import type { Score } from "./score.ts";

/** The score for people. */
export function scoreText(score: Score): string {
  const { hunts, falseAlarms, benign, weak, inbound, odd, contactsBeforeSuspect, blamedVictims } = score;
  const suspect = hunts.filter(({ isSuspect }) => isSuspect);
  const infected = hunts.filter(({ isInfected }) => isInfected);
  const lines = [
    `detected      ${suspect.length} of ${hunts.length} (suspect or worse), ${infected.length} of them infected`,
    `false alarms  ${falseAlarms.length} in ${benign.files} benign captures (${benign.hosts} machines)`,
    `              0 would be fewer than ${bound(benign.hostHours)} per machine and hour at 95 %: ${benign.hostHours.toFixed(0)} machine hours`,
    `weak          ${weak.noticed} of ${weak.files} noticed, ${weak.suspect} of them suspect or worse`,
    `from outside  ${inbound.suspect} of ${inbound.files} named though the machine is not the site's`,
    `victims       ${blamedVictims} blamed`,
    `odd files     ${odd.files} survived: ${odd.judged} judged, ${odd.refused} refused by name`,
    `contacts      median ${contactsBeforeSuspect.median ?? "–"}, worst ${contactsBeforeSuspect.worst ?? "–"} before suspect`,
    "",
  ];
  lines.push(...chainLines(score), "", ...familyLines(score), "");
  for (const hunt of hunts) {
    const verdict = hunt.isInfected ? "infected" : hunt.isSuspect ? "suspect " : "MISSED  ";
    lines.push(`${verdict}  ${hunt.file}: ${hunt.kinds.join(", ") || "nothing"}`);
    if (hunt.whyMissed !== null) lines.push(`            ${hunt.whyMissed}`);
  }
  for (const alarm of falseAlarms) {
    lines.push(`FALSE ${alarm.verdict}  ${alarm.file}: ${alarm.kinds.join(", ")}`);
  }
  return `${lines.join("\n")}\n`;
}

function chainLines({ computed, benign }: Score): string[] {
  const { made, failed } = benign.propagation;
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  const remarks = [
    `   measured on all ports; on those of worms ${failed} of ${made} failed`,
    "   with machines that nobody answers, whose line is dead or captured by half",
  ];
  return [
    `An innocent machine's chance to be accused by its first contacts on ports of worms, per working day of ${computed.contactsPerDay}:`,
    "  failing   suspect   infected   all at once",
    ...computed.rows.map(
      ({ failingShare, suspect, infected, infectedAtOnce }, index) =>
        `  ${percent(failingShare).padStart(7)}   ${suspect.toExponential(1)}   ${infected.toExponential(1)}    ${infectedAtOnce.toExponential(1)}${remarks[index] ?? ""}`,
    ),
  ];
}

function familyLines({ families }: Score): string[] {
  const rows = families.filter(({ detect, falseAlarms }) => detect > 0 || falseAlarms > 0);
  const rest = families.filter((row) => !rows.includes(row));
  const sum = (of: (row: Score["families"][number]) => number): number =>
    families.reduce((total, row) => total + of(row), 0);
  return [
    "Each family of captures, judged by the threshold that fits all others without a false alarm:",
    "  threshold  detected      false alarms  family",
    ...rows.map(
      (row) =>
        `  ${row.fitted.toFixed(2).padStart(9)}  ${`${row.detected} of ${row.detect}`.padEnd(12)}  ${`${row.falseAlarms} of ${row.benign}`.padEnd(12)}  ${row.family}`,
    ),
    `             0 of 0        0 of ${rest.reduce((total, row) => total + row.benign, 0)}  ${rest.length} families with benign captures alone`,
    `  all        ${sum((row) => row.detected)} of ${sum((row) => row.detect)}      ${sum((row) => row.falseAlarms)} of ${sum((row) => row.benign)}`,
  ];
}

/** No event in so many hours: with 95 % confidence the rate is below this (the rule of three). */
function bound(hours: number): string {
  return hours === 0 ? "any number" : (3 / hours).toPrecision(2);
}
