import assert from "node:assert/strict";
import { sign } from "node:crypto";
import { suite, test } from "node:test";
import { delegationBytes, type Delegation } from "@cordon/contract";
import { aSigner, issuedAt, type TestSigner } from "../link/a-desired.ts";
import { signersFrom } from "../link/desired.ts";
import { acceptDelegation, type HeldDelegation } from "./delegation.ts";
import { isOwnCentre } from "./centre-phase.ts";
import { addressNow, listenPlaceOf } from "./listen-address.ts";

const [controller, stranger, box] = [aSigner(), aSigner(), aSigner()];

function aDelegation(changes: Partial<Delegation> = {}): Delegation {
  return {
    ...{ version: 3, sensor: "box-1", site: "office", key: box.pem, may: ["contain"] },
    ...{ issuedAt, notAfter: issuedAt + 1000 },
    ...changes,
  };
}

function signed(by: TestSigner, delegation: Delegation, bytes = delegationBytes): string {
  const text = JSON.stringify(delegation);
  const signature = sign(null, Buffer.from(bytes(text)), by.privateKey).toString("base64");
  return JSON.stringify({ delegation: text, signature, keyId: by.keyId });
}

function ruling(payload: string, current: HeldDelegation | null = null) {
  const signers = signersFrom([controller.pem]);
  return acceptDelegation(payload, { sensorId: "box-1", siteId: "office", signers, ownKey: box.pem, current });
}

const codeOf = (payload: string, current: HeldDelegation | null = null) => {
  const { ok, ...rest } = ruling(payload, current);
  return ok ? "taken" : (rest as { code: string }).code;
};

suite("what is delegated", () => {
  for (const { name, payload, code } of [
    { name: "is taken from the controller", payload: signed(controller, aDelegation()), code: "taken" },
    { name: "not from a stranger", payload: signed(stranger, aDelegation()), code: "delegation-by-stranger" },
    {
      name: "not by a signature that could stand under a document",
      payload: signed(controller, aDelegation(), (text) => text),
      code: "delegation-by-stranger",
    },
    {
      name: "not for another sensor",
      payload: signed(controller, aDelegation({ sensor: "box-2" })),
      code: "delegation-for-other",
    },
    {
      name: "not for another site",
      payload: signed(controller, aDelegation({ site: "x" })),
      code: "delegation-for-other",
    },
    {
      name: "not for a key that is not here",
      payload: signed(controller, aDelegation({ key: stranger.pem })),
      code: "delegation-for-other",
    },
    { name: "not where it makes no sense", payload: "{", code: "delegation-malformed" },
  ]) {
    test(name, () => assert.equal(codeOf(payload), code));
  }

  test("what was taken back is not given again by the message that gave it", () => {
    const given = signed(controller, aDelegation());
    const back = ruling(signed(controller, aDelegation({ may: [], issuedAt: issuedAt + 5 })));
    assert.ok(back.ok);
    assert.equal(codeOf(given, back.held), "delegation-older");
    assert.equal(codeOf(signed(controller, aDelegation({ issuedAt: issuedAt + 9 })), back.held), "taken");
  });
});

test("a box is its own centre without a controller for two minutes, or while somebody uses it", () => {
  const times = { awayMs: 120_000, idleMs: 600_000 };
  const is = (awaySince: number | null, usedAt: number | null) => isOwnCentre({ awaySince, usedAt }, times, 1_000_000);
  assert.deepEqual(
    [is(null, null), is(880_001, null), is(880_000, null), is(null, 400_001), is(null, 400_000)],
    [false, false, true, true, false],
  );
});

test("its address is one of one interface", () => {
  const now = (text: string) => addressNow(listenPlaceOf(text));
  assert.deepEqual(now("10.99.0.1:8420"), { host: "10.99.0.1", port: 8420 });
  assert.deepEqual(now("[fd00::1]:80"), { host: "fd00::1", port: 80 });
  assert.deepEqual(now("lo:8420"), { host: "127.0.0.1", port: 8420 });
  assert.equal(now("mgmt7:8420"), null, "until it has an address");
  for (const wrong of ["0.0.0.0:80", "[::]:80", "[eth0]:80", "10.0.0.1", "10.0.0.1:70000"]) {
    assert.throws(() => listenPlaceOf(wrong), { code: "address-invalid" }, wrong);
  }
});
