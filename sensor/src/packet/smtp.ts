import { readByte } from "./bytes.ts";

/** One command of a mail client (RFC 5321 4.1.1). */
export interface SmtpCommand {
  readonly verb: "helo" | "ehlo" | "mail" | "rcpt";
  /**
   * In lower case: the name after HELO and EHLO; the address after MAIL FROM and RCPT TO, without
   * brackets and parameters. "" where it is absent or empty (the null sender).
   */
  readonly argument: string;
}

/** RFC 5321 4.5.3.1.4 allows 512 with the line's end. */
const maxLineLength = 512;
/** A client that pipelines sends more at once (RFC 2920); the first say enough. */
const maxCommands = 16;

/**
 * Reads the commands in a payload that a mail client sent. Lines that are no command of these are
 * passed over; a last line without its end is read as far as it goes.
 */
export function parseSmtp(bytes: Uint8Array, offset: number, length: number): readonly SmtpCommand[] {
  const commands: SmtpCommand[] = [];
  const end = offset + length;
  let at = offset;
  while (at < end && commands.length < maxCommands) {
    let lineEnd = at;
    while (lineEnd < end && readByte(bytes, lineEnd) !== 0x0a) lineEnd += 1;
    const command = parseLine(readLine(bytes, at, Math.min(lineEnd, at + maxLineLength)));
    if (command === null && commands.length === 0) return commands;
    if (command !== null) commands.push(command);
    at = lineEnd + 1;
  }
  return commands;
}

function readLine(bytes: Uint8Array, from: number, to: number): string {
  let line = "";
  for (let index = from; index < to; index += 1) {
    const code = readByte(bytes, index);
    line += code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : code === 0x0d ? "" : "?";
  }
  return line;
}

function parseLine(line: string): SmtpCommand | null {
  const greeting = /^(helo|ehlo)(?: +(\S*)|$)/i.exec(line);
  if (greeting !== null) {
    return { verb: lower(greeting[1]) === "helo" ? "helo" : "ehlo", argument: lower(greeting[2]) };
  }
  // Some clients put blanks where RFC 5321 allows none.
  const envelope = /^(mail from|rcpt to) *: *(?:<([^>]*)>?|(\S*))/i.exec(line);
  if (envelope === null) return null;
  return {
    verb: lower(envelope[1]) === "mail from" ? "mail" : "rcpt",
    argument: lower(envelope[2] ?? envelope[3]).trim(),
  };
}

function lower(text: string | undefined): string {
  return (text ?? "").toLowerCase();
}
