import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { namespacesAllowed } from "../../lab/index.ts";
import { standingOffice } from "./standing-office.ts";

const allowed = namespacesAllowed();
const skip = allowed.ok ? false : allowed.reason;

test(
  "a download stands in the log of connections once it is over, with its machine, its outcome and its bytes",
  { skip, timeout: 120_000 },
  async (t) => {
    const { lab, operator } = await standingOffice(t, 77);
    const person = lab.facts.hosts.find(({ job }) => job === "workstation");
    assert.ok(person);
    const bytes = 700_000;
    const { reasons } = await lab.downloads({ hosts: [person.name], count: 1, bytes });
    assert.deepEqual(reasons, []);
    const { id } = await operator.site();
    const signal = AbortSignal.timeout(60_000);
    for (;;) {
      const { flows } = await operator.lookUp(id, { at: Date.now(), errorMs: 120_000, limit: 500 });
      const flow = flows.find(({ host, bytesIn }) => host === person.mac && (bytesIn ?? 0) >= bytes);
      if (flow !== undefined) {
        assert.ok((flow.bytesIn ?? 0) < bytes + 2000, `${flow.bytesIn} bytes came`);
        assert.ok((flow.bytesOut ?? 0) > 10 && (flow.bytesOut ?? 0) < 2000, `${flow.bytesOut} bytes went`);
        assert.deepEqual([flow.outcome, flow.insideAddress, flow.isInbound], ["established", person.address, false]);
        assert.ok(flow.endedAt !== null && flow.endedAt >= flow.startedAt);
        return;
      }
      await delay(300, undefined, { signal });
    }
  },
);
