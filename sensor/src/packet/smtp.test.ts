import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSmtp, type SmtpCommand } from "./smtp.ts";

function parse(text: string): readonly SmtpCommand[] {
  const bytes = Buffer.from(`xx${text}`, "latin1");
  return parseSmtp(bytes, 2, bytes.length - 2);
}

for (const [line, verb, argument] of [
  ["EHLO Desk-7.example.test\r\n", "ehlo", "desk-7.example.test"],
  ["helo [192.0.2.1]\r\n", "helo", "[192.0.2.1]"],
  ["HELO\r\n", "helo", ""],
  ["MAIL FROM:<Anna@Example.test> SIZE=1000\r\n", "mail", "anna@example.test"],
  ["MAIL FROM:<>\r\n", "mail", ""],
  ["mail from: <bob@example.test>\r\n", "mail", "bob@example.test"],
  ["RCPT TO:carol@example.test\r\n", "rcpt", "carol@example.test"],
  ["RCPT TO:<dave@exam", "rcpt", "dave@exam"],
] as const) {
  test(`reads ${JSON.stringify(line)}`, () => assert.deepEqual(parse(line), [{ verb, argument }]));
}

test("reads commands that were sent at once", () => {
  assert.deepEqual(
    parse("MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nRCPT TO:<c@z.test>\r\nDATA\r\n").map(({ verb }) => verb),
    ["mail", "rcpt", "rcpt"],
  );
});

test("stops at sixteen commands", () => {
  assert.equal(parse("RCPT TO:<a@x.test>\r\n".repeat(100)).length, 16);
});

for (const text of ["", "MAIL", "MAILING LIST\r\n", "EHLOOO x\r\n", "Hello\r\nMAIL FROM:<a@x.test>\r\n"]) {
  test(`${JSON.stringify(text)} begins with no command`, () => assert.deepEqual(parse(text), []));
}

test("a line of any length is read within bounds", () => {
  const [command] = parse(`MAIL FROM:<${"a".repeat(100_000)}`);
  assert.ok((command?.argument.length ?? 0) <= 512);
});
