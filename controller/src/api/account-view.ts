import { Time } from "@cordon/contract";
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { Type, type Static } from "typebox";
import { maxPasswordLength, minPasswordLength } from "../account/password.ts";

const Name = Type.String({ minLength: 1, maxLength: 100 });
const Code = Type.String({ pattern: "^\\d{6}$" });
const CredentialId = Type.String({ minLength: 1, maxLength: 1_400 });

export const PasskeyView = Type.Object({
  id: CredentialId,
  name: Name,
  createdAt: Time,
  lastUsedAt: Type.Union([Time, Type.Null()]),
});
export type PasskeyView = Static<typeof PasskeyView>;

/** What somebody signs in by. */
export const AccountView = Type.Object({
  /** False for links of the terminal, guests and tokens: they have nothing to sign in by but that. */
  isOwn: Type.Boolean(),
  /** The name that passkeys work under; null where the controller has none with a certificate. */
  passkeyName: Type.Union([Type.String(), Type.Null()]),
  passkeys: Type.Array(PasskeyView),
  minPasswordLength: Type.Integer(),
  maxPasswordLength: Type.Integer(),
});
export type AccountView = Static<typeof AccountView>;

/** That it is still the same person. */
export const ProofWish = Type.Object({ password: Type.String({ minLength: 1, maxLength: 256 }), code: Code });
export type ProofWish = Static<typeof ProofWish>;

/** Body of PUT /api/v1/account/password. */
export const PasswordWish = Type.Object({
  ...ProofWish.properties,
  newPassword: Type.String({ minLength: minPasswordLength, maxLength: maxPasswordLength }),
});
export type PasswordWish = Static<typeof PasswordWish>;

// As browsers make them, each with fields of its own; the library reads them.
const Credential = Type.Object(
  {
    id: CredentialId,
    rawId: CredentialId,
    type: Type.Literal("public-key"),
    response: Type.Record(Type.String(), Type.Unknown()),
  },
  { additionalProperties: true },
);
export const NewPasskey = Type.Object({
  name: Name,
  response: Type.Unsafe<RegistrationResponseJSON>(Credential),
});
export const PasskeyAnswer = Type.Unsafe<AuthenticationResponseJSON>(Credential);

/** What a browser is asked with, as WebAuthn names it. */
export const PasskeyChallenge = Type.Object({ challenge: Type.String() }, { additionalProperties: true });

/** A new app for codes: nothing changes before a code of it has come. */
export const CodeOffer = Type.Object({
  /** Base32, for whoever cannot scan. */
  secret: Type.String(),
  /** `otpauth://…`. */
  address: Type.String(),
  /** That address as a QR code: an SVG as `data:` URL. */
  picture: Type.String(),
});
export type CodeOffer = Static<typeof CodeOffer>;
export const CodeWish = Type.Object({ code: Code });
