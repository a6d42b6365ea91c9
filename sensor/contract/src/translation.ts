import { Type, type Static } from "typebox";
import { Mac, Time } from "./words.ts";

const Address = Type.String({ minLength: 2, maxLength: 45 });
const Port = Type.Integer({ minimum: 0, maximum: 65535 });

/** How many translations one notice may carry. */
export const maxTranslations = 200;

/** One connection that a gateway translated: who is behind the outside address and port. */
export const Translation = Type.Object({
  /** Names it among those of its sensor, in what is said of its beginning and of its end. */
  id: Type.String({ minLength: 1, maxLength: 64 }),
  change: Type.Union([Type.Literal("begun"), Type.Literal("ended")]),
  /** When it began, or ended. */
  at: Time,
  protocol: Type.String({ maxLength: 16 }),
  /** The machine that had the inside address then; null where nobody was known by it. */
  host: Type.Union([Mac, Type.Null()]),
  insideAddress: Address,
  /** Ports are null where the protocol has none. */
  insidePort: Type.Union([Port, Type.Null()]),
  /** As the Internet sees it. */
  outsideAddress: Address,
  outsidePort: Type.Union([Port, Type.Null()]),
  remoteAddress: Address,
  remotePort: Type.Union([Port, Type.Null()]),
});
export type Translation = Static<typeof Translation>;
