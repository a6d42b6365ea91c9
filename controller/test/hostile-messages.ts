/** What no sensor of ours would send, by a seed: payloads that make no sense, topics of others, and bytes that are no MQTT. */
import { readFileSync } from "node:fs";
import {
  maxAnswerBytes,
  parseAnswer,
  parseHello,
  parseNotices,
  parsePresence,
  parsePulse,
  parseReported,
  parseWalk,
  upChannels,
  type Parsed,
  type UpChannel,
} from "@cordon/contract";
import fc from "fast-check";

const kept = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../sensor/contract/test/payloads/${path}.json`, import.meta.url), "utf8"));

const parsers: Readonly<Record<UpChannel, (payload: Buffer) => Parsed<unknown>>> = {
  presence: parsePresence,
  hello: parseHello,
  reported: parseReported,
  notices: parseNotices,
  pulse: parsePulse,
  walk: parseWalk,
};

/** Beyond what each is read up to. */
const tooLarge: Readonly<Record<UpChannel, number>> = {
  presence: 17_000,
  hello: 17_000,
  pulse: 17_000,
  notices: 1_050_000,
  reported: 4_194_305,
  walk: 270_000,
};

const odd = fc.oneof(
  fc.constantFrom(null, -1, 1.5, 1e308, "", "\u0000", "x".repeat(5_000), [], {}, [[[[[[]]]]]], true),
  fc.constantFrom("__proto__", "constructor", "../../etc/passwd", "'; drop table notices; --", "\ud800"),
  fc.jsonValue({ maxDepth: 3 }),
);

/** A message of ours with one thing in it changed, left out or made up. */
function changed(sample: unknown): fc.Arbitrary<Buffer> {
  return fc
    .record({ steps: fc.array(fc.nat(), { minLength: 1, maxLength: 5 }), odd, isLeftOut: fc.boolean() })
    .map(({ steps, odd: value, isLeftOut }) => {
      const copy = structuredClone(sample) as Record<string, unknown>;
      let at = copy;
      let key = "";
      for (const step of steps) {
        const keys = Object.keys(at);
        key = keys[step % Math.max(1, keys.length)] ?? "x";
        const next = at[key];
        if (typeof next !== "object" || next === null || Object.keys(next).length === 0) break;
        if (step !== steps.at(-1)) at = next as Record<string, unknown>;
      }
      if (isLeftOut) delete at[key];
      else at[key] = value;
      return Buffer.from(JSON.stringify(copy));
    });
}

const garbage = fc.oneof(
  fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
  fc.json({ maxDepth: 5 }).map((json) => Buffer.from(json)),
  fc.nat({ max: 20_000 }).map((depth) => Buffer.from("[".repeat(depth))),
);

/** So many of them, always the same for a seed. */
function drawn<T>(from: fc.Arbitrary<T>, count: number, seed: number): T[] {
  return fc.sample(from, { numRuns: count, seed });
}

/** Payloads of a channel that are none, each refused by the contract already. */
export function badPayloads(channel: UpChannel, count: number, seed: number): Buffer[] {
  const samples = (channel === "walk" ? ["v3"] : ["v1", "v2"]).map((version) => kept(`${version}/${channel}`));
  const any = fc.oneof({ weight: 3, arbitrary: fc.oneof(...samples.map(changed)) }, { weight: 1, arbitrary: garbage });
  const bad = any.filter((payload) => !parsers[channel](payload).ok);
  const large = Buffer.alloc(tooLarge[channel], " ");
  return [large, ...drawn(bad, count - 1, seed)];
}

/** Answers that are none. */
export function badAnswers(count: number, seed: number): Buffer[] {
  const any = fc.oneof(changed(kept("v3/answer")), changed(kept("v3/answer-uploaded")), garbage);
  const bad = any.filter((payload) => !parseAnswer(payload).ok);
  return [Buffer.alloc(maxAnswerBytes + 1, " "), ...drawn(bad, count - 1, seed)];
}

const word = fc.stringMatching(/^[a-z0-9-]{1,12}$/);

/** Topics below a sensor's own prefix that nobody knows. */
export function unknownChannels(sensorId: string, count: number, seed: number): string[] {
  const known = new Set<string>([...upChannels, "desired", "stored", "asks", "answers"]);
  const below = fc.array(word, { minLength: 1, maxLength: 3 }).filter(([first]) => !known.has(first ?? ""));
  return drawn(below, count, seed).map((parts) => `v1/sensors/${sensorId}/${parts.join("/")}`);
}

/** Topics that are not a sensor's to publish on. */
export function foreignTopics(sensorId: string, other: string, count: number, seed: number): string[] {
  const from = fc.oneof(
    fc.constantFrom("desired", "stored", "asks/1").map((channel) => `v1/sensors/${sensorId}/${channel}`),
    fc
      .constantFrom(...upChannels, "desired", "stored", "answers/1", "asks/1")
      .map((channel) => `v1/sensors/${other}/${channel}`),
    word.map((name) => `v1/sensors/${sensorId}${name}/notices`),
    fc.constantFrom("v1/sensors", "v2/sensors/x/notices", "$SYS/broker/x", "/", " ", "notices", "v1/sensors//notices"),
    fc.array(word, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/")),
  );
  return drawn(from, count, seed);
}

/** Filters that are not a sensor's to subscribe to. */
export function foreignFilters(sensorId: string, other: string, count: number, seed: number): string[] {
  const from = fc.oneof(
    fc.constantFrom("#", "+/+/+/+", "$SYS/#", "v1/sensors/#", "v1/sensors/+/desired", `v1/sensors/${sensorId}/#`),
    fc
      .constantFrom(...upChannels, "answers/+", "asks/#", "asks/1", "+")
      .map((last) => `v1/sensors/${sensorId}/${last}`),
    fc.constantFrom("desired", "stored", "asks/+").map((last) => `v1/sensors/${other}/${last}`),
    fc.constantFrom("desired", "stored").map((last) => `$share/g/v1/sensors/${sensorId}/${last}`),
    fc.array(word, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/")),
  );
  return drawn(from, count, seed);
}

/** Bytes that are no MQTT packet of a client: kinds that only brokers send, kinds that are none, and texts of other protocols. */
export function noMqtt(count: number, seed: number): Buffer[] {
  const rest = fc.uint8Array({ maxLength: 200 });
  const from = fc.oneof(
    // CONNACK, SUBACK, UNSUBACK, PINGRESP with their flags, and 0 and 15, which are reserved [MQTT-2.2.1].
    fc
      .tuple(fc.constantFrom(0x20, 0x90, 0xb0, 0x00, 0xf0, 0xff), rest)
      .map(([head, body]) => Buffer.from([head, body.length & 0x7f, ...body.subarray(0, body.length & 0x7f)])),
    fc
      .constantFrom("GET / HTTP/1.1\r\nhost: x\r\n\r\n", "EHLO x\r\n", "SSH-2.0-x\r\n", "\u0000".repeat(100))
      .map((text) => Buffer.from(text)),
  );
  return drawn(from, count, seed);
}

/** Requests to the port of uploads that are none of a sensor's. */
export function badRequests(askId: string, count: number, seed: number): string[] {
  const path = fc.oneof(
    fc.constantFrom("/", "/v1/answers/", "/v1/answers/../../etc/passwd", "/api/v1/sites", "/v1/answers/%2e%2e"),
    word.map((name) => `/v1/answers/${name}`),
    fc.constant(`/v1/answers/${askId}`),
  );
  const number = fc.constantFrom("0", "-1", "1e9", "99999999999999999999", "x", "5", "");
  const from = fc
    .record({
      method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"),
      path,
      number,
      other: number,
    })
    .map(({ method, path: where, number: offset, other }) =>
      [
        `${method} ${where} HTTP/1.1`,
        "host: x",
        `upload-offset: ${offset}`,
        `upload-length: ${other}`,
        "content-length: 0",
        "connection: close",
        "",
        "",
      ].join("\r\n"),
    );
  return drawn(from, count, seed);
}
