import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChannelView, DeliveryView } from "../../../src/api/notification-view.ts";
import { draftOf, missingIn, wishOf } from "./channel-draft.ts";
import { deliveryWords, notificationSentence, termsWords, waitingWords } from "./notification.ts";
import { timeWords } from "./time.ts";

const time = timeWords("UTC");

function aChannel(more: Partial<ChannelView> = {}): ChannelView {
  return {
    ...{ id: "c1", kind: "ntfy", name: "Phone", settings: { server: "https://ntfy.sh", topic: "office" } },
    ...{ leastSeverity: "warning", quietHours: null, sites: null, isEnabled: true, createdAt: 0 },
    ...{ target: "https://ntfy.sh/office", secretsSet: ["token"], waiting: 0, isQuiet: false },
    ...more,
  } as ChannelView;
}

function aDelivery(more: Partial<DeliveryView> = {}): DeliveryView {
  return {
    ...{ id: "d1", channelId: "c1", severity: "critical", title: "T", isTest: false, state: "delivered", tries: 1 },
    ...{ createdAt: 0, dueAt: 3_600_000, doneAt: null, answer: "The receiver took it (200)." },
    ...more,
  } as DeliveryView;
}

test("a page of notifications opens with what does not get there", () => {
  assert.equal(notificationSentence([], []).title, "Nobody is told yet.");
  assert.equal(notificationSentence([aChannel({ isEnabled: false })], []).title, "Nobody is told yet.");
  assert.equal(notificationSentence([aChannel()], [aDelivery()]).title, "1 channel is told.");
  const answer = "Not delivered: nobody listens there (connection refused).";
  const waiting = aDelivery({ state: "waiting", tries: 2, answer });
  const failing = notificationSentence([aChannel()], [waiting, aDelivery()]);
  assert.equal(failing.title, "Phone does not get what it should.");
  assert.match(failing.cause, /^Not delivered: .+ It is tried again for a day\. Next: /);
  const lost = notificationSentence([aChannel()], [aDelivery({ state: "given-up", answer })]);
  assert.match(lost.cause, /That message was given up\. Next: /);
  // What was delivered since, and a test that failed, say nothing against it.
  assert.equal(notificationSentence([aChannel()], [aDelivery(), waiting]).title, "1 channel is told.");
  assert.equal(
    notificationSentence([aChannel()], [aDelivery({ isTest: true, state: "given-up" })]).title,
    "1 channel is told.",
  );
});

test("what became of a message is said with tries, next try and answer", () => {
  const words = (more: Partial<DeliveryView>) => deliveryWords(aDelivery(more), time, 0);
  assert.equal(words({}), "Delivered.");
  assert.equal(words({ tries: 3 }), "Delivered at try 3.");
  assert.equal(words({ state: "waiting", tries: 0, answer: null }), "On its way.");
  assert.equal(words({ state: "waiting", tries: 1, answer: "No." }), "1 try, again at 01:00:00. No.");
  assert.equal(words({ state: "given-up", tries: 30, answer: "No." }), "Given up after 30 tries. No.");
  assert.equal(words({ state: "given-up", isTest: true, answer: "No." }), "The test failed. No.");
});

test("what goes to a channel is said with its sites and quiet hours, and what waits with the reason", () => {
  const quietHours = { from: "22:00", to: "07:00", timeZone: "Europe/Berlin" };
  assert.equal(
    termsWords(aChannel({ sites: ["s1"], quietHours }), new Map([["s1", "Brandt"]])),
    "Critical findings and warnings of Brandt; from 22:00 to 07:00 (Europe/Berlin) only an infected machine that nothing holds.",
  );
  assert.equal(waitingWords(aChannel({ waiting: 1, isQuiet: true })), "1 finding waits for the quiet hours to end.");
  assert.equal(waitingWords(aChannel({ waiting: 3 })), "3 findings wait to be told.");
  assert.equal(waitingWords(aChannel()), "");
});

test("a form leaves secrets that are set as they are, forgets them on request, and says what is missing", () => {
  const channel = aChannel();
  const draft = draftOf(channel, "UTC", "en");
  assert.equal(missingIn(draft, channel), null);
  assert.deepEqual(wishOf(draft, channel).secrets, {});
  assert.deepEqual(wishOf({ ...draft, forgotten: ["token"] }, channel).secrets, { token: null });
  assert.deepEqual(wishOf({ ...draft, token: "tk_2" }, channel).secrets, { token: "tk_2" });
  const email = {
    ...draftOf(null, "UTC", "en"),
    name: "Desk",
    to: "ann@example.com, bob",
    from: "cordon@example.com",
    host: "h",
  };
  assert.equal(missingIn(email, null), "First give whole addresses");
  assert.equal(missingIn({ ...email, to: "ann@example.com", user: "u" }, null), "First give the password");
  const hook = { ...draftOf(null, "UTC", "en"), kind: "webhook", name: "Hook", url: "https://a.example/" } as const;
  assert.equal(missingIn({ ...hook, signingSecret: "short" }, null), "First give a longer secret");
  assert.deepEqual(wishOf(hook, null).secrets, { url: "https://a.example/" });
});
