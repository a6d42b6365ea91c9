import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { namespacesAllowed } from "../../lab/index.ts";
import { retryStormByUs } from "../../lab/scenarios/retry-storm.ts";
import { playScenario } from "./play-scenario.ts";

const allowed = namespacesAllowed();
const isSlowWanted = process.env["CORDON_SLOW_TESTS"] === "1";
// The kernel hands up six calls to a target a minute, and it takes twenty until a storm is called one.
const slow = isSlowWanted ? false : "takes minutes: set CORDON_SLOW_TESTS=1";
const skip = allowed.ok ? slow : allowed.reason;

/** An office with nine people at work. */
const seed = 8;

test(
  "nine stations that keep calling what a person has shut: each ledger names the change that it began with",
  { skip, timeout: 240_000 },
  (t) =>
    playScenario(t, retryStormByUs, {
      seed,
      async meanwhile({ operator }) {
        const { id } = await operator.site();
        // Their programs have got what they wanted by then.
        await delay(12_000);
        await operator.setBarrier(id, "web");
      },
    }),
);
