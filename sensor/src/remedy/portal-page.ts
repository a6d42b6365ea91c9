import { defaultPortal, type PortalWish } from "@cordon/contract";

/**
 * The page for the user of a quarantined machine, as the whole of an HTTP answer. It is one TCP segment, so that
 * whoever loses it gets it again by asking again, and nobody has to remember to whom it was sent.
 */

/** What fits into one segment on any Ethernet, with IPv6. */
export const maxAnswerBytes = 1400;

const defaultText =
  "This computer shows signs of an infection. To protect you and the others here, it was cut off from the Internet. " +
  "Please enter no passwords on it until it was cleaned.";
const defaultContact = "Please tell whoever looks after your network.";

/** Both answers; that to HEAD says how long the page is, and has none. */
export interface PortalPage {
  readonly get: Uint8Array;
  readonly head: Uint8Array;
}

/**
 * Text is cut, contact last, where the page would not fit.
 *
 * @param note for whoever looks after the box, which is in trouble itself; null where it is not
 */
export function portalPage(siteName: string, wish: PortalWish = defaultPortal, note: string | null = null): PortalPage {
  const { text = defaultText, contact = defaultContact } = wish;
  const parts = {
    site: siteName,
    note: note === null ? "" : `For whoever looks after the box: ${note}`,
    text,
    contact,
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
  site,
  note,
  text,
  contact,
}: {
  readonly site: string;
  readonly note: string;
  readonly text: string;
  readonly contact: string;
}): string {
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width"><title>This computer is cut off</title>',
    `<style>${style}</style><main>${drawing}<h1>This computer is cut off from the Internet</h1><p>${escaped(text)}</p>`,
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
