import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf, stranger, type Scene } from "../../src/judge-scene.ts";
import { anOffice, anywhere, assertInfected, assertLeftAlone, colleagues, ledger, startsAt } from "./office.ts";

/** Lines that answer otherwise than they should: a provider's portal, and one family of addresses that leads nowhere. */

const portal = stranger(9000);
const guilty = 66;

/** Every name is the portal's address; what it does with calls by TLS differs. */
function behindPortal(scene: Scene, untilMs: number, secure: "answered" | "refused" | "silent"): void {
  for (const host of colleagues) {
    for (let index = 0; index * 4000 < untilMs; index += 1) {
      const at = startsAt + index * 4000 + host * 31;
      scene.lookUp(host, { at, name: `www.site${host}-${index}.example`, addresses: [portal] });
      scene.contact(host, { at: at + 30, to: portal, port: 443, outcome: secure });
      scene.contact(host, { at: at + 90, to: portal, port: 80, outcome: "answered" });
      // Programs with addresses of their own, or that know their server from before.
      const before = stranger(5000 + (index % 40));
      scene.contact(host, { at: at + 400, to: before, port: 443, outcome: secure });
    }
  }
}

for (const secure of ["answered", "refused", "silent"] as const) {
  test(`behind a provider's portal where TLS is ${secure} nobody is anything but clear, and a worm is found`, () => {
    const { scene, random } = anOffice(0);
    behindPortal(scene, 300_000, secure);
    for (let index = 0; index < 100; index += 1) {
      // The portal answers whatever is called by TCP, or nothing but its own pages.
      const outcome = secure === "answered" ? "answered" : "silent";
      scene.contact(guilty, { at: startsAt + 60_000 + index * 300, to: anywhere(random), port: 445, outcome });
    }
    scene.play(startsAt + 330_000);
    for (const host of colleagues) {
      assert.equal(scene.host(host).verdict, "clear", `${host}: ${ledger(scene.host(host))}`);
    }
    assertLeftAlone(scene);
    assertInfected(scene.host(guilty), "smb", startsAt + 60_000, 30_000);
    const { trouble } = scene.judge.line();
    assert.equal(trouble?.kind, "walled");
    assert.match(trouble.text, new RegExp(`all have the address ${portal}\\.`));
    // Pages are answered all the time.
    assert.notEqual(scene.judge.line().state, "dead");
  });
}

test("a list of remote desktops behind a portal that answers everything: suspect by 25 targets, infected by 60", () => {
  const { scene, random } = anOffice(0);
  behindPortal(scene, 120_000, "answered");
  for (let index = 0; index < 150; index += 1) {
    const at = startsAt + index * 500;
    scene.contact(guilty, { at, to: anywhere(random), port: 3389, outcome: "answered", afterMs: 2 });
  }
  scene.play(startsAt + 130_000);
  assertInfected(scene.host(guilty), "rdp", startsAt, 60 * 500 + 1000);
  assert.ok((scene.host(guilty).suspectAt ?? 0) <= startsAt + 25 * 500 + 1000);
  assertLeftAlone(scene);
});

test("IPv6 that leads nowhere, called first for every page: nobody is anything but clear, and the line is healthy", () => {
  const { scene } = anOffice(0);
  const lastAt = startsAt + 3 * 3_600_000;
  for (const host of colleagues) {
    // Long after the box was put in, when a name that was not looked up is known not to have been.
    for (let index = 0; index < 200; index += 1) {
      const at = lastAt - 600_000 + index * 3000 + host * 97;
      const site = host * 1000 + index;
      const name = `www.site${site}.example`;
      const to6 = `2001:db8:${(site % 65_536).toString(16)}::${1 + (index % 9)}`;
      scene.lookUp(host, { at, name, addresses: [to6] });
      scene.syn6({ host, from: `2001:db8:ffff::${host}`, at: at + 40, to: to6, port: 443 });
      scene.page(host, { at: at + 300, site });
    }
  }
  scene.play(lastAt + 60_000);
  for (const host of colleagues) {
    assert.equal(scene.host(host).verdict, "clear", `${host}: ${ledger(scene.host(host))}`);
    assert.equal(lineOf(scene.host(host), "line-down"), undefined);
  }
  assert.equal(scene.judge.line().state, "healthy");
});
