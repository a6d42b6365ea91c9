import { Type, type Static } from "typebox";
import { BootId, Time } from "./words.ts";

/**
 * An ask: something the controller wants to know now. It goes down as a message of its own, is answered once, and is
 * nobody's state: what is to hold is in the desired document. Topics: `asks/<askId>` and `answers/<askId>`.
 */

/** An ask's identifier as it stands in topics: chosen by the controller, never used again. */
export const askIdPattern = "^[a-z0-9][a-z0-9-]{0,63}$";

const AskId = Type.String({ pattern: askIdPattern });

/** A kind of ask: kebab case. */
const askKindPattern = "^[a-z][a-z0-9-]{0,31}$";

/** How `hello` says that a sensor takes asks; which kinds it knows, its answers tell. */
export const takesAsks = "asks";

/** Bytes of an ask as JSON. */
export const maxAskBytes = 64 * 1024;

/** Bytes of an answer's body as JSON that travel through the broker; whatever is larger is uploaded. */
export const maxInlineAnswerBytes = 256 * 1024;

/** Bytes of an answer as JSON: the body with what is around it. */
export const maxAnswerBytes = maxInlineAnswerBytes + 8 * 1024;

/** Bytes of an upload, where the ask allows no less. */
export const maxUploadBytes = 256 * 1024 * 1024;

/** A question for one sensor. */
export const Ask = Type.Object({
  version: Type.Integer(),
  id: AskId,
  /** What is asked: `self-test`, …. One that the sensor does not know is answered as `refused`, code `unknown-kind`. */
  kind: Type.String({ pattern: askKindPattern }),
  /** Its parameters; what they are depends on the kind. */
  question: Type.Record(Type.String({ maxLength: 64 }), Type.Unknown()),
  /** When this message was sent, by the controller's clock; one that is sent again says so. */
  sentAt: Time,
  /**
   * Until when somebody waits, by the same clock. The box's may be wrong, so it counts the time between the two from the
   * moment the ask arrives; after it an answer is `expired`.
   */
  deadline: Time,
  /** The most that the answer's upload may hold, in bytes; absent means {@link maxUploadBytes}. */
  maxUploadBytes: Type.Optional(Type.Integer({ minimum: 0 })),
});
export type Ask = Static<typeof Ask>;

/** Ends an ask that runs or waits; it is answered as `cancelled`, unless its answer is on its way already. */
export const AskCancel = Type.Object({
  version: Type.Integer(),
  id: AskId,
  cancel: Type.Literal(true),
});
export type AskCancel = Static<typeof AskCancel>;

/** A message on the topic `asks/<askId>`. */
export const AskMessage = Type.Union([AskCancel, Ask]);
export type AskMessage = Static<typeof AskMessage>;

/** What lies at the controller after an upload. */
export const UploadReceipt = Type.Object({
  sizeBytes: Type.Integer({ minimum: 0 }),
  /** SHA-256 of all of it, in lower-case hex. */
  sha256: Type.String({ pattern: "^[0-9a-f]{64}$" }),
  /** A media type: `application/json` where a body was only too large to travel inline. */
  contentType: Type.String({ pattern: "^[a-z0-9.+-]{1,64}/[a-z0-9.+-]{1,64}$" }),
});
export type UploadReceipt = Static<typeof UploadReceipt>;

/** How an ask ended. */
export const AnswerStatus = Type.Union([
  Type.Literal("done"),
  /** It was tried and did not work out. */
  Type.Literal("failed"),
  /** It was not tried: the kind is unknown, the question makes no sense or is not allowed, or too much runs already. */
  Type.Literal("refused"),
  /** Its time was over first. */
  Type.Literal("expired"),
  Type.Literal("cancelled"),
]);
export type AnswerStatus = Static<typeof AnswerStatus>;

/** The one answer to an ask. It may come twice; both say the same. */
export const Answer = Type.Object({
  version: Type.Integer(),
  id: AskId,
  bootId: BootId,
  at: Time,
  status: AnswerStatus,
  /** What was asked for, at most {@link maxInlineAnswerBytes} as JSON. Absent where `upload` is there, and unless `done`. */
  body: Type.Optional(Type.Unknown()),
  /** Where the answer was uploaded before this was sent; absent where it is in `body`. */
  upload: Type.Optional(UploadReceipt),
  /** Why not, stable and in kebab case: `unknown-kind`, `bad-question`, `too-many-asks`, …; absent where `done`. */
  code: Type.Optional(Type.String({ maxLength: 64 })),
  /** The same for a person. */
  text: Type.Optional(Type.String({ maxLength: 400 })),
});
export type Answer = Static<typeof Answer>;

/**
 * Where an answer is uploaded: on the broker's own port, by HTTP/1.1 over TLS with the sensor's certificate, told from
 * MQTT by ALPN (`http/1.1`). `HEAD` gives how much is there in the header `upload-offset`; `PATCH` with `upload-offset`
 * and `upload-length` (of all of it) appends, and answers with the new offset, or with 409 and the right one. With the
 * last byte comes `repr-digest: sha-256=:<base64>:` (RFC 9530); where it does not fit, all is thrown away and 422 given.
 */
export function uploadPath(askId: string): string {
  return `/v1/answers/${askId}`;
}
