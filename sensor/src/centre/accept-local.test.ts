import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { pinAuthor, type Barrier, type Delegation, type DesiredDocument } from "@cordon/contract";
import fc from "fast-check";
import { aContainment, aDocument, aSigner, issuedAt, signedBy } from "../link/a-desired.ts";
import { signersFrom } from "../link/desired.ts";
import { acceptLocal } from "./accept-local.ts";
import { scopeFault } from "./local-scope.ts";

const notAfter = issuedAt + 3 * 86_400_000;
const [boxKey, stranger] = [aSigner(), aSigner()];
const [ownKey] = signersFrom([boxKey.pem]);
assert.ok(ownKey !== undefined);

const base = aDocument({ containments: [aContainment({ id: "c1" }), aContainment({ id: "c2" })], policy: "guard" });
const cut = aContainment({ id: "n1", host: "02:00:00:00:00:09", author: pinAuthor, expiresAt: notAfter });
const named = { epoch: base.epoch, revision: base.revision, issuedAt: base.issuedAt };

/** What somebody at the box asked, on top of the base. */
function own(changes: Partial<DesiredDocument> = {}, ended: readonly string[] = []): DesiredDocument {
  const local = { base: named, ended: [...ended] };
  return { ...base, revision: base.revision + 1, issuedAt: issuedAt + 1, local, ...changes };
}

function delegation(changes: Partial<Delegation> = {}): Delegation {
  return {
    ...{ version: 3, sensor: "box-1", site: "office", key: boxKey.pem, issuedAt, notAfter },
    may: ["contain", "release", "barriers", "areas", "line"],
    ...changes,
  };
}

function codeOf(
  document: DesiredDocument,
  given: Delegation | null = delegation(),
  more: { now?: number; by?: typeof boxKey } = {},
) {
  const { now = issuedAt + 10, by = boxKey } = more;
  const current = { document: base, signed: { document: "", signature: "", keyId: "" } };
  const context = { sensorId: "box-1", siteId: "office", ownKey: ownKey as NonNullable<typeof ownKey> };
  const acceptance = acceptLocal(signedBy(by, document), { ...context, delegation: given, current, base, now });
  return acceptance.ok ? "adopted" : acceptance.code;
}

const barrier: Barrier = {
  ...{ id: "b1", reason: "a worm", author: pinAuthor, startsAt: issuedAt, expiresAt: notAfter },
  way: "smb",
  mode: "enforce",
  area: null,
  exceptions: [],
};

suite("a box obeys itself", () => {
  for (const { name, document, given, now, by, code } of [
    { name: "in a cut", document: own({ containments: [...base.containments, cut] }), code: "adopted" },
    {
      name: "in a release that says so",
      document: own({ containments: [aContainment({ id: "c1" })] }, ["c2"]),
      code: "adopted",
    },
    { name: "in a barrier", document: own({ barriers: [barrier] }), code: "adopted" },
    {
      name: "not in a release that is left unsaid",
      document: own({ containments: [aContainment({ id: "c1" })] }),
      code: "beyond-delegation",
    },
    { name: "not in another policy", document: own({ policy: "contain" }), code: "beyond-delegation" },
    {
      name: "not in whole packets",
      document: own({
        recording: {
          authorisations: [{ id: "r1", by: "x", role: "owner", date: issuedAt, scope: "all", until: notAfter }],
        } as never,
      }),
      // Whatever the shape, it is none that the controller gave.
      code: "malformed",
    },
    {
      name: "not in what outlasts the delegation",
      document: own({ containments: [...base.containments, { ...cut, expiresAt: notAfter + 1 }] }),
      code: "beyond-delegation",
    },
    {
      name: "not in what never ends",
      document: own({ containments: [...base.containments, { ...cut, expiresAt: null }] }),
      code: "beyond-delegation",
    },
    {
      name: "not in somebody else's name",
      document: own({ containments: [...base.containments, { ...cut, author: "operator" }] }),
      code: "beyond-delegation",
    },
    {
      name: "not in a change of what the controller wished",
      document: own({ containments: [aContainment({ id: "c1", host: cut.host }), aContainment({ id: "c2" })] }),
      code: "beyond-delegation",
    },
    {
      name: "not in a word that was not given",
      document: own({ barriers: [barrier] }),
      given: delegation({ may: ["contain", "release"] }),
      code: "beyond-delegation",
    },
    { name: "not once the delegation is over", document: own(), now: notAfter + 1, code: "delegation-over" },
    { name: "not once it was taken back", document: own(), given: delegation({ may: [] }), code: "not-delegated" },
    { name: "not where nothing was delegated", document: own(), given: null, code: "not-delegated" },
    {
      name: "not by another key",
      document: own({ containments: [...base.containments, cut] }),
      by: stranger,
      code: "unknown-signer",
    },
    {
      name: "not on another document than the controller's last",
      document: own({ local: { base: { ...named, revision: 1 }, ended: [] } }),
      code: "other-base",
    },
  ] as readonly {
    name: string;
    document: DesiredDocument;
    given?: Delegation | null;
    now?: number;
    by?: typeof boxKey;
    code: string;
  }[]) {
    test(name, () => {
      const more = { ...(now === undefined ? {} : { now }), ...(by === undefined ? {} : { by }) };
      assert.equal(codeOf(document, given === undefined ? delegation() : given, more), code);
    });
  }

  test("whatever it takes, what is not delegated stays as the controller wished it", () => {
    const wishes = fc.array(
      fc.record({
        id: fc.constantFrom("c1", "c2", "n1", "n2"),
        author: fc.constantFrom(pinAuthor, "operator"),
        expiresAt: fc.constantFrom(null, notAfter - 1, notAfter, notAfter + 1),
      }),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(wishes, fc.subarray(["c1", "c2"]), fc.constantFrom("guard", "contain"), (drawn, ended, policy) => {
        const unique = [...new Map(drawn.map((each) => [each.id, each])).values()];
        const document = own({ policy, containments: unique.map((each) => aContainment(each)) }, ended);
        if (scopeFault(base, document, delegation(), issuedAt) !== null) return;
        assert.equal(document.policy, base.policy);
        for (const old of base.containments) {
          const now = document.containments.find(({ id }) => id === old.id);
          if (now === undefined) assert.ok(ended.includes(old.id));
          else assert.deepEqual(now, old);
        }
        for (const each of document.containments.filter(({ id }) => id.startsWith("n"))) {
          assert.equal(each.author, pinAuthor);
          assert.ok(each.expiresAt !== null && each.expiresAt <= notAfter);
        }
      }),
      { numRuns: 500 },
    );
  });
});
