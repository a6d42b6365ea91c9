import { NoAnswerError, RefusedError } from "../api/ui-error.ts";
import { sentence } from "../words/host.ts";
import { msg } from "../language/message.ts";

/** An error as a person reads it: what failed with its cause, and the next step. */
export interface Trouble {
  readonly code: string;
  readonly cause: string;
  readonly next: string;
}

/** Words for what a call threw; what is not ours is a defect and says so. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof NoAnswerError) {
    return {
      code: error.code,
      cause: msg`The controller does not answer.`,
      next: msg`Next: look whether it runs and whether this machine reaches it. This page tries again by itself.`,
    };
  }
  if (error instanceof RefusedError) {
    return { code: error.code, cause: sentence(error.message), next: nextStep(error) };
  }
  if (error instanceof Error && /^(NotAllowed|Abort)Error$/.test(error.name)) {
    return {
      code: "cancelled",
      cause: msg`Nothing was signed.`,
      next: msg`Next: try again, and confirm it on the device.`,
    };
  }
  return {
    code: "defect",
    cause: msg`This page has a defect: ${error instanceof Error ? error.message : String(error)}.`,
    next: msg`Next: load it anew.`,
  };
}

/** Detail says what exactly is wrong with the input; for the rest the status decides what to do. */
function nextStep({ status, code, detail }: RefusedError): string {
  if (code === "bad-sign-in") return msg`Next: try again with the code that the app shows now; a code counts once.`;
  if (code === "bad-pin") return msg`Next: read it again on the label; after five wrong ones this phone waits.`;
  if (code === "pin-busy") return msg`Next: wait a minute, and type it once more.`;
  if (code === "pin-locked") return msg`Next: wait; ${detail}.`;
  if (code === "not-at-box" || code === "not-delegated") return msg`Next: do it there when the line returns.`;
  if (code === "account-locked") return msg`Next: wait a quarter of an hour, or have a link made at the terminal.`;
  if (code === "bad-invitation") return sentence(msg`Next: ${detail}`);
  if (code === "name-taken") return msg`Next: choose another name.`;
  if (code === "bad-login-link") return msg`Next: ${detail}.`;
  switch (status) {
    case 401:
      return msg`Next: sign in with a new link.`;
    case 404:
      return msg`Next: go back to the site; it may have been taken away.`;
    case 409:
      return msg`Next: close this and look at the machine’s page, it has changed.`;
    case 429:
      return msg`Next: wait a minute, then try again.`;
  }
  if (status >= 500) return msg`Next: try again; if it stays, look at the controller’s log.`;
  return detail === "" ? msg`Next: change what you asked for.` : sentence(detail);
}
