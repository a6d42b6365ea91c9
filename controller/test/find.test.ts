/** Finding a machine among thousands. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FoundMachine } from "../src/api/view.ts";
import { fillHostWords } from "../src/store/host-words.ts";
import { enrol, startTestController } from "./harness.ts";
import { asOwner } from "./people.ts";
import { putHosts } from "./put-hosts.ts";
import { aHost, aLine } from "./sample-hosts.ts";
import { scratchDir } from "./scratch.ts";
import { openStore } from "./store.ts";

test("a machine is found by what it is called, however many stranger ones tell of the word", async (t) => {
  const [dataDir, remove] = scratchDir();
  const controller = await startTestController(dataDir);
  const store = await openStore(dataDir);
  t.after(async () => {
    await store.destroy();
    await controller.close();
    remove();
  });
  const { site } = await enrol(dataDir, controller.brokerPort);
  const strange = Array.from({ length: 1_100 }, (_, index) =>
    aHost({
      ...{ host: `host-${index}`, mac: null, name: `DESK-${index}`, addresses: [], score: 9, verdict: "infected" },
      evidence: [aLine({ text: "It calls the printer Özdemir at 192.168.10.77." })],
    }),
  );
  const printer = aHost({ host: "02:00:5e:00:00:77", name: "Printer-Ä1", addresses: ["fe80::77", "192.168.10.77"] });
  const now = Date.now();
  await store.transaction().execute((rows) => putHosts(rows, site.id, [...strange, printer], now));
  const api = await asOwner(controller);
  const path = `/api/v1/sites/${site.id}/hosts/${printer.host}/particulars`;
  const written = { owner: "Özlem Özdemir", phone: "0711-55", place: "Cellar\n2nd door", note: "50%" };
  assert.equal((await api.call("PUT", path, written)).status, 200);
  const find = async (text: string): Promise<readonly string[]> => {
    const { body } = await api.call<FoundMachine[]>("GET", `/api/v1/machines?find=${encodeURIComponent(text)}`);
    return body.map(({ host }) => host);
  };
  const look = async (): Promise<void> => {
    for (const text of [
      "printer",
      "PRINTER-ä1",
      "192.168.10.77",
      "FE80::77",
      "5E:00:00:77",
      "özdemir",
      "Özlem",
      "2ND",
    ]) {
      assert.deepEqual(await find(text), [printer.host], text);
    }
    for (const text of ["0711-55", "50%", "It calls", "desk%"]) assert.deepEqual(await find(text), [], text);
    assert.equal((await find("desk-")).length, 30);
    assert.deepEqual(await find("DESK-1099"), ["host-1099"]);
  };
  await look();
  await store.updateTable("hosts").set({ words: "" }).execute();
  await store.updateTable("host_particulars").set({ words: "" }).execute();
  assert.deepEqual(await find("printer"), []);
  // As the store of an older release is brought to this one.
  await store.transaction().execute(fillHostWords);
  await look();
});
