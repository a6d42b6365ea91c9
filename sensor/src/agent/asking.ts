import {
  lookUpKind,
  maxAnswerAtBoxBytes,
  packetSliceKind,
  selfTestKind,
  walkKind,
  type LookUpAnswer,
  type LookUpQuestion,
} from "@cordon/contract";
import type { Logger } from "pino";
import { SensorError } from "../errors.ts";
import { AskKeeper, type AskHandler } from "../link/ask-keeper.ts";
import type { Dialer } from "../link/dialer.ts";
import type { Identity } from "../link/identity.ts";
import type { Link } from "../link/link.ts";
import { sliceAsk, type SliceAskOptions } from "./slice-ask.ts";
import { lookUpAsk } from "./look-up-ask.ts";
import type { RefusalCounter } from "./refusal-counter.ts";
import { selfTest, type SelfTestOptions } from "./self-test.ts";

export interface AskingOptions {
  readonly dialer: Pick<Dialer, "dial">;
  readonly identity: () => Identity | null;
  readonly bootId: string;
  readonly selfTest: Omit<SelfTestOptions, "now" | "monotonic">;
  /** Answers from the flow log; absent: there is none. */
  readonly lookUp?: (question: LookUpQuestion) => Promise<LookUpAnswer>;
  /** Writes packets of the ring into a file; absent: there is no ring. */
  readonly slice?: SliceAskOptions;
  /** Walks; absent: that is not for this place. */
  readonly walk?: AskHandler;
  readonly link: () => Pick<Link, "publishAnswer">;
  readonly refusals: RefusalCounter;
  readonly log: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  readonly random: () => number;
}

/** What the judging process can be asked, put together. */
export function asking(options: AskingOptions): AskKeeper {
  const { dialer, identity, bootId, lookUp, slice, walk, link, refusals, log, now, monotonic, random } = options;
  return new AskKeeper({
    bootId,
    handlers: {
      [selfTestKind]: selfTest({ ...options.selfTest, now, monotonic }),
      ...(slice === undefined ? {} : { [packetSliceKind]: sliceAsk(slice) }),
      ...(lookUp === undefined ? {} : { [lookUpKind]: lookUpAsk(lookUp) }),
      ...(walk === undefined ? {} : { [walkKind]: walk }),
    },
    lasting: [walkKind],
    publish: (askId, payload, confirmed) => link().publishAnswer(askId, payload, confirmed),
    upload: async (askId, answer, signal) => {
      // Seldom needed, and nothing for the start.
      const { uploadAnswer } = await import("../link/answer-upload.ts");
      return uploadAnswer({ dialer, identity, random }, askId, answer, signal);
    },
    now,
    monotonic,
    onRefused: (code) => refusals.count(code),
    log,
  });
}

export interface AskingAtBoxOptions extends Pick<
  AskingOptions,
  "bootId" | "lookUp" | "walk" | "refusals" | "log" | "now" | "monotonic"
> {
  readonly answer: (askId: string, payload: string) => void;
}

// Room for what is around a body.
const envelopeBytes = 8 * 1024;

/**
 * What the box's own centre may ask while it runs: who had which connection, and whose cable is pulled. Packets are the controller's
 * to ask for, with who has allowed it.
 */
export function askingAtBox(options: AskingAtBoxOptions): AskKeeper {
  const { bootId, lookUp, walk, answer, refusals, log, now, monotonic } = options;
  return new AskKeeper({
    bootId,
    handlers: {
      ...(lookUp === undefined ? {} : { [lookUpKind]: lookUpAsk(lookUp) }),
      ...(walk === undefined ? {} : { [walkKind]: walk }),
    },
    lasting: [walkKind],
    publish(askId, payload, confirmed) {
      answer(askId, payload);
      confirmed();
      return true;
    },
    maxInlineBytes: maxAnswerAtBoxBytes - envelopeBytes,
    upload: () =>
      Promise.reject(new SensorError("answer-too-large", "the answer is larger than goes to the page at once")),
    now,
    monotonic,
    onRefused: (code) => refusals.count(code),
    log,
  });
}
