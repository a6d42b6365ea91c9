/**
 * What a sensor and the controller's program in a process of its own on the same box tell each other, each message as JSON on
 * a line of its own: the same messages as over a broker, and what a broker's certificate and enrolment say elsewhere. Both come
 * with one release, so nothing here has a version. That process serves people and has a user of its own: what it says is checked.
 */
import { Type, type Static } from "typebox";
import { askIdPattern, maxAskBytes } from "./ask.ts";
import type { Delegation } from "./delegation.ts";
import type { SignedDesired } from "./desired.ts";
import type { Credentials, PinHash, SiteProfile } from "./site-profile.ts";
import type { UpChannel } from "./topics.ts";
import { Time } from "./words.ts";

/** From the sensor. */
export type ToCentre =
  | {
      readonly kind: "begin";
      readonly profile: Pick<SiteProfile, "sensor" | "site" | "policy" | "contacts"> & {
        readonly pin: PinHash;
        readonly pages: Credentials;
      };
      /** Where it serves: an address of the management interface. */
      readonly listen: { readonly host: string; readonly port: number };
      /** PEM (PKCS #8) of the box's own key. */
      readonly privateKey: string;
      readonly standing: BoxStanding;
      /** How far the deeds of the centre before were told. */
      readonly deedsUntil: number;
      /** Wrong PINs of the last day, oldest first, that the centres before have told: whoever has it started anew is forgiven nothing. */
      readonly pinFailures: readonly { readonly source: string; readonly at: number }[];
    }
  /** Something of that has changed, or another document is in effect than this centre's own. */
  | { readonly kind: "standing"; readonly standing: BoxStanding }
  /** The answer to an ask of this centre, at most {@link maxAnswerAtBoxBytes}: there is nothing to upload it to. */
  | { readonly kind: "answer"; readonly askId: string; readonly payload: string }
  | { readonly kind: "message"; readonly channel: UpChannel; readonly payload: string };

/** How the box stands to its controller. */
export interface BoxStanding {
  /** Null where nothing was ever delegated. */
  readonly delegation: Pick<Delegation, "may" | "notAfter"> | null;
  /** The document in effect; null where there never was one. */
  readonly held: SignedDesired | null;
  /** Of the controller's document that it goes on from; null likewise. */
  readonly base: SignedDesired | null;
  /** Since when there has been no controller (epoch ms); null while there is one. */
  readonly awaySince: number | null;
}

/** To the sensor. */
export const FromCentre = Type.Union([
  /** It serves, at this address. */
  Type.Object({ kind: Type.Literal("ready"), url: Type.String({ maxLength: 200 }) }),
  /** A signed document, for which the box decides whether it obeys. */
  Type.Object({ kind: Type.Literal("message"), channel: Type.Literal("desired"), payload: Type.String() }),
  /** A question, or its end, as on the topic of an ask. Its answer comes as `answer`, what it finds meanwhile by its channel. */
  Type.Object({
    kind: Type.Literal("ask"),
    askId: Type.String({ pattern: askIdPattern }),
    payload: Type.String({ maxLength: maxAskBytes }),
  }),
  /** Somebody did something. `number` is higher than any before; what is told again has the same. */
  Type.Object({
    kind: Type.Literal("deed"),
    number: Type.Integer({ minimum: 1 }),
    at: Time,
    author: Type.String(),
    action: Type.String(),
    subject: Type.Union([Type.String(), Type.Null()]),
    /** The machine, where it is about one. */
    host: Type.Union([Type.String(), Type.Null()]),
    detail: Type.String(),
  }),
  /** A PIN was wrong that came from there (an address, or the first half of one by IPv6). */
  Type.Object({ kind: Type.Literal("wrong-pin"), source: Type.String({ maxLength: 64 }), at: Time }),
  /** A person is there. */
  Type.Object({ kind: Type.Literal("used") }),
]);
export type FromCentre = Static<typeof FromCentre>;

/** Bytes of an answer as JSON that goes over: as many connections as a look-up may tell of, in the longest words. */
export const maxAnswerAtBoxBytes = 1024 * 1024;

/** A message as it goes over. */
export function centreLine(message: ToCentre | FromCentre): string {
  return `${JSON.stringify(message)}\n`;
}

/** Cuts what comes over into lines. */
export class CentreLines {
  readonly #maxChars: number;
  readonly #onLine: (line: string) => void;
  #chunks: string[] = [];
  #chars = 0;

  /** @param maxChars of one line; whoever writes more is broken or hostile */
  constructor(maxChars: number, onLine: (line: string) => void) {
    this.#maxChars = maxChars;
    this.#onLine = onLine;
  }

  /** Takes the next piece; false means that nothing can be understood from here on. */
  push(text: string): boolean {
    const [first = "", ...others] = text.split("\n");
    this.#add(first);
    for (const piece of others) {
      if (this.#chars > this.#maxChars) return false;
      this.#onLine(this.#chunks.join(""));
      this.#chunks = [];
      this.#chars = 0;
      this.#add(piece);
    }
    return this.#chars <= this.#maxChars;
  }

  #add(piece: string): void {
    if (piece === "") return;
    this.#chunks.push(piece);
    this.#chars += piece.length;
  }
}
