/** The composition root: joins the application to this browser's network, clock and page. */
import { createApi } from "./api/api.ts";
import { CordonApp } from "./app/cordon-app.ts";
import { Languages } from "./language/languages.ts";
import { formatTag } from "./language/message.ts";
import { timeWords } from "./words/time.ts";

// Below this, a difference to the controller's clock is noise of a header that counts seconds.
const noticeableMs = 2000;

// A page in English is better than none yet.
const languageWaitMs = 1000;

const languageKey = "cordon.language";

let offsetMs = 0;
const api = createApi({
  fetch: (input, init) => fetch(input, init),
  clock: () => Date.now(),
  // Not `randomUUID`, which is there on a page that came by TLS alone.
  newKey: () =>
    [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
  onClockOffset: (measuredMs) => {
    offsetMs = Math.abs(measuredMs) < noticeableMs ? 0 : measuredMs;
  },
});

const languages = new Languages({
  fetch: async (path) => {
    const answer = await fetch(path);
    return answer.ok ? answer.json() : null;
  },
  preferred: navigator.languages,
  remembered: localStorage.getItem(languageKey),
  remember: (language) => localStorage.setItem(languageKey, language),
});
await Promise.race([languages.start(), new Promise((resolve) => setTimeout(resolve, languageWaitMs))]);

const app = new CordonApp();
app.ports = {
  api,
  live: { connect: (url) => new EventSource(url), random: Math.random },
  now: () => Date.now() + offsetMs,
  time: () => timeWords(undefined, formatTag()),
  languages,
};
document.body.append(app);
