/** The composition root: joins the application to this browser's network, clock and page. */
import { createApi } from "./api/api.ts";
import { CordonApp } from "./app/cordon-app.ts";
import { timeWords } from "./words/time.ts";

// Below this, a difference to the controller's clock is noise of a header that counts seconds.
const noticeableMs = 2000;

let offsetMs = 0;
const api = createApi({
  fetch: (input, init) => fetch(input, init),
  clock: () => Date.now(),
  onClockOffset: (measuredMs) => {
    offsetMs = Math.abs(measuredMs) < noticeableMs ? 0 : measuredMs;
  },
});

const app = new CordonApp();
app.ports = {
  api,
  live: { connect: (url) => new EventSource(url), random: Math.random },
  now: () => Date.now() + offsetMs,
  time: timeWords(),
};
document.body.append(app);
