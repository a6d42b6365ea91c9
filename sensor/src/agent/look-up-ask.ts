import { parseLookUpQuestion, type LookUpAnswer, type LookUpQuestion } from "@cordon/contract";
import type { AskHandler } from "../link/ask-keeper.ts";

/** Answers `look-up` from the flow log. */
export function lookUpAsk(lookUp: (question: LookUpQuestion) => Promise<LookUpAnswer>): AskHandler {
  return async (asked) => {
    const question = parseLookUpQuestion(JSON.stringify(asked));
    if (!question.ok) {
      return {
        status: "refused",
        code: "bad-question",
        text: `That is no question to the flow log: ${question.error}.`,
      };
    }
    return { status: "done", body: await lookUp(question.value) };
  };
}
