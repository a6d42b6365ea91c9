import assert from "node:assert/strict";
import { test } from "node:test";
import { confirmAfterMs, ContactTable, type Attempt } from "./contact-table.ts";
import type { Numbered } from "./contact-store.ts";
import type { Contact, TargetFacts } from "./contact.ts";

const host = { number: 0 };
const stranger: TargetFacts = { place: "outside", resolution: "unknown", name: null };

function aTable(limits = { contactsPerHost: 100, contacts: 200 }) {
  const said: string[] = [];
  const note = (what: string, contact: Contact) => said.push(`${what} ${contact.remote} ${contact.outcome}`);
  const table = new ContactTable<Numbered>(limits, {
    opened: (_owner, contact) => note("opened", contact),
    repeated: (_owner, contact) => note("repeated", contact),
    settled: (_owner, contact, before) => note(`settled from ${before}`, contact),
    confirmed: (_owner, contact) => note("confirmed", contact),
  });
  const attempt = (fields: Partial<Attempt> = {}, facts: TargetFacts = stranger, owner: Numbered = host) =>
    table.attempt(
      owner,
      { remote: 1, port: 445, sourcePort: 50_000, at: 1000, stopped: false, ...fields },
      () => facts,
    );
  const settle = (outcome: Contact["outcome"], at: number) => {
    const contact = table.find(host, 1, "smb");
    assert.ok(contact !== undefined);
    table.settle(host, contact, outcome, at);
  };
  return { table, said, attempt, settle };
}

test("a contact is pending, then silent when grace is over, then confirmed", () => {
  const { table, said, attempt } = aTable();
  attempt();
  table.advance(1999, 1000, false);
  assert.deepEqual(said, ["opened 1 pending"]);
  table.advance(2000, 1000, false);
  table.advance(1000 + confirmAfterMs, 1000, false);
  assert.deepEqual(said, ["opened 1 pending", "settled from pending 1 silent", "confirmed 1 silent"]);
});

test("a repeated SYN is no attempt, a new source port is", () => {
  const { said, attempt } = aTable();
  attempt();
  attempt({ at: 2000 });
  attempt({ at: 3000, sourcePort: 50_001 });
  const contact = attempt({ at: 4000, sourcePort: 50_002 });
  assert.deepEqual(said, ["opened 1 pending", "repeated 1 pending", "repeated 1 pending"]);
  assert.equal(contact?.attempts, 3);
  assert.equal(contact?.sourcePortRises, 2);
  assert.equal(contact?.unanswered, 2);
});

test("the propagation ports of one target are one contact, its web ports another", () => {
  const { said, attempt } = aTable();
  attempt({ port: 445 });
  attempt({ port: 139, sourcePort: 50_001 });
  attempt({ port: 443, sourcePort: 50_002 });
  attempt({ port: 80, sourcePort: 50_003 });
  assert.deepEqual(said.filter((line) => line.startsWith("opened")).length, 2);
});

test("an answer credits a contact that was silent, and no failure takes it back", () => {
  const { table, said, attempt, settle } = aTable();
  attempt();
  table.advance(5000, 1000, false);
  settle("established", 6000);
  settle("refused", 7000);
  assert.deepEqual(said.slice(-1), ["settled from silent 1 established"]);
  assert.equal(table.find(host, 1, "smb")?.answeredAt, 6000);
});

test("what we stopped stays ours: grace does not make it silent", () => {
  const { table, said, attempt } = aTable();
  attempt({ stopped: true });
  table.advance(9000, 1000, false);
  assert.deepEqual(said, ["opened 1 refused-by-us"]);
});

test("on a dead line grace ends in line-down, but not for a neighbour on the switch", () => {
  const { table, said, attempt } = aTable();
  attempt({ remote: 1 });
  attempt({ remote: 2 }, { ...stranger, place: "neighbour" });
  table.advance(9000, 1000, true);
  assert.deepEqual(said.slice(2), ["settled from pending 1 line-down", "settled from pending 2 silent"]);
});

test("a cut noticed later neutralises what it left unanswered, and nothing from before", () => {
  const { table, said, attempt } = aTable();
  attempt({ remote: 1, at: 1000 });
  attempt({ remote: 2, at: 5000 });
  table.advance(9000, 1000, false);
  table.neutralise(4000);
  assert.deepEqual(said.slice(4), ["settled from silent 2 line-down"]);
});

test("the oldest contacts make room when a cap is reached", () => {
  const { table, attempt } = aTable({ contactsPerHost: 10, contacts: 1000 });
  for (let remote = 1; remote <= 25; remote += 1) attempt({ remote });
  assert.equal(table.find(host, 15, "smb"), undefined);
  assert.ok(table.find(host, 16, "smb") !== undefined);
});

test("the greediest host makes room when the site's cap is reached", () => {
  const { table, attempt } = aTable({ contactsPerHost: 1000, contacts: 100 });
  const other = { number: 1 };
  for (let remote = 1; remote <= 10; remote += 1) attempt({ remote }, stranger, other);
  for (let remote = 1; remote <= 95; remote += 1) attempt({ remote });
  for (let remote = 1; remote <= 10; remote += 1) assert.ok(table.find(other, remote, "smb") !== undefined);
  assert.equal(table.find(host, 1, "smb"), undefined);
});

test("an ordinary target is forgotten after hours, a propagation target after a day", () => {
  const { table, attempt } = aTable();
  attempt({ remote: 1, port: 443 });
  attempt({ remote: 2, port: 445 });
  table.advance(7 * 3_600_000, 1000, false);
  assert.equal(table.find(host, 1, "web"), undefined);
  assert.ok(table.find(host, 2, "smb") !== undefined);
  table.advance(25 * 3_600_000, 1000, false);
  assert.equal(table.find(host, 2, "smb"), undefined);
});

test("a scan of strangers pushes out its own past, and not what else the host called", () => {
  const { table, attempt } = aTable({ contactsPerHost: 10, contacts: 1000 });
  for (let remote = 1; remote <= 4; remote += 1) attempt({ remote, port: 443 });
  for (let remote = 5; remote <= 50; remote += 1) attempt({ remote, port: 445 });
  for (let remote = 1; remote <= 4; remote += 1) assert.ok(table.find(host, remote, "web") !== undefined);
  assert.equal(table.find(host, 44, "smb"), undefined);
  assert.ok(table.find(host, 45, "smb") !== undefined);
});

test("what is called again stays longer than what was called once", () => {
  const { table, attempt } = aTable({ contactsPerHost: 10, contacts: 1000 });
  for (let remote = 1; remote <= 40; remote += 1) {
    attempt({ remote, at: remote });
    attempt({ remote: 1, at: remote, sourcePort: 40_000 + remote });
  }
  assert.ok(table.find(host, 1, "smb") !== undefined);
  assert.equal(table.find(host, 2, "smb"), undefined);
});

test("of a forgotten host nothing more is said", () => {
  const { table, said, attempt } = aTable();
  attempt();
  table.forget(host);
  table.advance(1000 + 2 * confirmAfterMs, 1000, false);
  assert.deepEqual(said, ["opened 1 pending"]);
  assert.equal(table.find(host, 1, "smb"), undefined);
});

test("a full table goes on as an empty one would, whoever holds on to what", () => {
  const held: Contact[] = [];
  const table = new ContactTable<Numbered>(
    { contactsPerHost: 30, contacts: 40 },
    {
      opened(_owner, contact) {
        if (contact.port !== 23) return;
        contact.isKept = true;
        held.push(contact);
      },
      repeated() {},
      settled() {},
      confirmed: (_owner, contact) => assert.ok(contact.openedAt % 1000 === 0),
    },
  );
  const owners = [{ number: 0 }, { number: 1 }, { number: 2 }];
  for (let index = 0; index < 600; index += 1) {
    const at = index * 1000;
    const remote = index % 5 === 0 ? `2001:db8::${index}` : index;
    const port = [443, 445, 23][index % 3] ?? 443;
    table.attempt(owners[index % 3] ?? host, { remote, port, sourcePort: index, at, stopped: false }, () => stranger);
    table.advance(at, 1000, false);
  }
  assert.equal(new Set(held).size, 200);
  for (const [index, contact] of held.entries()) assert.equal(contact.openedAt, (3 * index + 2) * 1000);
});
