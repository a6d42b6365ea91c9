/** Requests to an open ask's upload that no sensor of ours would send, by a seed, each with what it is to be counted as. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { uploadPath } from "@cordon/contract";

export interface HostileUpload {
  readonly kind: string;
  readonly reason: string;
  /** Who sends it: the sensor that was asked, or another. */
  readonly from: "asked" | "other";
  readonly bytes: Buffer;
  /** Whether the sender hangs up in the middle; else he waits for the end. */
  readonly breaksOff?: boolean;
  /** What must have come before, in a request of its own: the first part of an upload. */
  readonly first?: Buffer;
}

const digestOf = (body: Buffer) => `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;

function request(method: string, path: string, headers: readonly string[], body: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([
    Buffer.from([`${method} ${path} HTTP/1.1`, "host: x", "connection: close", ...headers, "", ""].join("\r\n")),
    body,
  ]);
}

const body = fc.uint8Array({ minLength: 1, maxLength: 3_000 }).map((bytes) => Buffer.from(bytes));
const sizes = (offset: string | number, whole: string | number, length: number) => [
  `upload-offset: ${offset}`,
  `upload-length: ${whole}`,
  `content-length: ${length}`,
];
const fitting = (bytes: Buffer) => [...sizes(0, bytes.length, bytes.length), `repr-digest: ${digestOf(bytes)}`];
const noNumber = fc.constantFrom("-1", "1e3", "0x10", "", "x", "1.5", "9".repeat(16), "+1", "1 2", "٣");
const name = fc.stringMatching(/^[a-z0-9]{1,32}$/);

/** By kind; the path is that of an open ask wherever the kind is about something else. */
function kinds(askId: string, maxBytes: number): Readonly<Record<string, fc.Arbitrary<Omit<HostileUpload, "kind">>>> {
  const path = uploadPath(askId);
  const of = (reason: string, bytes: Buffer, more: Partial<HostileUpload> = {}) => ({
    ...{ reason, bytes, from: "asked" as const },
    ...more,
  });
  return {
    "another sensor's": body.map((bytes) =>
      of("upload-unknown-ask", request("PATCH", path, fitting(bytes), bytes), { from: "other" }),
    ),
    "of nothing that was asked": fc
      .tuple(name, body)
      .filter(([id]) => id !== askId)
      .map(([id, bytes]) => of("upload-unknown-ask", request("PATCH", uploadPath(id), fitting(bytes), bytes))),
    "by another method, or elsewhere": fc
      .record({
        method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND"),
        at: fc.oneof(
          fc.constant(path),
          fc.constantFrom("/", "/v1/answers/", "/api/v1/sites", "/v1/answers/..%2f..%2fx"),
        ),
      })
      .map(({ method, at }) => of("upload-malformed", request(method, at, ["content-length: 0"]))),
    "a path that climbs": fc
      .constantFrom(
        "../../etc/passwd",
        "%2e%2e",
        `${askId}/../x`,
        `${askId}?x=1`,
        `${askId}#x`,
        "a/b",
        `/${askId}`,
        `${askId}%00`,
      )
      .map((at) => of("upload-malformed", request("PATCH", uploadPath(at), sizes(0, 5, 0)))),
    "from a wrong offset": fc
      .tuple(fc.integer({ min: 1, max: 1_000 }), body)
      .map(([offset, bytes]) =>
        of("upload-wrong-offset", request("PATCH", path, sizes(offset, maxBytes, bytes.length), bytes)),
      ),
    "numbers that are none": fc
      .tuple(noNumber, noNumber, fc.integer({ min: 0, max: 2 }))
      .map(([offset, whole, which]) =>
        of("upload-malformed", request("PATCH", path, sizes(which === 1 ? 0 : offset, which === 0 ? 9 : whole, 0))),
      ),
    "numbers that are missing, or there twice": fc
      .tuple(fc.subarray(["upload-offset: 0", "upload-length: 9"], { maxLength: 1 }), fc.boolean())
      .map(([given, isTwice]) =>
        of("upload-malformed", request("PATCH", path, [...given, ...(isTwice ? given : []), "content-length: 0"])),
      ),
    "more in a part than in all": fc
      .tuple(body, fc.integer({ min: 1, max: 500 }))
      .map(([bytes, more]) =>
        of("upload-malformed", request("PATCH", path, sizes(more, bytes.length, bytes.length), bytes)),
      ),
    "larger than may be": fc
      .tuple(fc.constantFrom(maxBytes + 1, maxBytes * 2, 999_999_999_999_999), body)
      .map(([whole, bytes]) => of("upload-too-large", request("PATCH", path, sizes(0, whole, bytes.length), bytes))),
    "of another digest": fc
      .tuple(body, body)
      .filter(([one, other]) => !one.equals(other))
      .map(([one, other]) =>
        of(
          "upload-damaged",
          request("PATCH", path, [...sizes(0, one.length, one.length), `repr-digest: ${digestOf(other)}`], one),
        ),
      ),
    "of no digest": fc
      .tuple(body, fc.constantFrom("", "sha-256=x", "md5=:AAAA:", "sha-256=::", `sha-256=:${"A".repeat(44)}:`))
      .map(([bytes, digest]) =>
        of(
          "upload-malformed",
          request("PATCH", path, [...sizes(0, bytes.length, bytes.length), `repr-digest: ${digest}`], bytes),
        ),
      ),
    "called something else": fc
      .tuple(
        body,
        fc.oneof(
          fc
            .constantFrom("text/html", "application/json", "multipart/form-data; boundary=x")
            .map((type) => `content-type: ${type}`),
          fc.constantFrom("gzip", "br", "identity, gzip").map((encoding) => `content-encoding: ${encoding}`),
        ),
      )
      .map(([bytes, header]) => of("upload-wrong-type", request("PATCH", path, [...fitting(bytes), header], bytes))),
    "another length in the middle": fc.tuple(body, fc.integer({ min: 1, max: 1_000 })).map(([bytes, more]) => {
      const whole = bytes.length + 10;
      return of(
        "upload-length-changed",
        request("PATCH", path, sizes(bytes.length, whole + more, 1), Buffer.from("x")),
        { first: request("PATCH", path, [...sizes(0, whole, bytes.length), "connection: close"], bytes) },
      );
    }),
    "broken off": fc.tuple(body, fc.integer({ min: 1, max: 5_000 })).map(([bytes, more]) =>
      of("upload-broken-off", request("PATCH", path, sizes(0, 9_000, bytes.length + more), bytes), {
        breaksOff: true,
      }),
    ),
    "no HTTP": fc
      .oneof(
        // Two lengths, two framings, or lines that two readers would read differently (RFC 9112 11.2).
        fc.constantFrom(
          `PATCH ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello`,
          `PATCH ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
          `PATCH ${path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n`,
          `PATCH ${path} HTTP/1.1\r\nhost: x\r\ncontent-length : 5\r\n\r\nhello`,
          `PATCH ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\nhello`,
          `PATCH ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 5\u0000\r\n\r\nhello`,
          `PATCH ${path} HTTP/1.1\r\nhost: x\r\nup\u0001load: 5\r\n\r\n`,
          `PATCH ${path} HTTP/9.9\r\nhost: x\r\n\r\n`,
          `PATCH  ${path} HTTP/1.1\r\nhost: x\r\n\r\n`,
          `patch ${path} HTTP/1.1\r\nhost: x\r\n\r\n`,
          `CONNECT ${path} HTTP/1.1\r\nhost: x\r\n\r\n`,
          `PATCH ${path} HTTP/1.1\r\nhost: x\r\nexpect: wonders\r\ncontent-length: 0\r\n\r\n`,
          `PATCH ${path} HTTP/1.1\r\ncontent-length: 0\r\n\r\n`,
          "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
          "\u0016\u0003\u0001\u0000\u0005hello\r\n\r\n",
        ),
        fc
          .integer({ min: 5_000, max: 9_000 })
          .map((length) => `PATCH ${path} HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(length)}\r\n\r\n`),
        fc.stringMatching(/^[!-~]{1,40}$/).map((line) => `${line}\r\n\r\n`),
      )
      .map((text) => of("upload-malformed", Buffer.from(text, "latin1"))),
    "in chunks": body.map((bytes) => {
      const head = request("PATCH", path, [
        "upload-offset: 0",
        `upload-length: ${bytes.length}`,
        "transfer-encoding: chunked",
      ]);
      const chunk = Buffer.concat([
        Buffer.from(`${bytes.length.toString(16)}\r\n`),
        bytes,
        Buffer.from("\r\n0\r\n\r\n"),
      ]);
      return of("upload-malformed", Buffer.concat([head, chunk]));
    }),
  };
}

/** So many of each kind. */
export function hostileUploads(askId: string, maxBytes: number, ofEach: number, seed: number): HostileUpload[] {
  return Object.entries(kinds(askId, maxBytes)).flatMap(([kind, from], index) =>
    fc.sample(from, { numRuns: ofEach, seed: seed + index }).map((one) => ({ kind, ...one })),
  );
}
