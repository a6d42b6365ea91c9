import assert from "node:assert/strict";
import { get } from "node:https";
import { createServer } from "node:net";
import { once } from "node:events";
import { test } from "node:test";
import { anAuthority } from "../../test/link/certificates.ts";
import { Door } from "./door.ts";

/** A port of loopback that nobody has. */
async function freePort(): Promise<number> {
  const server = createServer().listen({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  assert.ok(address !== null && typeof address === "object");
  return address.port;
}

function page(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, rejectUnauthorized: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      response.on("end", () => resolve(text));
    }).on("error", reject);
  });
}

const contacts = [{ name: "Anna Brandt", phone: "+49 30 1234", email: "anna@brandt.example" }];

for (const [named, words] of [
  [contacts, true],
  [[], false],
] as const) {
  test(`whoever knocks ${words ? "is told where it says whom to call, and nobody's name" : "is told of nobody to call where nobody was named"}`, async (t) => {
    const pages = await (await anAuthority()).issue("office");
    const port = await freePort();
    let knocks = 0;
    const door = new Door({ host: "127.0.0.1", port }, { pages, contacts: named }, () => knocks++);
    t.after(() => door.close());
    await door.open();
    const text = await page(port);
    assert.match(text, /Have the PIN from the label at hand/);
    assert.equal(text.includes("Whom to call is on the label, and behind the PIN."), words);
    assert.doesNotMatch(text, /Anna|1234|brandt/);
    assert.equal(knocks, 1);
  });
}
