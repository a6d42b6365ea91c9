import assert from "node:assert/strict";
import { test } from "node:test";
import type { PortalWish } from "@cordon/contract";
import { maxAnswerBytes, portalPages } from "./portal-page.ts";
import { wantedLanguage } from "./portal-words.ts";

const portalPage = (site: string, wish?: PortalWish, note?: string) => portalPages(site, wish, note ?? null).otherwise;

function halves(answer: Uint8Array): readonly [header: string, body: string] {
  const [header = "", ...rest] = Buffer.from(answer).toString("utf8").split("\r\n\r\n");
  return [header, rest.join("\r\n\r\n")];
}

test("the page says what happened and whom to call, and nothing in it is markup but its own", () => {
  const [header, body] = halves(
    portalPage('Acme "& Söhne"', { isOn: true, text: "<script>alert(1)</script>", contact: "Eve & Co, 030 1234" }).get,
  );
  assert.match(header, /^HTTP\/1\.1 200 OK\r\n/);
  assert.equal(Number(/Content-Length: (\d+)/.exec(header)?.[1]), Buffer.byteLength(body));
  assert.match(body, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
  assert.match(body, /Eve &amp; Co, 030 1234/);
  assert.match(body, /Acme &quot;&amp; Söhne&quot;/);
  assert.doesNotMatch(body, /<script|src=|href=/);
  assert.match(body, /<html lang="en">.*<title>.*<main><svg [^>]*aria-hidden="true".*<h1>/s);
});

test("an answer to HEAD says the same and has no page", () => {
  const { get, head } = portalPage("Acme");
  assert.equal(halves(get)[0], halves(head)[0]);
  assert.equal(halves(head)[1], "");
});

test("whatever the texts are, it fits into one segment and says whom to call, in each language", () => {
  for (const letter of ["x", "&", "😀", '"']) {
    const wish = { isOn: true, text: letter.repeat(400), contact: `Call 030 1234 ${letter.repeat(60)}` };
    for (const [language, { get }] of portalPages(letter.repeat(200), wish).byLanguage) {
      assert.ok(get.length <= maxAnswerBytes, `${letter}, ${language}: ${get.length}`);
      const body = halves(get)[1];
      assert.match(body, /Call 030 1234/);
      assert.doesNotMatch(body, /\ufffd|&[a-z#0-9]*[^a-z#0-9;]/);
    }
  }
});

test("its own words are in the site's language, what a person wrote is left as it is", () => {
  const german = halves(portalPage("Acme", { isOn: true, language: "de" }).get)[1];
  assert.match(
    german,
    /<html lang="de">.*<h1>Dieser Computer ist vom Internet getrennt<\/h1>.*Passwörter.*Ihr Netz betreut/s,
  );
  assert.match(halves(portalPage("Acme", { isOn: true, language: "xx" }).get)[1], /<html lang="en">/);
  const written = halves(
    portalPage("Acme", { isOn: true, language: "de", text: "Ask Eve.", contact: "Eve, 12" }).get,
  )[1];
  assert.match(written, /lang="de".*<p>Ask Eve\.<\/p><p><strong>Eve, 12<\/strong>/s);
});

test("of several languages the one that is wanted most and spoken counts, of a header that was cut off what is there", () => {
  for (const [said, language] of [
    ["de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", "de"],
    ["en-GB, de;q=0.5", "en"],
    [" tr, de;q=0.4, en;q=0.8", "en"],
    ["DE", "de"],
    ["de;q=0, fr", null],
    ["fr-CH, fr;q=0.9, de-CH;q=0.8, en;q", "de"],
    ["fr, d", null],
    ["*", null],
    ["", null],
  ] as const) {
    assert.equal(wantedLanguage(said), language, said);
  }
});

test("a trouble of the box itself is said to whoever looks after it, and gives way to whom to call", () => {
  const note = "Two boxes have the token <of> this one.";
  assert.match(
    halves(portalPage("Acme", undefined, note).get)[1],
    /<p>For whoever looks after the box: Two boxes have .*&lt;of&gt;/,
  );
  assert.doesNotMatch(halves(portalPage("Acme").get)[1], /looks after the box/);
  const wish = { isOn: true, text: "x".repeat(400), contact: "Call 030 1234" };
  const { get } = portalPage("Acme", wish, "y".repeat(400));
  assert.ok(get.length <= maxAnswerBytes);
  assert.match(halves(get)[1], /Call 030 1234/);
});
