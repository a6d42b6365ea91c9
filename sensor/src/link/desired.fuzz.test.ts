import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isNewer } from "@cordon/contract";
import { aCrowdedDocument, aDocument, aSigner, issuedAt, packedBy, signedBy } from "./a-desired.ts";
import { acceptDesired, signersFrom, type Acceptance, type AcceptContext, type AdoptedDesired } from "./desired.ts";

const ours = aSigner();
const stranger = aSigner();
const now = issuedAt;
const context: AcceptContext = {
  sensorId: "box-1",
  siteId: "office",
  signers: signersFrom([ours.pem]),
  current: null,
  now,
};
const forms = { plain: signedBy, packed: packedBy } as const;
const aForm = fc.constantFrom(...(Object.keys(forms) as (keyof typeof forms)[]));

for (const [name, form] of Object.entries(forms)) {
  test(`a ${name} document that ends before its end is refused wherever that is`, () => {
    const payload = Buffer.from(form(ours, aCrowdedDocument(3)));
    assert.ok(acceptDesired(payload, context).ok);
    for (let length = 0; length < payload.length; length++) {
      const acceptance = acceptDesired(payload.subarray(0, length), context);
      assert.equal(!acceptance.ok && acceptance.code, "malformed", `after ${length} bytes`);
    }
  });

  test(`of a ${name} document with any bit changed either nothing is taken or the document as it was`, () => {
    const document = aCrowdedDocument(3);
    const payload = Buffer.from(form(ours, document));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: payload.length * 8 - 1 }), (bit) => {
        const changed = Buffer.from(payload);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const acceptance = acceptDesired(changed, context);
        if (acceptance.ok) assert.deepEqual(acceptance.adopted.document, document);
      }),
      { numRuns: 2000 },
    );
  });
}

test("bytes of any kind are refused, and nothing is thrown", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 400 }),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        assert.equal(acceptDesired(bytes, context).ok, false);
      },
    ),
  );
});

test("however documents come, again, late, for another or from a stranger, the newest that was ever due is in force", () => {
  const arrival = fc.record({
    epoch: fc.integer({ min: 1, max: 3 }),
    revision: fc.integer({ min: 1, max: 6 }),
    form: aForm,
    sensor: fc.constantFrom("box-1", "box-1", "box-1", "box-2"),
    site: fc.constantFrom("office", "office", "office", "elsewhere"),
    signer: fc.constantFrom(ours, ours, ours, stranger),
    // Of the document as a controller's clock has it, which counts for nothing in the order.
    issuedAt: fc.integer({ min: 0, max: 2 * issuedAt }),
    hasDied: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(arrival, { maxLength: 20 }), (arrivals) => {
      let current = null as AdoptedDesired | null;
      let due: { epoch: number; revision: number } = { epoch: 0, revision: 0 };
      for (const { form, signer, hasDied, ...document } of arrivals) {
        const notAfter = hasDied ? now - 1 : now;
        const payload = forms[form](signer, aDocument({ ...document, notAfter }));
        const acceptance: Acceptance = acceptDesired(payload, { ...context, current });
        const isDue =
          signer === ours && document.sensor === "box-1" && document.site === "office" && isNewer(document, due);
        assert.equal(acceptance.ok && acceptance.isChange, isDue && !hasDied);
        if (isDue && !hasDied) due = document;
        if (acceptance.ok) current = acceptance.adopted;
        assert.equal(current?.document.epoch ?? 0, due.epoch);
        assert.equal(current?.document.revision ?? 0, due.revision);
      }
    }),
  );
});

test("fields that nobody here knows are read past, wherever they stand", () => {
  const key = fc.string({ minLength: 1, maxLength: 8 }).map((name) => `new-${name}`);
  fc.assert(
    fc.property(aForm, key, fc.jsonValue(), (form, name, value) => {
      const [containment] = aDocument().containments;
      const document = { ...aDocument(), [name]: value, containments: [{ ...containment, [name]: value }] };
      const message = JSON.parse(forms[form](ours, document)) as Record<string, unknown>;
      const acceptance = acceptDesired(JSON.stringify({ ...message, [name]: value }), context);
      assert.ok(acceptance.ok && acceptance.isChange);
      assert.equal(acceptance.adopted.document.containments[0]?.host, containment?.host);
    }),
  );
});
