import { defaultPortal, type PortalWish } from "@cordon/contract";
import { portalFallback, portalWords, type PortalWords } from "./portal-words.ts";

/**
 * The page for the user of a quarantined machine, as the whole of an HTTP answer. It is one TCP segment, so that
 * whoever loses it gets it again by asking again, and nobody has to remember to whom it was sent.
 */

/** What fits into one segment on any Ethernet, with IPv6. */
export const maxAnswerBytes = 1400;

/** Both answers; that to HEAD says how long the page is, and has none. */
export interface PortalPage {
  readonly get: Uint8Array;
  readonly head: Uint8Array;
}

/** The page in each language that the box speaks, and in the one for whoever names none of them. */
export interface PortalPages {
  readonly byLanguage: ReadonlyMap<string, PortalPage>;
  readonly otherwise: PortalPage;
}

/**
 * What a person wrote stands there as he wrote it, whatever the language. Text is cut, contact last, where the page would not fit.
 *
 * @param note for whoever looks after the box, which is in trouble itself; null where it is not
 */
export function portalPages(
  siteName: string,
  wish: PortalWish = defaultPortal,
  note: string | null = null,
): PortalPages {
  const pages = [...portalWords].map(
    ([language, words]) => [language, pageIn({ language, words }, { siteName, wish, note })] as const,
  );
  const byLanguage = new Map(pages);
  const otherwise = byLanguage.get(wish.language ?? portalFallback) ?? byLanguage.get(portalFallback);
  return { byLanguage, otherwise: otherwise as PortalPage };
}

function pageIn(
  { language, words }: { readonly language: string; readonly words: PortalWords },
  { siteName, wish, note }: { readonly siteName: string; readonly wish: PortalWish; readonly note: string | null },
): PortalPage {
  const { title, head } = words;
  const { text = words.text, contact = words.contact } = wish;
  const parts = {
    ...{ language, title, head, text, contact, site: siteName },
    note: note === null ? "" : `${words.note} ${note}`,
  };
  let html = htmlOf(parts);
  for (const part of ["text", "note", "site", "contact"] as const) {
    while (answerOf(html).length > maxAnswerBytes && parts[part].length > 1) {
      // By code points, so that no character is torn.
      parts[part] = `${[...parts[part]].slice(0, -2).join("")}…`;
      html = htmlOf(parts);
      if (parts[part] === "…") break;
    }
  }
  const get = answerOf(html);
  return { get, head: get.subarray(0, get.length - Buffer.byteLength(html)) };
}

function answerOf(html: string): Uint8Array {
  const header = [
    // Any other success is taken for a portal; 204 and the texts that the probes wait for would say "online".
    "HTTP/1.1 200 OK",
    "Content-Type: text/html; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(html)}`,
    "Cache-Control: no-store",
    "Connection: close",
  ];
  return Buffer.from(`${header.join("\r\n")}\r\n\r\n${html}`, "utf8");
}

function htmlOf({
  language,
  title,
  head,
  site,
  note,
  text,
  contact,
}: Readonly<Record<"language" | "title" | "head" | "site" | "note" | "text" | "contact", string>>): string {
  return [
    `<!doctype html><html lang="${language}"><meta charset="utf-8">`,
    `<meta name="viewport" content="width=device-width"><title>${title}</title>`,
    `<style>${style}</style><main>${drawing}<h1>${head}</h1><p>${escaped(text)}</p>`,
    `<p><strong>${escaped(contact)}</strong></p><p>${escaped(site)}</p>`,
    `${note === "" ? "" : `<p>${escaped(note)}</p>`}</main></html>`,
  ].join("");
}

// The line that goes round, and the gap before this machine: the user interface's own drawing, in few bytes.
const drawing =
  '<svg viewBox="0 0 320 40" aria-hidden="true"><path d="M0 28h96a16 16 0 0 1 32 0h48M232 28h88"/><g><path d="M176 18v20M232 18v20"/></g></svg>';
const style = [
  ":root{color-scheme:light dark}body{font:1.1em/1.5 system-ui;max-width:32em;margin:2em auto;padding:0 1em}",
  "h1{line-height:1.25}svg{fill:none;stroke:currentColor;stroke-width:2}g{stroke:#0a5155}",
  "@media(prefers-color-scheme:dark){g{stroke:#74d6c6}}",
].join("");

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? "");
}
