import type { AnchorRole } from "./anchor-title.ts";

/** Somebody says that he has the address of one of them, and nothing but his word speaks for it. */
export interface AnchorClaim {
  readonly role: AnchorRole;
  readonly address: string;
  /** Who has it; null where nobody else was heard with it. */
  readonly mac: string | null;
  readonly claimant: string;
}

/** A claim in a sentence or two, for people. */
export function claimText({ role, address, mac, claimant }: AnchorClaim): string {
  const what = `${claimant} says that it has ${address}, the address of the ${role},`;
  const byHand = "By hand: look which machine it is.";
  if (mac !== null) {
    return (
      `${what} which ${mac} has: whoever believes it sends it what is meant for that. ` +
      `It is not protected by it. ${byHand}`
    );
  }
  return (
    `${what} and nothing but its word speaks for it so far. It is protected by it once it has had the address of a network here ` +
    `for ten minutes with nothing against it, or has answered for it. ${byHand}`
  );
}
