import { AnswerStatus, selfTestKind, SelfTest, Time, UploadReceipt } from "@cordon/contract";
import { Type, type Static } from "typebox";

/** What a person may ask a box. Kinds that need more than a session have routes of their own. */
export const AskBody = Type.Object({
  kind: Type.Literal(selfTestKind),
  /** How long an answer is waited for, in milliseconds; default 30,000. */
  patienceMs: Type.Optional(Type.Integer({ minimum: 1_000, maximum: 600_000 })),
});
export type AskBody = Static<typeof AskBody>;

/** An ask, and what became of it. */
export const AskView = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  author: Type.String(),
  askedAt: Time,
  deadline: Time,
  status: Type.Union([Type.Literal("open"), AnswerStatus]),
  answeredAt: Type.Union([Time, Type.Null()]),
  /** Why it is not `done`; null where it is, or is not over yet. */
  code: Type.Union([Type.String(), Type.Null()]),
  text: Type.Union([Type.String(), Type.Null()]),
  /** The answer, where it was small; of a self-test its findings. */
  body: Type.Union([SelfTest, Type.Unknown(), Type.Null()]),
  /** What can be fetched at `…/upload`, where it was large; else null. */
  upload: Type.Union([UploadReceipt, Type.Null()]),
});
export type AskView = Static<typeof AskView>;

/** How long an answer is waited for within the request. */
export const AskQuestion = Type.Object({
  /** Milliseconds; 0, the default, gives the state of now. */
  waitMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 25_000 })),
});
