/**
 * What sensor, controller, image and provision share. Imports a schema library and nothing else. Beside it the
 * controller takes from provision how a box is made, and provision from the image how its boot partition is written.
 */
export * from "./version.ts";
export * from "./topics.ts";
export * from "./words.ts";
export * from "./plain-words.ts";
export * from "./gateway.ts";
export * from "./host-snapshot.ts";
export * from "./machine-name.ts";
export * from "./reflex.ts";
export * from "./remedy-catalogue.ts";
export * from "./remedies.ts";
export * from "./translation.ts";
export * from "./duty.ts";
export * from "./look-up.ts";
export * from "./wipe.ts";
export * from "./update.ts";
export * from "./delegation.ts";
export * from "./at-box.ts";
export * from "./desired.ts";
export * from "./level.ts";
export * from "./barrier.ts";
export * from "./area.ts";
export * from "./line-check.ts";
export * from "./line-cut.ts";
export * from "./site-level.ts";
export * from "./automatic.ts";
export * from "./probation.ts";
export * from "./recording.ts";
export * from "./reported-record.ts";
export * from "./reported.ts";
export * from "./messages.ts";
export * from "./ask.ts";
export * from "./self-test.ts";
export * from "./walk.ts";
export * from "./enrolment.ts";
export * from "./site-profile.ts";
export * from "./site-words.ts";
export * from "./depth.ts";
export * from "./parse.ts";
export * from "./parsers.ts";
