import assert from "node:assert/strict";
import { test } from "node:test";
import { CaptureServer } from "../../src/capture/capture-server.ts";
import { parseAddress, parseMac } from "../../src/packet/address.ts";
import { arpAnswerer, arpQuestion } from "../../src/walk/arp-question.ts";
import { addresses, macs, patience, TestSite, whyNoNamespaces } from "./test-site.ts";

const skip = whyNoNamespaces();

test(
  "of many questions that are put at once each is answered, by probes as well as in the box's own name",
  { skip, timeout: 60_000 * patience },
  async (t) => {
    const site = await TestSite.start();
    t.after(() => site.close());
    await site.run("box", "ip", "addr", "add", "10.77.0.254/16", "dev", "br0");
    const reading = Promise.withResolvers<void>();
    const answers: number[] = [];
    let wake = (): void => undefined;
    const capture = new CaptureServer({
      ports: { in0: "inside", in1: "inside", out0: "outside" },
      socketPath: site.captureSocket,
      clock: () => Date.now(),
      monotonic: () => performance.now(),
      readNames: () => site.interfaceNames(),
      onFrame: () => undefined,
      onArpAnswer: (frame) => {
        answers.push(arpAnswerer(frame) ?? 0);
        wake();
      },
      onReadingChange: (isNow) => isNow && reading.resolve(),
    });
    await capture.start();
    t.after(() => capture.close());
    site.reader(() => {}, 71, "in0");
    await reading.promise;

    const mac = (text: string): number => parseMac(text) ?? 0;
    const ask = (sourceAddress: string): boolean =>
      capture.ask(
        arpQuestion({
          ...{ sourceMac: mac(macs.box), targetMac: mac(macs.infected) },
          ...{ sourceAddress: parseAddress(sourceAddress) as number },
          targetAddress: parseAddress(addresses.infected) as number,
        }),
      );
    const until = async (count: number): Promise<void> => {
      while (answers.length < count) await new Promise<void>((resolve) => (wake = resolve));
    };
    // What is sent until its process stands waits for it.
    assert.ok(ask("0.0.0.0"));
    await until(1);
    const many = 40;
    for (let each = 0; each < many; each += 1) ask(each % 2 === 0 ? "0.0.0.0" : "10.77.0.254");
    await until(1 + many);
    assert.deepEqual(new Set(answers), new Set([mac(macs.infected)]));
    // Nobody asks in another's name.
    ask(addresses.neighbour);
    ask("0.0.0.0");
    await until(2 + many);
    assert.equal(answers.length, 2 + many);
  },
);
