import { test } from "node:test";
import { namespacesAllowed } from "../../lab/index.ts";
import { retryStorm } from "../../lab/scenarios/retry-storm.ts";
import { playScenario } from "./play-scenario.ts";

const allowed = namespacesAllowed();
const skip = allowed.ok ? false : allowed.reason;

/** An office with nine people at work. */
const seed = 8;

test(
  "nine stations that keep calling three hosts after the firewall's warning page: nobody accused, each ledger says why",
  { skip, timeout: 400_000 },
  (t) => playScenario(t, retryStorm, { seed }),
);
