import { DesiredDocument, SignedDesired } from "./desired.ts";
import { Hello, Notices, Presence, Pulse, Stored } from "./messages.ts";
import { parserOf } from "./parse.ts";
import { Reported } from "./reported.ts";
import { SiteProfile } from "./site-profile.ts";

// A sensor that sends or is sent more than this is broken or hostile: 256 KiB hold a report on
// some 500 containments; a desired document has 1,000 of them at 300 bytes and its JSON escaped once more.
const small = { maxBytes: 16 * 1024 };
const medium = { maxBytes: 256 * 1024 };
const large = { maxBytes: 1024 * 1024 };

export const parsePresence = parserOf(Presence, small);
export const parseHello = parserOf(Hello, small);
export const parsePulse = parserOf(Pulse, small);
export const parseStored = parserOf(Stored, small);
export const parseNotices = parserOf(Notices, large);
export const parseReported = parserOf(Reported, large);
export const parseSignedDesired = parserOf(SignedDesired, large);
export const parseDesiredDocument = parserOf(DesiredDocument, large);
export const parseSiteProfile = parserOf(SiteProfile, medium);
