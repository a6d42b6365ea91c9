/** One message of one or many findings, in the words that all channels share. */
import { inEnglish, type Sentences } from "../language/sentences.ts";
import { worstOf, type Severity } from "./channel.ts";
import { oneLine, type Finding } from "./finding.ts";

/** What is delivered; a webhook gets it as it stands. */
export interface Message {
  readonly version: 1;
  /** The same at every try: who got it twice can tell. */
  readonly id: string;
  /** When it was put together, epoch milliseconds. */
  readonly at: number;
  readonly severity: Severity;
  /** True where every finding is the end of something bad. */
  readonly isEnd: boolean;
  readonly isTest: boolean;
  readonly title: string;
  /** All of it, as text. */
  readonly text: string;
  readonly findings: readonly MessageFinding[];
  /** Findings beyond those that are listed. */
  readonly more: number;
  /** The first page to open. */
  readonly link: string;
  /** BCP 47 tag of the language that it is in. Absent from what was kept before there was more than English. */
  readonly language?: string;
  /** What is said of findings beyond those that are listed; empty where there are none, absent like the language. */
  readonly moreText?: string;
}

/** In which language a message is put together. */
export interface Tongue {
  /** BCP 47 tag. */
  readonly language: string;
  readonly sentences: Sentences;
}

const english: Tongue = { language: "en", sentences: inEnglish };

export interface MessageFinding {
  readonly kind: Finding["kind"];
  readonly severity: Severity;
  readonly isEnd: boolean;
  readonly site: { readonly id: string; readonly name: string };
  /** A machine's key; null where it is of the box, the line or the whole site. */
  readonly host: string | null;
  readonly verdict: string;
  readonly cause: string;
  readonly nextStep: string;
  readonly link: string;
  readonly at: number;
}

export interface MessageParts {
  readonly id: string;
  readonly at: number;
  readonly findings: readonly Finding[];
  /** Findings that nobody kept, by site. */
  readonly overflow: readonly { readonly siteName: string; readonly count: number }[];
  /** Of the user interface, without a slash at its end. */
  readonly publicUrl: string;
  /** Default English. */
  readonly tongue?: Tongue;
}

// A worm makes an office's worth of these; beyond, a list serves nobody.
const listedAtMost = 100;

/** Puts a message together. At least one finding. */
export function messageOf({ id, at, findings, overflow, publicUrl, tongue = english }: MessageParts): Message {
  const { language, sentences } = tongue;
  // The names of machines and sites are people's; the rest was written in English.
  const inWords = (text: string): string => oneLine(sentences.said(oneLine(text)));
  const listed = findings.slice(0, listedAtMost).map((finding): MessageFinding => ({
    kind: finding.kind,
    severity: finding.severity,
    isEnd: finding.isEnd,
    site: { id: finding.siteId, name: oneLine(finding.siteName) },
    host: finding.host,
    verdict: verdictIn(finding, sentences),
    cause: inWords(finding.cause),
    nextStep: inWords(finding.nextStep),
    link: publicUrl + finding.path,
    at: finding.at,
  }));
  const more = findings.length - listed.length + countOf(overflow);
  const title = titleOf(findings, overflow, sentences);
  const moreText = more === 0 ? "" : sentences.text`And ${more} more, which the pages of the sites tell.`;
  return {
    version: 1,
    id,
    at,
    severity: worstOf(findings.map(({ severity }) => severity)),
    isEnd: findings.every(({ isEnd }) => isEnd),
    isTest: false,
    title,
    text: textOf(title, listed, moreText),
    findings: listed,
    ...{ more, moreText, language },
    link: findings.length === 1 ? (listed[0]?.link ?? publicUrl) : commonLink(findings, publicUrl),
  };
}

/** What the test button sends. */
export function testMessage(
  id: string,
  at: number,
  channelName: string,
  publicUrl: string,
  { language, sentences }: Tongue = english,
): Message {
  const title = sentences.text`A test from Cordon`;
  const works = sentences.text`The channel “${oneLine(channelName)}” works: what Cordon finds will come here.`;
  const text = `${works}\n${sentences.text`Nothing to do.`}\n${publicUrl}/notifications`;
  return {
    ...{ version: 1, id, at, severity: "info", isEnd: false, isTest: true, title, text, findings: [], more: 0 },
    link: `${publicUrl}/notifications`,
    ...{ language, moreText: "" },
  };
}

/** A verdict in a language; behind the name of a machine it may be what the box wrote. */
function verdictIn({ verdict, label }: Finding, sentences: Sentences): string {
  const name = `${oneLine(label)}: `;
  const text = oneLine(verdict);
  const own = text.startsWith(name) ? name : "";
  return own + oneLine(sentences.said(text.slice(own.length)));
}

function names(labels: readonly string[], sentences: Sentences): string {
  const shown = labels.slice(0, 3).map(oneLine);
  const rest = labels.length - shown.length;
  return rest > 0 ? sentences.text`${shown.join(", ")} and ${rest} more` : shown.join(", ");
}

const countOf = (overflow: MessageParts["overflow"]): number => overflow.reduce((sum, { count }) => sum + count, 0);

function titleOf(findings: readonly Finding[], overflow: MessageParts["overflow"], sentences: Sentences): string {
  const beyond = countOf(overflow);
  const sites = [...new Set([...findings, ...overflow].map(({ siteName }) => oneLine(siteName)))];
  const where = sites.length === 1 ? (sites[0] ?? "") : sentences.text`${sites.length} sites`;
  const [only] = findings;
  if (findings.length === 1 && only !== undefined && beyond === 0) {
    const verdict = verdictIn(only, sentences).replace(/\.$/, "");
    return verdict.includes(where) ? verdict : `${verdict} (${where})`;
  }
  const byNoun = new Map<string, string[]>();
  for (const { noun, label } of findings) byNoun.set(noun, [...(byNoun.get(noun) ?? []), label]);
  const parts = [...byNoun].map(
    ([noun, labels]) => `${labels.length} ${sentences.said(noun)} (${names(labels, sentences)})`,
  );
  if (beyond > 0) parts.push(sentences.text`${beyond} more`);
  return `${parts.join("; ")}: ${where}`;
}

function textOf(title: string, listed: readonly MessageFinding[], moreText: string): string {
  const isAlone = listed.length === 1 && moreText === "";
  const parts = listed.map(({ verdict, cause, nextStep, link, site }) =>
    [isAlone ? verdict : `${verdict} (${site.name})`, cause, nextStep, link].filter((line) => line !== "").join("\n"),
  );
  if (moreText !== "") parts.push(moreText);
  return (isAlone ? parts : [`${title}.`, ...parts]).join("\n\n");
}

/** The site's page where all are of one, else the fleet's. */
function commonLink(findings: readonly Finding[], publicUrl: string): string {
  const sites = new Set(findings.map(({ siteId }) => siteId));
  const [siteId] = sites;
  return sites.size === 1 && siteId !== undefined
    ? `${publicUrl}/sites/${encodeURIComponent(siteId)}`
    : `${publicUrl}/`;
}

/** A message as plain HTML, with nothing to fetch. */
export function htmlOf(message: Message): string {
  const parts = message.findings.map(
    ({ verdict, cause, nextStep, link, site }) =>
      `<p><b>${escaped(verdict)}</b> (${escaped(site.name)})<br>${escaped(cause)}<br>${escaped(nextStep)}<br><a href="${escaped(link)}">${escaped(link)}</a></p>`,
  );
  const { language = "en", moreText = `And ${message.more} more, which the pages of the sites tell.` } = message;
  if (message.more > 0) parts.push(`<p>${escaped(moreText)}</p>`);
  const body =
    parts.length === 0
      ? `<p>${escaped(message.text).replaceAll("\n", "<br>")}</p>`
      : `<h1 style="font-size:1.2em">${escaped(message.title)}</h1>${parts.join("")}`;
  return `<!doctype html><html lang="${escaped(language)}"><body style="font-family:sans-serif;line-height:1.45">${body}</body></html>`;
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}
