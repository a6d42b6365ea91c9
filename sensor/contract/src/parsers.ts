import { Compile } from "typebox/compile";
import { FromCentre, maxAnswerAtBoxBytes } from "./at-box.ts";
import { Answer, AskMessage, maxAnswerBytes, maxAskBytes } from "./ask.ts";
import { Delegation, SignedDelegation } from "./delegation.ts";
import { DesiredDocument, DesiredMessage, maxSignedDesiredBytes, SignedDesired } from "./desired.ts";
import { LookUpQuestion } from "./look-up.ts";
import { Hello, Notice, Notices, Presence, Pulse, Stored } from "./messages.ts";
import { EnrolmentOrder, EnrolmentRefusal, IssuedCertificate, RenewalOrder } from "./enrolment.ts";
import { parserOf, type Parsed } from "./parse.ts";
import { PacketSliceQuestion } from "./recording.ts";
import { Reported } from "./reported.ts";
import { SelfTest } from "./self-test.ts";
import { identityFault, SiteProfile } from "./site-profile.ts";
import { UpdateRequest, UpdateStatus } from "./update.ts";
import { Walk, WalkQuestion } from "./walk.ts";

/**
 * Bytes of a report as JSON. A signed document of {@link maxSignedDesiredBytes} that names 4,300 hosts in as few words
 * as can be makes one of half this size, and what the policy and the reflex add has room.
 */
export const maxReportedBytes = 4 * 1024 * 1024;

// Whoever sends or is sent more than this is broken or hostile.
const small = { maxBytes: 16 * 1024 };
const medium = { maxBytes: 256 * 1024 };
const large = { maxBytes: 1024 * 1024 };

export const parsePresence = parserOf(Presence, small);
export const parseHello = parserOf(Hello, small);
export const parsePulse = parserOf(Pulse, small);
export const parseStored = parserOf(Stored, small);
const notice = Compile(Notice);

/** Whether a controller of this version takes it. One that it does not take would hold up the whole batch, and all behind it. */
export function isNotice(value: unknown): value is Notice {
  return notice.Check(value);
}

export const parseNotices = parserOf(Notices, large);
export const parseReported = parserOf(Reported, { maxBytes: maxReportedBytes });
export const parseSignedDelegation = parserOf(SignedDelegation, small);
export const parseDelegation = parserOf(Delegation, small);
const signed = { maxBytes: maxSignedDesiredBytes };
export const parseSignedDesired = parserOf(SignedDesired, signed);
/** What the box's own centre says; a signed document is in it as text, which may double it. */
export const maxFromCentreBytes = 2 * maxSignedDesiredBytes;
export const parseFromCentre = parserOf(FromCentre, { maxBytes: maxFromCentreBytes });
export const parseDesiredMessage = parserOf(DesiredMessage, signed);
export const parseDesiredDocument = parserOf(DesiredDocument, signed);
export const parseAskMessage = parserOf(AskMessage, { maxBytes: maxAskBytes });
export const parseAnswer = parserOf(Answer, { maxBytes: maxAnswerBytes });
export const parseAnswerAtBox = parserOf(Answer, { maxBytes: maxAnswerAtBoxBytes });
export const parseLookUpQuestion = parserOf(LookUpQuestion, small);
export const parsePacketSliceQuestion = parserOf(PacketSliceQuestion, small);
export const parseWalkQuestion = parserOf(WalkQuestion, small);
export const parseWalk = parserOf(Walk, medium);
export const parseSelfTest = parserOf(SelfTest, medium);
export const parseEnrolmentOrder = parserOf(EnrolmentOrder, small);
export const parseRenewalOrder = parserOf(RenewalOrder, small);
export const parseUpdateRequest = parserOf(UpdateRequest, small);
export const parseUpdateStatus = parserOf(UpdateStatus, small);
export const parseIssuedCertificate = parserOf(IssuedCertificate, medium);
export const parseEnrolmentRefusal = parserOf(EnrolmentRefusal, small);

const parseProfileFields = parserOf(SiteProfile, medium);

/** As the others; a profile with which a sensor could neither connect nor enrol is refused as well. */
export function parseSiteProfile(payload: string | Uint8Array): Parsed<SiteProfile> {
  const parsed = parseProfileFields(payload);
  const fault = parsed.ok ? identityFault(parsed.value) : null;
  return fault === null ? parsed : { ok: false, error: fault };
}
