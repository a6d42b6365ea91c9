import { msg, wording, words } from "../language/message.ts";

/** What was not let in, in words: what it was, and what that means for whoever looks after the site. */
interface RefusalWords {
  readonly what: string;
  readonly means: string;
}

const door = wording("Scanners do this to every open port. Nothing was let in.");
const rubbish = wording(
  "A box of ours never sends this. Where it goes on, the box is broken, or somebody speaks with its key: look at it, and revoke it if in doubt.",
);
const newer = wording("The box may run a newer release than this controller: update the controller.");
const card = wording("A box was set up with a card that does not count. Make a new token if the box is yours.");
const slow = wording("Too much came at once. Whoever was turned away comes again by himself.");
const line = wording("The line broke in the middle. The box goes on from there by itself.");
const stuck = wording(
  "What the box holds is not taken into the records, and until it is the box keeps that and gets no orders; the page of its site says what to do. Look at what the box reports, and revoke it if in doubt.",
);

const refusals = words<Readonly<Record<string, RefusalWords>>>({
  // At the port, before anybody knows who it is.
  "no-handshake": { what: "Connections that said nothing", means: door },
  "handshake-failed": { what: "Connections that speak no TLS of ours", means: door },
  "no-certificate": { what: "Connections without a certificate", means: door },
  "foreign-certificate": {
    what: "Certificates of another authority",
    means: "A box of another controller calls here, or a stranger. Nothing was let in.",
  },
  "odd-certificate": { what: "Certificates that cannot be read", means: door },
  "certificate-expired": {
    what: "Certificates whose time is over",
    means:
      "The box has been off for long. It renews by itself; where this goes on, its clock or its way to the controller is wrong.",
  },
  "http-malformed": { what: "Requests that are no HTTP", means: door },
  "http-unknown-route": { what: "Requests for something that is not here", means: door },
  "too-busy": { what: "Connections that waited too long for their turn", means: slow },
  "too-many-connections": {
    what: "More connections than may stand",
    means: "Where one box has many, something near it makes it connect again and again.",
  },
  "too-many-unproven": {
    what: "Connections beyond those that may wait",
    means:
      "Somebody opens many and says nothing. Boxes are let in beside him; filter him before the port if it goes on.",
  },
  "too-many-handshakes": {
    what: "Handshakes that were begun and not ended",
    means: "Somebody begins many and stops. Boxes are let in beside him; filter him before the port if it goes on.",
  },
  "too-many-strangers": {
    what: "More without a certificate than may be there",
    means: "New boxes may have to wait for their turn. Filter whoever does it before the port if it goes on.",
  },
  // Releases for boxes.
  "bundle-not-ordered": {
    what: "Asked for a release that its box is not to have",
    means: "The order was called back meanwhile: the box asks no more. Where it goes on, somebody speaks with its key.",
  },
  "bundle-wrong-range": {
    what: "Asked for a part of a release that there is not",
    means: "The box begins anew by itself. Where it goes on, it holds a piece of another release.",
  },
  "bundle-missing": {
    what: "Asked for a release whose file is gone",
    means: "The file is not in the controller’s data directory any more: bring the release again.",
  },
  // Who it is.
  "enrolment-malformed": { what: "Requests for a certificate that make no sense", means: door },
  "enrolment-too-large": { what: "Requests for a certificate that are too large", means: door },
  "enrolment-too-often": {
    what: "Requests for a certificate too often",
    means: "Somebody guesses, or a box asks again and again: look at its clock and its disk.",
  },
  "token-unknown": { what: "Tokens that nobody has given out", means: card },
  "token-used": {
    what: "Tokens that another box has used",
    means: "A card was copied. Revoke the box if the first one was not yours; give the right one a new token.",
  },
  "token-expired": { what: "Tokens that are too old", means: card },
  "request-malformed": { what: "Requests for a certificate that cannot be read", means: rubbish },
  "request-unsigned": { what: "Requests not signed by their own key", means: rubbish },
  "request-weak-key": { what: "Keys of a kind that is not taken", means: rubbish },
  "request-wrong-name": { what: "Requests in the name of another box", means: rubbish },
  "renewal-without-certificate": { what: "Renewals without the certificate", means: door },
  "renewal-foreign": { what: "Renewals of another authority's certificate", means: door },
  "renewal-other-key": { what: "Renewals for another key", means: rubbish },
  "sensor-unknown": {
    what: "A box that nobody knows here",
    means:
      "Its certificate is ours, and the records do not know it: they were put back to an older state. Give the box a new token.",
  },
  "sensor-revoked": {
    what: "A box whose identity was taken back",
    means:
      "It goes on calling, and nothing is taken. Where it was stolen, the address in the last line says where it is.",
  },
  "sensor-retired": {
    what: "A box that was taken out of service",
    means: "It is still switched on somewhere. Nothing is taken from it.",
  },
  "key-unknown": {
    what: "A key that nobody knows here",
    means: "The records were put back to an older state. Give the box a new token.",
  },
  "key-superseded": {
    what: "A key that another one has replaced",
    means: "An older copy of this box calls. Where this is the right box, give it a new token.",
  },
  "identity-in-two-places": {
    what: "Two boxes with one key",
    means: "Its disk was copied. Revoke it, and give the right one a new token.",
  },
  "own-key-unfit": {
    what: "A key of a kind with which no box signs",
    means: "While its line is dead the box could not be its own centre. Look at what it reports, and set it up anew.",
  },
  // What it says.
  "publish-outside-prefix": { what: "Messages in the name of others", means: rubbish },
  "subscribe-outside-prefix": { what: "Asking to hear what is meant for others", means: rubbish },
  "will-outside-prefix": { what: "A last will in the name of others", means: rubbish },
  "exactly-once": { what: "Messages in a manner that is not spoken here", means: rubbish },
  "topic-too-long": { what: "Topics that are too long", means: rubbish },
  "packet-too-large": { what: "Messages that are too large", means: rubbish },
  "protocol-error": { what: "What is no MQTT", means: rubbish },
  "too-many-in-flight": { what: "More messages at once than may wait", means: rubbish },
  "too-fast": { what: "Messages faster than they are read", means: "They are read more slowly, and nothing is lost." },
  "unknown-channel": { what: "Messages of a kind that is not known here", means: newer },
  "malformed-presence": { what: "Signs of life that make no sense", means: rubbish },
  "malformed-hello": { what: "Introductions that make no sense", means: rubbish },
  "malformed-reported": { what: "Reports that make no sense", means: rubbish },
  "malformed-notices": { what: "Notices that make no sense", means: rubbish },
  "malformed-pulse": { what: "Figures that make no sense", means: rubbish },
  "malformed-answer": { what: "Answers that make no sense", means: rubbish },
  "malformed-walk": { what: "Words of a walk that make no sense", means: rubbish },
  "unknown-ask": { what: "Answers to what nobody asked", means: rubbish },
  "notice-cut": {
    what: "Notices that were shortened",
    means: "They hold more than this release knows, and were kept without that: update the controller.",
  },
  "too-many-hosts": {
    what: "More machines than a site may have",
    means: "Somebody on the site makes up addresses. Those that were known before are judged as ever.",
  },
  "too-many-deeds": {
    what: "More done at the box than any person does",
    means:
      "What goes beyond a day’s measure is not in the audit log. Look who has the PIN, and whether it is still your box.",
  },
  "adopted-too-often": { what: "Orders that nobody here has given, again and again", means: stuck },
  "adoption-too-large": { what: "More orders that nobody here has given than are taken", means: stuck },
  // What it uploads.
  "upload-broken-off": { what: "Uploads that broke off", means: line },
  "upload-wrong-offset": { what: "Uploads that went on in the wrong place", means: line },
  "upload-too-many": { what: "More uploads at once than may be", means: slow },
  "upload-no-room": {
    what: "Uploads for which there is no room",
    means: "Delete what was fetched already, or make room on the controller's disk.",
  },
  "upload-damaged": {
    what: "Uploads that arrived damaged",
    means:
      "Nothing is kept of them, and the box sends them again. Where it goes on, something on the way changes what passes.",
  },
  "upload-missing": { what: "Answers whose upload did not arrive", means: "Ask again." },
  "upload-length-changed": {
    what: "Uploads that changed their length",
    means: "Nothing is kept of them, and the box begins anew.",
  },
  "upload-too-large": { what: "Uploads larger than was asked for", means: rubbish },
  "upload-wrong-type": { what: "Uploads of a kind that is not taken", means: rubbish },
  "upload-unknown-ask": {
    what: "Uploads that nobody asked for",
    means: "What was asked for has ended meanwhile, or the box sends what it should not.",
  },
  "upload-malformed": { what: "Uploads that make no sense", means: rubbish },
});

/** Every reason that has words of its own. */
export const knownReasons: readonly string[] = Object.keys(refusals);

/** A reason without words, as of a newer controller, is shown as it is. */
export function refusalWords(reason: string): RefusalWords {
  return refusals[reason] ?? { what: reason, means: msg`This page has no words for it yet.` };
}
