import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answeredIdIn,
  answerTopic,
  askIdIn,
  asksFilter,
  askTopic,
  downChannels,
  parseTopic,
  sensorPrefix,
  topicOf,
  upChannels,
} from "./topics.ts";

test("every channel's topic is found again, below its sensor's prefix", () => {
  for (const channel of [...upChannels, ...downChannels]) {
    const topic = topicOf("box-7", channel);
    assert.ok(topic.startsWith(sensorPrefix("box-7")));
    assert.deepEqual(parseTopic(topic), { sensorId: "box-7", channel });
  }
});

test("one sensor's prefix is not the beginning of another's", () => {
  assert.ok(!topicOf("box-77", "hello").startsWith(sensorPrefix("box-7")));
});

test("an ask is found in its topic, its answer in another, and neither is a channel", () => {
  const [ask, answer] = [askTopic("box-7", "a-1"), answerTopic("box-7", "a-1")];
  assert.deepEqual([askIdIn("box-7", ask), answeredIdIn("box-7", answer)], ["a-1", "a-1"]);
  assert.deepEqual([askIdIn("box-7", answer), answeredIdIn("box-7", ask)], [null, null]);
  assert.deepEqual([askIdIn("box-8", ask), answeredIdIn("box-8", answer)], [null, null]);
  assert.deepEqual([parseTopic(ask), parseTopic(answer)], [null, null]);
  assert.equal(asksFilter("box-7"), "v1/sensors/box-7/asks/+");
  for (const id of ["", "A", "-a", "a/b", "+", "#", "../a", "x".repeat(65)]) {
    assert.equal(answeredIdIn("box-7", `v1/sensors/box-7/answers/${id}`), null, id);
  }
});

const strangers = [
  "",
  "v1/sensors/",
  "v1/sensors/box-7",
  "v1/sensors/box-7/",
  "v1/sensors/box-7/unknown",
  "v1/sensors/box-7/hello/more",
  "v1/sensors//hello",
  "v1/sensors/Box-7/hello",
  "v1/sensors/-box/hello",
  "v1/sensors/+/hello",
  "v1/sensors/#",
  "v2/sensors/box-7/hello",
  "$share/g/v1/sensors/box-7/hello",
  "/v1/sensors/box-7/hello",
  `v1/sensors/${"x".repeat(64)}/hello`,
];

for (const topic of strangers) {
  test(`"${topic.slice(0, 40)}" is no sensor's topic`, () => {
    assert.equal(parseTopic(topic), null);
  });
}
