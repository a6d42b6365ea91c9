import type { Credentials } from "@cordon/contract";

/** With what the box shows who it is, and knows its controller again. */
export interface Identity {
  readonly credentials: Credentials;
  /** PEM: who may sign the controller's certificate. */
  readonly authority: string;
}
