import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf, monday, Scene, stranger } from "../judge-scene.ts";
import { tcp } from "../packet/frame-builder.ts";
import { protocols, tcpFlags } from "../packet/packet.ts";

/** Says that there is no such connection (RFC 9293 3.10.7.1). */
function reset(
  scene: Scene,
  fields: { readonly at: number; readonly from: string; readonly port: number; readonly to: number },
) {
  const bytes = tcp({ sourcePort: fields.port, destinationPort: fields.to, flags: tcpFlags.rst, sequence: 99 });
  scene.inward(10, fields.at, fields.from, protocols.tcp, bytes);
}

test("whoever asks by segments of no connection who is there is suspect, though nothing else of it is ever seen", () => {
  const scene = new Scene();
  for (let index = 0; index < 6; index += 1) {
    reset(scene, { at: monday + index * 100, from: stranger(index), port: 80, to: 51_000 });
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "suspect");
  assert.match(lineOf(scene.host(10), "ack-sweep")?.text ?? "", /port 80 of 5 machines or more|port 80 of 6 machines/);
});

test("a walk through the ports of one machine by such segments is a scan of ports", () => {
  const scene = new Scene();
  for (let index = 0; index < 60; index += 1) {
    reset(scene, { at: monday + index * 20, from: stranger(1), port: 1 + index, to: 51_000 });
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "suspect");
  assert.ok(lineOf(scene.host(10), "port-scan") !== undefined);
});

test("the same by segments that acknowledge nothing, so that the resets have the number 0", () => {
  const scene = new Scene();
  for (let index = 0; index < 60; index += 1) {
    const fields = { sourcePort: 1 + index, destinationPort: 51_000, flags: tcpFlags.rst, sequence: 0 };
    scene.inward(10, monday + index * 20, stranger(1), protocols.tcp, tcp(fields));
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "suspect");
});

test("connections from before the capture that end by resets are none", () => {
  const scene = new Scene();
  for (let index = 0; index < 40; index += 1) {
    reset(scene, { at: monday + index * 300, from: stranger(index), port: 443, to: 50_000 + index });
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "clear");
});

test("a server whose clients hang up asks nobody", () => {
  const scene = new Scene();
  scene.serves(10, { at: monday, client: stranger(900), port: 8080 });
  for (let index = 0; index < 40; index += 1) {
    reset(scene, { at: monday + 100 + index * 300, from: stranger(index), port: 40_000 + index, to: 8080 });
    reset(scene, { at: monday + 110 + index * 300, from: stranger(index), port: 4000, to: 8080 });
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "clear");
});
