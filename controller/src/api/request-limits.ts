import { AttemptLimiter } from "../account/attempt-limiter.ts";
import type { Ambient } from "../ambient.ts";
import { isOwnAddress, sourceOf } from "../broker/source.ts";
import { changes } from "./changing.ts";
import type { Api } from "./parts.ts";
import { ProblemError } from "./problem.ts";

export interface RequestLimits {
  /**
   * Requests of one session or token that only look. Default 1,500 a minute: eight pages that follow a site which changes all
   * the time ask for less.
   */
  readonly looksPerMinute: number;
  /** Those that change something. Default 240 a minute: faster than a person clicks, slow enough for a program that has gone mad. */
  readonly changesPerMinute: number;
}

export const defaultRequestLimits: RequestLimits = { looksPerMinute: 1_500, changesPerMinute: 240 };

const windowMs = 60_000;

/** Bounds what one session or token asks for; of whom nobody knows, what comes from one address. */
export function limitRequests(app: Api, { clock }: Pick<Ambient, "clock">, limits: RequestLimits): void {
  const overall = Number.POSITIVE_INFINITY;
  const looking = new AttemptLimiter(clock, { perSource: limits.looksPerMinute, overall, windowMs });
  const changing = new AttemptLimiter(clock, { perSource: limits.changesPerMinute, overall, windowMs });
  app.addHook("onRequest", async (request, reply) => {
    const source = sourceOf(request.ip);
    // A proxy of this machine that does not say for whom it speaks stands for everybody.
    if (request.session === null && isOwnAddress(source)) return;
    const limiter = changes(request) ? changing : looking;
    if (limiter.begin(request.session?.hash ?? source) !== null) return;
    const waitS = Math.max(1, Math.ceil(limiter.waitMs / 1000));
    reply.header("retry-after", String(waitS));
    throw new ProblemError("too-many-requests", `try again in ${waitS} seconds`);
  });
}
