import assert from "node:assert/strict";
import { test } from "node:test";
import { GatewayExecutor } from "./gateway-executor.ts";
import type { Observed } from "./protocol.ts";

const observed: Observed = {
  at: 1,
  skeleton: "0123456789ab",
  quarantined: [],
  vectors: [],
  handedUp: {},
  heldBack: {},
};

function aGateway(routing: { isInForce: boolean; isMended: boolean }) {
  const order: string[] = [];
  const gateway = new GatewayExecutor({
    executor: {
      start: async () => void order.push("containment"),
      observe: () => Promise.resolve(observed),
      apply: () => Promise.resolve({ observed, refused: [] }),
      selfCheck: () => Promise.resolve(),
      openRemedies: () => Promise.resolve({ used: [], refused: [] }),
    },
    routing: {
      start: async () => void order.push("forwarding"),
      isInForce: () => Promise.resolve(routing.isInForce),
      check: () => Promise.resolve(routing.isMended),
    },
    monotonic: () => 0,
    log: () => undefined,
  });
  return { gateway, order };
}

test("forwarding begins after the containments are in force", async () => {
  const { gateway, order } = aGateway({ isInForce: true, isMended: false });
  await gateway.start();
  assert.deepEqual(order, ["containment", "forwarding"]);
});

test("a containment counts as held only while the table of what is forwarded is in force too", async () => {
  const whole = aGateway({ isInForce: true, isMended: false }).gateway;
  assert.equal((await whole.observe()).skeleton, observed.skeleton);
  const half = aGateway({ isInForce: false, isMended: false }).gateway;
  assert.equal((await half.observe()).skeleton, null);
  assert.equal((await half.apply([])).observed.skeleton, null);
});

test("a table that had to be put back is said", async () => {
  const { gateway } = aGateway({ isInForce: true, isMended: true });
  assert.deepEqual((await gateway.observe()).troubles, []);
  await gateway.selfCheck();
  assert.deepEqual(
    (await gateway.observe()).troubles?.map(({ code }) => code),
    ["routing-restored"],
  );
});
